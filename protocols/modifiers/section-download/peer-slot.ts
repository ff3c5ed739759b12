import { ALL_BLOCKS_KEPT, type ModeFeature, ModifierType, UTXO_SET_BOOTSTRAPPED } from '../../../src/wire/index.ts'
import { Budget } from '../../session/index.ts'
import type { SectionDownloadLimits } from '../interface.ts'
import { AD_PROOFS_SUFFIX_BLOCKS, SNAPSHOT_PERIOD_BLOCKS } from './constants.ts'
import { MissingRanges } from './missing-ranges.ts'
import type { SectionRequest } from './section-request.ts'

/** Weight of the newest measurement of throughput, and of a slower round trip. */
const THROUGHPUT_WEIGHT = 0.3
const SLOWER_WEIGHT = 0.1

/** Guesses before the first answer: a peer across an ocean, on a line of two megabits. */
const INITIAL_RTT_MS = 200
const INITIAL_BYTES_PER_MS = 250

/** An answer below this says something of the round trip and nothing of the throughput. */
const MEASURED_BYTES = 64 << 10

/** A request should not take longer than this, or the head of the line waits for what is behind it. */
const UNIT_MS = 2_000

/** No further request while this much time's worth is under way: it would only wait in the peer's queue. */
const QUEUE_MS = 2_500

/** However slow the peer, a request is worth this much. */
const LEAST_UNIT_BYTES = 64 << 10

/** Requests given up that are remembered: what a slow line is still busy with. */
const MAX_OVERDUE = 8

/** What a failure in a row weighs when peers are compared, milliseconds. */
const FAILURE_COST_MS = 500

/** Does a peer have a section? `no` is what it says itself, `doubtful` what follows from how the reference works. */
export type Capability = 'likely' | 'doubtful' | 'no'

/** One peer as the download sees it. */
export class PeerSlot {
  /** Session id. */
  readonly id: number
  /** For people. */
  readonly name: string
  readonly mode: ModeFeature | undefined
  /** In the order they were sent. */
  readonly requests = new Set<SectionRequest>()
  /** Requests given up whose answers may still come, and tell how slow the peer is. */
  readonly overdue = new Set<SectionRequest>()
  rttMs = INITIAL_RTT_MS
  bytesPerMs = INITIAL_BYTES_PER_MS
  /** Requests for planned work that may be under way: one more after each success, half after a failure. */
  #window = 1
  /** Unanswered requests in a row, and when the last one was given up. */
  #failures = 0
  #failedAt = Number.NEGATIVE_INFINITY
  /** Times that it sent wrong bytes, and until when it is avoided for that. */
  #lies = 0
  #avoidedUntil = Number.NEGATIVE_INFINITY
  lastPartAt = Number.NEGATIVE_INFINITY
  /** Announced ids that are looked at: a flood of them costs its sender, not us. */
  readonly invIds: Budget
  /** Announcements before their header that came to nothing, in a row. */
  earlyStrikes = 0
  readonly #missing = new Map<number, MissingRanges>()
  /** Lowest height of which it delivered each type. */
  readonly #lowest = new Map<number, number>()
  #rttMeasured = false
  #throughputMeasured = false

  constructor(id: number, name: string, mode: ModeFeature | undefined, limits: SectionDownloadLimits) {
    this.id = id
    this.name = name
    this.mode = mode
    this.invIds = new Budget({ most: limits.invIdsPerSecond, perSecond: limits.invIdsPerSecond })
  }

  /** May one more planned request be under way to it? */
  get free(): boolean {
    let planned = 0
    for (const { kind, seemsAnswered } of this.requests) {
      if ((kind === 'unit' || kind === 'fresh') && !seemsAnswered) planned++
    }
    return planned < this.#window && (planned === 0 || this.queuedBytes < QUEUE_MS * this.bytesPerMs)
  }

  /** Planned requests that may be under way. */
  get window(): number {
    return this.#window
  }

  get queuedBytes(): number {
    let sum = 0
    for (const request of this.requests) sum += request.remainingBytes
    return sum
  }

  /** Size of answer to ask for: what it sends in a few seconds. */
  unitBytes(limits: SectionDownloadLimits): number {
    return Math.min(limits.replyTargetBytes, Math.max(LEAST_UNIT_BYTES, this.bytesPerMs * UNIT_MS))
  }

  /** When an answer of this size would be here, all that is asked already included. */
  expectedMs(bytes: number): number {
    return this.rttMs + (this.queuedBytes + bytes) / this.bytesPerMs + this.#failures * FAILURE_COST_MS
  }

  /** {@link expectedMs}, if it is more than a guess. */
  promisedMs(bytes: number): number {
    return this.#throughputMeasured ? this.expectedMs(bytes) : 0
  }

  /** How long to wait for this many bytes. */
  timeoutMs(bytes: number, limits: SectionDownloadLimits): number {
    return Math.min(limits.maxTimeoutMs, Math.max(limits.startTimeoutMs, 4 * this.rttMs + bytes / this.bytesPerMs))
  }

