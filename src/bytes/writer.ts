import { EncodeError } from './errors.ts'

const utf8 = new TextEncoder()

/**
 * Growing byte buffer with the primitives of the reference's serializer (scorex-util `VLQWriter`).
 * Every method returns the writer, so encoders read as a list of fields.
 */
export class Writer {
  #buffer: Uint8Array
  #length = 0

  constructor(capacity = 256) {
    this.#buffer = new Uint8Array(capacity)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** Copy of what was written. */
  toBytes(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }

  /** What was written, not copied: nothing may be written afterwards. */
  takeBytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  #room(size: number): number {
    const at = this.#length
    const need = at + size
    if (need > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(need, this.#buffer.length * 2))
      grown.set(this.#buffer.subarray(0, at))
      this.#buffer = grown
    }
    this.#length = need
    return at
  }

  /** One byte, given signed or unsigned. */
  u8(value: number): this {
    if (!(value >= -128 && value <= 255)) throw new EncodeError(`byte out of range: ${value}`)
    const at = this.#room(1)
    this.#buffer[at] = value
    return this
  }

  bytes(value: Uint8Array): this {
    const at = this.#room(value.length)
    this.#buffer.set(value, at)
    return this
  }

  /** Four raw bytes, big-endian; signed or unsigned. */
  i32be(value: number): this {
    const at = this.#room(4)
    const b = this.#buffer
    b[at] = value >>> 24
    b[at + 1] = value >>> 16
    b[at + 2] = value >>> 8
    b[at + 3] = value
    return this
  }

  /** `putULong` of a 64-bit pattern: a negative value is its two's complement and takes ten bytes. */
  ulong(value: bigint | number): this {
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return this.#vlqNumber(value)
    const big = BigInt(value)
    if (big > 0xffff_ffff_ffff_ffffn || big < -0x8000_0000_0000_0000n) throw new EncodeError(`not a 64-bit number: ${value}`)
    let v = BigInt.asUintN(64, big)
    while (v > 0x7fn) {
      this.u8(Number(v & 0x7fn) | 0x80)
      v >>= 7n
    }
    return this.u8(Number(v))
  }

  #vlqNumber(value: number): this {
    let v = value
    while (v > 0x7f) {
      this.u8((v % 128) | 0x80)
      v = Math.floor(v / 128)
    }
    return this.u8(v)
  }

  /** `putUInt`, 0 .. 2^32-1. */
  uint(value: number): this {
    if (!(value >= 0 && value <= 0xffffffff) || !Number.isInteger(value)) throw new EncodeError(`not an unsigned int: ${value}`)
    return this.#vlqNumber(value)
  }

  /** `putUShort`, 0 .. 65535. */
  ushort(value: number): this {
    if (!(value >= 0 && value <= 0xffff) || !Number.isInteger(value)) throw new EncodeError(`not an unsigned short: ${value}`)
    return this.#vlqNumber(value)
  }

  /** `putShort`: zigzag, at most three bytes. */
  short(value: number): this {
    if (!(value >= -0x8000 && value <= 0x7fff)) throw new EncodeError(`not a short: ${value}`)
    return this.#vlqNumber(((value << 1) ^ (value >> 31)) >>> 0)
  }

  /** `putInt`: zigzag as a *signed* int, sign-extended to 64 bits, so |n| >= 2^30 takes ten bytes. */
  int(value: number): this {
    if (!Number.isInteger(value) || value > 0x7fffffff || value < -0x80000000) throw new EncodeError(`not an int: ${value}`)
    const z = (value << 1) ^ (value >> 31)
    return z >= 0 ? this.#vlqNumber(z) : this.ulong(BigInt(z))
  }

  /** `putLong`: zigzag of 64 bits. */
  long(value: bigint): this {
    if (value > 0x7fff_ffff_ffff_ffffn || value < -0x8000_0000_0000_0000n) throw new EncodeError(`not a long: ${value}`)
    return this.ulong(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)))
  }

  /** `putShortString`: one length byte, then UTF-8 of at most 255 bytes. */
  shortString(value: string): this {
    const bytes = utf8.encode(value)
    if (bytes.length > 255) throw new EncodeError(`string of ${bytes.length} bytes is longer than 255`)
    return this.u8(bytes.length).bytes(bytes)
  }

  /** `putOption`. */
  option<T>(value: T | undefined, write: (value: T) => unknown): this {
    if (value === undefined) return this.u8(0)
    this.u8(1)
    write(value)
    return this
  }
}
