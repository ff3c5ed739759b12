import { SByte, SInt, type SType, type TupleType, typeEquals } from '../types/types.ts'

import {
  ArrayColl,
  ByteValue,
  type Coll,
  collItem,
  collLength,
  type FunctionValue,
  GenericBytes,
  itemTypeOf,
  PairColl,
  PairValue,
  PrimitiveColl,
  type Value
} from '../values/values.ts'
import { fail } from './errors.ts'
import { type Join, mapParts, mapPartsWith, pairsOfItems } from './pair-coll.ts'
import { asBoolean, storeTest } from './type-check.ts'

/** Longest collection that the reference allocates (`MaxArrayLength` in `sigma.util`). */
export const MAX_COLL_LENGTH = 100_000

/**
 * Collection over an array whose class does not say what is in it. Before activated version 2 appending made such arrays of
 * all items that are not primitive, and whatever needs the array's class fails on them (reference: `concatArrays_v4`).
 */
export class ErasedColl extends ArrayColl {}

/** Is the run-time item type one that the reference keeps in an array of JVM primitives? */
function isPrimitive(itemType: SType): boolean {
  return itemType.code >= 1 && itemType.code <= 5
}

function isPairType(t: SType): t is TupleType {
  return t.code === 96 && t.items.length === 2
}

function checkLength(length: number): void {
  if (length > MAX_COLL_LENGTH) fail(`collection of ${length} items, more than ${MAX_COLL_LENGTH}`)
}

/**
 * Collection of items, of the class that the item type asks for (reference: `CollBuilder.fromArray`): bytes, a pair of
 * collections, or an array. Items of another class than the type's fail.
 */
export function collOfItems(itemType: SType, items: readonly Value[]): Coll {
  checkLength(items.length)
  if (itemType.code === 2) return bytesOfItems(items)
  return isPairType(itemType) ? pairsOfItems(itemType, items, collOfItems) : arrayOfItems(itemType, items)
}

/** As {@link collOfItems}, but pairs stay pairs: what mapping a collection of pairs gives in the reference. */
export function flatCollOfItems(itemType: SType, items: readonly Value[]): Coll {
  checkLength(items.length)
  return itemType.code === 2 ? bytesOfItems(items) : arrayOfItems(itemType, items)
}

function bytesOfItems(items: readonly Value[], out: Uint8Array = new GenericBytes(items.length)): Uint8Array {
  for (let i = 0; i < items.length; i++) {
    out[i] = asByte(items[i]!)
  }
  return out
}

function asByte(item: Value): number {
  return item instanceof ByteValue ? item.value : fail('Byte expected')
}

function checkedItems(itemType: SType, items: readonly Value[]): readonly Value[] {
  const test = storeTest(itemType)
  for (let i = 0; i < items.length; i++) if (!test(items[i]!)) fail('collection item of another class')
  return items
}

function arrayOfItems(itemType: SType, items: readonly Value[]): ArrayColl {
  return new ArrayColl(itemType, checkedItems(itemType, items))
}

/** Array made of some items of `coll`, which is not a collection of pairs in two parts. */
function sameArray(coll: ArrayColl, items: readonly Value[]): Coll {
  if (isPairType(coll.itemType)) return collOfItems(coll.itemType, items)
  return coll instanceof ErasedColl ? new ErasedColl(coll.itemType, items) : arrayLike(coll, items)
}

function bytesLike(coll: Uint8Array, length: number): Uint8Array {
  return coll instanceof GenericBytes ? new GenericBytes(length) : new Uint8Array(length)
}

function copyBytes(coll: Uint8Array): Uint8Array {
  const out = bytesLike(coll, coll.length)
  out.set(coll)
  return out
}

function arrayLike(coll: Coll, items: readonly Value[]): ArrayColl {
  return coll instanceof PrimitiveColl ? new PrimitiveColl(coll.itemType, items) : new ArrayColl(itemTypeOf(coll), items)
}

/** As {@link collOfItems}, for items of `coll` and others that take their place. */
function collLike(coll: Coll, items: readonly Value[]): Coll {
  checkLength(items.length)
  if (coll instanceof Uint8Array) return bytesOfItems(items, bytesLike(coll, items.length))
  return coll instanceof PrimitiveColl
    ? arrayLike(coll, checkedItems(coll.itemType, items))
    : collOfItems(itemTypeOf(coll), items)
}

/** Item type that the very class of the collection demands of what it is given (see {@link PrimitiveColl}). */
function demandedType(coll: Coll): SType | undefined {
  if (coll instanceof Uint8Array) return coll instanceof GenericBytes ? undefined : SByte
  return coll instanceof PrimitiveColl ? coll.itemType : undefined
}

/** Where the reference takes an item it may not need, its class must suit all the same. */
function checkItem(coll: Coll, item: Value): void {
  const type = coll instanceof PairColl ? coll.itemType : demandedType(coll)
  if (type !== undefined && !storeTest(type)(item)) fail('item of another type than the collection')
}

