import type { GroupElement } from './group-element.ts'

/** Codes of sigma propositions in data (reference: `SigmaPropCodes.scala`). */
export const SIGMA = {
  And: 0x96,
  Or: 0x97,
  Threshold: 0x98,
  ProveDlog: 0xcd,
  ProveDHTuple: 0xce,
  False: 0xd2,
  True: 0xd3
} as const

/** Proposition that is plainly true or false. Use {@link TRUE_PROP} and {@link FALSE_PROP}. */
export class TrivialProp {
  readonly code: 0xd2 | 0xd3
  readonly condition: boolean
  /** Nodes, as costs count them. */
  readonly size = 1

  constructor(condition: boolean) {
    this.code = condition ? SIGMA.True : SIGMA.False
    this.condition = condition
  }
}

/** Knowledge of the discrete logarithm of `value`. */
export class ProveDlog {
  readonly code = SIGMA.ProveDlog
  readonly value: GroupElement
  readonly size = 1

  constructor(value: GroupElement) {
    this.value = value
  }
}

/** Knowledge of w with u = g^w and v = h^w. */
export class ProveDHTuple {
  readonly code = SIGMA.ProveDHTuple
  readonly g: GroupElement
  readonly h: GroupElement
  readonly u: GroupElement
  readonly v: GroupElement
  /** One node a point, as in the reference. */
  readonly size = 4

  constructor(g: GroupElement, h: GroupElement, u: GroupElement, v: GroupElement) {
    this.g = g
    this.h = h
    this.u = u
    this.v = v
  }
}

function totalSize(children: readonly SigmaBoolean[]): number {
  let sum = 1
  for (const c of children) sum += c.size
  return sum
}

/** Conjunction. As data it may have any number of children, trivial ones too; see `normalized` of the evaluator. */
export class CAnd {
  readonly code = SIGMA.And
  readonly children: readonly SigmaBoolean[]
  readonly size: number

  constructor(children: readonly SigmaBoolean[]) {
    this.children = children
    this.size = totalSize(children)
  }
}

/** Disjunction. */
export class COr {
  readonly code = SIGMA.Or
  readonly children: readonly SigmaBoolean[]
  readonly size: number

  constructor(children: readonly SigmaBoolean[]) {
    this.children = children
    this.size = totalSize(children)
  }
}

/** Most children of a threshold: challenges are interpolated by a polynomial with byte arguments. */
export const MAX_THRESHOLD_CHILDREN = 255

/** At least `k` of the children. */
export class CThreshold {
  readonly code = SIGMA.Threshold
  readonly k: number
  readonly children: readonly SigmaBoolean[]
  readonly size: number

  /** @throws RangeError unless 0 <= k <= children <= 255, which the reference requires of every threshold */
  constructor(k: number, children: readonly SigmaBoolean[]) {
    if (!(k >= 0 && k <= children.length && children.length <= MAX_THRESHOLD_CHILDREN)) {
      throw new RangeError(`threshold ${k} of ${children.length} is not possible`)
    }
    this.k = k
    this.children = children
    this.size = totalSize(children)
  }
}

/** Value of type `SigmaProp` (reference: `SigmaBoolean.scala`). */
export type SigmaBoolean = TrivialProp | ProveDlog | ProveDHTuple | CAnd | COr | CThreshold

export const TRUE_PROP = new TrivialProp(true)
export const FALSE_PROP = new TrivialProp(false)

/** Structural equality. */
export function sigmaEquals(a: SigmaBoolean, b: SigmaBoolean): boolean {
  if (a === b) return true
  if (a.code !== b.code) return false
  switch (a.code) {
    case SIGMA.ProveDlog:
      return a.value.equals((b as ProveDlog).value)
    case SIGMA.ProveDHTuple: {
      const o = b as ProveDHTuple
      return a.g.equals(o.g) && a.h.equals(o.h) && a.u.equals(o.u) && a.v.equals(o.v)
    }
    case SIGMA.Threshold:
      return a.k === (b as CThreshold).k && sameChildren(a.children, (b as CThreshold).children)
    case SIGMA.And:
    case SIGMA.Or:
      return sameChildren(a.children, (b as CAnd | COr).children)
    default:
      return true
  }
}

function sameChildren(a: readonly SigmaBoolean[], b: readonly SigmaBoolean[]): boolean {
  return a.length === b.length && a.every((child, i) => sigmaEquals(child, b[i]!))
}
