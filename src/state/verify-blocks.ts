import { bytesEqual, DecodeError, toHex } from '../bytes/index.ts'
import {
  BLOCK_RULES,
  GENESIS_HEIGHT,
  HEADER_RULES,
  type Header,
  HeaderFileVerifier,
  type HeaderLine,
  MAX_REPORTED_FAILURES,
  type NetworkParameters,
  parseHeader,
  startsVotingEpoch
} from '../chain/index.ts'
import { TransactionDecoder } from '../transaction/index.ts'
import { type BlockFailure, type BlockOptions, blockFailure, type VerifyTransaction, verifyTransaction } from './application.ts'
import { decodeBlock } from './block.ts'
import { type BlockLine, sectionsOf } from './block-line.ts'
import { contextStateRoot, type StateContext } from './context.ts'
import { applyDigestBlock } from './digest-state.ts'

/** Why a block of a file is not valid. */
export interface BlockFileFailure {
  readonly height: number | null
  /** Computed from the header's bytes; what the line says when they cannot be read. */
  readonly id: string | null
  /** Null when no numbered rule says it. */
  readonly rule: number | null
  readonly code: string
  readonly message: string
}

export interface BlockFileSummary {
  readonly checked: number
  readonly valid: number
  readonly invalid: number
  /** How often a rule could not be checked for want of context, by rule number. */
  readonly unchecked: Readonly<Record<string, number>>
  /** The first {@link MAX_REPORTED_FAILURES}. */
  readonly failures: readonly BlockFileFailure[]
  /** Transactions of valid blocks. */
  readonly transactions: number
  readonly inputs: number
  /** Sum over valid blocks, in block units. */
  readonly cost: number
  /** Hex of the state root after the last valid block. */
  readonly stateRoot: string
}

export interface BlockFileInit {
  readonly network: NetworkParameters
  /** Our clock, milliseconds since 1970. */
  readonly now: number
  /** State before the first block. */
  readonly start: StateContext
  /** False when the votes of the running epoch are not known, so that the next one's parameters are believed. */
  readonly votesKnown?: boolean
  /** Headers before the first block, ascending, for difficulty. */
  readonly headers?: readonly HeaderLine[]
  readonly verify?: VerifyTransaction
}

/** The headers given as context are no chain: the input is unusable, which says nothing about the blocks. */
export class BlockContextError extends Error {
  static override readonly name: string = 'BlockContextError'
  override readonly name: string = 'BlockContextError'
  readonly code: string = 'BLOCK_CONTEXT'
}

/**
 * How blocks of a network are applied here: every transaction is verified, below a checkpoint too, and rule 123 is as the
 * network says.
 */
export function blockOptions(network: NetworkParameters): BlockOptions {
  const { monetary, reemission, addressPrefix, voting } = network
  return {
    voting,
    checkpointHeight: 0,
    reemission: reemission.checkReemissionRules ? { monetary, reemission, addressPrefix } : undefined
  }
}

/** Judges blocks by their own bytes on top of a given state, without a look at the rules of headers. */
export class BlockJudge {
  readonly #options: BlockOptions
  readonly #decoder = new TransactionDecoder()
  readonly #verify: VerifyTransaction

  constructor(network: NetworkParameters, verify: VerifyTransaction = verifyTransaction) {
    this.#options = blockOptions(network)
    this.#verify = verify
  }

