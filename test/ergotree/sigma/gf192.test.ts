import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bigIntFromBytes, bigIntToBytes, toHex } from '../../../src/bytes/index.ts'
import {
  Gf192Polynomial,
  gf192FromBytes,
  gf192Invert,
  gf192Mul,
  gf192MulByte,
  gf192ToBytes
} from '../../../src/ergotree/sigma/gf192.ts'

const MODULUS = (1n << 192n) | 0x87n
const element = fc.uint8Array({ minLength: 24, maxLength: 24 })
const fast = { numRuns: 25 }

function toNumber(bytes: Uint8Array): bigint {
  return bigIntFromBytes(bytes.slice().reverse())
}

/** Schoolbook multiplication of bit polynomials, the definition of the field. */
function slowMul(a: bigint, b: bigint): bigint {
  let product = 0n
  for (let i = 0n; i < 192n; i++) if ((b >> i) & 1n) product ^= a << i
  for (let i = 383n; i >= 192n; i--) if ((product >> i) & 1n) product ^= MODULUS << (i - 192n)
  return product
}

describe('GF(2^192)', () => {
  it('multiplies as its definition says', () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        const product = gf192ToBytes(gf192Mul(gf192FromBytes(a), gf192FromBytes(b)))
        assert.equal(toNumber(product), slowMul(toNumber(a), toNumber(b)))
      }),
      fast
    )
    const top = bigIntToBytes(1n << 191n, 24).reverse()
    assert.equal(toHex(gf192ToBytes(gf192MulByte(gf192FromBytes(top), 2))), `87${'00'.repeat(23)}`)
  })

  it('multiplies by a byte as by the element of that byte', () => {
    fc.assert(
      fc.property(element, fc.nat(255), (a, x) => {
        const byte = new Uint8Array(24)
        byte[0] = x
        assert.deepEqual(gf192MulByte(gf192FromBytes(a), x), gf192Mul(gf192FromBytes(a), gf192FromBytes(byte)))
      })
    )
  })

  it('inverts', () => {
    fc.assert(
      fc.property(element, (a) => {
        const x = gf192FromBytes(a)
        fc.pre(x.some((w) => w !== 0))
        assert.equal(toNumber(gf192ToBytes(gf192Mul(x, gf192Invert(x)))), 1n)
      }),
      fast
    )
    assert.deepEqual(gf192Invert(new Int32Array(6)), new Int32Array(6))
  })

  it('interpolates through every given point, with as many coefficients as points', () => {
    fc.assert(
      fc.property(
        element,
        fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 255 }), element), { maxLength: 6, selector: ([x]) => x }),
        (atZero, points) => {
          const q = Gf192Polynomial.interpolate(
            gf192FromBytes(atZero),
            points.map(([x]) => x),
            points.map(([, y]) => gf192FromBytes(y))
          )
          assert.equal(q.coefficients.length, points.length + 1)
          assert.deepEqual(gf192ToBytes(q.evaluate(0)), atZero)
          for (const [x, y] of points) assert.deepEqual(gf192ToBytes(q.evaluate(x)), y)
          const again = Gf192Polynomial.fromBytes(atZero, q.higherBytes())
          for (const [x, y] of points) assert.deepEqual(gf192ToBytes(again.evaluate(x)), y)
        }
      ),
      fast
    )
  })

  it('ignores an incomplete last coefficient, needs a whole constant one', () => {
    const zero = new Uint8Array(24)
    assert.equal(Gf192Polynomial.fromBytes(zero, new Uint8Array(47)).coefficients.length, 2)
    assert.throws(() => Gf192Polynomial.fromBytes(zero.subarray(1), new Uint8Array(24)), RangeError)
  })
})
