import { bytesEqual } from '../../bytes/index.ts'
import { GroupElement } from '../group-element.ts'
import { ProveDHTuple, ProveDlog, SIGMA, type SigmaBoolean, sigmaEquals, TrivialProp } from '../sigma-boolean.ts'
import { typeEquals } from '../types.ts'
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
} from '../values.ts'
import { type PerItemCost, perItem } from './cost.ts'
import { fail } from './errors.ts'
import type { Machine } from './machine.ts'

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

/** Number of a Byte, Short, Int or Long. The reference compares boxed numbers by value, whatever their types. */
function primitiveNumber(v: Value): number | bigint | undefined {
  if (typeof v === 'number' || typeof v === 'bigint') return v
  return v instanceof ByteValue || v instanceof ShortValue ? v.value : undefined
}

/**
 * Equality of two values as EQ, NEQ and `indexOf` have it, with its costs. The left value's class decides; values that have no
 * equality there fail, and so do conjectures on the left against anything else.
 */
export function equalValues(l: Value, r: Value, m: Machine): boolean {
  if (typeof l === 'number' || typeof l === 'bigint' || typeof l === 'boolean') {
    m.add(EQ_PRIMITIVE)
    return equalPlain(l, r)
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
  return equalPlain(l, r)
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
    while (i < n && l[i] === r[i]) i++
    equal = i === n
    if (!equal) i++
  } else if (l instanceof ArrayColl && r instanceof ArrayColl) {
    while (i < n && equal) {
      equal = equalPlain(l.items[i]!, r.items[i]!)
      i++
    }
  }
  m.addItems(cost, i)
  return equal
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

/**
 * Structural equality without cost: the JVM's `==` on values. It is what decides for scalars and for the items of
 * `startsWith` and `endsWith`.
 */
export function equalPlain(l: Value, r: Value): boolean {
  if (l === r) return true
  const number = primitiveNumber(l)
  if (number !== undefined) {
    const other = primitiveNumber(r)
    return other !== undefined && BigInt(number) === BigInt(other)
  }
  if (l instanceof GroupElement) return r instanceof GroupElement && l.equals(r)
  if (l instanceof BigIntValue) return r instanceof BigIntValue && l.value === r.value
  if (l instanceof UnsignedBigIntValue) return r instanceof UnsignedBigIntValue && l.value === r.value
  if (l instanceof AvlTreeValue) return r instanceof AvlTreeValue && equalTrees(l, r)
  if (l instanceof BoxValue) return r instanceof BoxValue && bytesEqual(l.box.id, r.box.id)
  if (l instanceof HeaderValue) return r instanceof HeaderValue && bytesEqual(l.header.id, r.header.id)
  if (l instanceof PreHeaderValue) return r instanceof PreHeaderValue && equalPreHeaders(l, r)
  if (isSigmaBoolean(l)) return isSigmaBoolean(r) && sigmaEquals(l, r)
  if (l instanceof PairValue) return r instanceof PairValue && equalPlain(l.first, r.first) && equalPlain(l.second, r.second)
  if (l instanceof OptionValue) return r instanceof OptionValue && equalOptions(l, r)
  if (l instanceof UnitValue) return r instanceof UnitValue
  if (isColl(l)) return isColl(r) && equalPlainColls(l, r)
  return false
}

function equalOptions(l: OptionValue, r: OptionValue): boolean {
  if (l.value === undefined || r.value === undefined) return l.value === r.value
  return equalPlain(l.value, r.value)
}

function equalPlainColls(l: Coll, r: Coll): boolean {
  const n = collLength(l)
  if (n !== collLength(r) || !typeEquals(itemTypeOf(l), itemTypeOf(r))) return false
  for (let i = 0; i < n; i++) if (!equalPlain(collItem(l, i), collItem(r, i))) return false
  return true
}

function equalTrees(l: AvlTreeValue, r: AvlTreeValue): boolean {
  return l.flags === r.flags && l.keyLength === r.keyLength && l.valueLength === r.valueLength && bytesEqual(l.digest, r.digest)
}

function equalPreHeaders(l: PreHeaderValue, r: PreHeaderValue): boolean {
  const a = l.preHeader
  const b = r.preHeader
  return (
    a.version === b.version &&
    a.timestamp === b.timestamp &&
    a.nBits === b.nBits &&
    a.height === b.height &&
    a.minerPk.equals(b.minerPk) &&
    bytesEqual(a.parentId, b.parentId) &&
    bytesEqual(a.votes, b.votes)
  )
}