/** Where the reference takes other items it may not need, their array must suit all the same. */
export function checkItemsOf(coll: Coll, other: Coll): void {
  const type = demandedType(coll)
  if (type !== undefined && itemTypeOf(other).code !== type.code) fail('items of another type than the collection')
}

/** Item at an index, or `otherwise`. */
export function itemOrElse(coll: Coll, index: number, otherwise: Value): Value {
  checkItem(coll, otherwise)
  return index >= 0 && index < collLength(coll) ? collItem(coll, index) : otherwise
}

/** All items of a collection, in an array that is not to be changed. */
export function collItems(coll: Coll): readonly Value[] {
  if (coll instanceof ArrayColl) return coll.items
  const out = new Array<Value>(collLength(coll))
  for (let i = 0; i < out.length; i++) out[i] = collItem(coll, i)
  return out
}

/** Item at an index that a script names. */
export function itemAt(coll: Coll, index: number): Value {
  return index >= 0 && index < collLength(coll) ? collItem(coll, index) : fail(`index ${index} out of bounds`)
}

/**
 * Items that loops over a collection visit. Over parts of different length the reference runs to the end of the left one, and
 * fails if the right one is shorter.
 */
export function visitedItems(coll: Coll): number {
  return coll instanceof PairColl ? collLength(coll.left) : collLength(coll)
}

export function mapColl(coll: Coll, f: FunctionValue, resultItem: SType): Coll {
  const n = visitedItems(coll)
  const out = new Array<Value>(n)
  for (let i = 0; i < n; i++) out[i] = f.apply(itemAt(coll, i))
  return coll instanceof PairColl ? flatCollOfItems(resultItem, out) : collOfItems(resultItem, out)
}

export function existsColl(coll: Coll, f: FunctionValue): boolean {
  const n = visitedItems(coll)
  for (let i = 0; i < n; i++) if (asBoolean(f.apply(itemAt(coll, i)))) return true
  return false
}

export function forallColl(coll: Coll, f: FunctionValue): boolean {
  const n = visitedItems(coll)
  for (let i = 0; i < n; i++) if (!asBoolean(f.apply(itemAt(coll, i)))) return false
  return true
}

export function filterColl(coll: Coll, f: FunctionValue): Coll {
  const n = visitedItems(coll)
  const out: Value[] = []
  for (let i = 0; i < n; i++) {
    const item = itemAt(coll, i)
    if (asBoolean(f.apply(item))) out.push(item)
  }
  return coll instanceof ArrayColl ? sameArray(coll, out) : collLike(coll, out)
}

export function foldColl(coll: Coll, zero: Value, f: FunctionValue): Value {
  const n = collLength(coll)
  let state = zero
  for (let i = 0; i < n; i++) state = f.apply(new PairValue(state, collItem(coll, i)))
  return state
}

export function flatMapColl(coll: Coll, f: FunctionValue, toItems: (v: Value) => readonly Value[], resultItem: SType): Coll {
  const n = collLength(coll)
  const out: Value[] = []
  for (let i = 0; i < n; i++) {
    for (const item of toItems(f.apply(collItem(coll, i)))) out.push(item)
    // Stops here what would fail at the end, before it fills the memory.
    checkLength(out.length)
  }
  return collOfItems(resultItem, out)
}

/** Items `from` until `until`, both clamped. */
export function sliceColl(coll: Coll, from: number, until: number): Coll {
  const lo = Math.max(from, 0)
  const hi = Math.max(until, lo)
  if (coll instanceof Uint8Array) return coll.subarray(lo, hi)
  if (coll instanceof ArrayColl) return sameArray(coll, coll.items.slice(lo, hi))
  return mapParts(coll, (part) => sliceColl(part, lo, hi), newPairs)
}

/** Pairs of the items of two collections; from activated version 2 on the longer one is cut (reference: `pairColl`). */
export function zipColls(left: Coll, right: Coll, jit: boolean): PairColl {
  const l = collLength(left)
  const r = collLength(right)
  if (!jit || l === r) return new PairColl(left, right)
  return l < r ? new PairColl(left, sliceColl(right, 0, l)) : new PairColl(sliceColl(left, 0, r), right)
}

const newPairs: Join = (left, right) => new PairColl(left, right)

const zipOf =
  (jit: boolean): Join =>
  (left, right) =>
    zipColls(left, right, jit)

/** The two parts of a collection of pairs. */
function unzip(coll: Coll): readonly [Coll, Coll] {
  if (coll instanceof PairColl) return [coll.left, coll.right]
  const split = coll instanceof ArrayColl && isPairType(coll.itemType) ? collOfItems(coll.itemType, coll.items) : undefined
  return split instanceof PairColl ? [split.left, split.right] : fail('collection of pairs expected')
}

function partsOfPair(item: Value): readonly [Value, Value] {
  return item instanceof PairValue ? [item.first, item.second] : fail('pair expected')
}

