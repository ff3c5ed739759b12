import { BigIntValue, ByteValue, ShortValue, UnsignedBigIntValue, type Value } from '../values/values.ts'
import { exactBigInt, mod, newBigInt, newUnsigned } from './bigint.ts'
import { fail } from './errors.ts'
import { asBigInt, asInt, asLong, asUnsigned } from './type-check.ts'

/** Arithmetic of one numeric type (reference: `ExactIntegral.scala`, `BigIntegerOps.scala`). Operands of other types fail. */
export interface NumericOps {
  plus(x: Value, y: Value): Value
  minus(x: Value, y: Value): Value
  times(x: Value, y: Value): Value
  /** Truncated division. Byte to Long wrap at the least number over -1. */
  quot(x: Value, y: Value, v3: boolean): Value
  /** Remainder with the sign of the dividend; for big integers the mathematical modulus. */
  rem(x: Value, y: Value, v3: boolean): Value
  negate(x: Value): Value
  /** Negative, zero or positive. */
  compare(x: Value, y: Value): number
}

const MIN_LONG = -(1n << 63n)
const MAX_LONG = (1n << 63n) - 1n

function asByte(v: Value): number {
  return v instanceof ByteValue ? v.value : fail('Byte expected')
}

function asShort(v: Value): number {
  return v instanceof ShortValue ? v.value : fail('Short expected')
}

function nonZero(y: number): number {
  return y === 0 ? fail('/ by zero') : y
}

function nonZeroBig(y: bigint): bigint {
  return y === 0n ? fail('/ by zero') : y
}

/** A Byte of a number that must be one. */
export function exactByte(n: number): ByteValue {
  return n >= -0x80 && n <= 0x7f ? ByteValue.of(n) : fail('Byte overflow')
}

export function exactShort(n: number): ShortValue {
  return n >= -0x8000 && n <= 0x7fff ? new ShortValue(n) : fail('Short overflow')
}

export function exactInt(n: number): number {
  return n >= -0x80000000 && n <= 0x7fffffff ? n : fail('Int overflow')
}

export function exactLong(n: bigint): bigint {
  return n >= MIN_LONG && n <= MAX_LONG ? n : fail('Long overflow')
}

const BYTE: NumericOps = {
  plus: (x, y) => exactByte(asByte(x) + asByte(y)),
  minus: (x, y) => exactByte(asByte(x) - asByte(y)),
  times: (x, y) => exactByte(asByte(x) * asByte(y)),
  quot: (x, y) => ByteValue.of(Math.trunc(asByte(x) / nonZero(asByte(y)))),
  rem: (x, y) => ByteValue.of(asByte(x) % nonZero(asByte(y))),
  negate: (x) => ByteValue.of(-asByte(x)),
  compare: (x, y) => asByte(x) - asByte(y)
}

const SHORT: NumericOps = {
  plus: (x, y) => exactShort(asShort(x) + asShort(y)),
  minus: (x, y) => exactShort(asShort(x) - asShort(y)),
  times: (x, y) => exactShort(asShort(x) * asShort(y)),
  quot: (x, y) => new ShortValue((Math.trunc(asShort(x) / nonZero(asShort(y))) << 16) >> 16),
  rem: (x, y) => new ShortValue((asShort(x) % nonZero(asShort(y))) | 0),
  negate: (x) => new ShortValue((-asShort(x) << 16) >> 16),
  compare: (x, y) => asShort(x) - asShort(y)
}

// `| 0` also turns -0 into 0.
const INT: NumericOps = {
  plus: (x, y) => exactInt(asInt(x) + asInt(y)),
  minus: (x, y) => exactInt(asInt(x) - asInt(y)),
  // A product of two ints may need 62 bits, but one that rounds is far out of range, too.
  times: (x, y) => exactInt(asInt(x) * asInt(y)) | 0,
  quot: (x, y) => (asInt(x) / nonZero(asInt(y))) | 0,
  rem: (x, y) => (asInt(x) % nonZero(asInt(y))) | 0,
  negate: (x) => -asInt(x) | 0,
  compare: (x, y) => asInt(x) - asInt(y)
}

function compareBig(x: bigint, y: bigint): number {
  return x < y ? -1 : x > y ? 1 : 0
}

const LONG: NumericOps = {
  plus: (x, y) => exactLong(asLong(x) + asLong(y)),
  minus: (x, y) => exactLong(asLong(x) - asLong(y)),
  times: (x, y) => exactLong(asLong(x) * asLong(y)),
  quot: (x, y) => BigInt.asIntN(64, asLong(x) / nonZeroBig(asLong(y))),
  rem: (x, y) => asLong(x) % nonZeroBig(asLong(y)),
  negate: (x) => BigInt.asIntN(64, -asLong(x)),
  compare: (x, y) => compareBig(asLong(x), asLong(y))
}

