/** Length of every id, digest and label: BLAKE2b with a 32-byte digest, no key, no salt. */
export const HASH_BYTES = 32

/** Bytes that all leaves and inner nodes of Merkle trees start with (scrypto `MerkleTree`). */
export const LEAF_PREFIX = 0
export const INTERNAL_PREFIX = 1

/** What an Autolykos element is the hash of, after its first four bytes. */
export interface ElementTail {
  /** Version 1: `pk || msg || w` after the constant. Version 2: the height before the constant, four bytes. */
  readonly version: 1 | 2
  readonly bytes: Uint8Array
}

/** BLAKE2b-256 and what is built on it and worth doing in one place. All methods are pure; results are new arrays. */
export interface Blake2bBackend {
  readonly name: 'wasm' | 'noble'
  hash(data: Uint8Array): Uint8Array
  hashInto(data: Uint8Array, out: Uint8Array, offset: number): void
  /** Hash of all parts as one message. */
  concat(parts: readonly Uint8Array[]): Uint8Array
  prefixed(prefix: number, data: Uint8Array): Uint8Array
  pair(prefix: number, left: Uint8Array, right: Uint8Array): Uint8Array
  /** Root over at least one leaf. */
  merkleRoot(leaves: readonly Uint8Array[]): Uint8Array
  /** Hashes of the elements with these table indexes (at most 32), one after the other. */
  elements(tail: ElementTail, indexes: readonly number[]): Uint8Array
}

/** The constant `M` of Autolykos: 0, 1, … 1023 as eight big-endian bytes each. */
export function autolykosConstant(): Uint8Array {
  const out = new Uint8Array(8 * 1024)
  const view = new DataView(out.buffer)
  for (let i = 0; i < 1024; i++) view.setUint32(8 * i + 4, i)
  return out
}
