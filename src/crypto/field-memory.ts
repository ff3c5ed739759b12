/** Limbs of 29 bits in words of 64, as the kernel's field has them. */
const LIMBS = 9
const LIMB_BITS = 29
const LIMB_MASK = (1 << LIMB_BITS) - 1

/** Words of the field prime 2^256 - 2^32 - 977 from the second lowest up; all above are full. */
const PRIME_WORD_1 = 0xfffffffe
const PRIME_WORD_0 = 0xfffffc2f

/** Moves numbers of 32 big-endian bytes into the memory of the curve kernel and out. */
export class FieldMemory {
  readonly #words: Int32Array
  readonly #value = new Uint32Array(LIMBS)

  constructor(buffer: ArrayBuffer) {
    this.#words = new Int32Array(buffer)
  }

  /** Writes the number at `bytes[offset ..]` to address `to`; false, and nothing written, when it is not below the prime. */
  write(to: number, bytes: Uint8Array, offset: number): boolean {
    const value = this.#value
    for (let i = 0; i < 8; i++) {
      const p = offset + 28 - 4 * i
      value[i] = (bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!
    }
    if (isAtLeastPrime(value)) return false
    const at = to >> 2
    for (let i = 0; i < LIMBS; i++) {
      const bit = LIMB_BITS * i
      const shift = bit & 31
      let limb = value[bit >> 5]! >>> shift
      // The ninth word is always 0, so the topmost limb gets what there is.
      if (shift > 32 - LIMB_BITS) limb |= value[(bit >> 5) + 1]! << (32 - shift)
      this.#words[at + 2 * i] = limb & LIMB_MASK
      this.#words[at + 2 * i + 1] = 0
    }
    return true
  }

  /** Reads the reduced number at address `from` to `out[offset ..]`. */
  read(from: number, out: Uint8Array, offset: number): void {
    const at = from >> 2
    let buffered = 0
    let bits = 0
    let limb = 0
    for (let i = 31; i >= 0; i--) {
      if (bits < 8) {
        // At most 7 + 29 bits: multiply instead of shifting, so that none is lost.
        buffered += this.#words[at + 2 * limb]! * 2 ** bits
        limb++
        bits += LIMB_BITS
      }
      out[offset + i] = buffered % 256
      buffered = Math.floor(buffered / 256)
      bits -= 8
    }
  }

  isOdd(from: number): boolean {
    return (this.#words[from >> 2]! & 1) === 1
  }
}

function isAtLeastPrime(value: Uint32Array): boolean {
  for (let i = 7; i > 1; i--) if (value[i] !== 0xffffffff) return false
  return value[1]! > PRIME_WORD_1 || (value[1] === PRIME_WORD_1 && value[0]! >= PRIME_WORD_0)
}
