import { ModifierType } from '../../../src/wire/index.ts'
import type { DownloadBook } from './download-book.ts'
import type { EarlySections } from './early-sections.ts'
import type { PendingQueue } from './need-table.ts'
import { type PeerChoice, TIER } from './peer-choice.ts'
import type { PeerSlot } from './peer-slot.ts'
import type { SectionRequest } from './section-request.ts'
import type { Wanted } from './wanted.ts'

/** A request may skip heights that are here already, but not reach this many times farther than it is long. */
const MAX_SPREAD = 2

/** With nobody to ask for a section, the next look at it. */
const NOBODY_RETRY_MS = 1_000

/** A peer that was asked for this many neighbours and sent none lacks the whole stretch. */
const LACKING_SECTIONS = 8

/** Requests beyond its planned ones that a peer may be hedged with. */
const EXTRA_REQUESTS = 1

/**
 * Decides what is asked of whom: runs of neighbouring heights from whoever delivers them soonest, within what memory takes; again
 * elsewhere what did not come; and what holds up everything from a second peer before its time is up.
 *
 * Times at which there will be something to do are pushed to `due`.
 */
export class Planner {
  readonly #book: DownloadBook
  readonly #choice: PeerChoice
  readonly #early: EarlySections

  constructor(book: DownloadBook, choice: PeerChoice, early: EarlySections) {
    this.#book = book
    this.#choice = choice
    this.#early = early
  }

  /** Gives up requests whose time is up. */
  expire(): void {
    const now = this.#book.env.now()
    for (const slot of this.#book.slots.values()) {
      for (const request of [...slot.requests]) if (now >= request.deadline) this.#giveUp(slot, request)
    }
  }

  /** Asks for what is pending, and again for what is late. */
  ask(due: number[]): void {
    this.#assign(due)
    this.#hedge(due)
  }

  /** When the requests under way will have run out. */
  deadlines(due: number[]): void {
    for (const slot of this.#book.slots.values()) for (const request of slot.requests) due.push(request.deadline)
  }

  #giveUp(slot: PeerSlot, request: SectionRequest): void {
    const { env, counters } = this.#book
    const { kind, delivered, typeId } = request
    const now = env.now()
    const alive = slot.lastPartAt > request.sentAt
    counters.timeouts++
    // An announcement may come before the announced is stored, and one without its header may be of a block that lost.
    const announced = [...request.wanted.keys()].every((key) => this.#book.announced(key, slot.id))
    const excused = kind === 'early' || request.isGuess || (kind === 'fresh' && announced)
    // Silence about a part, from a peer that answers otherwise, means that it does not have it.
    if (!excused && (delivered > 0 || alive)) this.#noteMissing(slot, request)
    // Not having a section is no failure, and it is asked again for what nobody has.
    const again = [...request.wanted.values()].every((w) => w.missedBy(slot.id) > 0)
    this.#book.abandon(slot, request)
    if (kind === 'early') for (const key of request.wanted.keys()) this.#early.lost(key)
    if (delivered > 0) slot.succeeded(env.limits)
    if (excused || again || delivered > 0) return
    env.log('%s did not deliver %d sections of type %d', slot.name, request.wanted.size, typeId)
    if (slot.failed(now, env.limits) && !alive)
      env.penalize(slot.id, 'nonDelivery', `${env.limits.maxFailures} requests for sections in a row without an answer`)
  }

  #noteMissing(slot: PeerSlot, request: SectionRequest): void {
    const [first] = request.wanted.values()
    const heights = request.missingHeights
    if (first === undefined || heights === undefined) return
    const { typeId } = request
    const { now, limits } = this.#book.env
    const doubtful = this.#choice.tier(slot, first) === TIER.doubtful
    if (!doubtful && request.size < LACKING_SECTIONS) return
    // What it has is neighbour to what it lacks: only the sections themselves are remembered, each of them.
    if (request.deliveredFrom < heights.to) return
    // AD proofs are kept from some height on: what is missing at one is missing below.
    const from = typeId === ModifierType.AdProofs || request.delivered > 0 ? 1 : heights.from
    slot.lacks(typeId, from, heights.to, now(), limits)
  }

  #assign(due: number[]): void {
    const cursors = new Map<PendingQueue, number>()
    for (;;) {
      let next: PendingQueue | undefined
      let lowest = Number.POSITIVE_INFINITY
      for (const queue of this.#book.needs.queues) {
        const at = cursors.get(queue) ?? 0
        const order = queue.items[at]?.order ?? Number.POSITIVE_INFINITY
        if (order < lowest) {
          lowest = order
          next = queue
        }
      }
      if (next === undefined) return
      const at = cursors.get(next) ?? 0
      cursors.set(next, this.#assignAt(next, at, due))
    }
  }

