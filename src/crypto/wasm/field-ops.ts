import { type Code, get, I32, I64, i64, set } from './code.ts'
import type { FunctionBuilder, ModuleBuilder } from './module.ts'

/**
 * The field of secp256k1, integers modulo p = 2^256 - 2^32 - 977, as nine limbs of 29 bits in 64-bit words, little end
 * first. WebAssembly has no product of 128 bits, so limbs are as wide as sums of nine products in 64 signed bits allow.
 *
 * Numbers in memory are *tight*: each limb within 0 .. 2^29-1, but limb 2 within -2^21 .. 2^29+2^21. They are residues
 * below 2^261, not reduced to one of them; `normalise` does that. Every operation below takes tight numbers (their
 * negation is fine, too) and gives a tight one. With T = 2^29 + 2^21 a column of a product is at most 9 T^2 = 2^61.2,
 * so what an operation adds up may come to three such products, 2^62.8, before 2^63 is out of reach.
 */
export const LIMBS = 9
const LIMB_BITS = 29
const MASK = (1n << BigInt(LIMB_BITS)) - 1n
/** Bytes of a number in memory. */
export const FIELD_BYTES = 8 * LIMBS

/** 2^261 = 32 * (2^32 + 977) modulo p: this much at the same limb, and 2^37 = 2^8 at the next. */
const FOLD = 32n * 977n
const FOLD_NEXT_SHIFT = 8n

/** `scale * a * b`, or `scale * a * a` when there is no `b`. */
interface Product {
  scale: number
  a: readonly Code[]
  b?: readonly Code[]
}

interface Addend {
  scale: number
  a: readonly Code[]
}

/** Scales by small constants, by shifts where that is cheaper. */
function scaled(value: Code, scale: number): Code {
  if (scale === 1) return value
  const size = Math.abs(scale)
  const positive = (size & (size - 1)) === 0 ? i64.shl(value, i64.const(Math.log2(size))) : i64.mul(value, i64.const(size))
  if (scale > 0) return size === 1 ? value : positive
  return i64.sub(i64.const(0), size === 1 ? value : positive)
}

/** Code that leaves the tight sum of products and addends at the address in local `out`. All limbs are read before one is written. */
function combine(f: FunctionBuilder, out: number, products: readonly Product[], addends: readonly Addend[]): Code {
  const body: Code[] = []
  const keep = (value: Code): Code => {
    const local = f.local(I64)
    body.push(set(local, value))
    return get(local)
  }
  const columns: Code[][] = Array.from({ length: 2 * LIMBS - 1 }, () => [])
  for (const { scale, a, b } of products) {
    if (b === undefined) {
      const once = a.map((limb) => (scale === 1 ? limb : keep(scaled(limb, scale))))
      const twice = a.map((limb) => keep(scaled(limb, 2 * scale)))
      for (let i = 0; i < LIMBS; i++) {
        for (let j = i; j < LIMBS; j++) columns[i + j]!.push(i64.mul(i === j ? once[i]! : twice[i]!, a[j]!))
      }
    } else {
      const left = a.map((limb) => (scale === 1 ? limb : keep(scaled(limb, scale))))
      for (let i = 0; i < LIMBS; i++) for (let j = 0; j < LIMBS; j++) columns[i + j]!.push(i64.mul(left[i]!, b[j]!))
    }
  }
  for (const { scale, a } of addends) for (let i = 0; i < LIMBS; i++) columns[i]!.push(scaled(a[i]!, scale))

  const sums = columns.map((terms) => keep(terms.reduce((sum, term) => i64.add(sum, term))))
  // Columns from 2^261 up as limbs of 29 bits plus what overflows from the one below: at most 2^34.
  const low = (value: Code): Code => i64.and(value, i64.const(MASK))
  const high = (value: Code): Code => i64.shrS(value, i64.const(LIMB_BITS))
  const upper: Code[] = []
  for (let k = LIMBS; k < 2 * LIMBS - 1; k++) {
    upper.push(keep(k === LIMBS ? low(sums[k]!) : i64.add(low(sums[k]!), high(sums[k - 1]!))))
  }
  upper.push(keep(high(sums[2 * LIMBS - 2]!)))
  const fold = (value: Code): Code => i64.mul(value, i64.const(FOLD))
  const foldNext = (value: Code): Code => i64.shl(value, i64.const(FOLD_NEXT_SHIFT))
  const limbs: Code[] = []
  let carry: Code | undefined
  for (let k = 0; k < LIMBS; k++) {
    let sum = i64.add(sums[k]!, fold(upper[k]!))
    if (k > 0) sum = i64.add(sum, foldNext(upper[k - 1]!))
    const total = keep(carry === undefined ? sum : i64.add(sum, carry))
    limbs.push(keep(low(total)))
    carry = high(total)
  }
  // What is left above 2^261 is below 2^42 and goes round once more; limb 2 takes the carry as it is.
  const rest = keep(i64.add(carry!, foldNext(upper[LIMBS - 1]!)))
  const first = keep(i64.add(limbs[0]!, fold(rest)))
  const second = keep(i64.add(i64.add(limbs[1]!, foldNext(rest)), high(first)))
  const tight = [low(first), low(second), i64.add(limbs[2]!, high(second)), ...limbs.slice(3)]
  return [body, tight.map((limb, i) => i64.store(get(out), 8 * i, limb))]
}

