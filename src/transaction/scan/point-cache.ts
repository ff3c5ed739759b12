import { secp256k1 } from '../../crypto/index.ts'

/** Length of an encoded group element. */
const POINT_BYTES = 33

/** Slots, a power of two. A point falls in the one that the low bits of its x coordinate name, and evicts who was there. */
const SLOTS = 1 << 13

/**
 * Answers whether 33 bytes are an element of the group, remembering those that are. Taking the square root costs
 * microseconds, and a few thousand keys make most of the chain's outputs.
 */
export class PointCache {
  readonly #bytes = new Uint8Array(SLOTS * POINT_BYTES)

  /** Is there a group element at `at`? Its first byte must be 2 or 3. */
  isValid(buffer: Uint8Array, at = 0): boolean {
    const slot = (((buffer[at + POINT_BYTES - 2]! << 8) | buffer[at + POINT_BYTES - 1]!) & (SLOTS - 1)) * POINT_BYTES
    const known = this.#bytes
    let i = 0
    while (i < POINT_BYTES && known[slot + i] === buffer[at + i]) i++
    if (i === POINT_BYTES) return true
    const point = buffer.subarray(at, at + POINT_BYTES)
    if (!secp256k1.isValid(point)) return false
    known.set(point, slot)
    return true
  }
}
