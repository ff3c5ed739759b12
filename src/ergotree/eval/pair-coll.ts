/**
 * Collections of pairs are made of two collections, which may be such collections themselves and share parts: `zip(c, c)` of
 * `zip(c, c)` and so on. These functions take each part once, so that the time is that of the parts there are.
 */
import type { SType, TupleType } from '../types/types.ts'
import { type Coll, PairColl, PairValue, SHALLOW_PAIRS, type Value } from '../values/values.ts'
import { fail } from './errors.ts'

/** Makes a collection of pairs of its two parts. */
export type Join = (left: Coll, right: Coll) => Coll

/** What `leaf` makes of all collections that `coll` is made of, joined as they were. */
export function mapParts(coll: PairColl, leaf: (coll: Coll) => Coll, join: Join): Coll {
  return mapPartsWith(coll, undefined, () => [undefined, undefined], leaf, join)
}

/** As {@link mapParts}, with something alongside that falls into parts like the collection. */
export function mapPartsWith<T>(
  coll: PairColl,
  along: T,
  split: (along: T) => readonly [T, T],
  leaf: (coll: Coll, along: T) => Coll,
  join: Join
): Coll {
  const memory = coll.depth > SHALLOW_PAIRS ? new PairMemory<T>() : undefined
  const walk = (part: Coll, alongPart: T): Coll => {
    if (!(part instanceof PairColl)) return leaf(part, alongPart)
    const known = memory?.get(part, alongPart)
    if (known !== undefined) return known
    const [left, right] = split(alongPart)
    const made = join(walk(part.left, left), walk(part.right, right))
    memory?.set(part, alongPart, made)
    return made
  }
  return walk(coll, along)
}

/** Results of a function of a collection and something alongside. */
class PairMemory<T> {
  readonly #known = new Map<Coll, Map<T, Coll>>()

  get(coll: Coll, along: T): Coll | undefined {
    return this.#known.get(coll)?.get(along)
  }

  set(coll: Coll, along: T, result: Coll): void {
    const results = this.#known.get(coll)
    if (results === undefined) this.#known.set(coll, new Map([[along, result]]))
    else results.set(along, result)
  }
}

const depths = new WeakMap<TupleType, number>()

/** Levels of pairs in a type. */
function typeDepth(t: SType): number {
  if (t.code !== 96 || t.items.length !== 2) return 0
  let depth = depths.get(t)
  if (depth === undefined) {
    depth = 1 + Math.max(typeDepth(t.items[0]!), typeDepth(t.items[1]!))
    depths.set(t, depth)
  }
  return depth
}

/**
 * A collection of pairs made of its items; items that are not pairs fail.
 *
 * @param ofItems makes a collection of the items of a part
 */
export function pairsOfItems(
  itemType: TupleType,
  items: readonly Value[],
  ofItems: (itemType: SType, items: readonly Value[]) => Coll
): Coll {
  return typeDepth(itemType) > SHALLOW_PAIRS ? new SharedPairs(ofItems).of(itemType, items) : split(itemType, items, ofItems)
}

function split(t: TupleType, items: readonly Value[], ofItems: (t: SType, items: readonly Value[]) => Coll): Coll {
  const left = new Array<Value>(items.length)
  const right = new Array<Value>(items.length)
  for (let i = 0; i < items.length; i++) {
    const pair = items[i]!
    if (!(pair instanceof PairValue)) return fail('pair expected')
    left[i] = pair.first
    right[i] = pair.second
  }
  return new PairColl(ofItems(t.items[0]!, left), ofItems(t.items[1]!, right))
}

/** Collections of the same pairs are made once. */
class SharedPairs {
  readonly #ofItems: (itemType: SType, items: readonly Value[]) => Coll
  readonly #numbers = new Map<Value, number>()
  readonly #made = new Map<SType, Map<string, Coll>>()

  constructor(ofItems: (itemType: SType, items: readonly Value[]) => Coll) {
    this.#ofItems = ofItems
  }

  of(itemType: SType, items: readonly Value[]): Coll {
    if (typeDepth(itemType) === 0) return this.#ofItems(itemType, items)
    const key = items.map((item) => this.#number(item)).join()
    let known = this.#made.get(itemType)
    if (known === undefined) {
      known = new Map()
      this.#made.set(itemType, known)
    }
    let made = known.get(key)
    if (made === undefined) {
      made = split(itemType as TupleType, items, (t, part) => this.of(t, part))
      known.set(key, made)
    }
    return made
  }

  #number(item: Value): number {
    let number = this.#numbers.get(item)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(item, number)
    }
    return number
  }
}
