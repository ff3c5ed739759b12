import { Writer } from '../../bytes/index.ts'
import { writeSigmaBoolean } from '../codec/sigma-codec.ts'
import {
  CAnd,
  COr,
  CThreshold,
  FALSE_PROP,
  MAX_THRESHOLD_CHILDREN,
  type SigmaBoolean,
  TRUE_PROP,
  TrivialProp
} from '../values/sigma-boolean.ts'
import { ArrayColl, type Coll, isSigmaBoolean, type Value } from '../values/values.ts'
import { ErasedColl, MAX_COLL_LENGTH } from './coll.ts'
import { fail } from './errors.ts'

export function asSigma(v: Value): SigmaBoolean {
  return isSigmaBoolean(v) ? v : fail('SigmaProp expected')
}

export function sigmaOfBoolean(condition: boolean): SigmaBoolean {
  return condition ? TRUE_PROP : FALSE_PROP
}

/**
 * Conjunction with trivial children folded: one that is false decides, true ones go, a single one left stands for itself
 * (reference: `CAND.normalized`).
 */
export function normalizedAnd(items: readonly SigmaBoolean[]): SigmaBoolean {
  if (items.length === 0) fail('conjunction of nothing')
  const left: SigmaBoolean[] = []
  for (const item of items) {
    if (!(item instanceof TrivialProp)) left.push(item)
    else if (!item.condition) return FALSE_PROP
  }
  return left.length > 1 ? new CAnd(left) : (left[0] ?? TRUE_PROP)
}

/** Disjunction, likewise (reference: `COR.normalized`). */
export function normalizedOr(items: readonly SigmaBoolean[]): SigmaBoolean {
  if (items.length === 0) fail('disjunction of nothing')
  const left: SigmaBoolean[] = []
  for (const item of items) {
    if (!(item instanceof TrivialProp)) left.push(item)
    else if (item.condition) return TRUE_PROP
  }
  return left.length > 1 ? new COr(left) : (left[0] ?? FALSE_PROP)
}

/**
 * `atLeast`: trivial children are counted and taken out; what one or all of the rest must satisfy becomes a disjunction or
 * conjunction (reference: `AtLeast.reduce`).
 */
export function atLeast(bound: number, coll: Coll): SigmaBoolean {
  if (!(coll instanceof ArrayColl) || coll instanceof ErasedColl || coll.itemType.code !== 8) {
    return fail('Coll[SigmaProp] expected')
  }
  const children = coll.items as readonly SigmaBoolean[]
  const n = children.length
  if (n > MAX_THRESHOLD_CHILDREN) fail(`atLeast with ${n} children`)
  if (bound <= 0) return TRUE_PROP
  if (bound > n) return FALSE_PROP
  let needed = bound
  let remaining = n
  const kept: SigmaBoolean[] = []
  for (let i = 0; i < n; i++) {
    if (needed === 1) return normalizedOr([...kept, ...children.slice(i)])
    if (needed === remaining) return normalizedAnd([...kept, ...children.slice(i)])
    const child = children[i]!
    if (!(child instanceof TrivialProp)) {
      kept.push(child)
      continue
    }
    remaining--
    if (child.condition) needed--
  }
  if (needed === 1) return normalizedOr(kept)
  if (needed === remaining) return normalizedAnd(kept)
  return new CThreshold(needed, kept)
}

/** Tree of version 0 that has the proposition as its constant: `SigmaProp.propBytes`. */
export function propBytes(p: SigmaBoolean): Uint8Array {
  // Every node takes at least a byte, and nodes may be shared: do not write what no collection can hold.
  if (p.size > MAX_COLL_LENGTH) fail('proposition too large for a collection')
  const w = new Writer(40).u8(0).u8(8)
  writeSigmaBoolean(w, p)
  return w.length > MAX_COLL_LENGTH ? fail('proposition too large for a collection') : w.toBytes()
}
