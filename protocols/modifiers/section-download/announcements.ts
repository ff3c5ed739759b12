import { deliveryKey } from '../delivery-tracker.ts'
import { MAX_EARLY_STRIKES } from './constants.ts'
import type { DownloadBook } from './download-book.ts'
import type { EarlySections } from './early-sections.ts'
import type { PeerSlot } from './peer-slot.ts'
import { Wanted } from './wanted.ts'

/** What peers announce: asked for at once from the announcer, all sections of a block at the same time. */
export class Announcements {
  readonly #book: DownloadBook
  readonly #early: EarlySections

  constructor(book: DownloadBook, early: EarlySections) {
    this.#book = book
    this.#early = early
  }

  onInv(slot: PeerSlot, typeId: number, ids: readonly Uint8Array[]): void {
    const { env, tracker, needs } = this.#book
    if (!env.sink.sectionTypes.includes(typeId)) return
    const looked = slot.invIds.take(ids.length, env.now())
    const { nearTip } = this.#book
    const direct: Wanted[] = []
    const early: Wanted[] = []
    for (const id of ids.slice(0, looked)) {
      const key = deliveryKey(typeId, id)
      this.#book.noteAnnouncer(key, slot.id)
      if (tracker.status(key) !== 'unknown') continue
      const wanted = needs.get(key)
      if (wanted !== undefined) {
        if (nearTip && !direct.includes(wanted)) direct.push(wanted)
        continue
      }
      if (!nearTip || env.sink.status(typeId, id) !== 'unknown' || !this.#mayBeEarly(slot, early)) continue
      early.push(new Wanted(typeId, id.slice(), env.now(), key))
    }
    this.#askNow(slot, direct)
    if (early.length > 0) {
      for (const wanted of early) this.#early.add(wanted, slot.id)
      this.#book.ask(slot, early, 'early')
    }
  }

  /** What a peer announced before it was known to be needed is asked of it now. */
  askAnnouncers(): void {
    const { env, needs, slots } = this.#book
    if (!this.#book.nearTip) return
    for (const queue of needs.queues) {
      const bySlot = new Map<PeerSlot, Wanted[]>()
      for (const wanted of queue.items) {
        if (wanted.notBefore > env.now()) continue
        for (const peer of this.#book.announcersOf(wanted.key)) {
          const slot = slots.get(peer)
          if (slot === undefined || wanted.mayAskAt(peer) > env.now() || this.#book.isDistrusted(wanted, peer)) continue
          const list = bySlot.get(slot)
          if (list === undefined) bySlot.set(slot, [wanted])
          else list.push(wanted)
          break
        }
      }
      for (const [slot, wanted] of bySlot) this.#askNow(slot, wanted)
    }
  }

  #askNow(slot: PeerSlot, wanted: readonly Wanted[]): void {
    const fit = wanted.filter((w) => !this.#book.isDistrusted(w, slot.id))
    if (fit.length === 0) return
    for (const w of fit) this.#book.needs.unqueue(w)
    this.#book.ask(slot, fit, 'fresh')
  }

  #mayBeEarly(slot: PeerSlot, chosen: readonly Wanted[]): boolean {
    const { limits } = this.#book.env
    if (slot.earlyStrikes >= MAX_EARLY_STRIKES || this.#early.bytes >= limits.maxEarlyBytes) return false
    return this.#early.count(slot.id) + chosen.length < limits.maxEarlyPerPeer
  }
}