  /**
   * Tries to have the section at an index asked for, and its neighbours with it.
   *
   * @returns index to go on from; infinity when nothing more can be done for this type now
   */
  #assignAt(queue: PendingQueue, at: number, due: number[]): number {
    const { env, sizes, needs } = this.#book
    const now = env.now()
    const first = queue.items[at]!
    if (first.notBefore > now) {
      due.push(first.notBefore)
      return at + 1
    }
    const ripeAt = this.#ripeAt(queue, at)
    if (ripeAt > now) {
      due.push(ripeAt)
      return Number.POSITIVE_INFINITY
    }
    const each = sizes.expected(queue.typeId)
    const urgent = first.height <= env.sink.height + 1 && first.place?.headerHex === needs.first()?.place?.headerHex
    const worthwhile = each * Math.min(env.limits.minUnitSections, queue.items.length - at)
    if (!urgent && this.#book.room < worthwhile) return Number.POSITIVE_INFINITY
    const choice = this.#choice.choose(first, each, (slot) => slot.free)
    if (choice.kind === 'busy') return Number.POSITIVE_INFINITY
    if (choice.kind === 'later') {
      first.notBefore = Math.min(choice.at, now + NOBODY_RETRY_MS)
      due.push(first.notBefore)
      return at + 1
    }
    const unit = this.#cut(queue, at, choice.slot, choice.tier)
    queue.take(at, unit.length)
    this.#book.ask(choice.slot, unit, this.#book.nearTip ? 'fresh' : 'unit')
    return at
  }

  /**
   * While blocks are applied one after the other, the list of needs grows one by one: what is far ahead waits a moment for its
   * neighbours, so that a request is worth its round trip.
   */
  #ripeAt(queue: PendingQueue, at: number): number {
    const { env, nearTip } = this.#book
    const { minUnitSections, hedgeHeights, gatherMs } = env.limits
    if (queue.items.length - at >= minUnitSections || nearTip) return 0
    const first = queue.items[at]!
    return first.height <= env.sink.height + hedgeHeights ? 0 : first.since + gatherMs
  }

  /** The run of sections from an index on that one request to a peer is to have. */
  #cut(queue: PendingQueue, at: number, slot: PeerSlot, tier: number): Wanted[] {
    const { env, sizes } = this.#book
    const { limits } = env
    const now = env.now()
    const each = sizes.expected(queue.typeId)
    const bytes = Math.min(slot.unitBytes(limits), Math.max(each, this.#book.room))
    const share = Math.ceil((queue.items.length - at) / Math.max(1, this.#book.slots.size))
    const size = Math.min(limits.maxUnitSections, Math.max(limits.minUnitSections, share), Math.max(1, Math.floor(bytes / each)))
    const first = queue.items[at]!
    const unit = [first]
    for (let i = at + 1; i < queue.items.length && unit.length < size; i++) {
      const wanted = queue.items[i]!
      const spread = Math.abs(wanted.height - first.height)
      if (wanted.notBefore > now || spread > MAX_SPREAD * limits.maxUnitSections || !this.#choice.suits(slot, wanted, tier)) break
      unit.push(wanted)
    }
    return unit
  }

  /** The lowest blocks hold up all others: what is late of them is asked of a second peer. */
  #hedge(due: number[]): void {
    const { env, needs, tracker, slots } = this.#book
    if (slots.size < 2) return
    const now = env.now()
    const groups = new Map<PeerSlot, Map<number, Wanted[]>>()
    for (const wanted of needs.head(env.limits.hedgeHeights)) {
      if (wanted.height > env.sink.height + env.limits.hedgeHeights) continue
      if (wanted.hedges >= env.limits.maxHedges || tracker.status(wanted.key) !== 'requested') continue
      if (now < wanted.lateAt) {
        due.push(wanted.lateAt)
        continue
      }
      const slot = this.#second(wanted)
      if (slot === undefined) continue
      let byType = groups.get(slot)
      if (byType === undefined) groups.set(slot, (byType = new Map()))
      const list = byType.get(wanted.typeId)
      if (list === undefined) byType.set(wanted.typeId, [wanted])
      else list.push(wanted)
    }
    for (const [slot, byType] of groups) {
      for (const unit of byType.values()) {
        for (const wanted of unit) wanted.hedges++
        this.#book.counters.hedged += unit.length
        this.#book.ask(slot, unit, 'hedge')
        due.push(unit[0]!.lateAt)
      }
    }
  }

  #second(wanted: Wanted): PeerSlot | undefined {
    const { sizes, tracker, env } = this.#book
    const now = env.now()
    const most = env.limits.maxUnitsPerPeer + EXTRA_REQUESTS
    const choice = this.#choice.choose(
      wanted,
      sizes.expected(wanted.typeId),
      (slot) => slot.requests.size < most,
      (slot) => tracker.isAsked(wanted.key, slot.id) || slot.isFailing(now, env.limits)
    )
    return choice.kind === 'peer' ? choice.slot : undefined
  }
}
