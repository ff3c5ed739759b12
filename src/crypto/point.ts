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

  constructor(affine: Uint8Array, isIdentity: boolean) {
    this.affine = affine
    this.isIdentity = isIdentity
  }

  static identity(): Point {
    return new Point(new Uint8Array(AFFINE_BYTES), true)
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

/**
 * First check of 33 bytes: true when they stand for the identity.
 *
 * @throws PointError for a wrong length or a first byte that no encoding has
 */
export function readsAsIdentity(bytes: Uint8Array): boolean {
  if (bytes.length !== POINT_BYTES) {
    throw new PointError('POINT_LENGTH', `group element has ${bytes.length} bytes, not ${POINT_BYTES}`)
  }
  const prefix = bytes[0]!
  if (prefix === 0) return true
  if (prefix !== 2 && prefix !== 3) throw new PointError('POINT_PREFIX', `group element starts with byte ${prefix}`)
  return false
}

export function notOnCurve(): PointError {
  return new PointError('POINT_NOT_ON_CURVE', 'no point of the curve has this x coordinate')
}
