import { bytesEqual } from '../../bytes/index.ts'
import { typeEquals } from '../types/types.ts'
import { GroupElement } from '../values/group-element.ts'
import { ProveDHTuple, ProveDlog, SIGMA, type SigmaBoolean, TrivialProp } from '../values/sigma-boolean.ts'
import {
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

/**
 * Steps after which a comparison starts to remember what it has compared. Values may share parts, so that a few bytes stand for a
 * value without end.
 */
const MEMORY_AFTER_STEPS = 1000

/** Number of a Byte, Short, Int or Long. The reference compares boxed numbers by value, whatever their types. */
function primitiveNumber(v: Value): number | bigint | undefined {
  if (typeof v === 'number' || typeof v === 'bigint') return v
  return v instanceof ByteValue || v instanceof ShortValue ? v.value : undefined
}

/**
 * Equality of values that have no parts: numbers by value, everything else by class and content. Undefined when the left one has
 * parts.
 */
export function equalScalars(l: Value, r: Value): boolean | undefined {
  if (l === r) return true
  const number = primitiveNumber(l)
  if (number !== undefined) {
    const other = primitiveNumber(r)
    return other !== undefined && (typeof number === typeof other ? number === other : BigInt(number) === BigInt(other))
  }
  if (l instanceof GroupElement) return r instanceof GroupElement && l.equals(r)
  if (l instanceof BigIntValue) return r instanceof BigIntValue && l.value === r.value
  if (l instanceof UnsignedBigIntValue) return r instanceof UnsignedBigIntValue && l.value === r.value
  if (l instanceof AvlTreeValue) return r instanceof AvlTreeValue && equalTrees(l, r)
  if (l instanceof BoxValue) return r instanceof BoxValue && bytesEqual(l.box.id, r.box.id)
  if (l instanceof HeaderValue) return r instanceof HeaderValue && bytesEqual(l.header.id, r.header.id)
  if (l instanceof PreHeaderValue) return r instanceof PreHeaderValue && equalPreHeaders(l, r)
  if (l instanceof UnitValue) return r instanceof UnitValue
  if (isSigmaBoolean(l) || l instanceof PairValue || l instanceof OptionValue || isColl(l)) return undefined
  return false
}

/** Structural equality without cost: the JVM's `==` on values. */
export class PlainComparison {
  #steps = 0
  /** Values with parts that were found equal, or are about to be: the first difference ends it all. */
  readonly #equal = new Map<Value, Set<Value>>()

  equal(l: Value, r: Value): boolean {
    const scalars = equalScalars(l, r)
    if (scalars !== undefined) return scalars
    if (++this.#steps > MEMORY_AFTER_STEPS && this.#isKnown(l, r)) return true
    if (l instanceof PairValue) return r instanceof PairValue && this.equal(l.first, r.first) && this.equal(l.second, r.second)
    if (l instanceof OptionValue) return r instanceof OptionValue && this.#options(l, r)
    if (isColl(l)) return isColl(r) && this.#colls(l, r)
    return isSigmaBoolean(l) && isSigmaBoolean(r) && this.#sigma(l, r)
  }

  /** Was the same compared before? If not, it will be now. */
  #isKnown(l: Value, r: Value): boolean {
    const others = this.#equal.get(l)
    if (others === undefined) this.#equal.set(l, new Set([r]))
    else if (others.has(r)) return true
    else others.add(r)
    return false
  }

  #options(l: OptionValue, r: OptionValue): boolean {
    if (l.value === undefined || r.value === undefined) return l.value === r.value
    return this.equal(l.value, r.value)
  }

  #colls(l: Coll, r: Coll): boolean {
    if (l instanceof Uint8Array && r instanceof Uint8Array) return bytesEqual(l, r)
    const n = collLength(l)
    if (n !== collLength(r) || !typeEquals(itemTypeOf(l), itemTypeOf(r))) return false
    for (let i = 0; i < n; i++) if (!this.equal(collItem(l, i), collItem(r, i))) return false
    return true
  }

  #sigma(l: SigmaBoolean, r: SigmaBoolean): boolean {
    if (l instanceof ProveDlog) return r instanceof ProveDlog && l.value.equals(r.value)
    if (l instanceof ProveDHTuple) {
      return r instanceof ProveDHTuple && l.g.equals(r.g) && l.h.equals(r.h) && l.u.equals(r.u) && l.v.equals(r.v)
    }
    if (l instanceof TrivialProp) return r instanceof TrivialProp && l.condition === r.condition
    if (r instanceof ProveDlog || r instanceof ProveDHTuple || r instanceof TrivialProp || l.code !== r.code) return false
    if (l.code === SIGMA.Threshold && r.code === SIGMA.Threshold && l.k !== r.k) return false
    return l.children.length === r.children.length && l.children.every((child, i) => this.equal(child, r.children[i]!))
  }
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
