import { bytesEqual } from '../../bytes/index.ts'
import type { MethodCallNode } from '../ast/nodes.ts'
import { hasRuntimeType } from '../codec/data-codec.ts'
import {
  checkItemsOf,
  collItems,
  flatMapColl,
  indicesColl,
  itemAt,
  itemOrElse,
  mapColl,
  patchColl,
  reverseColl,
  updatedColl,
  updateManyColl,
  zipColls
} from '../eval/coll.ts'
import { COST, itemsCost, MAP, perItem } from '../eval/cost.ts'
import { equalValues } from '../eval/equality.ts'
import { fail } from '../eval/errors.ts'
import { PlainComparison } from '../eval/plain-equality.ts'
import { asColl, asFunction, checkType } from '../eval/type-check.ts'
import type { SType } from '../types/types.ts'
import { type Coll, collItem, collLength, NONE, OptionValue, PairColl, type Value } from '../values/values.ts'
import { dynamic, fixed, guarded, intArgument, type MethodEntry, typed } from './method-function.ts'

const INDICES = perItem(20, 2, 16)
const FLAT_MAP = perItem(60, 10, 8)
const PATCH = perItem(30, 2, 10)
const UPDATED = perItem(20, 1, 10)
const UPDATE_MANY = perItem(20, 2, 10)
const INDEX_OF = perItem(20, 10, 2)
const ZIP = perItem(10, 1, 10)
const REVERSE = perItem(20, 2, 100)

/** Item type of the collection that a call results in, if it has a run-time one. */
function resultItem(node: MethodCallNode): SType | undefined {
  return node.tpe.code === 12 && hasRuntimeType(node.tpe.elem) ? node.tpe.elem : undefined
}

function noType(): never {
  return fail('collection of items without a run-time type')
}

/** The items of `b` are those of `a` from `from` on. */
function hasItems(a: Coll, from: number, b: Coll): boolean {
  const n = collLength(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return bytesEqual(a.subarray(from, from + n), b)
  const comparison = new PlainComparison()
  for (let i = 0; i < n; i++) if (!comparison.equal(collItem(a, from + i), collItem(b, i))) return false
  return true
}

/** Does `test` hold for the parts of both, as far as both are made of parts? Each two parts are tested once. */
function everyPart(coll: Coll, other: Coll, test: (a: Coll, b: Coll) => boolean, known = new Map<Coll, Set<Coll>>()): boolean {
  if (!(coll instanceof PairColl && other instanceof PairColl)) return test(coll, other)
  const others = known.get(coll) ?? new Set()
  if (others.has(other)) return true
  known.set(coll, others.add(other))
  return everyPart(coll.left, other.left, test, known) && everyPart(coll.right, other.right, test, known)
}

function startsWith(coll: Coll, prefix: Coll): boolean {
  checkItemsOf(coll, prefix)
  return collLength(prefix) <= collLength(coll) && hasItems(coll, 0, prefix)
}

function endsWith(coll: Coll, suffix: Coll): boolean {
  checkItemsOf(coll, suffix)
  const from = collLength(coll) - collLength(suffix)
  return from >= 0 && hasItems(coll, from, suffix)
}

/**
 * exists (4), fold (5), forall (6), slice (7), filter (8) and append (9) cannot be called as methods: they are operations.
 */
export const collMethods: readonly MethodEntry[] = [
  fixed(1, 0, COST.sizeOf, (c) => collLength(asColl(c))),
  typed(2, 2, COST.byIndex, (node) => {
    const defaultType = node.args[1]!.tpe
    return (c, [i, otherwise]) => {
      const coll = asColl(c)
      const index = intArgument(i)
      checkType(defaultType, otherwise!)
      return itemOrElse(coll, index, otherwise!)
    }
  }),
  typed(3, 1, 0, (node) => {
    const item = resultItem(node)
    return (c, [f], m) => {
      const coll = asColl(c)
      m.addItems(MAP, collLength(coll))
      return guarded(() => mapColl(coll, asFunction(f!), item ?? noType()))
    }
  }),
  fixed(10, 1, COST.byIndex, (c, [i]) => itemAt(asColl(c), intArgument(i))),
  dynamic(14, 0, (c, _, m) => {
    m.addItems(INDICES, collLength(asColl(c)))
    return indicesColl(asColl(c))
  }),
  typed(15, 1, 0, (node) => {
    const item = resultItem(node)
    return (c, [f], m) => {
      const coll = asColl(c)
      const result = guarded(() => flatMapColl(coll, asFunction(f!), (v) => collItems(asColl(v)), item ?? noType()))
      m.addItems(FLAT_MAP, collLength(result))
      return result
    }
  }),
  dynamic(19, 3, (c, [from, p, replaced], m) => {
    const coll = asColl(c)
    const patch = asColl(p!)
    m.addItems(PATCH, collLength(coll) + collLength(patch))
    return patchColl(coll, intArgument(from), patch, intArgument(replaced), m.jit)
  }),
  dynamic(20, 2, (c, [index, item], m) => {
    const coll = asColl(c)
    m.addItems(UPDATED, collLength(coll))
    return updatedColl(coll, intArgument(index), item!, m.jit)
  }),
  dynamic(21, 2, (c, [indexes, values], m) => {
    const coll = asColl(c)
    m.addItems(UPDATE_MANY, collLength(coll))
    return updateManyColl(coll, asColl(indexes!), asColl(values!), m.jit)
  }),
  dynamic(26, 2, (c, [item, from], m) => {
    const coll = asColl(c)
    const start = Math.max(intArgument(from), 0)
    const n = collLength(coll)
    let i = start
    let found = false
    while (i < n && !found) {
      found = equalValues(collItem(coll, i), item!, m)
      i++
    }
    m.add(itemsCost(INDEX_OF, i - start))
    return found ? i - 1 : -1
  }),
  dynamic(29, 1, (c, [other], m) => {
    const coll = asColl(c)
    m.addItems(ZIP, collLength(coll))
    return zipColls(coll, asColl(other!), m.jit)
  }),
  dynamic(30, 0, (c, _, m) => {
    const coll = asColl(c)
    m.addItems(REVERSE, collLength(coll))
    return reverseColl(coll)
  }),
  dynamic(31, 1, (c, [prefix], m) => {
    const coll = asColl(c)
    m.addItems(ZIP, collLength(coll))
    return everyPart(coll, asColl(prefix!), startsWith)
  }),
  dynamic(32, 1, (c, [suffix], m) => {
    const coll = asColl(c)
    m.addItems(ZIP, collLength(coll))
    return everyPart(coll, asColl(suffix!), endsWith)
  }),
  fixed(33, 1, COST.byIndex, (c, [i]): Value => {
    const coll = asColl(c)
    const index = intArgument(i)
    return index >= 0 && index < collLength(coll) ? new OptionValue(collItem(coll, index)) : NONE
  })
]