const BIG_INT: NumericOps = {
  plus: (x, y) => exactBigInt(asBigInt(x) + asBigInt(y)),
  minus: (x, y) => exactBigInt(asBigInt(x) - asBigInt(y)),
  times: (x, y) => exactBigInt(asBigInt(x) * asBigInt(y)),
  quot: (x, y, v3) => newBigInt(asBigInt(x) / nonZeroBig(asBigInt(y)), v3),
  rem: (x, y, v3) => newBigInt(mod(asBigInt(x), asBigInt(y)), v3),
  negate: (x) => exactBigInt(-asBigInt(x)),
  compare: (x, y) => compareBig(asBigInt(x), asBigInt(y))
}

const UNSIGNED: NumericOps = {
  plus: (x, y) => newUnsigned(asUnsigned(x) + asUnsigned(y)),
  minus: (x, y) => newUnsigned(asUnsigned(x) - asUnsigned(y)),
  times: (x, y) => newUnsigned(asUnsigned(x) * asUnsigned(y)),
  quot: (x, y) => newUnsigned(asUnsigned(x) / nonZeroBig(asUnsigned(y))),
  rem: (x, y) => newUnsigned(mod(asUnsigned(x), asUnsigned(y))),
  negate: () => fail('UnsignedBigInt has no negation'),
  compare: (x, y) => compareBig(asUnsigned(x), asUnsigned(y))
}

/** Arithmetic by type code. */
export const NUMERIC: ReadonlyMap<number, NumericOps> = new Map([
  [2, BYTE],
  [3, SHORT],
  [4, INT],
  [5, LONG],
  [6, BIG_INT],
  [9, UNSIGNED]
])

/** The number in a value of any numeric type; undefined for other values. */
function numberIn(v: Value): bigint | number | undefined {
  if (typeof v === 'number' || typeof v === 'bigint') return v
  if (v instanceof ByteValue || v instanceof ShortValue || v instanceof BigIntValue || v instanceof UnsignedBigIntValue) {
    return v.value
  }
  return undefined
}

/** Rank of a value's own numeric type: Byte 0, Short 1, Int 2, Long 3, BigInt 4, UnsignedBigInt 5. */
function rankOf(v: Value): number {
  if (v instanceof ByteValue) return 0
  if (v instanceof ShortValue) return 1
  if (typeof v === 'number') return 2
  if (typeof v === 'bigint') return 3
  if (v instanceof BigIntValue) return 4
  return v instanceof UnsignedBigIntValue ? 5 : -1
}

/** A number as a value of the primitive type of a rank; fails where it does not fit. */
function exactOfRank(rank: number, n: bigint | number): Value {
  switch (rank) {
    case 0:
      return exactByte(Number(n))
    case 1:
      return exactShort(Number(n))
    case 2:
      return exactInt(Number(n))
    default:
      return exactLong(BigInt(n))
  }
}

const RANK_OF_CODE: ReadonlyMap<number, number> = new Map([
  [2, 0],
  [3, 1],
  [4, 2],
  [5, 3],
  [6, 4],
  [9, 5]
])

function toBig(rank: number, n: bigint | number, v: Value, from: number, v3: boolean): Value {
  // No way between the two kinds of big integer; below version 3 not even from BigInt to BigInt.
  if (from >= 4) return from === rank && (rank === 5 || v3) ? v : fail('Cannot cast between big integers')
  return rank === 4 ? new BigIntValue(BigInt(n)) : newUnsigned(BigInt(n))
}

/** `SNumericType.upcast`: from the same or a smaller type. */
export function upcast(v: Value, code: number, v3: boolean): Value {
  const rank = RANK_OF_CODE.get(code)!
  const n = numberIn(v)
  const from = rankOf(v)
  if (n === undefined) return fail('number expected')
  if (rank >= 4) return toBig(rank, n, v, from, v3)
  if (from > rank) fail('Cannot upcast to a smaller type')
  return from === rank ? v : exactOfRank(rank, n)
}

/** `SNumericType.downcast`: exact; a few widening conversions pass as well, as in the reference. */
export function downcast(v: Value, code: number, v3: boolean): Value {
  const rank = RANK_OF_CODE.get(code)!
  const n = numberIn(v)
  const from = rankOf(v)
  if (n === undefined) return fail('number expected')
  if (rank >= 4) return toBig(rank, n, v, from, v3)
  if (from === rank) return v
  if (from >= 4 && !v3) fail('Cannot downcast a big integer')
  if (rank === 1 && from === 0) fail('Cannot downcast Byte to Short')
  return exactOfRank(rank, n)
}
