import { modeOf, NIPOPOW_FLAG } from '../../../src/wire/index.ts'
import type { Session } from '../../session/index.ts'
import type { Segment } from './segment.ts'

/** Weight of the newest response time in the running mean. */
const EWMA_WEIGHT = 0.3

/** A guess before the first answer: a peer across an ocean. */
const INITIAL_RESPONSE_MS = 400

/** Failures in a row after which a peer is used only when nobody else is there, and claims of it not believed beside those of others. */
const MAX_FAILURES = 4

/** What a failure counts in the order of preference, as response time. */
const FAILURE_COST_MS = 500

/** A question for the ids that follow some header. */
export interface Scout {
  /** What is walked with it; undefined for a first question, whose answer is the peer's own branch. */
  readonly segment: Segment | undefined
  readonly kind: 'locator' | 'header' | 'id'
  /** Id that was asked about, for version 1: the answer begins with it. */
  readonly baseId: string | undefined
  readonly sentAt: number
  /** Height of our chain when it was asked. */
  readonly chainHeight: number
}

/** One RequestModifier under way. */
export interface HeaderRequest {
  readonly slot: PeerSlot
  readonly sentAt: number
  /** Ids not answered yet. */
  readonly ids: Set<string>
  /** A second question for ids that another peer is slow with. */
  readonly hedge: boolean
  /** When part of the answer came: an answer is one message, so the rest is hardly still to come. */
  partialAt: number | undefined
}

/** One peer as the download sees it. */
export class PeerSlot {
  readonly session: Session
  /** Has all headers, as far as it says: the reference asks no others. */
  readonly hasAllHeaders: boolean
  /** Highest height it claimed; 0 while unknown. */
  claimedHeight = 0
  scout: Scout | undefined
  readonly requests = new Set<HeaderRequest>()
  lastSyncSentAt = Number.NEGATIVE_INFINITY
  /** When the last question for ids was answered. */
  scoutAnsweredAt = Number.NEGATIVE_INFINITY
  #scoutsAnswered = 0
  /** Shortest time that such an answer took. */
  #scoutMinMs = Number.POSITIVE_INFINITY
  /** The shortest before the last answer: what the last one took beyond it was spent waiting at the peer. */
  #roundTripMs = 0
  /** Its last answer told nothing new: not asked again for ids before this. */
  scoutNotBefore = Number.NEGATIVE_INFINITY
  responseMs = INITIAL_RESPONSE_MS
  #measured = false
  /** Unanswered questions in a row. */
  failures = 0
  /** Headers that it named or sent and that are part of the chain now. */
  proven = 0
  /** Missing parents of its orphans that it was asked for, one by one. */
  parentsAsked = 0
  /** Questions for ids since the last of these that led to nothing. */
  #vain = 0
  /** Until when its ids are not trusted. */
  distrustedUntil = Number.NEGATIVE_INFINITY

  constructor(session: Session) {
    this.session = session
    const mode = modeOf(session.peer)
    this.hasAllHeaders = mode !== undefined && mode.nipopowFlag !== NIPOPOW_FLAG
  }

  get id(): number {
    return this.session.id
  }

  /** True when others are to be preferred. */
  get failing(): boolean {
    return this.failures >= MAX_FAILURES
  }

  /** Its claims are idle talk, as far as can be told. */
  get boasts(): boolean {
    return this.#vain >= MAX_FAILURES
  }

  /** A header that it named or sent is part of the chain. */
  proves(): void {
    this.proven++
    this.#vain = 0
  }

  /**
   * A question for ids led to nothing.
   *
   * @param notBefore when it may be asked again
   */
  inVain(notBefore: number): void {
    this.#vain++
    this.scoutNotBefore = notBefore
  }

  /** Order of preference: response time, worsened by failures. */
  get rank(): number {
    return this.responseMs + this.failures * FAILURE_COST_MS
  }

  /** The answer to a question for ids came. */
  scoutAnswered(sentAt: number, now: number): void {
    this.scoutAnsweredAt = now
    this.failures = 0
    this.#roundTripMs = Number.isFinite(this.#scoutMinMs) ? this.#scoutMinMs : 0
    // The first question was held back by the session, and says nothing of the round trip.
    if (this.#scoutsAnswered++ === 0) return
    this.#scoutMinMs = Math.min(this.#scoutMinMs, now - sentAt)
    this.answered(now - sentAt)
  }

  /**
   * When the next SyncInfo may be sent. The peer measures between the moments at which it *handles* two of them, and a busy one
   * handles the first late: it did so before its answer left, and the next will not be there before half a round trip.
   */
  maySyncAt(paceMs: number): number {
    return Math.max(this.lastSyncSentAt + paceMs, this.scoutAnsweredAt + paceMs - this.#roundTripMs)
  }

  answered(tookMs: number): void {
    this.failures = 0
    this.responseMs = this.#measured ? this.responseMs + EWMA_WEIGHT * (tookMs - this.responseMs) : tookMs
    this.#measured = true
  }
}
