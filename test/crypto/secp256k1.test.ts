import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secp256k1 as nobleCurve } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { bigIntFromBytes, bigIntToBytes, fromHex, toHex } from '../../src/bytes/index.ts'
import { PointError, secp256k1 } from '../../src/crypto/index.ts'
import type { Point } from '../../src/crypto/point.ts'
import { BETA, DigitWriter, LAMBDA, splitScalar } from '../../src/crypto/scalar.ts'
import { createSecp256k1 } from '../../src/crypto/secp256k1.ts'

const wasm = createSecp256k1('wasm')!
const noble = createSecp256k1('noble')!
const n = wasm.order
const P = 2n ** 256n - 2n ** 32n - 977n
const hex = (p: Point): string => toHex(p.toBytes())
const ZERO33 = '00'.repeat(33)

/** Scalars at which windows, halves and the reduction turn. */
const EDGE_SCALARS: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  15n,
  16n,
  17n,
  31n,
  511n,
  512n,
  1023n,
  n - 1n,
  n,
  n + 1n,
  n - 2n,
  n / 2n,
  n / 2n + 1n,
  LAMBDA,
  LAMBDA - 1n,
  LAMBDA + 1n,
  n - LAMBDA,
  (LAMBDA * LAMBDA) % n,
  2n ** 64n,
  2n ** 127n,
  2n ** 128n - 1n,
  2n ** 128n,
  2n ** 129n,
  2n ** 192n - 1n,
  2n ** 255n,
  2n ** 256n - 1n,
  -1n,
  -5n,
  -n,
  2n ** 300n
]

const scalars = fc.oneof(
  fc.constantFrom(...EDGE_SCALARS),
  fc.bigInt(0n, 2n ** 256n - 1n),
  // Long runs of equal bits.
  fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 })).map(([a, b]) => 2n ** BigInt(a) - 2n ** BigInt(b))
)
/** Points with small and related multipliers meet each other's table entries, which random ones never do. */
const multipliers = fc.oneof(fc.integer({ min: -40, max: 40 }).map(BigInt), scalars)

