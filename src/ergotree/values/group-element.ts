import { bytesEqual, fromHex } from '../../bytes/index.ts'

/** Length of a compressed curve point. */
export const GROUP_ELEMENT_BYTES = 33

const INFINITY_BYTES = new Uint8Array(GROUP_ELEMENT_BYTES)

/**
 * Value of type `GroupElement`: a secp256k1 point as its canonical compressed encoding.
 *
 * The parser has checked that the point is on the curve, so consumers may decode without doubt; infinity is 33 zero bytes.
 * Two values are equal when their bytes are.
 */
export class GroupElement {
  /** 02 or 03, then the big-endian x coordinate; all zero for infinity. Not to be changed. */
  readonly bytes: Uint8Array
  /** Room for the decoded point of whoever does curve arithmetic, so that each value is decompressed at most once. */
  point: unknown = undefined

  /** @param bytes canonical encoding; not checked here */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get isInfinity(): boolean {
    return this.bytes[0] === 0
  }

  equals(other: GroupElement): boolean {
    return this === other || bytesEqual(this.bytes, other.bytes)
  }

  static readonly infinity = new GroupElement(INFINITY_BYTES)

  static readonly generator = new GroupElement(fromHex('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'))
}