  /**
   * @param tip height of the chain that the peer keeps the end of
   */
  capability(typeId: number, height: number, tip: number): Capability {
    const { mode } = this
    // A node that does not verify transactions has headers only.
    if (mode === undefined || !mode.verifyingTransactions) return 'no'
    const below = tip - height
    if (mode.blocksToKeep >= 0 && below >= mode.blocksToKeep) return 'no'
    // Blocks and proofs are kept from some height on.
    if (height >= (this.#lowest.get(typeId) ?? Number.POSITIVE_INFINITY)) return 'likely'
    if (mode.blocksToKeep === UTXO_SET_BOOTSTRAPPED && below >= SNAPSHOT_PERIOD_BLOCKS) return 'doubtful'
    if (mode.blocksToKeep < 0 && mode.blocksToKeep !== ALL_BLOCKS_KEPT && mode.blocksToKeep !== UTXO_SET_BOOTSTRAPPED)
      return 'doubtful'
    if (typeId === ModifierType.AdProofs && mode.stateType === 'utxo' && below >= AD_PROOFS_SUFFIX_BLOCKS) return 'doubtful'
    return 'likely'
  }

  seemsToLack(typeId: number, height: number, now: number): boolean {
    return this.#missing.get(typeId)?.has(height, now) === true
  }

  lacks(typeId: number, from: number, to: number, now: number, limits: SectionDownloadLimits): void {
    let ranges = this.#missing.get(typeId)
    if (ranges === undefined) this.#missing.set(typeId, (ranges = new MissingRanges()))
    ranges.add(from, to, now, limits.missingMs, limits.missingMaxMs)
  }

  /** It delivered a section. */
  has(typeId: number, height: number): void {
    this.#failures = 0
    this.#missing.get(typeId)?.clear(height)
    if (height > 0 && height < (this.#lowest.get(typeId) ?? Number.POSITIVE_INFINITY)) this.#lowest.set(typeId, height)
  }

  /** Asked only when nobody else is left; after a while it gets one more chance. */
  isFailing(now: number, limits: SectionDownloadLimits): boolean {
    if (now < this.#avoidedUntil) return true
    return this.#failures >= limits.maxFailures && now - this.#failedAt < limits.failingMs
  }

  /** It sent wrong bytes: avoided for a while, and longer each time. */
  lied(now: number, limits: SectionDownloadLimits): void {
    if (now < this.#avoidedUntil) return
    this.#avoidedUntil = now + Math.min(limits.distrustMs, limits.failingMs * 2 ** this.#lies)
    this.#lies++
  }

  /** A request is given up. */
  giveUp(request: SectionRequest): void {
    this.requests.delete(request)
    if (request.wanted.size === 0) return
    this.overdue.add(request)
    if (this.overdue.size > MAX_OVERDUE) this.overdue.delete(this.overdue.values().next().value!)
  }

  /** It is slow, not dead. */
  isAlive(): void {
    this.#failures = 0
  }

  /** A request was answered in time, be it without what the peer lacks. */
  succeeded(limits: SectionDownloadLimits): void {
    this.#failures = 0
    this.#window = Math.min(limits.maxUnitsPerPeer, this.#window + 1)
  }

  /**
   * A request brought nothing.
   *
   * @returns true when this makes it a failing peer
   */
  failed(now: number, limits: SectionDownloadLimits): boolean {
    this.#failures++
    this.#failedAt = now
    this.#window = Math.max(1, Math.floor(this.#window / 2))
    // A slow line is asked for less at once; a dead one has less of ours at stake.
    this.bytesPerMs = Math.max(LEAST_UNIT_BYTES / UNIT_MS, this.bytesPerMs / 2)
    return this.#failures === limits.maxFailures
  }

  /**
   * Learns from a part of an answer.
   *
   * @param gapMs since the request, or since the part before
   * @param alone nothing else was under way when the request was sent
   */
  measure(bytes: number, gapMs: number, alone: boolean): void {
    if (bytes >= MEASURED_BYTES) {
      const sample = bytes / Math.max(1, gapMs - this.rttMs, gapMs / 4)
      this.bytesPerMs += (this.#throughputMeasured ? THROUGHPUT_WEIGHT : 1) * (sample - this.bytesPerMs)
      this.#throughputMeasured = true
    } else if (alone) {
      if (!this.#rttMeasured || gapMs < this.rttMs) this.rttMs = gapMs
      else this.rttMs += SLOWER_WEIGHT * (gapMs - this.rttMs)
      this.#rttMeasured = true
    }
  }

  forget(): void {
    this.requests.clear()
    this.overdue.clear()
    this.#failures = 0
    this.#lies = 0
    this.#avoidedUntil = Number.NEGATIVE_INFINITY
    this.#missing.clear()
    this.#lowest.clear()
    this.earlyStrikes = 0
  }
}