describe('secp256k1 on both backends', () => {
  it('starts from the generator of the standard and from an identity of 33 zeros', () => {
    for (const group of [wasm, noble, secp256k1]) {
      assert.equal(hex(group.generator), '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
      assert.equal(hex(group.identity), ZERO33)
      assert.equal(group.identity.isIdentity, true)
      assert.equal(group.generator.isIdentity, false)
      assert.equal(group.order, nobleCurve.Point.Fn.ORDER)
    }
    assert.equal(wasm.backend, 'wasm')
    assert.equal(secp256k1.backend, 'wasm')
    assert.equal(noble.backend, 'noble')
  })

  it('knows multiples of the generator from published test vectors', () => {
    const known: ReadonlyArray<readonly [bigint, string]> = [
      [2n, '02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5'],
      [3n, '02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9'],
      [20n, '024ce119c96e2fa357200b559b2f7dd5a5f02d5290aff74b03f3e471b273211c97'],
      [n - 1n, '0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798']
    ]
    for (const [k, point] of known) assert.equal(hex(wasm.multiplyBase(k)), point)
    const lambdaG = wasm.multiplyBase(LAMBDA)
    assert.equal(
      bigIntFromBytes(lambdaG.affine.subarray(0, 32)),
      (BETA * bigIntFromBytes(wasm.generator.affine.subarray(0, 32))) % P
    )
  })

  it('multiplies and combines alike for all pairs of edge scalars', () => {
    const p = noble.multiplyBase(0xabcdef123456789n)
    for (const a of EDGE_SCALARS) {
      assert.equal(hex(wasm.multiplyBase(a)), hex(noble.multiplyBase(a)), `${a} * G`)
      assert.equal(hex(wasm.multiply(p, a)), hex(noble.multiply(p, a)), `${a} * P`)
      for (const b of EDGE_SCALARS.slice(0, 22)) {
        assert.equal(hex(wasm.combine(a, p, b, wasm.generator)), hex(noble.combine(a, p, b, noble.generator)), `${a} P + ${b} G`)
      }
    }
  })

  it('adds, negates and combines points that are equal, opposite, related or the identity', () => {
    const small: Point[] = []
    for (let k = -12n; k <= 12n; k++) small.push(noble.multiplyBase(k))
    for (const a of small) {
      assert.equal(hex(wasm.negate(a)), hex(noble.negate(a)))
      for (const b of small) {
        assert.equal(hex(wasm.add(a, b)), hex(noble.add(a, b)))
        for (const [k1, k2] of [
          [1n, 1n],
          [1n, -1n],
          [7n, -7n],
          [5n, 3n],
          [n - 3n, 9n],
          [LAMBDA, 1n],
          [LAMBDA, LAMBDA]
        ] as const) {
          assert.equal(hex(wasm.combine(k1, a, k2, b)), hex(noble.combine(k1, a, k2, b)))
        }
      }
    }
  })

  it('agrees on random and related points and scalars', () => {
    fc.assert(
      fc.property(multipliers, multipliers, scalars, scalars, (ka, kb, k1, k2) => {
        const a = noble.multiplyBase(ka)
        const b = noble.multiplyBase(kb)
        assert.equal(hex(wasm.multiplyBase(ka)), hex(a))
        assert.equal(hex(wasm.combine(k1, a, k2, b)), hex(noble.combine(k1, a, k2, b)))
        assert.equal(hex(wasm.combine(k1, a, k2, wasm.generator)), hex(noble.combine(k1, a, k2, noble.generator)))
        assert.equal(hex(wasm.multiply(a, k1)), hex(noble.multiply(a, k1)))
        assert.equal(hex(wasm.add(a, b)), hex(noble.add(a, b)))
      }),
      { numRuns: 150 }
    )
  })

  it('cancels to the identity', () => {
    for (const k of [1n, 5n, 0xffffn, LAMBDA, n - 1n]) {
      const p = wasm.multiplyBase(k)
      assert.equal(wasm.combine(1n, p, -k, wasm.generator).isIdentity, true)
      assert.equal(wasm.combine(n, p, 0n, wasm.generator).isIdentity, true)
      assert.equal(wasm.add(p, wasm.negate(p)).isIdentity, true)
      assert.equal(hex(wasm.combine(3n, p, -2n, p)), hex(p))
    }
  })

  it('takes scalars as bytes of any length, modulo the order', () => {
    for (const size of [0, 1, 7, 8, 24, 31, 32, 33, 40, 64]) {
      const bytes = new Uint8Array(size).fill(0xff)
      assert.equal(hex(wasm.multiplyBase(bytes)), hex(wasm.multiplyBase(bigIntFromBytes(bytes))))
      // A view into a larger buffer reads its own bytes only.
      const inside = new Uint8Array(size + 9)
      inside.set(bytes, 5)
      assert.equal(hex(wasm.multiplyBase(inside.subarray(5, 5 + size))), hex(wasm.multiplyBase(bytes)))
    }
  })
})

describe('group element encoding', () => {
  it('round-trips points of either parity', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, n - 1n), (k) => {
        const bytes = noble.multiplyBase(k).toBytes()
        for (const group of [wasm, noble]) {
          const p = group.decode(bytes)
          assert.deepEqual(p.toBytes(), bytes)
          assert.deepEqual(p.affine, noble.decode(bytes).affine)
          assert.equal(p.equals(noble.multiplyBase(k)), true)
        }
      })
    )
  })

  it('reads anything that starts with 00 as the identity, which is written as zeros', () => {
    const garbage = fromHex(`00${'ab'.repeat(32)}`)
    for (const group of [wasm, noble]) {
      assert.equal(group.decode(garbage).isIdentity, true)
      assert.equal(group.isValid(garbage), true)
      assert.equal(hex(group.decode(garbage)), ZERO33)
    }
  })

  it('refuses wrong lengths, prefixes, x at or above the prime and x without a point, with the same code', () => {
    const g = noble.generator.toBytes()
    const withPrefix = (prefix: number): Uint8Array => Uint8Array.of(prefix, ...g.subarray(1))
    const withX = (x: bigint): Uint8Array => Uint8Array.of(2, ...bigIntToBytes(x, 32))
    const cases: Array<[Uint8Array, string]> = [
      [g.subarray(0, 32), 'POINT_LENGTH'],
      [new Uint8Array(0), 'POINT_LENGTH'],
      [new Uint8Array(65), 'POINT_LENGTH'],
      [withPrefix(1), 'POINT_PREFIX'],
      [withPrefix(4), 'POINT_PREFIX'],
      [withPrefix(0x82), 'POINT_PREFIX'],
      [withPrefix(255), 'POINT_PREFIX'],
      [withX(P), 'POINT_NOT_ON_CURVE'],
      // x = 1 has a point, so this shows that x is not reduced.
      [withX(P + 1n), 'POINT_NOT_ON_CURVE'],
      [withX(2n ** 256n - 1n), 'POINT_NOT_ON_CURVE'],
      [withX(0n), 'POINT_NOT_ON_CURVE'],
      [withX(5n), 'POINT_NOT_ON_CURVE']
    ]
    for (const group of [wasm, noble]) {
      assert.equal(group.isValid(withX(1n)), true)
      assert.equal(group.isValid(withX(P - 3n)), noble.isValid(withX(P - 3n)))
      for (const [bytes, code] of cases) {
        assert.equal(group.isValid(bytes), false)
        for (const attempt of [
          () => group.decode(bytes),
          () => group.schnorrCommitment(g, g.subarray(0, 24), bytes),
          () => group.dhCommitment(g, g.subarray(0, 24), bytes, g),
          () => group.dhCommitment(g, g.subarray(0, 24), g, bytes)
        ]) {
          assert.throws(attempt, (error) => error instanceof PointError && error.code === code)
        }
      }
    }
  })

  it('finds the same validity and point for any x', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 3), fc.uint8Array({ minLength: 32, maxLength: 32 }), (prefix, x) => {
        const bytes = Uint8Array.of(prefix, ...x)
        assert.equal(wasm.isValid(bytes), noble.isValid(bytes))
        if (noble.isValid(bytes)) assert.deepEqual(wasm.decode(bytes).affine, noble.decode(bytes).affine)
      })
    )
  })
})

