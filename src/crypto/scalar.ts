import { bigIntFromBytes } from '../bytes/index.ts'
import { GROUP_ORDER, type Scalar } from './point.ts'

/** A scalar as a number within 0 .. order-1. */
export function scalarToBigInt(scalar: Scalar): bigint {
  const n = (typeof scalar === 'bigint' ? scalar : bytesToBigInt(scalar)) % GROUP_ORDER
  return n < 0n ? n + GROUP_ORDER : n
}

/** Words of 64 bits where the length allows: responses have 32 bytes, challenges 24. */
function bytesToBigInt(bytes: Uint8Array): bigint {
  if (bytes.length === 0 || bytes.length % 8 !== 0) return bigIntFromBytes(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let out = view.getBigUint64(0)
  for (let i = 8; i < bytes.length; i += 8) out = (out << 64n) | view.getBigUint64(i)
  return out
}

/**
 * The curve has an endomorphism that is cheap to apply and acts as multiplication by lambda, so k * P = k1 * P + k2 * (lambda * P)
 * with halves of 128 bits (Gallant, Lambert, Vanstone 2001; the short basis is from Guide to Elliptic Curve Cryptography,
 * algorithm 3.74). Known relations of the basis: a1 + b1 * lambda = a2 + b2 * lambda = 0 modulo the order.
 */
const A1 = 0x3086d221a7d46bcde86c90e49284eb15n
const B1 = -0xe4437ed6010e88286f547fa90abfe4c3n
const A2 = 0x114ca50f7a8e2f3f657c1108d9d44cfd8n
const B2 = A1

/** lambda and the cube root of one in the field that applies it: lambda * (x, y) = (beta * x, y). */
export const LAMBDA = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n
export const BETA = 0x7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501een

/** Bits kept of the quotients below, so that rounding is right to within one. */
const PRECISION = 384n
const HALF = 1n << (PRECISION - 1n)
const Q1 = ((B2 << PRECISION) + GROUP_ORDER / 2n) / GROUP_ORDER
const Q2 = ((-B1 << PRECISION) + GROUP_ORDER / 2n) / GROUP_ORDER

/** `[k1, k2]` with k = k1 + k2 * lambda modulo the order and both below 2^128 in magnitude; k within 0 .. order-1. */
export function splitScalar(k: bigint): [bigint, bigint] {
  const c1 = (k * Q1 + HALF) >> PRECISION
  const c2 = (k * Q2 + HALF) >> PRECISION
  return [k - c1 * A1 - c2 * A2, -c1 * B1 - c2 * B2]
}

const words64 = (): BigUint64Array => new BigUint64Array(3)

/** Recodes half scalars; it keeps only working space. */
export class DigitWriter {
  readonly #wide = words64()
  readonly #words = new Int32Array(this.#wide.buffer)

  /**
   * Writes the windowed non-adjacent form of `k`, |k| < 2^129, to all of `digits`, lowest position first: zeros, and odd
   * digits below 2^(window-1) in magnitude of which any `window` neighbours hold one at most.
   */
  write(k: bigint, window: number, digits: Int16Array): void {
    const negative = k < 0n
    const size = negative ? -k : k
    this.#wide[0] = size
    this.#wide[1] = size >> 64n
    this.#wide[2] = size >> 128n
    digits.fill(0)
    const words = this.#words
    let carry = 0
    let position = 0
    while (position < digits.length) {
      const at = position >> 5
      const shift = position & 31
      if (((words[at]! >>> shift) & 1) === carry) {
        position++
        continue
      }
      let bits = words[at]! >>> shift
      if (shift + window > 32) bits |= words[at + 1]! << (32 - shift)
      let digit = (bits & ((1 << window) - 1)) + carry
      carry = digit >> (window - 1)
      digit -= carry << window
      digits[position] = negative ? -digit : digit
      position += window
    }
  }
}
