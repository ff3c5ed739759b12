import type { SectionDownloadLimits } from '../interface.ts'

export const SECTION_DOWNLOAD_LIMITS: SectionDownloadLimits = {
  /** Blocks looked at above the best full one. At 500 kB a block, proofs included, that is what the largest cache takes. */
  maxAheadBlocks: 512,
  /** What is needed is asked for again this often while there is enough to do; at once when there is not. */
  refreshMs: 1_000,
  /** Not more often than this while something is under way: the list costs a few milliseconds (the reference waits 50). */
  refreshGapMs: 20,
  /** Fewer sections to ask for than this is not enough to keep a dozen peers busy. */
  pendingLowSections: 128,
  /**
   * Size that the answer to one request should have. A peer loads all of it before it sends the first byte, and cuts an answer
   * above 2,048,576 bytes into several messages.
   */
  replyTargetBytes: 2_000_000,
  /** Sections in one request unless their size forbids it: below, the round trip costs more than the data (the reference takes 8 to 12). */
  minUnitSections: 16,
  /** The most in one request: losing it to a silent peer must not hurt. The protocol would allow 400. */
  maxUnitSections: 64,
  /** How long sections far ahead wait for so many neighbours. */
  gatherMs: 250,
  /** Requests under way to one peer: the second hides the round trip, the third the reading from its disk. */
  maxUnitsPerPeer: 3,
  /** Silence before sections are asked of another peer; `deliveryTimeout` of the reference is 10 s. */
  startTimeoutMs: 3_000,
  /** However slow a peer is known to be, others are asked after this. */
  maxTimeoutMs: 15_000,
  /** Once a part of an answer came, the rest follows at the same pace or does not exist: there is no word for "not found". */
  restTimeoutMs: 1_000,
  /** Blocks at the head that hold up all others. */
  hedgeHeights: 8,
  /** Their sections are asked of a second peer after this. */
  hedgeAfterMs: 1_500,
  /** Second askings of one section before its requests have run out. */
  maxHedges: 2,
  /** Unanswered requests in a row after which a peer is asked only when nobody else is left. */
  maxFailures: 4,
  /** After this it is given one more chance. */
  failingMs: 60_000,
  /** A peer that did not deliver a section is asked for it again after this, doubled each time, and never first. */
  retryBaseMs: 1_000,
  retryMaxMs: 60_000,
  /** A stretch of heights that a peer seems not to have is asked of it again after this, doubled each time. */
  missingMs: 60_000,
  missingMaxMs: 30 * 60_000,
  /** A peer that sent wrong bytes for a section is not asked for that section again before this. */
  distrustMs: 10 * 60_000,
  /**
   * The reference announces a block that it mined before it has stored the sections: a request within about a millisecond is not
   * answered. Ask again after this, a round trip and a half and the time of the transfer; the next time after twice as long.
   */
  announceRetryMs: 250,
  announceRetries: 3,
  /** So near to the tip blocks are fresh, and what is announced without a header belongs to the next one. */
  nearTipBlocks: 16,
  /** How long a section waits for its header. */
  earlyTtlMs: 30_000,
  /** Two largest blocks, so that a section that nobody can verify yet is no way to fill our memory. */
  maxEarlyBytes: 16 << 20,
  /** Three sections of a block, for two branches. */
  maxEarlyPerPeer: 6,
  /** Announced ids looked at: blocks of a minute at once. Each costs a look into the store. */
  invIdsPerSecond: 200,
  /** Checking sections of one message gives way to other work after this. */
  handlingSliceMs: 8
}

/** `adProofsSuffixLength`: a node with the UTXO set has the AD proofs of the blocks that it applied this near to the tip. */
export const AD_PROOFS_SUFFIX_BLOCKS = 114_688

/** `makeSnapshotEvery`: a node that began with a snapshot of the UTXO set has at least the blocks since the last one. */
export const SNAPSHOT_PERIOD_BLOCKS = 52_224

/** Announced ids that are remembered with their announcers: a day of blocks at the tip. */
export const MAX_ANNOUNCED = 4_096

/** Announcers remembered for one id: whom to ask next. */
export const MAX_ANNOUNCERS = 8

/** Peers that sent wrong bytes, remembered by section. */
export const MAX_LIARS = 4_096

/** Speculative sections in a row that came to nothing, after which a peer's announcements wait for the header. */
export const MAX_EARLY_STRIKES = 8

/** Closed sessions that can still be held to account for what they sent. */
export const MAX_CLOSED_SESSIONS = 256
