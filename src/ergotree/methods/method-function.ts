import type { MethodCallNode } from '../ast/nodes.ts'
import { fail, ScriptError } from '../eval/errors.ts'
import type { Machine } from '../eval/machine.ts'
import { ValidationRuleError } from '../validation-rules.ts'
import { ByteValue, ShortValue, type Value } from '../values/values.ts'

/** What a method does with the object and its arguments, which have been evaluated. */
export type MethodRun = (self: Value, args: readonly Value[], m: Machine) => Value

/** Function behind a method. */
export interface MethodFunction {
  /** Number of arguments; a call with another number fails, but see {@link extraArgs}. */
  readonly args: number
  /** More arguments than that are evaluated and forgotten. */
  readonly extraArgs?: boolean
  /** JIT units, added before the method runs; 0 when it adds its cost itself. */
  readonly cost: number
  /** Resolves what depends on the call's static types. */
  prepare(node: MethodCallNode): MethodRun
}

/** Method id and the function of it. */
export type MethodEntry = readonly [methodId: number, method: MethodFunction]

/** Method of fixed cost. */
export function fixed(methodId: number, args: number, cost: number, run: MethodRun): MethodEntry {
  return [methodId, { args, cost, prepare: () => run }]
}

/** Method of fixed cost to which the reference passes whatever arguments there are, without a look at their number. */
export function lax(methodId: number, args: number, cost: number, run: MethodRun): MethodEntry {
  return [methodId, { args, extraArgs: true, cost, prepare: () => run }]
}

/** Method that adds its cost itself. */
export function dynamic(methodId: number, args: number, run: MethodRun): MethodEntry {
  return fixed(methodId, args, 0, run)
}

/** Method of fixed cost that looks at the types of the call. */
export function typed(methodId: number, args: number, cost: number, prepare: (node: MethodCallNode) => MethodRun): MethodEntry {
  return [methodId, { args, cost, prepare }]
}

/**
 * Runs what may break a numbered rule inside a method. The reference calls methods by reflection, which wraps such an
 * exception, so that nobody takes it for a soft-fork.
 */
export function guarded<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof ValidationRuleError) throw new ScriptError(error.message)
    throw error
  }
}

/** Argument of a method that takes an Int: reflection widens smaller numbers. */
export function intArgument(v: Value | undefined): number {
  if (typeof v === 'number') return v
  return v instanceof ByteValue || v instanceof ShortValue ? v.value : fail('Int expected')
}

/** Argument of a method that takes a Short, likewise. */
export function shortArgument(v: Value | undefined): number {
  return v instanceof ByteValue || v instanceof ShortValue ? v.value : fail('Short expected')
}

/** Argument of a method that takes a Long, likewise. */
export function longArgument(v: Value | undefined): bigint {
  return typeof v === 'bigint' ? v : BigInt(intArgument(v))
}

export function byteArgument(v: Value | undefined): number {
  return v instanceof ByteValue ? v.value : fail('Byte expected')
}
