import type { DownloadBook } from './download-book.ts'
import type { PeerChoice } from './peer-choice.ts'
import type { PeerSlot } from './peer-slot.ts'
import type { SectionRequest } from './section-request.ts'
import type { Wanted } from './wanted.ts'

/** Round trips added to the wait before a peer is asked again. */
const RETRY_ROUND_TRIPS = 1.5

/**
 * Sections of blocks that are only just out: a peer may be asked before it has stored them, and says nothing then. So they are soon
 * asked for again, of another peer that announced them, of the same one, and then of anybody.
 */
export class FreshRetry {
  readonly #book: DownloadBook
  readonly #choice: PeerChoice

  constructor(book: DownloadBook, choice: PeerChoice) {
    this.#book = book
    this.#choice = choice
  }

  run(due: number[]): void {
    const again: Array<{ slot: PeerSlot; request: SectionRequest; late: Wanted[] }> = []
    for (const slot of this.#book.slots.values()) {
      for (const request of slot.requests) {
        if (request.kind !== 'fresh' && request.kind !== 'early') continue
        const late = this.#lateOf(slot, request, due)
        if (late.length > 0) again.push({ slot: this.#target(late[0]!, slot), request, late })
      }
    }
    for (const { slot, request, late } of again) {
      for (const wanted of late) wanted.retries++
      const next = this.#book.ask(slot, late, request.kind)
      due.push(this.#retryAt(late[0]!, slot, next))
    }
  }

  #lateOf(slot: PeerSlot, request: SectionRequest, due: number[]): Wanted[] {
    const { env, tracker } = this.#book
    const now = env.now()
    const late: Wanted[] = []
    for (const wanted of request.wanted.values()) {
      if (wanted.retries >= env.limits.announceRetries || tracker.status(wanted.key) !== 'requested') continue
      const at = this.#retryAt(wanted, slot, request)
      if (now < at) due.push(at)
      else late.push(wanted)
    }
    return late
  }

  #retryAt(wanted: Wanted, slot: PeerSlot, { remainingBytes }: SectionRequest): number {
    const { announceRetryMs } = this.#book.env.limits
    const wait = announceRetryMs * (1 + wanted.retries) + RETRY_ROUND_TRIPS * slot.rttMs + remainingBytes / slot.bytesPerMs
    return wanted.lastAskedAt + wait
  }

  #target(wanted: Wanted, asked: PeerSlot): PeerSlot {
    const { slots, tracker } = this.#book
    for (const peer of this.#book.announcersOf(wanted.key)) {
      const slot = slots.get(peer)
      if (slot !== undefined && !tracker.isAsked(wanted.key, peer) && !this.#book.isDistrusted(wanted, peer)) return slot
    }
    if (wanted.retries === 0) return asked
    const choice = this.#choice.choose(
      wanted,
      0,
      () => true,
      (slot) => tracker.isAsked(wanted.key, slot.id)
    )
    return choice.kind === 'peer' ? choice.slot : asked
  }
}
