import { hasRuntimeType } from '../codec/data-codec.ts'
import { EvalContext } from '../eval/context.ts'
import { COST } from '../eval/cost.ts'
import { fail } from '../eval/errors.ts'
import type { Value } from '../values/values.ts'
import { byteArgument, fixed, type MethodEntry, shortArgument, typed } from './method-function.ts'

function asContext(v: Value): EvalContext {
  return v instanceof EvalContext ? v : fail('Context expected')
}

/** `getVar` (11) cannot be called as a method: it is an operation. */
export const contextMethods: readonly MethodEntry[] = [
  fixed(1, 0, 15, (c) => asContext(c).tx.dataInputs),
  fixed(2, 0, 15, (c) => asContext(c).tx.headers),
  fixed(3, 0, 15, (c) => asContext(c).tx.preHeader),
  fixed(4, 0, COST.inputs, (c) => asContext(c).tx.inputs),
  fixed(5, 0, COST.outputs, (c) => asContext(c).tx.outputs),
  fixed(6, 0, COST.height, (c) => asContext(c).tx.context.preHeader.height),
  fixed(7, 0, COST.self, (c) => asContext(c).self),
  // Before activated version 2 the box never found itself; kept, as old scripts saw it so.
  fixed(8, 0, 20, (c, _, m) => (m.jit ? asContext(c).selfIndex : -1)),
  fixed(9, 0, COST.lastBlockUtxoRootHash, (c) => asContext(c).tx.context.lastBlockUtxoRoot),
  fixed(10, 0, COST.minerPubkey, (c) => asContext(c).tx.context.preHeader.minerPk.bytes),
  typed(12, 2, COST.getVar, (node) => {
    const { tpe } = node
    const elem = tpe.code === 36 && hasRuntimeType(tpe.elem) ? tpe.elem : undefined
    return (c, [input, id]) =>
      asContext(c).getVarFromInput(shortArgument(input), byteArgument(id), elem ?? fail('variable without a run-time type'))
  })
]
