import { type Code, call, doWhile, get, I32, I64, i32, i64, set, tee, when } from './code.ts'
import { emitFieldOps, FIELD_BYTES, type FieldOps, LIMBS } from './field-ops.ts'
import type { FunctionBuilder, ModuleBuilder } from './module.ts'

const MASK = (1n << 29n) - 1n
/** Limb 8 holds bits 232 to 260: these are its bits below 2^256. */
const TOP_BITS = 24n
const TOP_MASK = (1n << TOP_BITS) - 1n

/** The field with what needs more than one product. Results may go where operands are, unless noted. */
export interface Field extends FieldOps {
  copy: FunctionBuilder
  /** a + b; tight operands of which one is a small constant */
  add: FunctionBuilder
  /** -a; the operand is normal, the result within the bounds of `normalise` */
  negate: FunctionBuilder
  /** a^2 - b */
  squareDifference: FunctionBuilder
  /** Reduces a number in place to 0 .. p-1. */
  normalise: FunctionBuilder
  /** 1 when a is 0 modulo p. */
  isZero: FunctionBuilder
  /** a^-1, of 0 it is 0; not in place */
  invert: FunctionBuilder
  /** A root of a if there is one; not in place */
  squareRoot: FunctionBuilder
}

/** @param scratch address of twelve numbers that the chains may use */
export function emitField(module: ModuleBuilder, scratch: number): Field {
  const ops = emitFieldOps(module)
  const limbwise = (operands: number, limb: (...limbs: Code[]) => Code): FunctionBuilder => {
    const f = module.function(Array.from({ length: 1 + operands }, () => I32))
    f.body = Array.from({ length: LIMBS }, (_, i) =>
      i64.store(get(0), 8 * i, limb(...Array.from({ length: operands }, (_, k) => i64.load(get(1 + k), 8 * i))))
    )
    return f
  }
  const copy = limbwise(1, (a) => a!)
  const add = limbwise(2, (a, b) => i64.add(a!, b!))
  const negate = limbwise(1, (a) => i64.sub(i64.const(0), a!))
  const zero = scratch + 11 * FIELD_BYTES
  const squareDifference = module.function([I32, I32, I32])
  squareDifference.body = call(ops.squareSub.index, get(0), get(1), get(2), i32.const(zero))
  const normalise = module.function([I32])
  emitNormalise(normalise)
  const isZero = module.function([I32], [I32])
  emitIsZero(isZero, copy, normalise, scratch + 10 * FIELD_BYTES)
  const squares = module.function([I32, I32, I32])
  emitSquares(squares, ops.square)
  const invert = module.function([I32, I32])
  const squareRoot = module.function([I32, I32])
  const chain = new Chain(ops.mul, squares, scratch)
  chain.emitInvert(invert)
  chain.emitSquareRoot(squareRoot)
  return { ...ops, copy, add, negate, squareDifference, normalise, isZero, invert, squareRoot }
}

/** Carries once through all limbs; bits from 2^256 up come back as 977 and 2^32 = 2^3 * 2^29 times their value. */
function emitNormalise(f: FunctionBuilder): void {
  const address = 0
  const t = f.locals(I64, LIMBS)
  const s = f.locals(I64, LIMBS)
  const carry = f.local(I64)
  const top = LIMBS - 1
  const carryAll = (limbs: readonly number[]): Code =>
    limbs
      .slice(0, top)
      .map((limb, i) => [
        set(limbs[i + 1]!, i64.add(get(limbs[i + 1]!), i64.shrS(get(limb), i64.const(29)))),
        set(limb, i64.and(get(limb), i64.const(MASK)))
      ])
  const foldTop: Code = [
    set(carry, i64.shrS(get(t[top]!), i64.const(TOP_BITS))),
    set(t[top]!, i64.and(get(t[top]!), i64.const(TOP_MASK))),
    set(t[0]!, i64.add(get(t[0]!), i64.mul(get(carry), i64.const(977)))),
    set(t[1]!, i64.add(get(t[1]!), i64.shl(get(carry), i64.const(3))))
  ]
  f.body = [
    t.map((limb, i) => set(limb, i64.load(get(address), 8 * i))),
    // After the first pass 0 <= value < 2^256 + 2^43 or so, or a little negative; after the second within 2^256.
    [carryAll(t), foldTop, carryAll(t), foldTop, carryAll(t)],
    // value + 2^32 + 977 reaches 2^256 exactly when value >= p; its lower 256 bits are then value - p.
    s.map((limb, i) =>
      set(limb, i === 0 ? i64.add(get(t[0]!), i64.const(977)) : i === 1 ? i64.add(get(t[1]!), i64.const(8)) : get(t[i]!))
    ),
    carryAll(s),
    when(i64.ne(i64.shrU(get(s[top]!), i64.const(TOP_BITS)), i64.const(0)), [
      s.map((limb, i) => set(t[i]!, i === top ? i64.and(get(limb), i64.const(TOP_MASK)) : get(limb)))
    ]),
    t.map((limb, i) => i64.store(get(address), 8 * i, get(limb)))
  ]
}