  /** Applies a block, its AD proofs included, to the state before it. */
  apply(state: StateContext, header: Header, line: BlockLine): Judged {
    const decoded = decodeBlock(header, sectionsOf(line, header), this.#decoder)
    if (!decoded.ok) return { ok: false, failure: blockFailure('sections', decoded.failure) }
    const { block } = decoded
    const applied = applyDigestBlock(state, block, this.#decoder, this.#options, this.#verify)
    if (!applied.ok) return applied
    const { context, cost } = applied.applied
    const inputs = block.transactions.reduce((sum, { inputs: spent }) => sum + spent.length, 0)
    return { ok: true, context, cost, transactions: block.transactions.length, inputs }
  }

  /** The first rule that a block line breaks on top of a state; undefined when it is valid there. */
  judge(state: StateContext, line: BlockLine): Pick<BlockFileFailure, 'rule' | 'code' | 'message'> | undefined {
    const header = readHeader(line)
    if (!('id' in header)) return header
    const judged = this.apply(state, header, line)
    return judged.ok ? undefined : judged.failure
  }
}

type Judged =
  | {
      readonly ok: true
      readonly context: StateContext
      readonly cost: number
      readonly transactions: number
      readonly inputs: number
    }
  | { readonly ok: false; readonly failure: BlockFailure }

interface Unreadable {
  readonly rule: null
  readonly code: string
  readonly message: string
}

function readHeader(line: BlockLine): Header | Unreadable {
  try {
    return parseHeader(line.header)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return { rule: null, code: 'HEADER_UNREADABLE', message: error.message }
  }
}

/** Verifies consecutive blocks, headers included, from a given state on. */
export class BlockFileVerifier {
  readonly #judge: BlockJudge
  readonly #network: NetworkParameters
  readonly #headers: HeaderFileVerifier
  /** What was unchecked of the headers given as context. */
  readonly #before: Readonly<Record<string, number>>
  readonly #unchecked = new Map<number, number>()
  readonly #failures: BlockFileFailure[] = []
  #state: StateContext
  #votesKnown: boolean
  #checked = 0
  #invalid = 0
  #transactions = 0
  #inputs = 0
  #cost = 0

  /** @throws BlockContextError when the headers given are no valid chain */
  constructor({ network, now, start, votesKnown = true, headers = [], verify }: BlockFileInit) {
    this.#judge = new BlockJudge(network, verify)
    this.#network = network
    this.#state = start
    this.#votesKnown = votesKnown
    this.#headers = new HeaderFileVerifier({ network, now })
    for (const line of headers) {
      const failure = this.#headers.add(line)
      if (failure !== undefined) throw new BlockContextError(`header at height ${failure.height}: ${failure.message}`)
    }
    this.#before = this.#headers.summary().unchecked
  }

  /** State after the last valid block. */
  get state(): StateContext {
    return this.#state
  }

  /** Takes the next block. @returns why it is not valid, or undefined */
  add(line: BlockLine): BlockFileFailure | undefined {
    this.#checked++
    const failure = this.#add(line)
    if (failure !== undefined) {
      this.#invalid++
      if (this.#failures.length < MAX_REPORTED_FAILURES) this.#failures.push(failure)
    }
    return failure
  }

  #add(line: BlockLine): BlockFileFailure | undefined {
    const { header: bytes, id, height } = line
    const failed = this.#headers.add({
      bytes,
      ...(id === undefined ? {} : { id }),
      ...(height === undefined ? {} : { height })
    })
    if (failed !== undefined) return failed
    const header = readHeader(line)
    if (!('id' in header)) return { height: height ?? null, id: id === undefined ? null : toHex(id), ...header }
    const place = { height: header.height, id: header.idHex }
    const tip = this.#state.lastHeaders[0]
    if (tip !== undefined && !bytesEqual(tip.id, header.parentId)) {
      const { number: rule, code, text } = HEADER_RULES.parentSemantics
      return { ...place, rule, code, message: `${text}: the last valid block is ${tip.idHex}` }
    }
    this.#noteUnchecked(header)
    const judged = this.#judge.apply(this.#state, header, line)
    if (!judged.ok) {
      const { rule, code, message } = judged.failure
      return { ...place, rule, code, message }
    }
    this.#state = judged.context
    this.#transactions += judged.transactions
    this.#inputs += judged.inputs
    this.#cost += judged.cost
    return undefined
  }

  /** Counts what a start in the middle of a chain leaves open. */
  #noteUnchecked(header: Header): void {
    const { interlinksEncoding, interlinksStructure, matchParameters, matchParameters60, matchValidationSettings } = BLOCK_RULES
    if (this.#state.lastExtension === undefined && header.height > GENESIS_HEIGHT) {
      this.#count(interlinksEncoding.number, interlinksStructure.number)
    }
    if (!this.#votesKnown && startsVotingEpoch(header.height, this.#network.voting)) {
      this.#count(matchParameters.number, matchParameters60.number, matchValidationSettings.number)
      this.#votesKnown = true
    }
  }

  #count(...rules: number[]): void {
    for (const rule of rules) this.#unchecked.set(rule, (this.#unchecked.get(rule) ?? 0) + 1)
  }

  summary(): BlockFileSummary {
    const unchecked: Record<string, number> = {}
    for (const [rule, count] of Object.entries(this.#headers.summary().unchecked)) {
      const own = count - (this.#before[rule] ?? 0)
      if (own > 0) unchecked[rule] = own
    }
    for (const [rule, count] of this.#unchecked) unchecked[rule] = count
    return {
      checked: this.#checked,
      valid: this.#checked - this.#invalid,
      invalid: this.#invalid,
      unchecked,
      failures: [...this.#failures],
      transactions: this.#transactions,
      inputs: this.#inputs,
      cost: this.#cost,
      stateRoot: toHex(contextStateRoot(this.#state))
    }
  }
}
