import { IdMap, toHex } from '../bytes/index.ts'
import { type Header, MissingParameterError, type RuleFailure } from '../chain/index.ts'
import {
  type Box,
  blockContext,
  checkStateless,
  costSlack,
  type ReemissionNetwork,
  refuse,
  refuseUnnumbered,
  type Transaction,
  type TransactionFailure,
  type TransactionVerdict,
  type TransactionWithBoxes,
  TX_RULES,
  type ValidationContext,
  validateStateful
} from '../transaction/index.ts'
import type { Block } from './block.ts'
import type { AppendOptions, StateContext } from './context.ts'

/** Where in the application of a block the rule that it breaks is found. */
export type BlockStage =
  /** Sections that cannot be read or are not the header's. */
  | 'sections'
  /** Votes, extension, sizes, parameters. */
  | 'context'
  /** The state tree. */
  | 'state'
  | 'transactions'

/** The first rule, in the reference's order, that a block breaks. */
export interface BlockFailure extends RuleFailure {
  readonly stage: BlockStage
  /** Hex id of the transaction that breaks it. */
  readonly transactionId?: string | undefined
}

export function blockFailure(stage: BlockStage, failure: RuleFailure, transactionId?: string): BlockFailure {
  const { rule, code, severity, message } = failure
  return { stage, rule, code, severity, message, transactionId }
}

/**
 * Judges a transaction that passed rules 100..107 against its boxes: amounts, scripts, costs.
 *
 * @param startCost what earlier transactions of the block used, in block units
 */
export type VerifyTransaction = (job: TransactionWithBoxes, context: ValidationContext, startCost: number) => TransactionVerdict

/**
 * The rules of the transaction room. A parameter that the last epoch left out is a refusal without a rule, as in the
 * reference.
 *
 * @throws ScriptFaultError when a script could not be judged: no verdict
 */
export const verifyTransaction: VerifyTransaction = (job, context, startCost) => {
  try {
    return validateStateful(job, context, startCost)
  } catch (error) {
    if (!(error instanceof MissingParameterError)) throw error
    return refuseUnnumbered('stateful', error.code, `${job.tx.idHex}: ${error.message}`)
  }
}

export interface BlockOptions extends AppendOptions {
  /** Transactions up to this height are not verified; 0 for all to be. */
  readonly checkpointHeight: number
  /** To enforce rule 123. */
  readonly reemission?: ReemissionNetwork | undefined
}

/** A block whose own rules hold, ready for its transactions to be verified in any order and place. */
export interface PreparedBlock {
  readonly block: Block
  /** The state's context when the block is applied. */
  readonly context: StateContext
  /** What its transactions are judged by. */
  readonly validation: ValidationContext
  readonly jobs: readonly TransactionWithBoxes[]
  /** Stands behind the jobs: counts only when all of them pass, since the reference would find an earlier one first. */
  readonly failure: BlockFailure | undefined
}

export type Prepared =
  | { readonly ok: true; readonly prepared: PreparedBlock }
  | { readonly ok: false; readonly failure: BlockFailure }

/** A block that passed every rule. */
export interface AppliedBlock {
  readonly header: Header
  readonly context: StateContext
  /** Cost of all transactions in block units. */
  readonly cost: number
}

export type Application =
  | { readonly ok: true; readonly applied: AppliedBlock }
  | { readonly ok: false; readonly failure: BlockFailure }