describe('commitments of sigma proofs', () => {
  const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size })

  it('agree for any response, challenge and keys, the identity among them', () => {
    const keys = multipliers.map((k) => noble.multiplyBase(k).toBytes())
    fc.assert(
      fc.property(bytes(32), bytes(24), keys, keys, (z, e, g, u) => {
        assert.equal(toHex(wasm.schnorrCommitment(z, e, u)), toHex(noble.schnorrCommitment(z, e, u)))
        assert.equal(toHex(wasm.dhCommitment(z, e, g, u)), toHex(noble.dhCommitment(z, e, g, u)))
      }),
      { numRuns: 100 }
    )
  })

  it('are right when keys repeat, change and come back between calls of every kind', () => {
    const pool = [1n, -1n, 2n, 77n, LAMBDA, 0n].map((k) => noble.multiplyBase(k))
    const step = fc.tuple(
      fc.constantFrom('schnorr', 'dh', 'combine', 'bad'),
      fc.constantFrom(...pool),
      fc.constantFrom(...pool),
      bytes(32)
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 8 }), (steps) => {
        for (const [kind, a, b, z] of steps) {
          const e = z.subarray(4, 28)
          if (kind === 'schnorr') {
            assert.equal(toHex(wasm.schnorrCommitment(z, e, a.toBytes())), toHex(noble.schnorrCommitment(z, e, a.toBytes())))
          } else if (kind === 'dh') {
            const [g, u] = [a.toBytes(), b.toBytes()]
            assert.equal(toHex(wasm.dhCommitment(z, e, g, u)), toHex(noble.dhCommitment(z, e, g, u)))
          } else if (kind === 'combine') {
            assert.equal(hex(wasm.combine(z, a, e, b)), hex(noble.combine(z, a, e, b)))
          } else {
            assert.throws(() => wasm.schnorrCommitment(z, e, Uint8Array.of(2, ...bigIntToBytes(5n, 32))), PointError)
          }
        }
      }),
      { numRuns: 40 }
    )
  })

  it('give back what the prover committed to', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, n - 1n), fc.bigInt(1n, n - 1n), bytes(24), (secret, nonce, e) => {
        const z = bigIntToBytes((nonce + bigIntFromBytes(e) * secret) % n, 32)
        const key = noble.multiplyBase(secret).toBytes()
        assert.equal(toHex(wasm.schnorrCommitment(z, e, key)), hex(noble.multiplyBase(nonce)))
      }),
      { numRuns: 30 }
    )
  })

  it('handle zero responses and challenges and responses above the order', () => {
    const g = noble.generator.toBytes()
    const zero = new Uint8Array(32)
    const huge = new Uint8Array(32).fill(0xff)
    for (const z of [zero, huge, bigIntToBytes(n, 32)]) {
      for (const e of [zero.subarray(0, 24), huge.subarray(0, 24)]) {
        for (const h of [g, fromHex(ZERO33), noble.multiplyBase(-1n).toBytes()]) {
          assert.equal(toHex(wasm.schnorrCommitment(z, e, h)), toHex(noble.schnorrCommitment(z, e, h)))
          assert.equal(toHex(wasm.dhCommitment(z, e, h, g)), toHex(noble.dhCommitment(z, e, h, g)))
        }
      }
    }
  })
})

describe('recoding of scalars', () => {
  it('splits every scalar into two halves of at most 128 bits', () => {
    fc.assert(
      fc.property(scalars, (k) => {
        const reduced = ((k % n) + n) % n
        const [k1, k2] = splitScalar(reduced)
        assert.equal((((k1 + k2 * LAMBDA) % n) + n) % n, reduced)
        for (const half of [k1, k2]) assert.ok(half > -(2n ** 128n) && half < 2n ** 128n)
      }),
      { numRuns: 2000 }
    )
  })

  it('writes digits that sum up to the half, odd, small and far enough apart', () => {
    const writer = new DigitWriter()
    const digits = new Int16Array(130)
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 128n) + 1n, 2n ** 128n - 1n), fc.constantFrom(5, 10), (k, window) => {
        writer.write(k, window, digits)
        let sum = 0n
        let last = -window
        digits.forEach((digit, i) => {
          if (digit === 0) return
          assert.equal(Math.abs(digit) % 2, 1)
          assert.ok(Math.abs(digit) < 2 ** (window - 1))
          assert.ok(i - last >= window)
          last = i
          sum += BigInt(digit) << BigInt(i)
        })
        assert.equal(sum, k)
      }),
      { numRuns: 1000 }
    )
  })
})