/**
 * A tight number is 0 modulo p only as k * p with 0 <= k <= 32, and limb 0 of that is -977 k modulo 2^29: hardly any other
 * number needs the exact answer.
 */
function emitIsZero(f: FunctionBuilder, copy: FunctionBuilder, normalise: FunctionBuilder, scratch: number): void {
  const address = 0
  const result = f.local(I32)
  const at = i32.const(scratch)
  const shifted = i32.and(i32.add(i32.load(get(address)), i32.const(33 * 977)), i32.const(Number(MASK)))
  const all = Array.from({ length: LIMBS }, (_, i) => i64.load(at, 8 * i)).reduce((a, b) => i64.or(a, b))
  f.body = [
    when(i32.ltU(shifted, i32.const(33 * 977 + 1)), [
      call(copy.index, at, get(address)),
      call(normalise.index, at),
      set(result, i64.eqz(all))
    ]),
    get(result)
  ]
}

/** `(out, a, n)`: a^(2^n), n at least 1. */
function emitSquares(f: FunctionBuilder, square: FunctionBuilder): void {
  const [out, a, n] = [0, 1, 2]
  const oneLess = tee(n, i32.sub(get(n), i32.const(1)))
  f.body = [call(square.index, get(out), get(a)), when(oneLess, doWhile(call(square.index, get(out), get(out)), oneLess))]
}

/** Powers kept on the way: x_n is a^(2^n - 1). */
const POWERS = ['x2', 'x3', 'x6', 'x11', 'x22', 'x44', 'x88', 'x176', 't'] as const
type Power = (typeof POWERS)[number]
type Operand = Power | 'a'

/** Powers of a with exponents of which p - 2 and (p + 1) / 4 are mostly made: runs of one bits, 223 of them first. */
class Chain {
  readonly #mul: FunctionBuilder
  readonly #squares: FunctionBuilder
  readonly #scratch: number

  constructor(mul: FunctionBuilder, squares: FunctionBuilder, scratch: number) {
    this.#mul = mul
    this.#squares = squares
    this.#scratch = scratch
  }

  /** p - 2 = 223 ones, 0, 22 ones, 0000, 1, 0, 11, 0, 1 in binary. */
  emitInvert(f: FunctionBuilder): void {
    f.body = [this.#runs(), this.#step(23, 'x22'), this.#step(5, 'a'), this.#step(3, 'x2'), this.#squaresOf(2), this.#result('a')]
  }

  /** (p + 1) / 4 = 223 ones, 0, 22 ones, 0000, 11, 00 in binary. */
  emitSquareRoot(f: FunctionBuilder): void {
    f.body = [
      this.#runs(),
      this.#step(23, 'x22'),
      this.#step(6, 'x2'),
      call(this.#squares.index, get(0), i32.const(this.#at('t')), i32.const(2))
    ]
  }

  #at(name: Power): number {
    return this.#scratch + POWERS.indexOf(name) * FIELD_BYTES
  }

  #operand(name: Operand): Code {
    return name === 'a' ? get(1) : i32.const(this.#at(name))
  }

  #squaresOf(n: number): Code {
    const t = i32.const(this.#at('t'))
    return call(this.#squares.index, t, t, i32.const(n))
  }

  /** t = t^(2^n) * factor */
  #step(n: number, factor: Operand): Code {
    const t = i32.const(this.#at('t'))
    return [this.#squaresOf(n), call(this.#mul.index, t, t, this.#operand(factor))]
  }

  #result(factor: Operand): Code {
    return call(this.#mul.index, get(0), i32.const(this.#at('t')), this.#operand(factor))
  }

  /** t = a^(2^223 - 1), with x_n = a^(2^n - 1) on the way. */
  #runs(): Code {
    const power = (to: Power, from: Operand, n: number, factor: Operand): Code => [
      call(this.#squares.index, i32.const(this.#at(to)), this.#operand(from), i32.const(n)),
      call(this.#mul.index, i32.const(this.#at(to)), i32.const(this.#at(to)), this.#operand(factor))
    ]
    return [
      power('x2', 'a', 1, 'a'),
      power('x3', 'x2', 1, 'a'),
      power('x6', 'x3', 3, 'x3'),
      power('t', 'x6', 3, 'x3'),
      power('x11', 't', 2, 'x2'),
      power('x22', 'x11', 11, 'x11'),
      power('x44', 'x22', 22, 'x22'),
      power('x88', 'x44', 44, 'x44'),
      power('x176', 'x88', 88, 'x88'),
      power('t', 'x176', 44, 'x44'),
      this.#step(3, 'x3')
    ]
  }
}