/** Finds the boxes of transactions, in order, up to the first one that fails rules 100..107, 113 or 114. */
function resolve(
  transactions: readonly Transaction[],
  boxOf: (id: Uint8Array) => Box | string
): { readonly jobs: readonly TransactionWithBoxes[]; readonly failure: BlockFailure | undefined } {
  const jobs: TransactionWithBoxes[] = []
  for (const transaction of transactions) {
    const boxes = collect(transaction.inputs, ({ boxId }) => boxOf(boxId))
    const dataBoxes = collect(transaction.dataInputs, boxOf)
    const failure =
      checkStateless(transaction) ??
      (typeof boxes === 'string' ? refuse('stateful', TX_RULES.boxesToSpend, boxes) : undefined) ??
      (typeof dataBoxes === 'string' ? refuse('stateful', TX_RULES.dataBoxes, dataBoxes) : undefined)
    if (failure !== undefined) return { jobs, failure: transactionFailure(transaction, failure) }
    jobs.push({ tx: transaction, inputs: boxes as Box[], dataInputs: dataBoxes as Box[] })
  }
  return { jobs, failure: undefined }
}

function collect<T>(items: readonly T[], boxOf: (item: T) => Box | string): Box[] | string {
  const boxes: Box[] = []
  for (const item of items) {
    const box = boxOf(item)
    if (typeof box === 'string') return box
    boxes.push(box)
  }
  return boxes
}

function transactionFailure(transaction: Transaction, failure: TransactionFailure): BlockFailure {
  return blockFailure('transactions', failure, transaction.idHex)
}

/**
 * Sets a block up for the verification of its transactions, once its own rules hold.
 *
 * @param context the state's context after the block
 * @param stateBox finds boxes that were there before the block; a text says why none can be found, not even the block's own
 */
export function prepareTransactions(
  block: Block,
  context: StateContext,
  stateBox: ((id: Uint8Array) => Box | undefined) | string,
  options: BlockOptions
): PreparedBlock {
  const validation = blockContext(context, options.reemission)
  if (block.header.height <= options.checkpointHeight) return { block, context, validation, jobs: [], failure: undefined }
  const { jobs, failure } = resolve(block.transactions, boxLookup(block, stateBox))
  return { block, context, validation, jobs, failure }
}

/** Boxes that a block may name: all that it makes, wherever that stands in it, and those that were there before. */
function boxLookup(block: Block, stateBox: ((id: Uint8Array) => Box | undefined) | string): (id: Uint8Array) => Box | string {
  if (typeof stateBox === 'string') return () => stateBox
  const made = new IdMap<Box>()
  for (const { outputs } of block.transactions) for (const box of outputs) made.set(box.id, box)
  return (id) => made.get(id) ?? stateBox(id) ?? `Box ${toHex(id)} is not there`
}

/**
 * Puts verdicts together that were reached one by one, each as if its transaction stood first in the block. Costs add up
 * over a block and its limit is checked on the way, so a transaction near the limit, or one that failed, is judged once
 * more where it stands.
 *
 * @param verdicts of all jobs, in their order
 */
export function finishBlock(
  prepared: PreparedBlock,
  verdicts: readonly TransactionVerdict[],
  verify: VerifyTransaction
): Application {
  const { block, context, validation, jobs } = prepared
  let cost = 0
  for (const [i, job] of jobs.entries()) {
    let verdict = verdicts[i]!
    if (cost > 0 && (!verdict.valid || cost + verdict.cost + costSlack(job) > validation.parameters.maxBlockCost)) {
      verdict = verify(job, validation, cost)
      cost = 0
    }
    if (!verdict.valid) return { ok: false, failure: transactionFailure(job.tx, verdict) }
    cost += verdict.cost
  }
  if (prepared.failure !== undefined) return { ok: false, failure: prepared.failure }
  return { ok: true, applied: { header: block.header, context, cost } }
}

/** Verifies the transactions of a prepared block here and now, stopping at the first that fails. */
export function verifyBlock(prepared: PreparedBlock, verify: VerifyTransaction): Application {
  const { block, context, validation, jobs } = prepared
  let cost = 0
  for (const job of jobs) {
    const verdict = verify(job, validation, cost)
    if (!verdict.valid) return { ok: false, failure: transactionFailure(job.tx, verdict) }
    cost = verdict.cost
  }
  if (prepared.failure !== undefined) return { ok: false, failure: prepared.failure }
  return { ok: true, applied: { header: block.header, context, cost } }
}
