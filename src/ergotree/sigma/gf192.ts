/** Size of a field element, which is also the size of a challenge, in bytes (`CryptoConstants.soundnessBits` = 192). */
export const GF192_BYTES = 24

/** 32-bit words of an element, least significant first. */
const WORDS = 6

/** x^7 + x^2 + x + 1: what x^192 reduces to modulo the field's pentanomial x^192 + x^7 + x^2 + x + 1. */
const REDUCTION = 0x87

/** Exponent bits of 2^192 - 2, whose power is the inverse: 191 ones, then a zero. */
const INVERSE_ONES = 191

/**
 * Element of GF(2^192), the field in which a threshold's challenges are points of one polynomial.
 *
 * Six 32-bit words, least significant first; as bytes little-endian throughout (`GF2_192.scala`).
 */
export type Gf192 = Int32Array

/**
 * Element of the 24 bytes at `offset`.
 *
 * @throws RangeError when fewer bytes are there
 */
export function gf192FromBytes(bytes: Uint8Array, offset = 0): Gf192 {
  if (bytes.length < offset + GF192_BYTES) throw new RangeError(`a field element needs ${GF192_BYTES} bytes`)
  const out = new Int32Array(WORDS)
  for (let i = 0, p = offset; i < WORDS; i++, p += 4) {
    out[i] = bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)
  }
  return out
}

/** The 24 bytes of an element. */
export function gf192ToBytes(element: Gf192): Uint8Array {
  const out = new Uint8Array(GF192_BYTES)
  for (let i = 0; i < WORDS; i++) {
    const w = element[i]!
    out[4 * i] = w
    out[4 * i + 1] = w >>> 8
    out[4 * i + 2] = w >>> 16
    out[4 * i + 3] = w >>> 24
  }
  return out
}

/** `a := a * x`. */
function timesX(a: Gf192): void {
  const carry = a[5]! >>> 31
  for (let i = 5; i > 0; i--) a[i] = (a[i]! << 1) | (a[i - 1]! >>> 31)
  a[0] = (a[0]! << 1) ^ (carry * REDUCTION)
}

/** `a := a + b`. */
function addTo(a: Gf192, b: Gf192): void {
  for (let i = 0; i < WORDS; i++) a[i] = a[i]! ^ b[i]!
}

/** Product with the element whose low byte is `factor` and whose other bits are zero. */
export function gf192MulByte(a: Gf192, factor: number): Gf192 {
  const out = new Int32Array(WORDS)
  for (let bit = 7; bit >= 0; bit--) {
    timesX(out)
    if (((factor >>> bit) & 1) === 1) addTo(out, a)
  }
  return out
}

/** Product of two elements. */
export function gf192Mul(a: Gf192, b: Gf192): Gf192 {
  const out = new Int32Array(WORDS)
  for (let bit = 8 * GF192_BYTES - 1; bit >= 0; bit--) {
    timesX(out)
    if (((b[bit >>> 5]! >>> (bit & 31)) & 1) === 1) addTo(out, a)
  }
  return out
}

/** Multiplicative inverse; zero has none and gives zero. */
export function gf192Invert(a: Gf192): Gf192 {
  // a^(2^192 - 2) by square and multiply. About a millisecond: only the prover inverts.
  let out: Gf192 = a
  for (let i = 1; i < INVERSE_ONES; i++) out = gf192Mul(gf192Mul(out, out), a)
  return gf192Mul(out, out)
}

/**
 * Polynomial over GF(2^192) with coefficients from degree 0 up.
 * Source: `GF2_192_Poly.scala`.
 */
export class Gf192Polynomial {
  readonly coefficients: readonly Gf192[]

  constructor(coefficients: readonly Gf192[]) {
    this.coefficients = coefficients
  }

  /**
   * Polynomial of a constant term and the concatenated higher coefficients as a proof carries them.
   * An incomplete last coefficient is ignored, as in the reference.
   *
   * @throws RangeError when the constant term is shorter than 24 bytes
   */
  static fromBytes(constant: Uint8Array, higher: Uint8Array): Gf192Polynomial {
    const out = [gf192FromBytes(constant)]
    for (let at = 0; at + GF192_BYTES <= higher.length; at += GF192_BYTES) out.push(gf192FromBytes(higher, at))
    return new Gf192Polynomial(out)
  }

  /** Value at the element with low byte `x`, 0..255. */
  evaluate(x: number): Gf192 {
    const c = this.coefficients
    let out: Gf192 = c[c.length - 1]!.slice()
    for (let d = c.length - 2; d >= 0; d--) {
      out = gf192MulByte(out, x)
      addTo(out, c[d]!)
    }
    return out
  }

  /** Coefficients of degree 1 and up, as a proof carries them. */
  higherBytes(): Uint8Array {
    const out = new Uint8Array(GF192_BYTES * (this.coefficients.length - 1))
    for (let i = 1; i < this.coefficients.length; i++) out.set(gf192ToBytes(this.coefficients[i]!), GF192_BYTES * (i - 1))
    return out
  }

  /**
   * The polynomial of lowest degree bound that takes `atZero` at 0 and `values[i]` at `points[i]`.
   *
   * @param points distinct numbers within 1..255
   */
  static interpolate(atZero: Gf192, points: readonly number[], values: readonly Gf192[]): Gf192Polynomial {
    // Newton: after each point, `sum` is right on the points so far and `vanishing` is zero on them.
    const sum: Gf192[] = [atZero.slice()]
    const vanishing: Gf192[] = [new Int32Array(WORDS), one()]
    for (let i = 0; i < points.length; i++) {
      const x = points[i]!
      const missing = new Gf192Polynomial(sum).evaluate(x)
      addTo(missing, values[i]!)
      const factor = gf192Mul(missing, gf192Invert(new Gf192Polynomial(vanishing).evaluate(x)))
      sum.push(new Int32Array(WORDS))
      for (let d = 0; d < sum.length; d++) addTo(sum[d]!, gf192Mul(vanishing[d]!, factor))
      // vanishing := vanishing * (X + x)
      vanishing.push(one())
      for (let d = vanishing.length - 2; d > 0; d--) {
        vanishing[d] = gf192MulByte(vanishing[d]!, x)
        addTo(vanishing[d]!, vanishing[d - 1]!)
      }
      vanishing[0] = gf192MulByte(vanishing[0]!, x)
    }
    return new Gf192Polynomial(sum)
  }
}

function one(): Gf192 {
  const out = new Int32Array(WORDS)
  out[0] = 1
  return out
}
