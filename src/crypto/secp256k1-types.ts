import type { Point, Scalar } from './point.ts'

/**
 * The group of ErgoTree's `GroupElement`, written additively: `multiply` is ErgoScript's `exp`, `add` its `multiply`.
 *
 * Every operation is variable-time: it is for checking public data, never for secrets.
 */
export interface Secp256k1 {
  /** What computes: for messages and benches. */
  readonly backend: string
  /** Number of elements of the group. */
  readonly order: bigint
  readonly generator: Point
  readonly identity: Point

  /**
   * A point of its 33 bytes. A first byte of 0 is the identity whatever follows, as in the reference's
   * `GroupElementSerializer`; such bytes do not encode back to themselves.
   *
   * @throws PointError when the bytes are no element of the group
   */
  decode(bytes: Uint8Array): Point
  /** True when {@link decode} would not throw. */
  isValid(bytes: Uint8Array): boolean

  add(a: Point, b: Point): Point
  negate(a: Point): Point
  /** `scalar * a`. */
  multiply(a: Point, scalar: Scalar): Point
  /** `scalar * G`. */
  multiplyBase(scalar: Scalar): Point
  /** `k1 * a + k2 * b` at less than the price of two multiplications. */
  combine(k1: Scalar, a: Point, k2: Scalar, b: Point): Point

  /**
   * Commitment that a Schnorr proof stands for: `z * G - e * h`, 33 bytes.
   *
   * @param z response, unsigned big-endian; taken modulo the order, not refused above it
   * @param e challenge, unsigned big-endian (24 bytes in sigma proofs)
   * @param h public key, 33 bytes
   * @throws PointError when `h` is no element of the group
   */
  schnorrCommitment(z: Uint8Array, e: Uint8Array, h: Uint8Array): Uint8Array
  /**
   * One commitment of a Diffie-Hellman tuple proof: `z * g - e * u`, 33 bytes. Call it with (g, u) and with (h, v).
   *
   * @throws PointError when `g` or `u` is no element of the group
   */
  dhCommitment(z: Uint8Array, e: Uint8Array, g: Uint8Array, u: Uint8Array): Uint8Array
}
