import { hasRuntimeType } from '../codec/data-codec.ts'
import type { SType } from '../types/types.ts'
import { GroupElement } from '../values/group-element.ts'
import {
  AvlTreeValue,
  BigIntValue,
  BoxValue,
  ByteValue,
  type Coll,
  ContextValue,
  FunctionValue,
  GlobalValue,
  HeaderValue,
  isColl,
  isSigmaBoolean,
  OptionValue,
  PairValue,
  PreHeaderValue,
  ShortValue,
  UnitValue,
  UnsignedBigIntValue,
  type Value
} from '../values/values.ts'
import { fail } from './errors.ts'

/** Is the value of the run-time class that stands for a type? Only the outermost constructor counts. */
export type ClassTest = (value: Value) => boolean

const TESTS: ReadonlyMap<number, ClassTest> = new Map<number, ClassTest>([
  [1, (v) => typeof v === 'boolean'],
  [2, (v) => v instanceof ByteValue],
  [3, (v) => v instanceof ShortValue],
  [4, (v) => typeof v === 'number'],
  [5, (v) => typeof v === 'bigint'],
  [6, (v) => v instanceof BigIntValue],
  [7, (v) => v instanceof GroupElement],
  [8, isSigmaBoolean],
  [9, (v) => v instanceof UnsignedBigIntValue],
  [12, isColl],
  [36, (v) => v instanceof OptionValue],
  [98, (v) => v instanceof UnitValue],
  [99, (v) => v instanceof BoxValue],
  [100, (v) => v instanceof AvlTreeValue],
  [101, (v) => v instanceof ContextValue],
  [104, (v) => v instanceof HeaderValue],
  [105, (v) => v instanceof PreHeaderValue],
  [106, (v) => v instanceof GlobalValue]
])

const isPair: ClassTest = (v) => v instanceof PairValue
const isFunction: ClassTest = (v) => v instanceof FunctionValue
const never: ClassTest = () => false

/**
 * Test of the reference's `Value.checkType` (`SType.isValueOfType`). Tuples of another size than two, functions of another
 * arity than one, and types without values throw there, so nothing passes.
 */
export function classTest(t: SType): ClassTest {
  if (t.code === 96) return t.items.length === 2 ? isPair : never
  if (t.code === 112) return t.args.length === 1 ? isFunction : never
  return TESTS.get(t.code) ?? never
}

/** Types with the same number are checked by the same test. */
export function classKey(t: SType): number {
  if (t.code === 96) return t.items.length === 2 ? 96 : -1
  if (t.code === 112) return t.args.length === 1 ? 112 : -1
  return TESTS.has(t.code) ? t.code : -1
}

/** `Value.checkType`. */
export function checkType(t: SType, value: Value): void {
  if (!classTest(t)(value)) fail('Invalid type returned by evaluator')
}

/**
 * Where the reference needs a run-time type descriptor it fails for type variables, for what has no type, and for functions that do
 * not take exactly one argument (`Evaluation.stypeToRType`).
 */
export function needDescriptor(t: SType): void {
  if (!hasRuntimeType(t)) fail('no run-time type for a static type')
}

/** Test for storing into a JVM array of a run-time item type: what the array's class lets in. */
export function storeTest(itemType: SType): ClassTest {
  switch (itemType.code) {
    case 96:
      return itemType.items.length === 2 ? isPair : isColl
    case 97:
      return () => true
    case 102:
      return (v) => typeof v === 'string'
    case 112:
      return isFunction
    default:
      return TESTS.get(itemType.code) ?? never
  }
}

export function asBoolean(v: Value): boolean {
  return typeof v === 'boolean' ? v : fail('Boolean expected')
}

export function asInt(v: Value): number {
  return typeof v === 'number' ? v : fail('Int expected')
}

export function asLong(v: Value): bigint {
  return typeof v === 'bigint' ? v : fail('Long expected')
}

export function asColl(v: Value): Coll {
  return isColl(v) ? v : fail('Coll expected')
}

/** A collection whose items are bytes: the reference takes its array for a byte array. */
export function asBytes(v: Value): Uint8Array {
  return v instanceof Uint8Array ? v : fail('Coll[Byte] expected')
}

export function asBox(v: Value): BoxValue {
  return v instanceof BoxValue ? v : fail('Box expected')
}

export function asOption(v: Value): OptionValue {
  return v instanceof OptionValue ? v : fail('Option expected')
}

export function asGroupElement(v: Value): GroupElement {
  return v instanceof GroupElement ? v : fail('GroupElement expected')
}

export function asBigInt(v: Value): bigint {
  return v instanceof BigIntValue ? v.value : fail('BigInt expected')
}

export function asUnsigned(v: Value): bigint {
  return v instanceof UnsignedBigIntValue ? v.value : fail('UnsignedBigInt expected')
}

export function asFunction(v: Value): FunctionValue {
  return v instanceof FunctionValue ? v : fail('function expected')
}
