import { type Header, PARAMETER } from '../chain/index.ts'
import {
  AvlTreeValue,
  type ContextVariables,
  type ErgoBox,
  GroupElement,
  type RuleStatuses,
  type ScriptHeader,
  type ScriptPreHeader,
  type TransactionContext
} from '../ergotree/index.ts'
import type { ValidationContext } from './context.ts'
import type { TransactionWithBoxes } from './validation/stateful.ts'

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

/** What the scripts of one transaction see. Boxes are read when the first script asks for them. */
export class ScriptTransactionContext implements TransactionContext {
  readonly headers: readonly ScriptHeader[]
  readonly preHeader: ScriptPreHeader
  readonly lastBlockUtxoRoot: AvlTreeValue
  readonly activatedVersion: number
  readonly ruleStatuses: RuleStatuses
  readonly #subject: TransactionWithBoxes
  #inputs: readonly ErgoBox[] | undefined = undefined
  #dataInputs: readonly ErgoBox[] | undefined = undefined
  #outputs: readonly ErgoBox[] | undefined = undefined

  constructor(subject: TransactionWithBoxes, block: BlockScriptContext) {
    this.headers = block.headers
    this.preHeader = block.preHeader
    this.lastBlockUtxoRoot = block.lastBlockUtxoRoot
    this.activatedVersion = block.activatedVersion
    this.ruleStatuses = block.ruleStatuses
    this.#subject = subject
  }

  get inputs(): readonly ErgoBox[] {
    return (this.#inputs ??= this.#subject.inputs.map((box) => box.ergoBox))
  }

  get dataInputs(): readonly ErgoBox[] {
    return (this.#dataInputs ??= this.#subject.dataInputs.map((box) => box.ergoBox))
  }

  get outputs(): readonly ErgoBox[] {
    return (this.#outputs ??= this.#subject.tx.outputs.map((box) => box.ergoBox))
  }

  get inputVariables(): readonly ContextVariables[] {
    return this.#subject.tx.inputs.map((input) => input.variables)
  }
}
