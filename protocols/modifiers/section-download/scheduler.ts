import { toHex } from '../../../src/bytes/index.ts'
import { isBlockSectionType, type ModeFeature, type Modifier, ModifierType } from '../../../src/wire/index.ts'
import type { SectionDownloadCounters, SectionDownloadSnapshot } from '../interface.ts'
import { Announcements } from './announcements.ts'
import { DownloadBook, type DownloadEnvironment } from './download-book.ts'
import { EarlySections } from './early-sections.ts'
import { FreshRetry } from './fresh-retry.ts'
import { type Arrived, Intake } from './intake.ts'
import { PeerChoice } from './peer-choice.ts'
import { PeerSlot } from './peer-slot.ts'
import { Planner } from './planner.ts'
import { snapshotOf } from './snapshot.ts'

/** Delays after which a section that is thrown out again and again is not delayed longer. */
const MAX_LOSS_DELAYS = 10

/**
 * Downloads the sections of blocks from many peers at once. Knows no sockets and no timers: events go in, requests go out by the
 * environment, and {@link tick} says when it wants to be called next.
 *
 * What is needed is cut into requests of neighbouring heights, the lowest first, each to the peer that will deliver it soonest, as
 * far as the memory for sections that wait goes. Silence is met with other peers; what holds up all the rest is asked of two.
 */
export class SectionScheduler {
  readonly #book: DownloadBook
  readonly #early: EarlySections
  readonly #choice: PeerChoice
  readonly #planner: Planner
  readonly #announcements: Announcements
  readonly #retry: FreshRetry
  readonly #intake: Intake
  /** The list of needs may be out of date. */
  #stale = true
  #refreshedAt = Number.NEGATIVE_INFINITY

  constructor(env: DownloadEnvironment) {
    this.#book = new DownloadBook(env)
    this.#early = new EarlySections(this.#book)
    this.#choice = new PeerChoice(this.#book)
    this.#planner = new Planner(this.#book, this.#choice, this.#early)
    this.#announcements = new Announcements(this.#book, this.#early)
    this.#retry = new FreshRetry(this.#book, this.#choice)
    this.#intake = new Intake(this.#book, this.#early)
  }

  get counters(): SectionDownloadCounters {
    return this.#book.counters
  }

  addPeer(id: number, name: string, mode: ModeFeature | undefined): void {
    const { env, slots, needs } = this.#book
    if (slots.has(id)) return
    slots.set(id, new PeerSlot(id, name, mode, env.limits))
    needs.clearDelays()
  }

  removePeer(id: number): void {
    const slot = this.#book.slots.get(id)
    if (slot === undefined) return
    this.#book.removePeer(slot)
    this.#stale = true
  }

  /** Headers or blocks changed. */
  poke(): void {
    this.#stale = true
  }

  onInv(peer: number, typeId: number, ids: readonly Uint8Array[]): void {
    const slot = this.#book.slots.get(peer)
    if (slot === undefined) return
    this.#announcements.onInv(slot, typeId, ids)
  }

  /**
   * Settles what a peer sent.
   *
   * @returns what may be of use, to be given to {@link take} one by one
   */
  sort(peer: number, typeId: number, modifiers: readonly Modifier[]): Arrived[] {
    const slot = this.#book.slots.get(peer)
    if (slot === undefined || !isSectionType(typeId)) return []
    return this.#intake.sort(slot, typeId, modifiers)
  }

  /** @throws whatever the chain throws: a fault of ours */
  take(peer: number, arrived: Arrived): void {
    this.#intake.take(peer, arrived)
  }

  onInvalidSection(source: string, headerId: Uint8Array, message: string): void {
    const { env, arrived, tracker, slots } = this.#book
    const peer = Number(source)
    const headerHex = toHex(headerId)
    this.#book.distrust(headerHex, peer)
    for (const [key, wanted] of [...arrived.entries()]) {
      if (wanted.place?.headerHex !== headerHex) continue
      const delivery = tracker.of(key)
      if (delivery.status === 'received' && delivery.source === peer) this.#book.forget(wanted)
    }
    this.#book.counters.invalid++
    this.#book.blamed = peer
    slots.get(peer)?.lied(env.now(), env.limits)
    env.penalize(peer, 'misbehavior', `section of block ${headerHex}: ${message}`)
    this.#stale = true
  }

  onInvalidBlock(headerId: Uint8Array): void {
    const { arrived, tracker } = this.#book
    const headerHex = toHex(headerId)
    for (const [key, wanted] of [...arrived.entries()]) {
      if (wanted.place?.headerHex !== headerHex) continue
      tracker.invalidate(key)
      arrived.delete(key)
    }
    this.#stale = true
  }

  reset(): void {
    this.#book.reset()
    this.#early.clear()
    this.#stale = true
    this.#refreshedAt = Number.NEGATIVE_INFINITY
  }

  /**
   * Does everything that may be done now.
   *
   * @returns when there will be more to do; infinity when only an event can change that
   */
  tick(): number {
    const due: number[] = []
    this.#intake.takeReady(due)
    this.#planner.expire()
    this.#refresh(due)
    this.#announcements.askAnnouncers()
    this.#planner.ask(due)
    this.#retry.run(due)
    this.#planner.deadlines(due)
    return Math.min(...due)
  }

  snapshot(): SectionDownloadSnapshot {
    return snapshotOf(this.#book, this.#choice)
  }

  #refresh(due: number[]): void {
    if (!this.#stale) return
    const { env, needs, arrived, tracker } = this.#book
    const { sink, limits } = env
    const now = env.now()
    const busy = needs.pending >= limits.pendingLowSections
    const next = this.#refreshedAt + (busy ? limits.refreshMs : tracker.requested > 0 ? limits.refreshGapMs : 0)
    if (now < next) {
      due.push(next)
      return
    }
    this.#stale = false
    this.#refreshedAt = now
    let needed = sink.needed(limits.maxAheadBlocks)
    if (this.#intake.takeNeeded(needed)) needed = sink.needed(limits.maxAheadBlocks)
    needs.refresh(
      needed,
      now,
      (key) => this.#early.get(key),
      (wanted) => {
        arrived.delete(wanted.key)
        // Once is chance; after that there is no room for it yet.
        wanted.notBefore = now + limits.retryBaseMs * Math.min(wanted.losses, MAX_LOSS_DELAYS)
        wanted.losses++
      }
    )
    for (const [key, wanted] of [...arrived.entries()]) {
      if (wanted.height > sink.height) continue
      arrived.delete(key)
      if (tracker.status(key) === 'received') tracker.hold(key)
    }
  }
}

/** Headers and transactions are not ours; what has no name is, since nobody can have asked for it. */
function isSectionType(typeId: number): boolean {
  return isBlockSectionType(typeId) && typeId !== ModifierType.Header
}
