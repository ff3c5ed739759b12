import { fromHex } from '../../../src/bytes/index.ts'
import { ModifierType } from '../../../src/wire/index.ts'
import type { HeaderSink, SyncLimits } from '../interface.ts'
import { PeerChoice } from './peer-choice.ts'
import type { HeaderRequest, PeerSlot } from './peer-slot.ts'
import type { RequestTable } from './request-table.ts'
import type { Segment } from './segment.ts'
import type { SegmentPlan } from './segment-plan.ts'

/** Unanswered questions for an id at a peer that named it, after which the peer is taken for a liar. */
const MAX_SOURCE_ATTEMPTS = 2

export interface RequesterInit {
  readonly limits: SyncLimits
  readonly now: () => number
  readonly plan: SegmentPlan
  readonly table: RequestTable
  readonly slots: ReadonlyMap<number, PeerSlot>
  /** Peers that may be asked at all. */
  readonly trusted: () => PeerSlot[]
  readonly sink: HeaderSink
  /** A peer did not deliver an id that it named itself. */
  readonly onUndelivered: (slot: PeerSlot, id: string) => void
  /** Who named ids of a stretch is gone, and who was asked for them does not have them. */
  readonly onForsaken: (segment: Segment) => void
}

/** Asks peers for the headers behind ids, gives up on those who do not answer, and asks others when one is late. */
export class Requester {
  readonly #init: RequesterInit
  readonly #choice: PeerChoice
  /** Headers that were asked for and did not come in time, since the start. */
  timedOut = 0

  constructor(init: RequesterInit) {
    this.#init = init
    this.#choice = new PeerChoice(init)
  }

  /** Gives up questions that were not answered in time; notes when the next will be. */
  expire(due: number[]): void {
    const now = this.#init.now()
    for (const slot of this.#init.slots.values()) {
      for (const request of [...slot.requests]) {
        const until = this.#deadline(request)
        if (now >= until) this.#giveUp(request)
        else due.push(until)
      }
    }
  }

  /** Asks for what is wanted, the lowest first, as far as peers are free and we keep up with what comes. */
  ask(): void {
    const { sink, limits, plan } = this.#init
    if (sink.queued >= limits.maxQueuedBatches) return
    const segments = plan.all()
    const share = this.#choice.shareOf(segments)
    for (const segment of segments) {
      while (segment.pending.length > 0) {
        const slot = this.#choice.first(segment)
        if (slot === undefined) break
        this.#request(slot, this.#choice.takeIds(segment, slot, share), false)
      }
    }
  }

  /** The lowest request holds up everything above it: when it is late, somebody else is asked for the same. */
  hedge(due: number[]): void {
    const { table, slots, limits, now } = this.#init
    const request = slots.size < 2 ? undefined : table.lowestUnhedged(slots.values())
    if (request === undefined) return
    const at = request.sentAt + 1.5 * request.slot.responseMs + limits.hedgeMinMs
    if (now() < at) {
      due.push(at)
      return
    }
    const other = this.#choice.second(request)
    if (other !== undefined) this.#request(other, [...request.ids], true)
  }

  #request(slot: PeerSlot, ids: readonly string[], hedge: boolean): void {
    this.#init.table.ask(slot, ids, this.#init.now(), hedge)
    slot.session.send({ type: 'RequestModifier', typeId: ModifierType.Header, ids: ids.map(fromHex) })
  }

  #deadline({ slot, sentAt, partialAt }: HeaderRequest): number {
    const { requestTimeoutMs, hedgeMinMs } = this.#init.limits
    return partialAt === undefined ? sentAt + requestTimeoutMs + 4 * slot.responseMs : partialAt + hedgeMinMs + slot.responseMs
  }

  #giveUp(request: HeaderRequest): void {
    const { slot, ids, partialAt } = request
    const { table, onUndelivered, onForsaken } = this.#init
    table.abandon(request)
    const named = [...ids].filter((id) => table.wanted.get(id)?.sources.has(slot) === true)
    // What it left out of an answer and never named, it does not have: that is no fault.
    if (partialAt === undefined || named.length > 0) {
      slot.failures++
      this.timedOut += partialAt === undefined ? ids.size : named.length
    }
    const missing = named.find((id) => (table.wanted.get(id)?.failed?.get(slot) ?? 0) >= MAX_SOURCE_ATTEMPTS)
    if (missing !== undefined) onUndelivered(slot, missing)
    const forsaken = [...ids].map((id) => table.wanted.get(id)).find((e) => e?.sources.size === 0 && e.requests.size === 0)
    if (forsaken !== undefined) onForsaken(forsaken.segment)
  }
}
