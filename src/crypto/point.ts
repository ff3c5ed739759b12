import { bytesEqual } from '../bytes/index.ts'

/** Length of an encoded group element: a sign byte and the x coordinate. */
export const POINT_BYTES = 33

/** Length of affine coordinates: x then y, big-endian. */
export const AFFINE_BYTES = 64

/** Number of elements of the group (SEC 2, section 2.4.1). */
export const GROUP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** A multiplier: any bigint, or unsigned big-endian bytes of any length. Both are taken modulo the group order. */
export type Scalar = bigint | Uint8Array

export type PointErrorCode =
  /** Not 33 bytes. */
  | 'POINT_LENGTH'
  /** The first byte is none of 00, 02, 03. */
  | 'POINT_PREFIX'
  /** x is not below the field prime, or no point of the curve has it. */
  | 'POINT_NOT_ON_CURVE'

/** Thrown when bytes are no encoding of a group element. */
export class PointError extends Error {
  override readonly name: string = 'PointError'
  readonly code: PointErrorCode

  constructor(code: PointErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * An element of the secp256k1 group. Immutable.
 *
 * It carries affine coordinates as bytes, which every backend reads and writes at no cost; the identity has 64 zero
 * bytes there (0, 0 is not on the curve). Made by the methods of `Secp256k1` only: the constructor checks nothing.
 */
export class Point {
  /** x then y, 32 bytes each, big-endian. Do not change. */
  readonly affine: Uint8Array
  readonly isIdentity: boolean
  #encoded: Uint8Array | undefined

  constructor(affine: Uint8Array, encoded?: Uint8Array) {
    this.affine = affine
    this.isIdentity = affine.every((b) => b === 0)
    this.#encoded = encoded
  }

  /** The 33 bytes of the reference's `GroupElementSerializer`: 02 or 03 by the parity of y, then x; the identity is 33 zeros. */
  toBytes(): Uint8Array {
    return (this.#encoded ??= encodeAffine(this.affine, this.isIdentity)).slice()
  }

  equals(other: Point): boolean {
    return bytesEqual(this.affine, other.affine)
  }
}

function encodeAffine(affine: Uint8Array, isIdentity: boolean): Uint8Array {
  const out = new Uint8Array(POINT_BYTES)
  if (isIdentity) return out
  out[0] = 2 + (affine[AFFINE_BYTES - 1]! & 1)
  out.set(affine.subarray(0, 32), 1)
  return out
}
