import { type Code, call, doWhile, get, I32, i32, i64, returns, set, tee, when } from './code.ts'
import { emitField, type Field } from './field-chains.ts'
import { FIELD_BYTES } from './field-ops.ts'
import { layout } from './layout.ts'
import { type FunctionBuilder, ModuleBuilder } from './module.ts'
import { WASM_PAGE_BYTES, type WasmMemory } from './runtime.ts'

/** Entry of a table of odd multiples: x, y and beta * x, which is the x of the multiple by lambda. */
const ENTRY_BYTES = 3 * FIELD_BYTES
/** Digits are given for this many bit positions: halves of scalars have at most 128 bits and a carry. */
const DIGITS = 130
const DIGIT_BYTES = 2
/** Window of the generator's table, which is made once, and of a point's table, made for each use. */
const BASE_WINDOW = 10
const POINT_WINDOW = 5
const tableSize = (window: number): number => 1 << (window - 2)
/** Two halves of two scalars. */
const STREAMS = 4

/** Addresses in the memory of the module. */
export const CURVE_LAYOUT = layout(8, {
  /** Accumulator: Jacobian x, y, z. */
  x: FIELD_BYTES,
  y: FIELD_BYTES,
  z: FIELD_BYTES,
  /** 1 while the accumulator is the identity. */
  isIdentity: 8,
  temporaries: 8 * FIELD_BYTES,
  chain: 12 * FIELD_BYTES,
  negatedY: FIELD_BYTES,
  /** Constants that the caller puts there once. */
  one: FIELD_BYTES,
  seven: FIELD_BYTES,
  beta: FIELD_BYTES,
  /** Affine point that goes in or comes out: x and y. */
  point: 2 * FIELD_BYTES,
  /** Digits of each half scalar, 16 bits each: positions from 0. */
  digits: STREAMS * DIGITS * DIGIT_BYTES,
  /** Address of the first entry and offset of x in it, for each half scalar. */
  sources: STREAMS * 8,
  /** Twice the point of which a table is made, on the curve where that has z = 1. */
  doubled: 3 * FIELD_BYTES,
  zs: tableSize(BASE_WINDOW) * FIELD_BYTES,
  products: tableSize(BASE_WINDOW) * FIELD_BYTES,
  tableA: tableSize(POINT_WINDOW) * ENTRY_BYTES,
  tableB: tableSize(POINT_WINDOW) * ENTRY_BYTES,
  tableBase: tableSize(BASE_WINDOW) * ENTRY_BYTES
})

export const CURVE_TABLES = {
  digits: DIGITS,
  baseWindow: BASE_WINDOW,
  pointWindow: POINT_WINDOW,
  baseEntries: tableSize(BASE_WINDOW),
  pointEntries: tableSize(POINT_WINDOW),
  /** Offset of x in an entry for the point itself and for its multiple by lambda. */
  plainX: 0,
  lambdaX: 2 * FIELD_BYTES
} as const

/** What the module exports. */
export interface CurveKernel {
  readonly memory: WasmMemory
  /** From x in `point` to y with the given parity; 0 when no point of the curve has this x. */
  decompress(odd: number): number
  /** Table of `entries` odd multiples of the affine point in `point`. */
  table(to: number, entries: number): void
  /** Accumulator = sum of the first `streams` (at least 1) half scalars times their tables. */
  combine(streams: number): void
  /** Accumulator = the affine point in `point`. */
  load(): void
  /** Accumulator += the affine point in `point`. */
  add(): void
  /** `point` = accumulator, reduced; 0 when that is the identity. */
  store(): number
}

/** Bytes of the module. */
export function emitCurveKernel(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(Math.ceil(CURVE_LAYOUT.end / WASM_PAGE_BYTES))
  const field = emitField(module, CURVE_LAYOUT.chain)
  const double = module.function([])
  emitDouble(double, field)
  const load = module.function([I32, I32])
  emitLoad(load, field)
  const add = module.function([I32, I32])
  emitAdd(add, field, double, load)
  const decompress = module.function([I32], [I32])
  emitDecompress(decompress, field)
  const table = module.function([I32, I32])
  emitTable(table, field, double, add)
  const combine = module.function([I32])
  emitCombine(combine, double, add)
  const store = module.function([], [I32])
  emitStore(store, field)
  const loadPoint = module.function([])
  loadPoint.body = call(load.index, at(POINT), at(POINT + FIELD_BYTES))
  const addPoint = module.function([])
  addPoint.body = call(add.index, at(POINT), at(POINT + FIELD_BYTES))
  for (const [name, f] of Object.entries({ decompress, table, combine, store, load: loadPoint, add: addPoint })) {
    module.export(name, f)
  }
  return module.encode()
}

