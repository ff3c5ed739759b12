import {
  addVotes,
  BLOCK_RULES,
  checkExtensionForm,
  checkExtensionSize,
  checkForkVote,
  checkInterlinks,
  checkVotes,
  type EpochVotes,
  type Extension,
  type ExtensionField,
  type Header,
  MissingParameterError,
  openingVotes,
  type Parameters,
  processEpochStart,
  type RuleFailure,
  ruleFailure,
  startsVotingEpoch,
  unnumberedFailure,
  ValidationSettings,
  type VotingSettings,
  votesOf
} from '../chain/index.ts'

/** Headers that a context keeps, the newest included (`Constants.LastHeadersInContext`); scripts see one less. */
export const LAST_HEADERS = 10

/** All that a block or transaction is judged by besides boxes (`ErgoStateContext.scala`). Immutable. */
export interface StateContext {
  /** The last headers, newest first, at most {@link LAST_HEADERS}; none before the first block. */
  readonly lastHeaders: readonly Header[]
  /** Extension of the newest of them; undefined when it is not known, as after a start in the middle of the chain. */
  readonly lastExtension: readonly ExtensionField[] | undefined
  /** Digest of the state before the first block, 33 bytes. */
  readonly genesisStateDigest: Uint8Array
  readonly parameters: Parameters
  readonly settings: ValidationSettings
  readonly epochVotes: EpochVotes
}

export type ContextResult =
  | { readonly ok: true; readonly context: StateContext }
  | { readonly ok: false; readonly failure: RuleFailure }

/** Context before the first block. */
export function genesisContext(genesisStateDigest: Uint8Array, launch: Parameters): StateContext {
  return {
    lastHeaders: [],
    lastExtension: undefined,
    genesisStateDigest,
    parameters: launch,
    settings: ValidationSettings.initial,
    epochVotes: []
  }
}

/** Height of the newest block; 0 before the first. */
export function contextHeight(context: StateContext): number {
  return context.lastHeaders[0]?.height ?? 0
}

/** Digest of the state that the next block applies to: the newest header's root, or genesis. */
export function contextStateRoot(context: StateContext): Uint8Array {
  return context.lastHeaders[0]?.stateRoot ?? context.genesisStateDigest
}

export interface AppendOptions {
  readonly voting: VotingSettings
  /** Superblock level of a header, where it is known without computing its proof-of-work hit. */
  readonly level?: ((header: Header) => number) | undefined
}

/**
 * Context after a block: rules 212..215, 413, 401, 402, 403..406, 306, 400, continuity of heights, 407, and at an epoch
 * start 408, 411, 410, 409, 414, 412 - in the reference's order, stopping at the first that fails
 * (`ErgoStateContext.appendFullBlock`).
 *
 * @param transactionsSize bytes of the transactions section as received
 */
export function appendBlock(
  context: StateContext,
  header: Header,
  extension: Extension,
  transactionsSize: number,
  options: AppendOptions
): ContextResult {
  try {
    const failure = checkBlock(context, header, extension, transactionsSize, options)
    if (failure !== undefined) return { ok: false, failure }
    return advance(context, header, extension.fields, options.voting)
  } catch (error) {
    if (!(error instanceof MissingParameterError)) throw error
    return { ok: false, failure: unnumberedFailure(error.code, error.message) }
  }
}

function checkBlock(
  context: StateContext,
  header: Header,
  extension: Extension,
  transactionsSize: number,
  { voting, level }: AppendOptions
): RuleFailure | undefined {
  const { settings, parameters, lastHeaders } = context
  const { fields } = extension
  const parent = { header: lastHeaders[0], fields: context.lastExtension }
  return (
    checkVotes(header, voting, settings) ??
    checkInterlinks(header, fields, parent, settings, level) ??
    checkExtensionForm(header, fields, settings) ??
    checkTransactionsSize(transactionsSize, parameters, settings) ??
    checkExtensionSize(extension, settings) ??
    checkHeight(context, header) ??
    checkForkVote(header, parameters, voting, settings)
  )
}

/** Rule 306, with the parameters that were in force before the block. */
function checkTransactionsSize(size: number, parameters: Parameters, settings: ValidationSettings): RuleFailure | undefined {
  const { blockTransactionsSize } = BLOCK_RULES
  if (!settings.isActive(blockTransactionsSize) || size <= parameters.maxBlockSize) return undefined
  return ruleFailure(blockTransactionsSize, `It has ${size} bytes where ${parameters.maxBlockSize} are allowed`)
}

function checkHeight(context: StateContext, header: Header): RuleFailure | undefined {
  const last = context.lastHeaders[0]
  if (last === undefined || header.height === last.height + 1) return undefined
  return unnumberedFailure('BLOCK_OUT_OF_ORDER', `Block of height ${header.height} does not follow height ${last.height}`)
}

function advance(
  context: StateContext,
  header: Header,
  fields: readonly ExtensionField[],
  voting: VotingSettings
): ContextResult {
  const common = {
    // Detached, so that a context does not hold on to the message that a header came in.
    lastHeaders: [header.detach(), ...context.lastHeaders.slice(0, LAST_HEADERS - 1)],
    lastExtension: fields,
    genesisStateDigest: context.genesisStateDigest
  }
  const votes = votesOf(header)
  if (!startsVotingEpoch(header.height, voting)) {
    const { parameters, settings } = context
    return { ok: true, context: { ...common, parameters, settings, epochVotes: addVotes(context.epochVotes, votes) } }
  }
  const epoch = processEpochStart(context, header, fields, voting)
  if (!epoch.ok) return epoch
  const { parameters, settings } = epoch
  return { ok: true, context: { ...common, parameters, settings, epochVotes: openingVotes(votes) } }
}
