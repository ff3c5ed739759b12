import { blake2b } from '@noble/hashes/blake2.js'

/** Length of every id, digest and label: BLAKE2b with a 32-byte digest, no key, no salt. */
export const HASH_BYTES = 32

/** BLAKE2b-256 of `data` as 32 new bytes. */
export function blake2b256(data: Uint8Array): Uint8Array {
  return blake2b(data, { dkLen: HASH_BYTES })
}

/** BLAKE2b-256 of `data`, written to `out` from `offset`. */
export function blake2b256Into(data: Uint8Array, out: Uint8Array, offset = 0): void {
  out.set(blake2b256(data), offset)
}

/** BLAKE2b-256 of all parts, one after the other, without joining them first. */
export function blake2b256Concat(...parts: readonly Uint8Array[]): Uint8Array {
  const state = blake2b.create({ dkLen: HASH_BYTES })
  for (const part of parts) state.update(part)
  return state.digest()
}

/** BLAKE2b-256 of one byte and then `data`: how leaves and sections get their labels. */
export function blake2b256Prefixed(prefix: number, data: Uint8Array): Uint8Array {
  return blake2b256Concat(Uint8Array.of(prefix), data)
}

/** BLAKE2b-256 of one byte, then `left`, then `right`: how inner nodes of Merkle trees get their labels. */
export function blake2b256Pair(prefix: number, left: Uint8Array, right: Uint8Array): Uint8Array {
  return blake2b256Concat(Uint8Array.of(prefix), left, right)
}
