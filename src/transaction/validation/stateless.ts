import { IdMap } from '../../bytes/index.ts'
import type { Transaction } from '../transaction.ts'
import { sumExact } from './amounts.ts'
import { TX_RULES } from './rules.ts'
import { refuse, type TransactionFailure } from './verdict.ts'

/** Inputs, data inputs and outputs of a transaction (`Short.MaxValue`). */
const MAX_ITEMS = 0x7fff

/**
 * Rules that need nothing but the transaction: 100 to 107, in the reference's order. No vote switches them off
 * (`ErgoTransaction.validateStateless`).
 *
 * @returns undefined when all hold
 */
export function checkStateless(tx: Transaction): TransactionFailure | undefined {
  const { inputs, dataInputs, outputs } = tx
  const fail = (rule: Parameters<typeof refuse>[1], detail: string): TransactionFailure => refuse('stateless', rule, detail)
  if (inputs.length === 0) return fail(TX_RULES.noInputs, `Tx ${tx.idHex} has no inputs`)
  if (outputs.length === 0) return fail(TX_RULES.noOutputs, `Tx ${tx.idHex} has no outputs`)
  if (inputs.length > MAX_ITEMS) return fail(TX_RULES.manyInputs, `${tx.idHex}: ${inputs.length}`)
  if (dataInputs.length > MAX_ITEMS) return fail(TX_RULES.manyDataInputs, `${tx.idHex}: ${dataInputs.length}`)
  if (outputs.length > MAX_ITEMS) return fail(TX_RULES.manyOutputs, `${tx.idHex}: ${outputs.length}`)
  const values = outputs.map((box) => box.value)
  const negative = values.find((value) => value < 0n)
  if (negative !== undefined) return fail(TX_RULES.negativeOutput, `${tx.idHex}: ${negative}`)
  if (sumExact(values) === undefined) return fail(TX_RULES.outputSum, `${tx.idHex}: long overflow`)
  if (inputs.length > 1) {
    const seen = new IdMap<boolean>()
    for (const { boxId } of inputs) seen.set(boxId, true)
    const distinct = seen.size
    if (distinct !== inputs.length) return fail(TX_RULES.inputsUnique, `${tx.idHex}: ${distinct} == ${inputs.length}`)
  }
  return undefined
}
