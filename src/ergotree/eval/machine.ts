import type { ConstantNode } from '../ast/nodes.ts'
import type { Value } from '../values/values.ts'
import { isJitActivated, isV3Tree, type Versions } from '../versions.ts'
import type { EvalContext } from './context.ts'
import { itemsCost, type PerItemCost } from './cost.ts'
import { ScriptError } from './errors.ts'

/**
 * State of one evaluation: the cost counter, the context, the constants that placeholders stand for.
 *
 * The counter is compared with the limit at every step, so a script stops at the operation that exceeds it.
 */
export class Machine {
  /** JIT units so far, initial cost included. */
  cost: number
  /** JIT units; more than this fails. */
  readonly limit: number
  readonly context: EvalContext
  readonly constants: readonly ConstantNode[]
  readonly versions: Versions
  /** Tree version 3 or later. */
  readonly v3: boolean
  /** Activated version 2 or later. */
  readonly jit: boolean

  constructor(context: EvalContext, constants: readonly ConstantNode[], versions: Versions, initialCost: number, limit: number) {
    this.context = context
    this.constants = constants
    this.versions = versions
    this.v3 = isV3Tree(versions)
    this.jit = isJitActivated(versions)
    this.cost = initialCost
    this.limit = limit
  }

  /** Adds a fixed cost. */
  add(cost: number): void {
    if ((this.cost += cost) > this.limit) throw costExceeded(this.cost, this.limit)
  }

  /** Adds the cost of an operation over items. */
  addItems(kind: PerItemCost, items: number): void {
    this.add(itemsCost(kind, items))
  }
}

function costExceeded(cost: number, limit: number): ScriptError {
  return new ScriptError(`Estimated execution cost ${cost} exceeds the limit ${limit}`, 'cost')
}

/** Values of the definitions of one function activation; slot 0 holds the activation that the function was made in. */
export type Frame = [parent: Frame | undefined, ...slots: Value[]]

/** A node made ready to run. */
export type Code = (frame: Frame, m: Machine) => Value
