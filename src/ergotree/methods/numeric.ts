import { exactBigInt, mod, modInverse, newBigInt, newUnsigned, unsignedInverse } from '../eval/bigint.ts'
import { fail } from '../eval/errors.ts'
import { asBigInt, asInt, asLong, asUnsigned } from '../eval/type-check.ts'
import { longToBytes } from '../eval/unary.ts'
import { SBoolean } from '../types/types.ts'
import { signedToBytes, unsignedToBytes } from '../values/big-int-bytes.ts'
import { ByteValue, GenericBytes, PrimitiveColl, ShortValue, type Value } from '../values/values.ts'
import { fixed, lax, type MethodEntry } from './method-function.ts'

/** Cost of the bit operations and of `toBytes`, `toBits`. */
const BITS_COST = 5

/** Bits of one numeric type (reference: `ExactIntegral.scala`). Operands of another type fail. */
interface BitOps {
  readonly width: number
  toBytes(x: Value): Uint8Array
  inverse(x: Value): Value
  or(x: Value, y: Value): Value
  and(x: Value, y: Value): Value
  xor(x: Value, y: Value): Value
  shiftLeft(x: Value, bits: number, v3: boolean): Value
  shiftRight(x: Value, bits: number, v3: boolean): Value
}

/** Types that fit a JavaScript number. */
function smallOps(width: number, get: (v: Value) => number, make: (n: number) => Value): BitOps {
  return {
    width,
    toBytes(x) {
      const n = get(x)
      return GenericBytes.from({ length: width / 8 }, (_, i) => n >> (width - 8 - 8 * i))
    },
    inverse: (x) => make(~get(x)),
    or: (x, y) => make(get(x) | get(y)),
    and: (x, y) => make(get(x) & get(y)),
    xor: (x, y) => make(get(x) ^ get(y)),
    shiftLeft: (x, bits) => make(get(x) << bits),
    shiftRight: (x, bits) => make(get(x) >> bits)
  }
}

/** Types that need a bigint. The results of shifts are made by functions that may refuse them. */
function bigOps(
  width: number,
  get: (v: Value) => bigint,
  make: (n: bigint) => Value,
  shifted: { left: (n: bigint, v3: boolean) => Value; right: (n: bigint, v3: boolean) => Value },
  toBytes: (n: bigint) => Uint8Array
): BitOps {
  return {
    width,
    toBytes: (x) => toBytes(get(x)),
    inverse: (x) => make(~get(x)),
    or: (x, y) => make(get(x) | get(y)),
    and: (x, y) => make(get(x) & get(y)),
    xor: (x, y) => make(get(x) ^ get(y)),
    shiftLeft: (x, bits, v3) => shifted.left(get(x) << BigInt(bits), v3),
    shiftRight: (x, bits, v3) => shifted.right(get(x) >> BigInt(bits), v3)
  }
}

const wrapLong = (n: bigint): bigint => BigInt.asIntN(64, n)

const BIT_OPS: Readonly<Record<number, BitOps>> = {
  2: smallOps(8, (v) => (v instanceof ByteValue ? v.value : fail('Byte expected')), ByteValue.of),
  3: smallOps(
    16,
    (v) => (v instanceof ShortValue ? v.value : fail('Short expected')),
    (n) => new ShortValue((n << 16) >> 16)
  ),
  4: smallOps(32, asInt, (n) => n | 0),
  5: bigOps(64, asLong, wrapLong, { left: wrapLong, right: wrapLong }, (n) => GenericBytes.from(longToBytes(n))),
  6: bigOps(256, asBigInt, (n) => newBigInt(n, true), { left: exactBigInt, right: exactBigInt }, signedToBytes),
  9: {
    ...bigOps(256, asUnsigned, newUnsigned, { left: newUnsigned, right: newUnsigned }, unsignedToBytes),
    inverse: (x) => unsignedInverse(asUnsigned(x))
  }
}

function shiftBits(v: Value | undefined, width: number): number {
  const bits = asInt(v!)
  return bits >= 0 && bits < width ? bits : fail(`shift by ${bits} bits`)
}

/** Most significant bit first. */
function bitsOf(bytes: Uint8Array): Value {
  const bits: boolean[] = []
  for (const byte of bytes) for (let i = 7; i >= 0; i--) bits.push(((byte >> i) & 1) === 1)
  return new PrimitiveColl(SBoolean, bits)
}

/** What all numeric types have, from tree version 3 on. The casts (1 to 5) cannot be called as methods. */
export function numericMethods(typeCode: number): readonly MethodEntry[] {
  const ops = BIT_OPS[typeCode]!
  return [
    lax(6, 0, BITS_COST, (x) => ops.toBytes(x)),
    lax(7, 0, BITS_COST, (x) => bitsOf(ops.toBytes(x))),
    lax(8, 0, BITS_COST, (x) => ops.inverse(x)),
    lax(9, 1, BITS_COST, (x, [y]) => ops.or(x, y!)),
    lax(10, 1, BITS_COST, (x, [y]) => ops.and(x, y!)),
    lax(11, 1, BITS_COST, (x, [y]) => ops.xor(x, y!)),
    lax(12, 1, BITS_COST, (x, [n], m) => ops.shiftLeft(x, shiftBits(n, ops.width), m.v3)),
    lax(13, 1, BITS_COST, (x, [n], m) => ops.shiftRight(x, shiftBits(n, ops.width), m.v3))
  ]
}

/** Only BigInt has these. */
export const bigIntMethods: readonly MethodEntry[] = [
  fixed(14, 0, 5, (x) => newUnsigned(asBigInt(x))),
  fixed(15, 1, 15, (x, [n]) => newUnsigned(mod(asBigInt(x), asUnsigned(n!))))
]

/** Only UnsignedBigInt has these. */
export const unsignedMethods: readonly MethodEntry[] = [
  fixed(14, 1, 150, (x, [n]) => newUnsigned(modInverse(asUnsigned(x), asUnsigned(n!)))),
  fixed(15, 2, 30, (x, [y, n]) => newUnsigned(mod(asUnsigned(x) + asUnsigned(y!), asUnsigned(n!)))),
  fixed(16, 2, 30, (x, [y, n]) => newUnsigned(mod(asUnsigned(x) - asUnsigned(y!), asUnsigned(n!)))),
  fixed(17, 2, 40, (x, [y, n]) => newUnsigned(mod(asUnsigned(x) * asUnsigned(y!), asUnsigned(n!)))),
  fixed(18, 1, 20, (x, [n]) => newUnsigned(mod(asUnsigned(x), asUnsigned(n!)))),
  fixed(19, 0, 10, (x) => exactBigInt(asUnsigned(x)))
]
