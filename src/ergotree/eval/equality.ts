import { typeEquals } from '../types/types.ts'
import { GroupElement } from '../values/group-element.ts'
import { ProveDHTuple, ProveDlog, SIGMA, type SigmaBoolean, TrivialProp } from '../values/sigma-boolean.ts'
import {
  ArrayColl,
  AvlTreeValue,
  BigIntValue,
  BoxValue,
  ByteValue,
  type Coll,
  collItem,
  collLength,
  HeaderValue,
  isColl,
  isSigmaBoolean,
  itemTypeOf,
  OptionValue,
  PairValue,
  PreHeaderValue,
  ShortValue,
  UnitValue,
  UnsignedBigIntValue,
  type Value
} from '../values/values.ts'
import { type PerItemCost, perItem } from './cost.ts'
import { fail } from './errors.ts'
import type { Machine } from './machine.ts'
import { equalScalars } from './plain-equality.ts'

/** Costs of equality (reference: `DataValueComparer.scala`). */
const MATCH_TYPE = 1
const EQ_PRIMITIVE = 3
const EQ_PAIR = 4
const EQ_GROUP_ELEMENT = 172
const EQ_BIG_INT = 5
const EQ_AVL_TREE = 6
const EQ_BOX = 6
const EQ_OPTION = 4
const EQ_PRE_HEADER = 4
const EQ_HEADER = 6
const EQ_STRING = perItem(15, 2, 96)
const EQ_COLL = perItem(10, 2, 1)

/** Collections whose items are compared without cost of their own, by item type. */
const EQ_ARRAY: ReadonlyMap<number, PerItemCost> = new Map([
  [1, perItem(15, 2, 128)],
  [2, perItem(15, 2, 128)],
  [3, perItem(15, 2, 96)],
  [4, perItem(15, 2, 64)],
  [5, perItem(15, 2, 48)],
  [6, perItem(15, 7, 5)],
  [7, perItem(15, 5, 1)],
  [9, perItem(15, 7, 5)],
  [99, perItem(15, 5, 1)],
  [100, perItem(15, 5, 2)],
  [104, perItem(15, 5, 1)],
  [105, perItem(15, 3, 1)]
])

/**
 * Equality of two values as EQ, NEQ and `indexOf` have it, with its costs. The left value's class decides; values that have no
 * equality there fail, and so do conjectures on the left against anything else.
 */
export function equalValues(l: Value, r: Value, m: Machine): boolean {
  if (typeof l === 'number' || typeof l === 'bigint' || typeof l === 'boolean') {
    m.add(EQ_PRIMITIVE)
    return sameScalar(l, r)
  }
  if (isColl(l)) {
    m.add(MATCH_TYPE)
    return isColl(r) && equalColls(l, r, m)
  }
  if (l instanceof PairValue) {
    m.add(EQ_PAIR)
    return r instanceof PairValue && equalValues(l.first, r.first, m) && equalValues(l.second, r.second, m)
  }
  if (isSigmaBoolean(l)) {
    m.add(MATCH_TYPE)
    return isSigmaBoolean(r) && equalSigma(l, r, m)
  }
  if (l instanceof OptionValue) {
    m.add(EQ_OPTION)
    if (!(r instanceof OptionValue)) return false
    if (l.value === undefined || r.value === undefined) return l.value === r.value
    return equalValues(l.value, r.value, m)
  }
  if (typeof l === 'string') {
    m.add(MATCH_TYPE)
    if (typeof r !== 'string' || l.length !== r.length) return false
    m.addItems(EQ_STRING, l.length)
    return l === r
  }
  if (l instanceof UnitValue) return r instanceof UnitValue
  m.add(scalarCost(l))
  return sameScalar(l, r)
}

function scalarCost(l: Value): number {
  if (l instanceof ByteValue || l instanceof ShortValue) return EQ_PRIMITIVE
  if (l instanceof GroupElement) return EQ_GROUP_ELEMENT
  if (l instanceof BigIntValue || l instanceof UnsignedBigIntValue) return EQ_BIG_INT
  if (l instanceof AvlTreeValue) return EQ_AVL_TREE
  if (l instanceof PreHeaderValue) return EQ_PRE_HEADER
  if (l instanceof HeaderValue) return EQ_HEADER
  if (l instanceof BoxValue) return EQ_BOX
  return fail('Cannot compare values of unknown type')
}

function equalColls(l: Coll, r: Coll, m: Machine): boolean {
  const n = collLength(l)
  const itemType = itemTypeOf(l)
  if (n !== collLength(r) || !typeEquals(itemType, itemTypeOf(r))) return false
  const cost = EQ_ARRAY.get(itemType.code)
  let i = 0
  let equal = true
  if (cost === undefined) {
    while (i < n && equal) {
      equal = equalValues(collItem(l, i), collItem(r, i), m)
      i++
    }
    m.addItems(EQ_COLL, i)
    return equal
  }
  if (l instanceof Uint8Array && r instanceof Uint8Array) {
    i = commonLength(l, r, n)
    equal = i === n
    if (!equal) i++
  } else if (l instanceof ArrayColl && r instanceof ArrayColl) {
    const a = l.items
    const b = r.items
    // Where the very same values begin to differ, others may still be equal.
    if (itemType.code <= LAST_JS_TYPE) i = commonLength(a, b, n)
    while (i < n && equal) {
      equal = sameScalar(a[i]!, b[i]!)
      i++
    }
  }
  m.addItems(cost, i)
  return equal
}

/** Types up to this code have values that are compared by `===`, but for Byte and Short. */
const LAST_JS_TYPE = 5

/** How many items at the beginning are identical. */
function commonLength<T>(a: ArrayLike<T>, b: ArrayLike<T>, n: number): number {
  if (a === b) return n
  let i = 0
  while (i < n && a[i] === b[i]) i++
  return i
}

/** A leaf on the left is just unequal to anything else; a conjecture fails against anything but its own kind. */
function equalSigma(l: SigmaBoolean, r: SigmaBoolean, m: Machine): boolean {
  m.add(MATCH_TYPE)
  if (l instanceof ProveDlog) return r instanceof ProveDlog && equalPoints(l.value, r.value, m)
  if (l instanceof ProveDHTuple) {
    return (
      r instanceof ProveDHTuple &&
      equalPoints(l.g, r.g, m) &&
      equalPoints(l.h, r.h, m) &&
      equalPoints(l.u, r.u, m) &&
      equalPoints(l.v, r.v, m)
    )
  }
  if (l instanceof TrivialProp) return r instanceof TrivialProp && l.condition === r.condition
  if (l.code === SIGMA.And && r.code === SIGMA.And) return equalChildren(l.children, r.children, m)
  if (l.code === SIGMA.Or && r.code === SIGMA.Or) return equalChildren(l.children, r.children, m)
  if (l.code === SIGMA.Threshold && r.code === SIGMA.Threshold) return l.k === r.k && equalChildren(l.children, r.children, m)
  return fail('Cannot compare SigmaBoolean values: unknown type')
}

function equalChildren(l: readonly SigmaBoolean[], r: readonly SigmaBoolean[], m: Machine): boolean {
  if (l.length !== r.length) return false
  for (let i = 0; i < l.length; i++) if (!equalSigma(l[i]!, r[i]!, m)) return false
  return true
}

function equalPoints(l: GroupElement, r: GroupElement, m: Machine): boolean {
  m.add(EQ_GROUP_ELEMENT)
  return l.equals(r)
}

/** Values without parts; others of the same collection cannot be met here. */
function sameScalar(l: Value, r: Value): boolean {
  return equalScalars(l, r) ?? false
}
