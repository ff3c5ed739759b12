import {
  type ExtensionField,
  Parameters,
  packInterlinks,
  parameterFields,
  settingsFields,
  startsVotingEpoch,
  unpackInterlinks,
  updateInterlinks,
  type ValidationSettings,
  type ValidationSettingsUpdate
} from '../chain/index.ts'
import { upcomingParameters } from '../state/index.ts'
import { extensionOrder } from '../transaction/index.ts'
import type { DevnetState } from './state.ts'

/** What a block's extension is made of. */
export interface UpcomingExtension {
  readonly fields: readonly ExtensionField[]
  /** In force for the block's transactions. */
  readonly parameters: Parameters
  readonly settings: ValidationSettings
}

/**
 * Extension of the next block, as the reference's miner writes it: at the start of a voting epoch parameters and the proposed
 * update, then interlinks, then rule settings (`CandidateGenerator.createCandidate`).
 */
export function upcomingExtension(
  state: DevnetState,
  forkVote: boolean,
  proposedUpdate: ValidationSettingsUpdate
): UpcomingExtension {
  const { voting } = state.network
  const { parameters, settings } = upcomingParameters(state.context, voting, { forkVote, proposedUpdate })
  const interlinks = interlinkFields(state)
  if (!startsVotingEpoch(state.height + 1, voting)) return { fields: interlinks, parameters, settings }
  const stated = parameterFields(inMapOrder(parameters))
  return { fields: [...stated, ...interlinks, ...settingsFields(settings)], parameters, settings }
}

/** The first block has none; a chain that starts in its middle knows none to go on from. */
function interlinkFields({ header, context }: DevnetState): ExtensionField[] {
  if (header === undefined || context.lastExtension === undefined) return []
  const links = unpackInterlinks(context.lastExtension) ?? []
  return packInterlinks(updateInterlinks(header, links) ?? [])
}

/** The reference writes its table in the order of a hash map; nobody checks it, but so do we. */
function inMapOrder({ height, table, proposedUpdate }: Parameters): Parameters {
  const ids = extensionOrder([...table.keys()])
  return new Parameters(height, new Map(ids.map((id) => [id, table.get(id)!])), proposedUpdate)
}
