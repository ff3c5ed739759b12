import type { ComponentLogger } from '@libp2p/interface'
import type { PenaltySink, SessionService } from '../session/index.ts'

/** Where a header stands. */
export interface HeaderInfo {
  /** The header alone, without what may lie behind it: a view where it can be one. */
  readonly bytes: Uint8Array
  readonly id: Uint8Array
  readonly parentId: Uint8Array
  readonly height: number
}

/** Committed headers, as far as syncing needs them. Reads are synchronous. */
export interface SyncChain {
  /** Height of the best header, 0 for an empty chain. */
  readonly height: number
  /** Id on the best chain. */
  idAt(height: number): Uint8Array | undefined
  /** Height of any stored header, on the best chain or off it. */
  heightOf(id: Uint8Array): number | undefined
  /** Is the header on the best chain? */
  isBest(id: Uint8Array): boolean
  /** Bytes of any stored header. */
  bytesOf(id: Uint8Array): Uint8Array | undefined
  /** Reads the header that bytes begin with, without judging it; undefined when there is none. */
  inspect(bytes: Uint8Array): HeaderInfo | undefined
}

/** What became of a submitted header. */
export interface SubmitOutcome {
  readonly status: 'accepted' | 'known' | 'orphan' | 'later' | 'invalid' | 'unreadable'
  /** Rule number of a failure, when it has one. */
  readonly rule?: number | null
  readonly message?: string
}

/** Verifies and stores headers, in any order, and keeps those whose parents are still to come. */
export interface HeaderSink {
  /** Batches under verification. */
  readonly queued: number
  /**
   * @param source names the sender
   * @returns one outcome for each header, in order
   * @throws on faults of ours, which are no verdict
   */
  submit(headers: readonly Uint8Array[], source: string): Promise<SubmitOutcome[]>
  /** Ids of parents that headers of this sender wait for, lowest first. */
  missingParents(source: string, limit: number): Uint8Array[]
  /** Drops what this sender left waiting for parents. */
  forget(source: string): void
}

/** A header id that somebody vouches for, used to cut the chain into pieces that are fetched at once. Only a hint. */
export interface HeaderAnchor {
  readonly height: number
  readonly id: Uint8Array
}

export interface SyncInit {
  readonly chain: SyncChain
  readonly sink: HeaderSink
  readonly penalties: PenaltySink
  /** Ascending. A wrong anchor costs some requests, never correctness: every header is verified from the first on. */
  readonly anchors?: readonly HeaderAnchor[]
  /**
   * Types of objects that other services ask for and judge. Whatever else comes is spam, for nobody can have asked for it. Default:
   * transactions and the sections of blocks.
   */
  readonly othersAskFor?: readonly number[]
  readonly now?: () => number
  readonly limits?: Partial<SyncLimits>
}

/** Every number has a default in `constants.ts`, with its reason. */
export interface SyncLimits {
  readonly syncPaceMs: number
  readonly syncLockMs: number
  readonly periodicSyncMs: number
  readonly resyncMs: number
  readonly replyMs: number
  readonly scoutTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly hedgeMinMs: number
  readonly maxRequestsPerPeer: number
  readonly minIdsPerRequest: number
  readonly maxAhead: number
  readonly maxQueuedBatches: number
  readonly distrustMs: number
  readonly futileMs: number
  readonly laterMs: number
}

export interface SyncComponents {
  logger: ComponentLogger
  /** The session service, under the name it has in the node. */
  session: SessionService
}

/** A peer's chain as it appears in its messages. */
export interface PeerChainView {
  readonly sessionId: number
  readonly status: PeerChainStatus
  /** Height it claimed last; 0 when unknown. Unproven. */
  readonly claimedHeight: number
  /** Height of the last header that its chain and our best one share; undefined when it is on ours, or not known. */
  readonly forkHeight: number | undefined
}

/** `PeerChainStatus` of the reference: how a peer's chain compares with ours. */
export type PeerChainStatus = 'unknown' | 'equal' | 'older' | 'younger' | 'fork'

/** What the download is doing, for progress lines and the watchdog. */
export interface HeaderDownloadSnapshot {
  /** Highest height claimed by a peer; unproven. Claims of peers that again and again have nothing to show do not count beside others. */
  readonly claimedHeight: number
  readonly peers: number
  /** Peers that are asked for ids or headers right now. */
  readonly busyPeers: number
  readonly idsWaiting: number
  readonly headersInFlight: number
  readonly headersVerifying: number
  /** Headers that were asked for and did not come in time, since the start. */
  readonly timedOut: number
  /** One sentence: what is waited for, and from whom. */
  readonly waitingFor: string
}

export interface SyncService {
  peer(sessionId: number): PeerChainView | undefined
  peers(): PeerChainView[]
  snapshot(): HeaderDownloadSnapshot
  /** Tells peers that can use it about new best headers. Who announces whole blocks (`modifiers`) has no use for it. */
  announce(ids: readonly Uint8Array[]): number
}