const at = (address: number): Code => i32.const(address)
const { x: X, y: Y, z: Z, isIdentity: IDENTITY, temporaries: T, point: POINT } = CURVE_LAYOUT
const temporary = (i: number): number => T + i * FIELD_BYTES
const op = (f: FunctionBuilder, ...addresses: number[]): Code => call(f.index, ...addresses.map(at))
const setIdentity = (value: 0 | 1): Code => i32.store(at(IDENTITY), 0, i32.const(value))

/** Accumulator doubled; the group has odd order, so y is never 0. 3M + 4S. */
function emitDouble(f: FunctionBuilder, field: Field): void {
  const [m, yy, s, yyyy] = [temporary(0), temporary(1), temporary(2), temporary(3)]
  f.body = [
    op(field.squareThrice, m, X),
    op(field.squareTwice, yy, Y),
    op(field.mulTwice, Z, Y, Z),
    op(field.mul, s, X, yy),
    op(field.squareSub4, X, m, s),
    op(field.squareTwice, yyyy, yy),
    op(field.doubledY, Y, m, s, X, yyyy)
  ]
}

/** `(x, y)`: accumulator = the affine point. */
function emitLoad(f: FunctionBuilder, field: Field): void {
  f.body = [
    call(field.copy.index, at(X), get(0)),
    call(field.copy.index, at(Y), get(1)),
    op(field.copy, Z, CURVE_LAYOUT.one),
    setIdentity(0)
  ]
}

/** `(x, y)`: accumulator += the affine point. 8M + 3S; equal and opposite points are told apart. */
function emitAdd(f: FunctionBuilder, field: Field, double: FunctionBuilder, load: FunctionBuilder): void {
  const [x, y] = [0, 1]
  const [zz, h, r, hh, hhh, v] = [0, 1, 2, 3, 4, 5].map(temporary) as [number, number, number, number, number, number]
  f.body = [
    when(i32.load(at(IDENTITY)), [call(load.index, get(x), get(y)), returns()]),
    op(field.square, zz, Z),
    call(field.mulSub.index, at(h), at(zz), get(x), at(X)),
    op(field.mul, zz, zz, Z),
    call(field.mulSub.index, at(r), at(zz), get(y), at(Y)),
    when(call(field.isZero.index, at(h)), [when(call(field.isZero.index, at(r)), op(double), setIdentity(1)), returns()]),
    op(field.square, hh, h),
    op(field.mul, hhh, h, hh),
    op(field.mul, v, X, hh),
    op(field.mul, Z, Z, h),
    op(field.squareSub, X, r, hhh, v),
    op(field.mul, hhh, Y, hhh),
    op(field.addedY, Y, r, v, X, hhh)
  ]
}

/** `(odd)`: y of x, by y^2 = x^3 + 7. */
function emitDecompress(f: FunctionBuilder, field: Field): void {
  const odd = 0
  const [square, y] = [temporary(0), POINT + FIELD_BYTES]
  f.body = [
    op(field.square, square, POINT),
    op(field.mul, square, square, POINT),
    op(field.add, square, square, CURVE_LAYOUT.seven),
    op(field.squareRoot, y, square),
    op(field.squareDifference, temporary(1), y, square),
    when(i32.eqz(call(field.isZero.index, at(temporary(1)))), returns(i32.const(0))),
    op(field.normalise, y),
    when(i32.ne(i32.and(i32.load(at(y)), i32.const(1)), get(odd)), [op(field.negate, y, y), op(field.normalise, y)]),
    i32.const(1)
  ]
}

/**
 * `(to, entries)`: odd multiples of `point`. Twice the point, D, has some z; on the curve scaled by it D is affine, so
 * the multiples come by mixed additions of D there. One inversion then makes all of them affine on the curve itself.
 */
