import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { emitField } from '../../src/crypto/wasm/field-chains.ts'
import { FIELD_BYTES } from '../../src/crypto/wasm/field-ops.ts'
import { ModuleBuilder } from '../../src/crypto/wasm/module.ts'
import { instantiate, type WasmMemory } from '../../src/crypto/wasm/runtime.ts'

const P = 2n ** 256n - 2n ** 32n - 977n
const mod = (v: bigint): bigint => ((v % P) + P) % P

type Exports = Record<string, (...addresses: number[]) => number> & { readonly memory: WasmMemory }

const module = new ModuleBuilder(1)
const field = emitField(module, 20 * FIELD_BYTES)
for (const [name, f] of Object.entries(field)) module.export(name, f)
const kernel = instantiate<Exports>(module.encode())!
const words = new BigInt64Array(kernel.memory.buffer)

const address = (slot: number): number => slot * FIELD_BYTES
const limbsAt = (slot: number): bigint[] => Array.from({ length: 9 }, (_, i) => words[9 * slot + i]!)
const toNumber = (limbs: readonly bigint[]): bigint => limbs.reduceRight((v, limb) => v * 2n ** 29n + limb, 0n)
const put = (slot: number, limbs: readonly bigint[]): void => words.set(limbs, 9 * slot)

/** Bounds of limb i in a tight number. */
const range = (i: number): [bigint, bigint] => (i === 2 ? [-(2n ** 21n), 2n ** 29n + 2n ** 21n] : [0n, 2n ** 29n - 1n])
const isTight = (limbs: readonly bigint[]): boolean => limbs.every((limb, i) => limb >= range(i)[0] && limb <= range(i)[1])

/** Tight numbers, with many limbs at their bounds; as a whole also multiples of p and neighbours of 0 and p. */
const limb = (i: number): fc.Arbitrary<bigint> => {
  const [low, high] = range(i)
  return fc.oneof(fc.constantFrom(low, high), fc.bigInt(low, high))
}
const split = (v: bigint): bigint[] => Array.from({ length: 9 }, (_, i) => (v >> BigInt(29 * i)) & (2n ** 29n - 1n))
const tight: fc.Arbitrary<bigint[]> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(...Array.from({ length: 9 }, (_, i) => limb(i))) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...[0n, 1n, P - 1n, P, P + 1n, 31n * P, 32n * P, 2n ** 256n - 1n, 2n ** 261n - 1n].map(split))
  },
  { weight: 1, arbitrary: fc.constant(Array.from({ length: 9 }, (_, i) => range(i)[1])) },
  { weight: 1, arbitrary: fc.constant(Array.from({ length: 9 }, (_, i) => range(i)[0])) }
)

/** What each product operation stands for, in its operands from the second parameter on. */
const PRODUCTS: Record<string, (...v: bigint[]) => bigint> = {
  mul: (a, b) => a! * b!,
  mulTwice: (a, b) => 2n * a! * b!,
  mulSub: (a, b, c) => a! * b! - c!,
  square: (a) => a! * a!,
  squareTwice: (a) => 2n * a! * a!,
  squareThrice: (a) => 3n * a! * a!,
  squareSub4: (a, b) => a! * a! - 4n * b!,
  squareSub: (a, b, c) => a! * a! - b! - 2n * c!,
  squareDifference: (a, b) => a! * a! - b!,
  doubledY: (a, b, c, d) => a! * (2n * b! - c!) - d!,
  addedY: (a, b, c, d) => a! * (b! - c!) - d!
}

/** Operands that may be negated numbers: y of a subtracted point, and what starts from it. */
const NEGATABLE: Record<string, readonly number[]> = {
  mulSub: [1, 2],
  mulTwice: [0],
  squareTwice: [0],
  mul: [0]
}

describe('field of secp256k1 in WebAssembly', () => {
  for (const [name, formula] of Object.entries(PRODUCTS)) {
    it(`${name} is right and tight for all tight operands`, () => {
      const operands = fc.tuple(...Array.from({ length: formula.length }, () => tight))
      const signs = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 })
      fc.assert(
        fc.property(operands, signs, fc.nat({ max: formula.length }), (numbers, negated, place) => {
          const used = numbers.map((limbs, i) =>
            negated[i] === true && NEGATABLE[name]?.includes(i) === true ? limbs.map((l) => -l) : limbs
          )
          for (const [i, limbs] of used.entries()) put(1 + i, limbs)
          // The result may go to a place of its own or over any operand.
          kernel[name]!(address(place), ...used.map((_, i) => address(1 + i)))
          const result = limbsAt(place)
          assert.ok(isTight(result), `not tight: ${result}`)
          assert.equal(mod(toNumber(result)), mod(formula(...used.map(toNumber))))
        }),
        { numRuns: 1500 }
      )
    })
  }

  it('normalise gives the one residue, and isZero knows zero', () => {
    fc.assert(
      fc.property(tight, (limbs) => {
        put(1, limbs)
        const value = mod(toNumber(limbs))
        assert.equal(kernel.isZero!(address(1)), value === 0n ? 1 : 0)
        kernel.normalise!(address(1))
        assert.deepEqual(limbsAt(1), split(value))
        kernel.negate!(address(1), address(1))
        kernel.normalise!(address(1))
        assert.deepEqual(limbsAt(1), split(mod(-value)))
      }),
      { numRuns: 3000 }
    )
    for (let k = 0n; k <= 32n; k++) {
      put(1, split(k * P))
      assert.equal(kernel.isZero!(address(1)), 1)
      put(1, split(k * P + 977n))
      assert.equal(kernel.isZero!(address(1)), 0)
    }
  })

  it('inverts, and finds square roots where there are some', () => {
    fc.assert(
      fc.property(tight, (limbs) => {
        const value = mod(toNumber(limbs))
        put(1, limbs)
        kernel.invert!(address(0), address(1))
        assert.equal(mod(toNumber(limbsAt(0)) * value), value === 0n ? 0n : 1n)
        put(2, split(mod(value * value)))
        kernel.squareRoot!(address(3), address(2))
        const root = mod(toNumber(limbsAt(3)))
        assert.ok(root === value || root === mod(-value))
      }),
      { numRuns: 200 }
    )
  })
})
