import type { BudgetInit } from '../session/index.ts'
import type { PeersLimits } from './interface.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** A permanent ban lasts this long (`PeerDatabase`: 360 * 10 days). */
export const PERMANENT_BAN_MS = 3_600 * 24 * HOUR_MS

/** Entries of a Peers answer: an eighth of the largest message (`PeerSynchronizer`). */
export const PEERS_IN_ANSWER = 8

/** Peers seen within this time are told first (`PeerManager.SeenPeers`). */
export const RECENT_MS = 3 * HOUR_MS

/** Slots that are left for peers we dial (`NetworkController`). */
export const RESERVED_OUTBOUND = 8

/** With fewer sessions than this nobody is evicted (`NetworkController`). */
export const MIN_SESSIONS_FOR_EVICTION = 5

/**
 * GetPeers of one session that are answered. Nodes ask every two minutes and crawlers some more; nine bytes that have us go through
 * the whole book must not be sent without end.
 */
export const GET_PEERS_BUDGET: BudgetInit = { most: 16, perSecond: 1 }

/** Addresses taken from one session: an answer of ours has eight. More would let one peer fill the book with what it made up. */
export const ADDRESS_BUDGET: BudgetInit = { most: 512, perSecond: 1 }

/** A node has few addresses; whoever repeats our session id under others makes us forget no more than these. */
export const MAX_OWN_ADDRESSES = 16

export const DEFAULT_PEERS_LIMITS: PeersLimits = {
  // `maxConnections` of the reference.
  maxConnections: 30,
  // Enough that a few bad ones cannot hide the chain from us, few enough to leave the network's slots to others.
  outboundTarget: 12,
  // A black hole costs a whole dial timeout: four at once reach a good peer in seconds even if most are gone.
  parallelDials: 4,
  // The reference gives up after one second, which loses peers across an ocean on a bad day.
  dialTimeoutMs: 5 * SECOND_MS,
  // One attempt each five seconds is the reference's pace; the first ones go out at once.
  dialIntervalMs: 5 * SECOND_MS,
  // A peer that refused is tried again after a while that doubles up to a limit.
  retryBaseMs: 15 * SECOND_MS,
  retryMaxMs: 30 * MINUTE_MS,
  // With nobody to talk to nothing is gained by waiting longer: the reference tries every five seconds.
  retryAloneMs: MINUTE_MS,
  // `getPeersInterval`, and the first time two seconds after start.
  getPeersIntervalMs: 2 * MINUTE_MS,
  firstGetPeersMs: 2 * SECOND_MS,
  // `peerEvictionInterval`: a random session ends so that nobody can surround us for good.
  evictionIntervalMs: HOUR_MS,
  // The whole network is a few hundred nodes; the cap is for floods of invented addresses. About 1 MB.
  maxAddresses: 4_096,
  maxAddressesPerSubnet: 64,
  saveIntervalMs: MINUTE_MS,
  // `temporalBanDuration`, `penaltySafeInterval`, `penaltyScoreThreshold`.
  banMs: HOUR_MS,
  penaltySafeIntervalMs: 2 * MINUTE_MS,
  penaltyThreshold: 500
}
