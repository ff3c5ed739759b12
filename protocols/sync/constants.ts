import { ModifierType } from '../../src/wire/index.ts'
import type { SyncLimits } from './interface.ts'

/**
 * Time between two SyncInfo to one peer. The reference ignores one that comes 100 ms or less after the last it *received*, and
 * starts its clock anew with every one; 105 ms apart were all answered on loopback, 90 ms apart none.
 */
export const SYNC_PACE_MS = 110

/** The same lock on our side (`PerPeerSyncLockTime`). */
export const SYNC_LOCK_MS = 100

/** Period of the look at who needs a SyncInfo (`syncInterval`). */
export const PERIODIC_SYNC_MS = 5_000

/** A peer of unknown status is asked again after this time (`MinSyncInterval`). */
export const RESYNC_MS = 20_000

/** Every peer gets our SyncInfo once in this time, and a reply to its own when the last is older (`SyncThreshold`). */
export const REPLY_MS = 60_000

/** Silence after a SyncInfo that asked for ids, on top of four round trips, before another peer is asked. */
export const SCOUT_TIMEOUT_MS = 400

/** Silence after a request for headers, on top of four response times, before the ids go to another peer (`deliveryTimeout` is 10 s). */
export const REQUEST_TIMEOUT_MS = 3_000

/** The lowest headers block all above them: after one and a half response times and this they are asked from a second peer. */
export const HEDGE_MIN_MS = 150

/** Requests under way to one peer: the second hides the round trip of the first. */
export const MAX_REQUESTS_PER_PEER = 2

/** A request below this size spends more on its round trip than on headers (the reference's own lower bound). */
export const MIN_IDS_PER_REQUEST = 50

/** Headers fetched ahead of the best one: about 5 MB, and below what the buffer of orphans takes. */
export const MAX_AHEAD = 20_000

/** Batches under verification above which no more headers are asked for: the peers wait, not our memory. */
export const MAX_QUEUED_BATCHES = 12

/** A peer whose ids led nowhere is not asked for ids for this time, while there are others. */
export const DISTRUST_MS = 10 * 60_000

/** A peer that claims a higher chain and names nothing new is asked for ids again after this time: no more than idle talk. */
export const FUTILE_MS = 2_000

/** A header ahead of our clock is asked for again after this time; ten block intervals ahead are allowed (rule 211). */
export const LATER_MS = 10_000

export const DEFAULT_LIMITS: SyncLimits = {
  syncPaceMs: SYNC_PACE_MS,
  syncLockMs: SYNC_LOCK_MS,
  periodicSyncMs: PERIODIC_SYNC_MS,
  resyncMs: RESYNC_MS,
  replyMs: REPLY_MS,
  scoutTimeoutMs: SCOUT_TIMEOUT_MS,
  requestTimeoutMs: REQUEST_TIMEOUT_MS,
  hedgeMinMs: HEDGE_MIN_MS,
  maxRequestsPerPeer: MAX_REQUESTS_PER_PEER,
  minIdsPerRequest: MIN_IDS_PER_REQUEST,
  maxAhead: MAX_AHEAD,
  maxQueuedBatches: MAX_QUEUED_BATCHES,
  distrustMs: DISTRUST_MS,
  futileMs: FUTILE_MS,
  laterMs: LATER_MS
}

/** Ids that answer one SyncInfo (`ErgoHistoryReader.continuationIds`): 400 counted from, and in version 2 without, the common header. */
export const CONTINUATION_IDS = 400

/** Offsets from the tip of the headers in the reference's own SyncInfo (`FullV2SyncOffsets`). */
export const V2_OFFSETS = [0, 16, 128, 512] as const

/** Ids in a version 1 SyncInfo of the reference (`MaxBlockIds`). */
export const V1_IDS = 1000

/** Stands before the first header in version 1 lists (`PreGenesisHeader.id`). */
export const PRE_GENESIS_ID: Uint8Array = new Uint8Array(32)

/** Objects that other services of a node that follows blocks ask for. */
export const OTHER_MODIFIER_TYPES: readonly number[] = [
  ModifierType.Transaction,
  ModifierType.BlockTransactions,
  ModifierType.AdProofs,
  ModifierType.Extension
]
