/** Slots of one function activation, as far as they are handed out. Slot 0 is the enclosing activation. */
export class Scope {
  readonly parent: Scope | undefined
  #slots = 1

  constructor(parent: Scope | undefined) {
    this.parent = parent
  }

  newSlot(): number {
    return this.#slots++
  }
}

/**
 * Definitions visible at a point of the tree, the latest first. Evaluation passes environments down the tree only, so where
 * each use finds its value is known before anything runs.
 */
export interface Definition {
  readonly id: number
  readonly scope: Scope
  readonly slot: number
  /** What the value was checked to be when it was stored, see `classKey`. */
  readonly checked: number
  readonly next: Definition | undefined
}

/** The latest visible definition of an id. */
export function findDefinition(from: Definition | undefined, id: number): Definition | undefined {
  for (let d = from; d !== undefined; d = d.next) if (d.id === id) return d
  return undefined
}

/** Number of enclosing activations to climb from `inner` to `outer`. */
export function hopsBetween(inner: Scope, outer: Scope): number {
  let hops = 0
  for (let s: Scope | undefined = inner; s !== undefined && s !== outer; s = s.parent) hops++
  return hops
}
