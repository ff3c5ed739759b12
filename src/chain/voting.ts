import { BLOCK_RULES, type RuleFailure, ruleFailure } from './block-rules.ts'
import type { Header } from './header.ts'
import type { VotingSettings } from './networks/types.ts'
import { OPENING_VOTES, PARAMETER, Parameters, SUBBLOCKS_PER_BLOCK_DEFAULT, steppedValue } from './parameters.ts'
import { EMPTY_SETTINGS_UPDATE, type ValidationSettings, type ValidationSettingsUpdate } from './validation-settings.ts'

/** Votes of the running epoch: the ids that its first block voted for, in that order. */
export type EpochVotes = readonly { readonly id: number; readonly count: number }[]

/** `ParamVotesCount`: votes for parameters that a header may carry; a soft-fork vote comes on top (rule 212). */
const MAX_PARAMETER_VOTES = 2

/** Block version whose activation brings parameter 9. */
const SUBBLOCKS_VERSION = 4

/** True where a voting epoch begins and the extension states parameters. */
export function startsVotingEpoch(height: number, { votingLength }: VotingSettings): boolean {
  return votingLength > 0 && height > 0 && height % votingLength === 0
}

/** Strictly more than nine tenths of the possible votes. */
export function isSoftForkApproved(votes: number, { votingLength, softForkEpochs }: VotingSettings): boolean {
  return votes > Math.trunc((votingLength * softForkEpochs * 9) / 10)
}

/** Strictly more than half of an epoch. */
export function isChangeApproved(votes: number, { votingLength }: VotingSettings): boolean {
  return votes > Math.trunc(votingLength / 2)
}

/** Votes of a header as signed bytes, without empty ones. */
export function votesOf(header: Header): number[] {
  return Array.from(header.votes, (vote) => (vote << 24) >> 24).filter((vote) => vote !== 0)
}

/** Votes that a new epoch starts with: one for each id of its first block. */
export function openingVotes(votes: readonly number[]): EpochVotes {
  return votes.map((id) => ({ id, count: 1 }))
}

/** Adds a block's votes; ids that the epoch's first block did not vote for do not count. */
export function addVotes(epochVotes: EpochVotes, votes: readonly number[]): EpochVotes {
  if (votes.length === 0 || epochVotes.length === 0) return epochVotes
  return epochVotes.map(({ id, count }) => ({ id, count: count + votes.filter((vote) => vote === id).length }))
}

/** Rules 212..215: number first, then for each vote in turn whether it is single, not contradicted, and known. */
export function checkVotes(header: Header, voting: VotingSettings, settings: ValidationSettings): RuleFailure | undefined {
  const votes = votesOf(header)
  const { votesNumber, votesDuplicates, votesContradictory, votesUnknown } = BLOCK_RULES
  const text = `Votes are ${votes.join(', ')}`
  const forParameters = votes.filter((vote) => vote !== PARAMETER.softFork).length
  if (settings.isActive(votesNumber) && forParameters > MAX_PARAMETER_VOTES) return ruleFailure(votesNumber, text)
  const opening = startsVotingEpoch(header.height, voting) && settings.isActive(votesUnknown)
  for (const vote of votes) {
    if (votes.filter((other) => other === vote).length !== 1) return ruleFailure(votesDuplicates, text)
    // In byte arithmetic -128 is its own opposite.
    if (votes.includes((-vote << 24) >> 24)) return ruleFailure(votesContradictory, text)
    if (opening && !OPENING_VOTES.has(vote)) return ruleFailure(votesUnknown, text)
  }
  return undefined
}

/** Rule 407: a header that votes for a soft-fork while the last one is not over. */
export function checkForkVote(
  header: Header,
  parameters: Parameters,
  voting: VotingSettings,
  settings: ValidationSettings
): RuleFailure | undefined {
  const { forkVote } = BLOCK_RULES
  if (!settings.isActive(forkVote) || !votesOf(header).includes(PARAMETER.softFork)) return undefined
  const start = parameters.softForkStartingHeight
  if (start === undefined) return undefined
  const collected = parameters.softForkVotesCollected
  if (collected === undefined) return ruleFailure(forkVote, 'A vote is running but no votes are counted')
  const { votingLength, softForkEpochs, activationEpochs } = voting
  const { height } = header
  const finish = (start + votingLength * softForkEpochs) | 0
  const end = isSoftForkApproved(collected, voting) ? finish + votingLength * (activationEpochs + 1) : finish + votingLength
  if (height < finish || height >= (end | 0)) return undefined
  return ruleFailure(
    forkVote,
    `At height ${height}; a vote that started at ${start} blocks it from ${finish} to ${(end | 0) - 1}`
  )
}