/** Reads the limbs of the number at the address in local `from` into locals. */
function read(f: FunctionBuilder, from: number, body: Code[]): Code[] {
  return Array.from({ length: LIMBS }, (_, i) => {
    const local = f.local(I64)
    body.push(set(local, i64.load(get(from), 8 * i)))
    return get(local)
  })
}

/** Operations of the field; all but the first parameter (where the result goes) are addresses of operands, which it may equal. */
export interface FieldOps {
  /** a * b */
  mul: FunctionBuilder
  /** 2 a b */
  mulTwice: FunctionBuilder
  /** a * b - c */
  mulSub: FunctionBuilder
  /** a^2 */
  square: FunctionBuilder
  /** 2 a^2 */
  squareTwice: FunctionBuilder
  /** 3 a^2 */
  squareThrice: FunctionBuilder
  /** a^2 - 4 b */
  squareSub4: FunctionBuilder
  /** a^2 - b - 2 c */
  squareSub: FunctionBuilder
  /** a (2 b - c) - d */
  doubledY: FunctionBuilder
  /** a (b - c) - d */
  addedY: FunctionBuilder
}

export function emitFieldOps(module: ModuleBuilder): FieldOps {
  const op = (
    operands: number,
    sum: (...numbers: Code[][]) => { products: Product[]; addends?: Addend[] },
    prepare?: (numbers: Code[][], keep: (value: Code) => Code) => Code[][]
  ): FunctionBuilder => {
    const f = module.function(Array.from({ length: 1 + operands }, () => I32))
    const body: Code[] = []
    let numbers = Array.from({ length: operands }, (_, i) => read(f, 1 + i, body))
    if (prepare !== undefined) {
      numbers = prepare(numbers, (value) => {
        const local = f.local(I64)
        body.push(set(local, value))
        return get(local)
      })
    }
    const { products, addends } = sum(...numbers)
    body.push(combine(f, 0, products, addends ?? []))
    f.body = body
    return f
  }
  const difference = (scale: number): FunctionBuilder =>
    op(
      4,
      (a, b, d) => ({ products: [{ scale: 1, a: a!, b: b! }], addends: [{ scale: -1, a: d! }] }),
      ([a, b, c, d], keep) => [a!, b!.map((limb, i) => keep(i64.sub(scaled(limb, scale), c![i]!))), d!]
    )
  return {
    mul: op(2, (a, b) => ({ products: [{ scale: 1, a: a!, b: b! }] })),
    mulTwice: op(2, (a, b) => ({ products: [{ scale: 2, a: a!, b: b! }] })),
    mulSub: op(3, (a, b, c) => ({ products: [{ scale: 1, a: a!, b: b! }], addends: [{ scale: -1, a: c! }] })),
    square: op(1, (a) => ({ products: [{ scale: 1, a: a! }] })),
    squareTwice: op(1, (a) => ({ products: [{ scale: 2, a: a! }] })),
    squareThrice: op(1, (a) => ({ products: [{ scale: 3, a: a! }] })),
    squareSub4: op(2, (a, b) => ({ products: [{ scale: 1, a: a! }], addends: [{ scale: -4, a: b! }] })),
    squareSub: op(3, (a, b, c) => ({
      products: [{ scale: 1, a: a! }],
      addends: [
        { scale: -1, a: b! },
        { scale: -2, a: c! }
      ]
    })),
    doubledY: difference(2),
    addedY: difference(1)
  }
}
