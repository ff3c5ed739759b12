import {
  EMPTY_SETTINGS_UPDATE,
  type Parameters,
  startsVotingEpoch,
  updateParameters,
  type ValidationSettings,
  type ValidationSettingsUpdate,
  type VotingSettings
} from '../chain/index.ts'
import { contextHeight, type StateContext } from './context.ts'

/** What a miner puts into the block to come. */
export interface UpcomingVotes {
  /** It votes for a soft-fork. */
  readonly forkVote?: boolean
  /** Its extension proposes this update; active at once when the block is an activation. */
  readonly proposedUpdate?: ValidationSettingsUpdate
}

/**
 * Parameters and settings that the next block's transactions are judged by: those in force, or at the start of a voting
 * epoch what the closing one has voted. The reference's pool also applies the votes of an epoch that is not over yet; a
 * block cannot, so we do not.
 *
 * @throws MissingParameterError when they cannot be computed: no valid block can follow
 */
export function upcomingParameters(
  context: StateContext,
  voting: VotingSettings,
  { forkVote = false, proposedUpdate = EMPTY_SETTINGS_UPDATE }: UpcomingVotes = {}
): { readonly parameters: Parameters; readonly settings: ValidationSettings } {
  const { parameters, settings, epochVotes } = context
  const height = contextHeight(context) + 1
  if (!startsVotingEpoch(height, voting)) return { parameters, settings }
  const update = updateParameters(parameters, height, forkVote, epochVotes, proposedUpdate, voting)
  return { parameters: update.parameters, settings: settings.updated(update.activatedUpdate) }
}
