import { type Header, PARAMETER } from '../chain/index.ts'
import type { ContextVariables, TransactionContext } from '../ergotree/eval/context.ts'
import { AvlTreeValue, GroupElement, type RuleStatuses, type ScriptHeader, type ScriptPreHeader } from '../ergotree/index.ts'
import type { ValidationContext } from './context.ts'
import type { TransactionWithBoxes } from './stateful.ts'

/** Flags of the state tree as scripts see it: insert, update and remove are all allowed (`ErgoInterpreter.avlTreeFromDigest`). */
const ALL_OPERATIONS = 0x07

/** Length of keys in the state tree. */
const STATE_KEY_BYTES = 32

/** A header as scripts see it (`Header.toSigma`). */
export function scriptHeader(header: Header): ScriptHeader {
  return {
    id: header.id,
    version: header.version,
    parentId: header.parentId,
    adProofsRoot: header.adProofsRoot,
    stateRoot: header.stateRoot,
    transactionsRoot: header.transactionsRoot,
    timestamp: header.timestampExact,
    nBits: header.nBits,
    height: header.height,
    extensionRoot: header.extensionRoot,
    minerPk: new GroupElement(header.minerPk),
    powOnetimePk: new GroupElement(header.powOneTimePk),
    powNonce: header.nonce,
    powDistance: header.powDistance,
    votes: header.votes,
    unparsedBytes: header.unparsedBytes
  }
}

/** What the scripts of a whole block share. */
export interface BlockScriptContext {
  readonly headers: readonly ScriptHeader[]
  readonly preHeader: ScriptPreHeader
  readonly lastBlockUtxoRoot: AvlTreeValue
  readonly activatedVersion: number
  readonly ruleStatuses: RuleStatuses
  readonly maxBlockCost: number
  readonly storageFeeFactor: number | undefined
}

/** A block's part of the script context, from what its transactions are judged by. */
export function blockScriptContext(context: ValidationContext): BlockScriptContext {
  const { block, parameters, settings } = context
  return {
    headers: context.headers.map(scriptHeader),
    preHeader: { ...block, nBits: BigInt(block.nBits), minerPk: new GroupElement(block.minerPk) },
    lastBlockUtxoRoot: new AvlTreeValue(context.previousStateDigest, ALL_OPERATIONS, STATE_KEY_BYTES, undefined),
    // A signed byte, as there.
    activatedVersion: ((parameters.blockVersion - 1) << 24) >> 24,
    ruleStatuses: settings.scriptRuleStatuses,
    maxBlockCost: parameters.maxBlockCost,
    storageFeeFactor: parameters.table.get(PARAMETER.storageFeeFactor)
  }
}

/** What the scripts of one transaction see. Boxes become script values when the first script asks. */
export function transactionContext(subject: TransactionWithBoxes, block: BlockScriptContext): TransactionContext {
  const inputVariables: readonly ContextVariables[] = subject.tx.inputs.map((input) => input.variables)
  return {
    inputs: subject.inputs.map((box) => box.ergoBox),
    dataInputs: subject.dataInputs.map((box) => box.ergoBox),
    outputs: subject.tx.outputs.map((box) => box.ergoBox),
    inputVariables,
    headers: block.headers,
    preHeader: block.preHeader,
    lastBlockUtxoRoot: block.lastBlockUtxoRoot,
    activatedVersion: block.activatedVersion,
    ruleStatuses: block.ruleStatuses
  }
}