/** Parameters computed for a new epoch and the settings update that became active with it. */
export interface EpochUpdate {
  readonly parameters: Parameters
  readonly activatedUpdate: ValidationSettingsUpdate
}

/**
 * Parameters of the epoch that starts at `height`, from those of the epoch that ends and its votes (`Parameters.update`).
 *
 * @param forkVote the starting block votes for a soft-fork
 * @param proposedUpdate what the starting block's extension proposes; active at once when this is the activation height
 * @throws MissingParameterError when an approved vote or the fork step needs a parameter that is not there
 */
export function updateParameters(
  parameters: Parameters,
  height: number,
  forkVote: boolean,
  epochVotes: EpochVotes,
  proposedUpdate: ValidationSettingsUpdate,
  voting: VotingSettings
): EpochUpdate {
  const { table, activatedUpdate } = forkStep(parameters, height, forkVote, epochVotes, proposedUpdate, voting)
  const afterFork = new Parameters(height, table)
  const stepped = new Map(table)
  for (const { id, count } of epochVotes) {
    if (id >= PARAMETER.softFork || !isChangeApproved(count, voting)) continue
    const parameter = id < 0 ? (-id << 24) >> 24 : id
    stepped.set(parameter, steppedValue(parameter, afterFork.get(parameter), id > 0))
  }
  if (
    stepped.get(PARAMETER.blockVersion) === SUBBLOCKS_VERSION &&
    !stepped.has(PARAMETER.subblocksPerBlock) &&
    !activatedUpdate.rulesToDisable.includes(BLOCK_RULES.matchParameters.number)
  ) {
    stepped.set(PARAMETER.subblocksPerBlock, SUBBLOCKS_PER_BLOCK_DEFAULT)
  }
  return { parameters: new Parameters(height, stepped, proposedUpdate), activatedUpdate }
}

interface ForkStep {
  readonly table: ReadonlyMap<number, number>
  readonly activatedUpdate: ValidationSettingsUpdate
}

/**
 * Moves a soft-fork vote on (`Parameters.updateFork`). Every condition reads the table as it was before; two of them can
 * hold at one height, so the order of the changes matters.
 */
function forkStep(
  parameters: Parameters,
  height: number,
  forkVote: boolean,
  epochVotes: EpochVotes,
  proposedUpdate: ValidationSettingsUpdate,
  voting: VotingSettings
): ForkStep {
  const { votingLength, softForkEpochs, activationEpochs } = voting
  const start = parameters.softForkStartingHeight
  const table = new Map(parameters.table)
  let activatedUpdate = EMPTY_SETTINGS_UPDATE
  /** True when the vote runs and the height is this many epochs after its start. */
  const isAt = (epochs: number): boolean => start !== undefined && height === ((start + votingLength * epochs) | 0)
  /** Votes so far, those of the closing epoch included. Only asked where needed: the count may be missing. */
  const votes = (): number => {
    const closing = epochVotes.find(({ id }) => id === PARAMETER.softFork)?.count ?? 0
    return (closing + parameters.get(PARAMETER.softForkVotesCollected)) | 0
  }
  const approved = (): boolean => isSoftForkApproved(votes(), voting)
  const clear = (): void => {
    table.delete(PARAMETER.softForkStartingHeight)
    table.delete(PARAMETER.softForkVotesCollected)
  }

  const cleanedUp = isAt(softForkEpochs + activationEpochs + 1)
  const rejected = isAt(softForkEpochs + 1) && !approved()
  if (cleanedUp && approved()) clear()
  if (rejected) clear()
  if (forkVote && ((start === undefined && height % votingLength === 0) || cleanedUp || rejected)) {
    table.set(PARAMETER.softForkStartingHeight, height)
    table.set(PARAMETER.softForkVotesCollected, 0)
  }
  if (start !== undefined && height <= ((start + votingLength * softForkEpochs) | 0)) {
    table.set(PARAMETER.softForkVotesCollected, votes())
  }
  if (isAt(softForkEpochs + activationEpochs) && approved()) {
    table.set(PARAMETER.blockVersion, (parameters.get(PARAMETER.blockVersion) + 1) | 0)
    activatedUpdate = proposedUpdate
  }
  if (height === voting.version2ActivationHeight && new Parameters(height, table).get(PARAMETER.blockVersion) === 1) {
    table.set(PARAMETER.blockVersion, 2)
  }
  return { table, activatedUpdate }
}