export function appendColls(coll: Coll, other: Coll, jit: boolean): Coll {
  if (coll instanceof PairColl) {
    return mapPartsWith(coll, other, unzip, (part, otherPart) => appendColls(part, otherPart, jit), zipOf(jit))
  }
  const n = collLength(coll)
  if (n === 0) return other
  checkLength(n + collLength(other))
  if (coll instanceof Uint8Array && other instanceof Uint8Array) {
    const out = bytesLike(coll, n + other.length)
    out.set(coll)
    out.set(other, n)
    return out
  }
  const itemType = itemTypeOf(coll)
  const items = collItems(coll).concat(collItems(other))
  const isPlain = coll instanceof ArrayColl && other instanceof ArrayColl && !isPairType(itemType)
  if (jit && isPlain && typeEquals(itemType, other.itemType)) return arrayLike(coll, items)
  if (jit) {
    // Arrays of primitives take items from their own kind only, not even none from another.
    if ((isPrimitive(itemType) || isPrimitive(itemTypeOf(other))) && itemType.code !== itemTypeOf(other).code) {
      fail('collections of different items')
    }
    return collLike(coll, items)
  }
  if (isPrimitive(itemType)) return collLike(coll, items)
  return isPairType(itemType) ? fail('pairs in an array without class') : new ErasedColl(itemType, items)
}

export function reverseColl(coll: Coll): Coll {
  if (coll instanceof PairColl) return mapParts(coll, reverseColl, newPairs)
  if (coll instanceof Uint8Array) return copyBytes(coll).reverse()
  return sameArray(coll, coll.items.toReversed())
}

/** `replaced` items from `from` on make way for `patch`; numbers below 0 count as 0. */
export function patchColl(coll: Coll, from: number, patch: Coll, replaced: number, jit: boolean): Coll {
  if (coll instanceof PairColl) {
    return mapPartsWith(coll, patch, unzip, (part, by) => patchColl(part, from, by, replaced, jit), zipOf(jit))
  }
  checkItemsOf(coll, patch)
  const start = Math.max(from, 0)
  const rest = start + Math.max(replaced, 0)
  if (coll instanceof Uint8Array && patch instanceof Uint8Array) return patchBytes(coll, start, patch, rest)
  const items = collItems(coll)
  return collLike(coll, items.slice(0, start).concat(collItems(patch), items.slice(rest)))
}

function patchBytes(bytes: Uint8Array, start: number, patch: Uint8Array, rest: number): Uint8Array {
  const before = bytes.subarray(0, start)
  const after = bytes.subarray(rest)
  checkLength(before.length + patch.length + after.length)
  const out = bytesLike(bytes, before.length + patch.length + after.length)
  out.set(before)
  out.set(patch, before.length)
  out.set(after, before.length + patch.length)
  return out
}

export function updatedColl(coll: Coll, index: number, item: Value, jit: boolean): Coll {
  if (coll instanceof PairColl) {
    return mapPartsWith(coll, item, partsOfPair, (part, by) => updatedColl(part, index, by, jit), zipOf(jit))
  }
  if (!(index >= 0 && index < collLength(coll))) fail(`index ${index} out of bounds`)
  if (coll instanceof Uint8Array) {
    const bytes = copyBytes(coll)
    bytes[index] = asByte(item)
    return bytes
  }
  const items = collItems(coll).slice()
  items[index] = item
  return collLike(coll, items)
}

export function updateManyColl(coll: Coll, indexes: Coll, values: Coll, jit: boolean): Coll {
  const n = collLength(indexes)
  if (n !== collLength(values)) fail('updateMany with collections of different length')
  if (coll instanceof PairColl) return updateManyPairs(coll, indexes, values, jit)
  if (coll instanceof Uint8Array) {
    const bytes = copyBytes(coll)
    for (let i = 0; i < n; i++) bytes[indexWithin(collItem(indexes, i), bytes.length)] = asByte(collItem(values, i))
    return bytes
  }
  const items = collItems(coll).slice()
  for (let i = 0; i < n; i++) items[indexWithin(collItem(indexes, i), items.length)] = collItem(values, i)
  return coll instanceof ErasedColl ? new ErasedColl(coll.itemType, items) : collLike(coll, items)
}

function updateManyPairs(coll: PairColl, indexes: Coll, values: Coll, jit: boolean): Coll {
  const length = collLength(coll)
  const left = collItems(coll.left).slice()
  const right = collItems(coll.right).slice()
  for (let i = 0; i < collLength(indexes); i++) {
    const at = indexWithin(collItem(indexes, i), length)
    const pair = collItem(values, i)
    if (!(pair instanceof PairValue)) return fail('pair expected')
    left[at] = pair.first
    right[at] = pair.second
  }
  return zipColls(collOfItems(itemTypeOf(coll.left), left), collOfItems(itemTypeOf(coll.right), right), jit)
}

function indexWithin(index: Value, length: number): number {
  return typeof index === 'number' && index >= 0 && index < length ? index : fail('index out of bounds')
}

/** 0, 1, … as far as they were needed. */
let naturals: readonly number[] = []

/** 0, 1, … up to the length. */
export function indicesColl(coll: Coll): Coll {
  const n = collLength(coll)
  if (naturals.length < n) naturals = Array.from({ length: MAX_COLL_LENGTH }, (_, i) => i)
  return new PrimitiveColl(SInt, naturals.slice(0, n))
}
