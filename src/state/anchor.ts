import { DecodeError, Reader } from '../bytes/index.ts'
import {
  addVotes,
  decodeSettingsUpdate,
  type EpochVotes,
  type Header,
  openingVotes,
  Parameters,
  startsVotingEpoch,
  ValidationSettings,
  type VotingSettings,
  votesOf
} from '../chain/index.ts'
import { LAST_HEADERS, type StateContext } from './context.ts'

/** Parameters and rules in force at some height. */
export interface ActiveParameters {
  readonly parameters: Parameters
  readonly settings: ValidationSettings
}

const MAX_PARAMETERS = 255

/**
 * Parameters and settings in one byte string: height of the epoch's first block (4 bytes), number of parameters (1), each
 * with id (1) and value (4), then length (4) and bytes of the proposed update, and the same of the settings in force.
 * Numbers are big-endian.
 *
 * @throws DecodeError
 */
export function decodeActiveParameters(bytes: Uint8Array): ActiveParameters {
  const r = new Reader(bytes)
  const height = r.i32be()
  const table = new Map<number, number>()
  for (let n = r.checkCount(r.u8(), MAX_PARAMETERS, 5, 'parameters'); n > 0; n--) table.set(r.i8(), r.i32be())
  const proposed = decodeSettingsUpdate(r.bytes(r.i32be()))
  const settings = decodeSettingsUpdate(r.bytes(r.i32be()))
  r.expectEnd('parameters')
  if (height < 0) throw new DecodeError('OUT_OF_RANGE', `parameters of height ${height}`, 0)
  return { parameters: new Parameters(height, table, proposed), settings: ValidationSettings.initial.updated(settings) }
}

/** A state in the middle of a chain, and whether the votes of its epoch are known from the headers given. */
export interface Anchor {
  readonly context: StateContext
  readonly votesKnown: boolean
}

/** Votes of the epoch that the last of these consecutive headers is in; undefined when its first header is not among them. */
function epochVotesOf(headers: readonly Header[], voting: VotingSettings): EpochVotes | undefined {
  let votes: EpochVotes | undefined
  for (const header of headers) {
    if (startsVotingEpoch(header.height, voting)) votes = openingVotes(votesOf(header))
    else if (votes !== undefined) votes = addVotes(votes, votesOf(header))
    // Before the first epoch no vote counts.
    else if (header.isGenesis) votes = []
  }
  return votes
}

/**
 * Context of the state after the last of some consecutive headers, for parameters that are trusted. The extension of that
 * last block is not known, so nothing can be said of the next one's interlinks (rule 413 passes). Where the votes are not
 * known either, the next epoch's first block is believed what it says of parameters and settings.
 *
 * @param headers in ascending order, at least one; ten give scripts all they may see, a whole epoch gives the votes
 */
export function anchorContext(
  headers: readonly Header[],
  { parameters, settings }: ActiveParameters,
  genesisStateDigest: Uint8Array,
  voting: VotingSettings
): Anchor {
  const epochVotes = epochVotesOf(headers, voting)
  const trusted = new Parameters(0, parameters.table, parameters.proposedUpdate)
  const context = {
    lastHeaders: headers.slice(-LAST_HEADERS).reverse(),
    lastExtension: undefined,
    genesisStateDigest,
    parameters: epochVotes === undefined ? trusted : parameters,
    settings,
    epochVotes: epochVotes ?? []
  }
  return { context, votesKnown: epochVotes !== undefined }
}
