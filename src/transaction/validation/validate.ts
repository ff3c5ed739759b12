import { MissingParameterError } from '../../chain/index.ts'
import type { ValidationContext } from '../context.ts'
import { type BlockScriptContext, blockScriptContext } from '../script-context.ts'
import { verifyScripts } from '../scripts.ts'
import { reemissionViolation } from './reemission.ts'
import { TX_RULES } from './rules.ts'
import { checkBeforeScripts, type TransactionWithBoxes } from './stateful.ts'
import { checkStateless } from './stateless.ts'
import { refuse, refuseUnnumbered, type TransactionFailure, type TransactionVerdict } from './verdict.ts'

/** Contexts of scripts, kept as long as what they were made from. */
const scriptContexts = new WeakMap<ValidationContext, BlockScriptContext>()

/** The part of a context that scripts see; made once. */
export function scriptContextOf(context: ValidationContext): BlockScriptContext {
  let made = scriptContexts.get(context)
  if (made === undefined) {
    made = blockScriptContext(context)
    scriptContexts.set(context, made)
  }
  return made
}

/** Rule 123, where the context enforces it. */
export function checkReemission(
  { tx, inputs }: TransactionWithBoxes,
  context: ValidationContext
): TransactionFailure | undefined {
  const { reemission, block, settings } = context
  if (reemission === undefined || !settings.isActive(TX_RULES.reemission)) return undefined
  const violation = reemissionViolation(inputs, tx.outputs, block.height, reemission)
  return violation === undefined ? undefined : refuse('stateful', TX_RULES.reemission, `${tx.idHex}: ${violation}`)
}

/**
 * Judges a transaction by all rules, in the reference's order: what it is by itself, then against boxes and chain, then every
 * script and proof, then EIP-27 (`validateStateless`, `validateStateful`).
 *
 * @param subject with the boxes that were found; a missing one is left out and breaks rule 113 or 114
 * @param accumulatedCost of earlier transactions of the block, in block units
 * @returns the total cost, or the first rule that failed
 * @throws ScriptFaultError when a script could not be judged: no verdict
 */
export function validateTransaction(
  subject: TransactionWithBoxes,
  context: ValidationContext,
  accumulatedCost = 0
): TransactionVerdict {
  return checkStateless(subject.tx) ?? validateStateful(subject, context, accumulatedCost)
}

/**
 * The second part of {@link validateTransaction}, for a transaction that passed {@link checkStateless}.
 *
 * @throws ScriptFaultError
 */
export function validateStateful(
  subject: TransactionWithBoxes,
  context: ValidationContext,
  accumulatedCost: number
): TransactionVerdict {
  try {
    const checked = checkBeforeScripts(subject, context, accumulatedCost)
    if (!checked.valid) return checked
    const verdict = verifyScripts(subject, scriptContextOf(context), checked.cost)
    if (!verdict.valid) return verdict
    return checkReemission(subject, context) ?? verdict
  } catch (error) {
    // An epoch's extension may leave a parameter out; the reference then fails without a rule.
    if (!(error instanceof MissingParameterError)) throw error
    return refuseUnnumbered('stateful', error.code, `${subject.tx.idHex}: ${error.message}`)
  }
}
