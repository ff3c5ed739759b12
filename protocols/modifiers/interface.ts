import type { ComponentLogger } from '@libp2p/interface'
import type { PenaltySink, SessionService } from '../session/index.ts'

/** Objects that peers may ask for: committed, verified, not marked invalid. */
export interface ModifierSource {
  /**
   * Bytes of an object of exactly this type, as they travel; undefined when we do not serve it. Synchronous: it is asked up to 400
   * times for one request.
   */
  get(typeId: number, id: Uint8Array): Uint8Array | undefined
}

export interface ModifierComponents {
  logger: ComponentLogger
  session: SessionService
}

/** A section that is wanted. */
export interface NeededSection {
  /** 102 transactions, 104 AD proofs, 108 extension. */
  readonly typeId: number
  readonly id: Uint8Array
  readonly headerId: Uint8Array
  readonly height: number
}

/** What became of a submitted section. */
export type SubmitSectionOutcome =
  /** Taken; `known` when it was here already. */
  | { readonly status: 'accepted' | 'known' }
  /** Its header is not known, it is too old, or there is no room. No fault of the sender. */
  | { readonly status: 'unwanted' }
  /** Unreadable bytes, or bytes that belong to another id: the sender's fault. */
  | { readonly status: 'invalid'; readonly message: string }

/** Takes sections and makes blocks of them. Calls are synchronous. */
export interface BlockSink {
  /** Height of the best full block, 0 before the first. */
  readonly height: number
  /** Bytes of sections held in memory, and their bound. */
  readonly heldBytes: number
  readonly maxHeldBytes: number
  /** Types of the sections that a block needs here, e.g. 102 and 108, with 104 when blocks are verified by their AD proofs. */
  readonly sectionTypes: readonly number[]
  /**
   * Sections still missing, of at most `limit` blocks, in the order in which they are of use: along the best header chain from the
   * first block that is not applied, then, if the sink wants them, of competing branches.
   */
  needed(limit: number): NeededSection[]
  /** `unknown`: it belongs to no header known here. */
  status(typeId: number, id: Uint8Array): 'missing' | 'held' | 'unknown' | 'invalid'
  /**
   * Takes a section, which it may keep.
   *
   * @param source names the sender
   * @throws on faults of ours, which are no verdict
   */
  submit(typeId: number, id: Uint8Array, bytes: Uint8Array, source: string): SubmitSectionOutcome
}

/** Every number has a default in `section-download/constants.ts`, with its reason. */
export interface SectionDownloadLimits {
  readonly maxAheadBlocks: number
  readonly refreshMs: number
  readonly refreshGapMs: number
  readonly pendingLowSections: number
  readonly replyTargetBytes: number
  readonly minUnitSections: number
  readonly maxUnitSections: number
  readonly gatherMs: number
  readonly maxUnitsPerPeer: number
  readonly startTimeoutMs: number
  readonly maxTimeoutMs: number
  readonly restTimeoutMs: number
  readonly hedgeHeights: number
  readonly hedgeAfterMs: number
  readonly maxHedges: number
  readonly maxFailures: number
  readonly failingMs: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  readonly missingMs: number
  readonly missingMaxMs: number
  readonly distrustMs: number
  readonly announceRetryMs: number
  readonly announceRetries: number
  readonly nearTipBlocks: number
  readonly earlyTtlMs: number
  readonly maxEarlyBytes: number
  readonly maxEarlyPerPeer: number
  readonly invIdsPerSecond: number
  readonly handlingSliceMs: number
}

export interface SectionDownloadInit {
  readonly sink: BlockSink
  readonly penalties: PenaltySink
  /** Height that a peer claims for its chain; undefined or 0 while it is not known. */
  readonly peerHeight?: (sessionId: number) => number | undefined
  /** Height at which the chain of a peer leaves the best header chain here; undefined when it does not, or is not known. */
  readonly peerForkHeight?: (sessionId: number) => number | undefined
  /** Milliseconds, steady. */
  readonly now?: () => number
  readonly limits?: Partial<SectionDownloadLimits>
}

/** What the download is doing, for progress lines and the watchdog. */
export interface SectionDownloadSnapshot {
  /** Heights of the lowest section that is missing and of the highest that is asked for or here; undefined when nothing is missing. */
  readonly window: { readonly from: number; readonly to: number } | undefined
  /** Sections asked for. */
  readonly inFlight: number
  /** Their size as expected. */
  readonly inFlightBytes: number
  /** Sections that are wanted and not asked for yet. */
  readonly pending: number
  readonly heldBytes: number
  readonly maxHeldBytes: number
  readonly peers: number
  /** Peers that are asked for something right now. */
  readonly busyPeers: number
  /** One sentence: which section of which height is waited for, from whom, since when; empty when nothing is missing. */
  readonly waitingFor: string
  /** Session of the peer that the lowest missing section is waited for from. */
  readonly waitingOn: number | undefined
}

/** Counts since the start, for metrics. */
export interface SectionDownloadCounters {
  readonly requests: number
  readonly sectionsRequested: number
  readonly hedged: number
  readonly received: number
  readonly receivedBytes: number
  readonly duplicates: number
  readonly timeouts: number
  readonly invalid: number
  readonly unrequested: number
}

export interface SectionDownloadService {
  readonly counters: SectionDownloadCounters
  snapshot(): SectionDownloadSnapshot
  /** Headers or blocks changed: look again at what is needed. Cheap, call it at will. */
  poke(): void
  /** A section turned out not to belong to its header when the block was put together. Its sender pays, and others are asked. */
  onInvalidSection(source: string, headerId: Uint8Array, message: string): void
  /** A whole block is invalid. Its sections are not asked for any more; as in the reference that is nobody's fault. */
  onInvalidBlock(headerId: Uint8Array, sources: readonly string[]): void
  /** Forgets requests, verdicts and what was learned of peers: the last resort of a watchdog. */
  reset(): void
  /** Told of faults of ours while sections are taken: the node stops on them. */
  onFault(handler: (err: unknown) => void): void
}

/** A block that became part of the best full chain, with the ids of its sections. */
export interface AppliedBlock {
  readonly headerId: Uint8Array
  /** Milliseconds since 1970, as in the header. */
  readonly timestamp: number
  readonly transactionsId: Uint8Array
  readonly adProofsId: Uint8Array
  readonly extensionId: Uint8Array
}

export interface BlockAnnouncerInit {
  /** What we serve: nothing else is announced. */
  readonly source: ModifierSource
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly maxAgeMs?: number
}

export interface BlockAnnouncerService {
  /**
   * Tells peers of a block, after it was committed. Blocks that are old by their timestamp are news to nobody.
   *
   * @returns frames queued
   */
  announce(block: AppliedBlock): number
}