function emitTable(f: FunctionBuilder, field: Field, double: FunctionBuilder, add: FunctionBuilder): void {
  const [to, entries] = [0, 1]
  const { doubled, zs, products } = CURVE_LAYOUT
  const [dx, dy, dz] = [doubled, doubled + FIELD_BYTES, doubled + 2 * FIELD_BYTES]
  const entry = f.local(I32)
  const z = f.local(I32)
  const product = f.local(I32)
  const left = f.local(I32)
  const [inverse, zInverse, power] = [temporary(6), temporary(7), temporary(0)]
  const move = (local: number, by: number): Code => set(local, i32.add(get(local), i32.const(by)))
  const plus = (local: number, offset: number): Code => i32.add(get(local), i32.const(offset))
  const put: Code = [
    call(field.copy.index, get(entry), at(X)),
    call(field.copy.index, plus(entry, FIELD_BYTES), at(Y)),
    call(field.mul.index, get(z), at(Z), at(dz)),
    move(entry, ENTRY_BYTES),
    move(z, FIELD_BYTES)
  ]
  f.body = [
    op(field.copy, X, POINT),
    op(field.copy, Y, POINT + FIELD_BYTES),
    op(field.copy, Z, CURVE_LAYOUT.one),
    setIdentity(0),
    op(double),
    op(field.copy, dx, X),
    op(field.copy, dy, Y),
    op(field.copy, dz, Z),
    op(field.square, power, dz),
    op(field.mul, X, POINT, power),
    op(field.mul, power, power, dz),
    op(field.mul, Y, POINT + FIELD_BYTES, power),
    op(field.copy, Z, CURVE_LAYOUT.one),
    set(entry, get(to)),
    set(z, at(zs)),
    put,
    set(left, i32.sub(get(entries), i32.const(1))),
    doWhile([op(add, dx, dy), put], tee(left, i32.sub(get(left), i32.const(1)))),
    // products[i] = z[0] * … * z[i], then backwards: the inverse of the whole gives that of each.
    op(field.copy, products, zs),
    set(z, at(zs)),
    set(product, at(products)),
    set(left, i32.sub(get(entries), i32.const(1))),
    doWhile(
      [move(z, FIELD_BYTES), call(field.mul.index, plus(product, FIELD_BYTES), get(product), get(z)), move(product, FIELD_BYTES)],
      tee(left, i32.sub(get(left), i32.const(1)))
    ),
    call(field.invert.index, at(inverse), get(product)),
    set(left, get(entries)),
    doWhile(
      [
        move(entry, -ENTRY_BYTES),
        move(product, -FIELD_BYTES),
        when(i32.eq(get(left), i32.const(1)), op(field.copy, zInverse, inverse), [
          call(field.mul.index, at(zInverse), at(inverse), get(product)),
          call(field.mul.index, at(inverse), at(inverse), get(z))
        ]),
        move(z, -FIELD_BYTES),
        op(field.square, power, zInverse),
        call(field.mul.index, get(entry), get(entry), at(power)),
        op(field.mul, power, power, zInverse),
        call(field.mul.index, plus(entry, FIELD_BYTES), plus(entry, FIELD_BYTES), at(power)),
        call(field.mul.index, plus(entry, 2 * FIELD_BYTES), get(entry), at(CURVE_LAYOUT.beta))
      ],
      tee(left, i32.sub(get(left), i32.const(1)))
    )
  ]
}

/** `(streams)`: from the highest digit down, one doubling a position and one addition a digit that is not 0 (Strauss). */
function emitCombine(f: FunctionBuilder, double: FunctionBuilder, add: FunctionBuilder): void {
  const streams = 0
  const position = f.local(I32)
  const stream = f.local(I32)
  const digit = f.local(I32)
  const x = f.local(I32)
  const y = f.local(I32)
  const source = f.local(I32)
  const { digits, sources, negatedY } = CURVE_LAYOUT
  const digitAddress = i32.add(
    i32.mul(get(stream), i32.const(DIGITS * DIGIT_BYTES)),
    i32.mul(get(position), i32.const(DIGIT_BYTES))
  )
  // |digit| is odd: entry (|digit| - 1) / 2.
  const addEntry = (size: Code, own: Code): Code => [
    set(x, i32.add(i32.load(get(source)), i32.mul(i32.shrU(size, i32.const(1)), i32.const(ENTRY_BYTES)))),
    set(y, i32.add(get(x), i32.const(FIELD_BYTES))),
    set(x, i32.add(get(x), i32.load(get(source), 4))),
    own
  ]
  const negated = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) =>
    i64.store(at(negatedY), 8 * i, i64.sub(i64.const(0), i64.load(get(y), 8 * i)))
  )
  f.body = [
    setIdentity(1),
    set(position, i32.const(DIGITS - 1)),
    doWhile(
      [
        when(i32.eqz(i32.load(at(IDENTITY))), op(double)),
        set(stream, i32.const(0)),
        set(source, at(sources)),
        doWhile(
          [
            set(digit, i32.load16S(digitAddress, digits)),
            when(
              get(digit),
              when(
                i32.geS(get(digit), i32.const(0)),
                addEntry(get(digit), call(add.index, get(x), get(y))),
                addEntry(i32.sub(i32.const(0), get(digit)), [negated, call(add.index, get(x), at(negatedY))])
              )
            ),
            set(source, i32.add(get(source), i32.const(8)))
          ],
          i32.ltS(tee(stream, i32.add(get(stream), i32.const(1))), get(streams))
        )
      ],
      i32.geS(tee(position, i32.sub(get(position), i32.const(1))), i32.const(0))
    )
  ]
}

function emitStore(f: FunctionBuilder, field: Field): void {
  const [inverse, power] = [temporary(0), temporary(1)]
  f.body = [
    when(i32.load(at(IDENTITY)), returns(i32.const(0))),
    op(field.invert, inverse, Z),
    op(field.square, power, inverse),
    op(field.mul, POINT, X, power),
    op(field.mul, power, power, inverse),
    op(field.mul, POINT + FIELD_BYTES, Y, power),
    op(field.normalise, POINT),
    op(field.normalise, POINT + FIELD_BYTES),
    i32.const(1)
  ]
}
