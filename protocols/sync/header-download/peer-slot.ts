import type { Session } from '../../session/index.ts'
import type { HeaderRequest } from './request-table.ts'
import type { Segment } from './segment.ts'

/** Weight of the newest response time in the running mean. */
const EWMA_WEIGHT = 0.3

/** A guess before the first answer: a peer across an ocean. */
const INITIAL_RESPONSE_MS = 400

/** Failures in a row after which a peer is used only when nobody else is there. */
const MAX_FAILURES = 4

/** A question for the ids that follow some header. */
export interface Scout {
  readonly segment: Segment
  readonly kind: 'locator' | 'header' | 'id'
  /** Id that was asked about, for version 1: the answer begins with it. */
  readonly baseId: string | undefined
  readonly sentAt: number
}

/** One peer as the download sees it. */
export class PeerSlot {
  readonly session: Session
  /** Highest height it claimed; 0 while unknown. */
  claimedHeight = 0
  scout: Scout | undefined
  readonly requests = new Set<HeaderRequest>()
  lastSyncSentAt = Number.NEGATIVE_INFINITY
  responseMs = INITIAL_RESPONSE_MS
  /** Unanswered questions in a row. */
  failures = 0
  /** Until when its ids are not trusted. */
  distrustedUntil = Number.NEGATIVE_INFINITY

  constructor(session: Session) {
    this.session = session
  }

  get id(): number {
    return this.session.id
  }

  /** True when others are to be preferred. */
  get failing(): boolean {
    return this.failures >= MAX_FAILURES
  }

  answered(tookMs: number): void {
    this.failures = 0
    this.responseMs += EWMA_WEIGHT * (tookMs - this.responseMs)
  }
}
