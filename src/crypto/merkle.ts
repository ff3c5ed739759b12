import { blake2b256, blake2b256Pair, blake2b256Prefixed, blake2bBackend, HASH_BYTES } from './blake2b.ts'
import { INTERNAL_PREFIX, LEAF_PREFIX } from './blake2b-backend.ts'

const EMPTY = new Uint8Array(0)

/** Hash of one leaf: H(00 || data). */
export function merkleLeafHash(data: Uint8Array): Uint8Array {
  return blake2b256Prefixed(LEAF_PREFIX, data)
}

/** Hash of an inner node: H(01 || left || right); a missing right child adds no bytes at all. */
export function merkleNodeHash(left: Uint8Array, right: Uint8Array = EMPTY): Uint8Array {
  return blake2b256Pair(INTERNAL_PREFIX, left, right)
}

/** One level up: neighbours are paired, an odd last node gets an empty partner. */
export function merkleParents(level: readonly Uint8Array[]): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let i = 0; i < level.length; i += 2) out.push(merkleNodeHash(level[i]!, level[i + 1]))
  return out
}

/**
 * Root of a Merkle tree (scrypto `MerkleTree`) over leaf data, as the roots in block headers: no leaves give H("").
 * There is always one inner level, so the root of a single leaf is H(01 || H(00 || data)).
 */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return leaves.length === 0 ? blake2b256(EMPTY) : blake2bBackend().merkleRoot(leaves)
}

/** The same with the root that a bare tree object has when it is empty: 32 zero bytes (as NiPoPoW proofs are checked). */
export function merkleTreeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return leaves.length === 0 ? new Uint8Array(HASH_BYTES) : blake2bBackend().merkleRoot(leaves)
}
