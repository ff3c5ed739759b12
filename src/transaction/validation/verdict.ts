import { type RuleFailure, ruleFailure, type ValidationRule } from '../../chain/index.ts'

/** Where a transaction was found wanting: when read, by itself, or against boxes and chain. */
export type ValidationStage = 'parse' | 'stateless' | 'stateful'

/** Why a transaction is invalid: the first rule that failed in the reference's order. */
export interface TransactionFailure extends RuleFailure {
  readonly valid: false
  readonly stage: ValidationStage
}

export interface TransactionAccepted {
  readonly valid: true
  /** Block units, what earlier transactions of the block used included. */
  readonly cost: number
}

export type TransactionVerdict = TransactionAccepted | TransactionFailure

/** A transaction that broke a numbered rule. */
export function refuse(stage: ValidationStage, rule: ValidationRule, detail: string): TransactionFailure {
  return { valid: false, stage, ...ruleFailure(rule, detail) }
}

/** A transaction that the reference refuses with a plain exception. */
export function refuseUnnumbered(stage: ValidationStage, code: string, message: string): TransactionFailure {
  return { valid: false, stage, rule: null, code, severity: 'fatal', message }
}

/**
 * A script could not be judged: a fault of this program, or a feature it does not know. Not a verdict: whoever processes the
 * block must stop, not call it invalid.
 */
export class ScriptFaultError extends Error {
  override readonly name: string = 'ScriptFaultError'
  readonly code: string = 'SCRIPT_FAULT'
}
