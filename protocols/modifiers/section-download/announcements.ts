import { deliveryKey } from '../delivery-tracker.ts'
import { MAX_EARLY_STRIKES } from './constants.ts'
import type { DownloadBook } from './download-book.ts'
import type { EarlySections } from './early-sections.ts'
import type { PeerSlot } from './peer-slot.ts'
import type { SectionRequest } from './section-request.ts'
import { Wanted } from './wanted.ts'

/** Round trips added to the wait before an announcer is asked again. */
const RETRY_ROUND_TRIPS = 1.5

/**
 * What peers announce: asked for at once from the announcer, all sections of a block at the same time, and soon again when it is
 * silent, for it may have spoken before it had stored them.
 */
export class Announcements {
  readonly #book: DownloadBook
  readonly #early: EarlySections

  constructor(book: DownloadBook, early: EarlySections) {
    this.#book = book
    this.#early = early
  }

  /**
   * @returns true when something was announced that the list of needs does not know although it is missing: the list is stale
   */
  onInv(slot: PeerSlot, typeId: number, ids: readonly Uint8Array[]): boolean {
    const { env, tracker, needs } = this.#book
    if (!env.sink.sectionTypes.includes(typeId)) return false
    const looked = slot.takeInvTokens(ids.length, env.now(), env.limits.invIdsPerSecond)
    const nearTip = needs.blocks <= env.limits.nearTipBlocks
    const direct: Wanted[] = []
    const early: Wanted[] = []
    let stale = false
    for (const id of ids.slice(0, looked)) {
      const key = deliveryKey(typeId, id)
      this.#book.noteAnnouncer(key, slot.id)
      if (tracker.status(key) !== 'unknown') continue
      const wanted = needs.get(key)
      if (wanted !== undefined) {
        if (nearTip && !direct.includes(wanted)) direct.push(wanted)
        continue
      }
      const status = env.sink.status(typeId, id)
      if (status === 'missing') stale = true
      else if (status === 'unknown' && nearTip && this.#mayBeEarly(slot, early)) early.push(new Wanted(typeId, id.slice(), key))
    }
    this.#askNow(slot, direct)
    if (early.length > 0) {
      for (const wanted of early) this.#early.add(wanted, slot.id)
      this.#book.ask(slot, early, 'early')
    }
    return stale
  }

  /** Asks again for what was announced and did not come. */
  retry(due: number[]): void {
    const { env, slots, tracker } = this.#book
    const now = env.now()
    const again = new Map<PeerSlot, { request: SectionRequest; wanted: Wanted[] }[]>()
    for (const slot of slots.values()) {
      for (const request of slot.requests) {
        if (request.kind !== 'announced' && request.kind !== 'early') continue
        const late: Wanted[] = []
        for (const wanted of request.wanted.values()) {
          if (wanted.retries >= env.limits.announceRetries || tracker.status(wanted.key) !== 'requested') continue
          const at = this.#retryAt(wanted, slot)
          if (now < at) due.push(at)
          else late.push(wanted)
        }
        if (late.length === 0) continue
        const target = this.#otherAnnouncer(late[0]!) ?? slot
        const list = again.get(target)
        if (list === undefined) again.set(target, [{ request, wanted: late }])
        else list.push({ request, wanted: late })
      }
    }
    for (const [slot, groups] of again) {
      for (const { request, wanted } of groups) {
        for (const w of wanted) w.retries++
        this.#book.ask(slot, wanted, request.kind)
        due.push(this.#retryAt(wanted[0]!, slot))
      }
    }
  }

  /** What a peer announced before it was known to be needed is asked of it now. */
  askAnnouncers(): void {
    const { env, needs, slots } = this.#book
    if (needs.blocks > env.limits.nearTipBlocks) return
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
    this.#book.ask(slot, fit, 'announced')
  }

  #retryAt(wanted: Wanted, slot: PeerSlot): number {
    return wanted.lastAskedAt + this.#book.env.limits.announceRetryMs + RETRY_ROUND_TRIPS * slot.rttMs
  }

  #mayBeEarly(slot: PeerSlot, chosen: readonly Wanted[]): boolean {
    const { limits } = this.#book.env
    if (slot.earlyStrikes >= MAX_EARLY_STRIKES || this.#early.bytes >= limits.maxEarlyBytes) return false
    return this.#early.count(slot.id) + chosen.length < limits.maxEarlyPerPeer
  }

  #otherAnnouncer(wanted: Wanted): PeerSlot | undefined {
    const { slots, tracker } = this.#book
    for (const peer of this.#book.announcersOf(wanted.key)) {
      const slot = slots.get(peer)
      if (slot !== undefined && !tracker.isAsked(wanted.key, peer) && !this.#book.isDistrusted(wanted, peer)) return slot
    }
    return undefined
  }
}
