import { plainBytes } from './arrays.ts'
import { DecodeError } from './errors.ts'

const TWO_32 = 0x1_0000_0000
// The JVM keeps a leading byte order mark as a character; a plain TextDecoder would drop it.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Cursor over one `Uint8Array` with the primitives of the reference's serializer
 * (scorex-util `VLQReader`; all integers but raw bytes are VLQ, little groups first).
 *
 * Nothing is copied unless a method says so; nothing is allocated by a length that the input cannot hold.
 * Every failure is a {@link DecodeError} with the offset in `buffer`.
 */
export class Reader {
  readonly buffer: Uint8Array
  /** Offset of the next byte. */
  position: number
  /** Offset of the first byte that may not be read. */
  readonly end: number

  constructor(buffer: Uint8Array, position = 0, end: number = buffer.length) {
    if (position < 0 || end > buffer.length || position > end) throw new RangeError('reader range outside its buffer')
    this.buffer = plainBytes(buffer)
    this.position = position
    this.end = end
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** One unsigned byte. */
  u8(): number {
    if (this.position >= this.end) throw this.#underflow(1)
    return this.buffer[this.position++]!
  }

  /** One signed byte. */
  i8(): number {
    return (this.u8() << 24) >> 24
  }

  /** The next byte without taking it. */
  peek(): number {
    if (this.position >= this.end) throw this.#underflow(1)
    return this.buffer[this.position]!
  }

  /** View (not a copy) of the next `size` bytes. A negative size fails as in the reference. */
  bytes(size: number): Uint8Array {
    if (size < 0 || size > this.end - this.position) throw this.#underflow(size)
    const from = this.position
    this.position = from + size
    return this.buffer.subarray(from, from + size)
  }

  /** Moves on by `size` bytes. */
  skip(size: number): void {
    if (size < 0 || size > this.end - this.position) throw this.#underflow(size)
    this.position += size
  }

  /** Big-endian signed 32-bit integer in four raw bytes. */
  i32be(): number {
    if (this.end - this.position < 4) throw this.#underflow(4)
    const b = this.buffer
    const p = this.position
    this.position = p + 4
    return (b[p]! << 24) | (b[p + 1]! << 16) | (b[p + 2]! << 8) | b[p + 3]!
  }

  /** Big-endian unsigned 32-bit integer in four raw bytes. */
  u32be(): number {
    return this.i32be() >>> 0
  }

  /** `getULong` as the 64-bit pattern it leaves, 0 .. 2^64-1. At most ten bytes; bits past the 64th are lost. */
  ulongBits(): bigint {
    const start = this.position
    let low = 0
    let high = 0
    for (let i = 0; i < 10; i++) {
      const b = this.u8()
      const v = b & 0x7f
      const shift = i * 7
      if (shift < 28) {
        low |= v << shift
      } else if (shift === 28) {
        low |= (v & 0x0f) << 28
        high |= v >>> 4
      } else {
        high |= shift - 32 < 32 ? v << (shift - 32) : 0
      }
      if (b < 0x80) {
        low >>>= 0
        high >>>= 0
        return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low)
      }
    }
    throw new DecodeError('VLQ_OVERFLOW', 'variable-length number longer than ten bytes', start)
  }

  /** `getULong` as the signed 64-bit value that the reference sees. */
  ulong(): bigint {
    return BigInt.asIntN(64, this.ulongBits())
  }

  /**
   * `getULong` for values that must be exact as a JavaScript number, 0 .. 2^53-1.
   *
   * @throws DecodeError OUT_OF_RANGE above that
   */
  ulongSafe(field = 'number'): number {
    const start = this.position
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const b = this.u8()
      value += (b & 0x7f) * scale
      if (b < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    this.position = start
    throw new DecodeError('OUT_OF_RANGE', `${field} is not below 2^53`, start)
  }

  /** Low 32 bits of a VLQ number, as signed int (the truncation that `getULong().toInt` does). */
  #low32(): number {
    const start = this.position
    let low = 0
    for (let i = 0; i < 10; i++) {
      const b = this.u8()
      if (i < 5) low |= (b & 0x7f) << (7 * i)
      if (b < 0x80) return low
    }
    throw new DecodeError('VLQ_OVERFLOW', 'variable-length number longer than ten bytes', start)
  }

  /** `getUInt`: 0 .. 2^32-1. */
  uint(field = 'number'): number {
    const start = this.position
    // Up to four groups fit below the sign bit; nearly every size and count does.
    let small = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const b = this.u8()
      small |= (b & 0x7f) << shift
      if (b < 0x80) return small
    }
    this.position = start
    const v = this.ulongBits()
    if (v >= BigInt(TWO_32)) throw new DecodeError('OUT_OF_RANGE', `${field} ${v} is not below 2^32`, start)
    return Number(v)
  }

  /** `getUInt().toIntExact`: 0 .. 2^31-1. */
  uintExact(field = 'number'): number {
    const start = this.position
    const v = this.uint(field)
    if (v > 0x7fffffff) throw new DecodeError('OUT_OF_RANGE', `${field} ${v} is not below 2^31`, start)
    return v
  }

  /** `getUShort`: truncated to 32 bits first, then 0 .. 65535, so 2^32+5 reads as 5. */
  ushort(field = 'number'): number {
    const start = this.position
    const v = this.#low32()
    if (v < 0 || v > 0xffff) throw new DecodeError('OUT_OF_RANGE', `${field} ${v} is not within 0..65535`, start)
    return v
  }

  /** `getShort`: zigzag of the low 32 bits, then its low 16 bits, signed. */
  short(): number {
    return (this.int() << 16) >> 16
  }

  /** `getInt`: zigzag of the low 32 bits. */
  int(): number {
    const z = this.#low32()
    return (z >>> 1) ^ -(z & 1)
  }

  /** `getLong`: zigzag of 64 bits, signed. */
  long(): bigint {
    const z = this.ulongBits()
    return BigInt.asIntN(64, (z >> 1n) ^ -(z & 1n))
  }

  /** `getShortString`: one length byte, then UTF-8; malformed sequences become U+FFFD as on the JVM. */
  shortString(): string {
    return utf8.decode(this.bytes(this.u8()))
  }

  /** `getOption`: any non-zero tag means present. */
  option<T>(read: () => T): T | undefined {
    return this.u8() === 0 ? undefined : read()
  }

  /**
   * A count or length just read, checked before anything is allocated by it.
   *
   * @param minItemSize smallest encoding of one item, in bytes
   */
  checkCount(count: number, limit: number, minItemSize: number, field: string): number {
    if (count > limit) throw new DecodeError('LIMIT_EXCEEDED', `${field} ${count} is above the limit of ${limit}`, this.position)
    if (count * minItemSize > this.remaining) {
      throw new DecodeError(
        'UNDERFLOW',
        `${field} ${count} needs more bytes than the ${this.remaining} that remain`,
        this.position
      )
    }
    return count
  }

  /** Fails unless every byte was read. */
  expectEnd(what: string): void {
    if (this.position !== this.end) {
      throw new DecodeError('TRAILING_BYTES', `${this.end - this.position} bytes after the end of ${what}`, this.position)
    }
  }

  #underflow(need: number): DecodeError {
    return new DecodeError('UNDERFLOW', `input ends: ${need} bytes needed, ${this.end - this.position} left`, this.position)
  }
}
