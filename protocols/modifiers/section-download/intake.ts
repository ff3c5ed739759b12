import { toHex } from '../../../src/bytes/index.ts'
import { type Modifier, modifierTypeName } from '../../../src/wire/index.ts'
import { deliveryKey } from '../delivery-tracker.ts'
import type { NeededSection, SubmitSectionOutcome } from '../interface.ts'
import type { DownloadBook } from './download-book.ts'
import type { EarlySections } from './early-sections.ts'
import type { PeerSlot } from './peer-slot.ts'
import type { SectionRequest } from './section-request.ts'
import { Wanted } from './wanted.ts'

/** A section that came and may be of use. */
export interface Arrived {
  readonly wanted: Wanted
  readonly bytes: Uint8Array
}

/** How much longer than the part before the next part of an answer may take. */
const REST_FACTOR = 2

/** An answer that comes in parts may take this many times the longest timeout altogether. */
const LONGEST_ANSWER = 2

/** Takes what peers send: settles their accounts, and hands the sections on. */
export class Intake {
  readonly #book: DownloadBook
  readonly #early: EarlySections

  constructor(book: DownloadBook, early: EarlySections) {
    this.#book = book
    this.#early = early
  }

  /** First half: whose answer it is, what was asked for, and what the peer's pace is. */
  sort(slot: PeerSlot, typeId: number, modifiers: readonly Modifier[]): Arrived[] {
    const { tracker, env, counters } = this.#book
    const parts = new Map<SectionRequest, number>()
    const arrived = new Map<string, Arrived>()
    let unasked = 0
    for (const { id, bytes } of modifiers) {
      const key = deliveryKey(typeId, id)
      // Entries of equal id collapse to the last, as in the reference.
      const again = arrived.get(key)
      if (again !== undefined) {
        arrived.set(key, { wanted: again.wanted, bytes })
        continue
      }
      const arrival = tracker.arrive(key, slot.id)
      if (arrival === 'unrequested') {
        unasked++
        continue
      }
      const request = this.#book.answered(slot, key)
      if (request !== undefined) parts.set(request, (parts.get(request) ?? 0) + bytes.length)
      const status = tracker.status(key)
      if (status !== 'requested' && status !== 'unknown') {
        counters.duplicates++
        continue
      }
      const wanted = this.#book.needs.get(key) ?? this.#early.get(key) ?? new Wanted(typeId, id.slice(), env.now(), key)
      arrived.set(key, { wanted, bytes })
    }
    for (const [request, bytes] of parts) this.#onPart(slot, request, bytes)
    if (unasked > 0) {
      counters.unrequested += unasked
      env.penalize(slot.id, 'spam', `${unasked} sections of type ${typeId} that nobody asked for`)
    }
    return [...arrived.values()]
  }

  /** Second half: one section to where it belongs. */
  take(peer: number, { wanted, bytes }: Arrived): void {
    const { tracker, env, counters } = this.#book
    const status = tracker.status(wanted.key)
    if (status !== 'requested' && status !== 'unknown') {
      counters.duplicates++
      return
    }
    this.#early.delete(wanted.key)
    this.#book.blamed = undefined
    let outcome: SubmitSectionOutcome
    try {
      outcome = env.sink.submit(wanted.typeId, wanted.id, bytes.slice(), String(peer))
    } catch (err) {
      // No verdict: it has to be asked for again, if the node goes on at all.
      this.#book.forget(wanted)
      throw err
    }
    const early = outcome.status === 'unwanted' && env.sink.status(wanted.typeId, wanted.id) === 'unknown'
    // Its header may still come.
    if (early && wanted.place === undefined && this.#early.keep(wanted, peer, bytes)) this.#book.accept(wanted, peer)
    else this.#conclude(peer, wanted, bytes.length, outcome)
  }

  /** Sections that waited for their header. */
  takeReady(due: number[]): void {
    for (const ready of this.#early.takeReady(due)) this.#takeKept(ready)
  }

  /**
   * Sections that waited for their header, and are on the list of needs by now.
   *
   * @returns true when there was one
   */
  takeNeeded(needed: readonly NeededSection[]): boolean {
    if (this.#early.size === 0) return false
    let some = false
    for (const { typeId, id } of needed) {
      const kept = this.#early.take(deliveryKey(typeId, id))
      if (kept === undefined) continue
      this.#takeKept(kept)
      some = true
    }
    return some
  }

  #takeKept({ wanted, peer, bytes }: Arrived & { readonly peer: number }): void {
    if (this.#book.tracker.status(wanted.key) === 'received') this.#book.forget(wanted)
    this.take(peer, { wanted, bytes })
  }

  #conclude(peer: number, wanted: Wanted, size: number, outcome: SubmitSectionOutcome): void {
    const { tracker, env, counters, sizes, needs, slots } = this.#book
    const { key, typeId } = wanted
    const slot = slots.get(peer)
    switch (outcome.status) {
      case 'accepted':
        counters.received++
        counters.receivedBytes += size
        sizes.note(typeId, size)
        slot?.has(typeId, wanted.height)
        this.#book.accept(wanted, peer)
        return
      case 'known':
        tracker.hold(key)
        this.#book.release(key)
        needs.unqueue(wanted)
        return
      case 'unwanted':
        slot?.has(typeId, wanted.height)
        wanted.notBefore = env.now() + env.limits.retryBaseMs
        this.#book.forget(wanted)
        return
      case 'invalid': {
        counters.invalid++
        slot?.lied(env.now(), env.limits)
        const name = modifierTypeName(typeId) ?? `type ${typeId}`
        // The chain may have found it while it put the block together, and said so already.
        if (this.#book.blamed !== peer) env.penalize(peer, 'misbehavior', `${name} ${toHex(wanted.id)}: ${outcome.message}`)
        this.#book.reject(wanted, peer)
      }
    }
  }

  /** A part of the answer to a request came. */
  #onPart(slot: PeerSlot, request: SectionRequest, bytes: number): void {
    const { alone, delivered } = request
    const { env } = this.#book
    const { limits } = env
    const now = env.now()
    request.onPart(bytes)
    const gap = now - Math.max(request.sentAt, slot.lastPartAt)
    slot.measure(bytes, gap, alone && delivered > 0 && slot.lastPartAt < request.sentAt)
    slot.lastPartAt = now
    if (!slot.requests.has(request)) {
      slot.isAlive()
      if (request.wanted.size === 0) slot.overdue.delete(request)
      return
    }
    let ahead = 0
    let before = true
    for (const other of slot.requests) {
      if (other === request) {
        before = false
      } else if (before) {
        // Peers answer in order: what is still missing of an earlier request is hardly going to come.
        other.deadline = Math.min(other.deadline, now + limits.restTimeoutMs)
      } else {
        ahead += other.remainingBytes
        const longest = other.sentAt + LONGEST_ANSWER * limits.maxTimeoutMs
        other.deadline = Math.min(longest, Math.max(other.deadline, now + slot.timeoutMs(ahead, limits)))
      }
    }
    if (request.wanted.size === 0) {
      this.#book.close(slot, request)
      slot.succeeded(limits)
      return
    }
    const rest = Math.min(limits.maxTimeoutMs, Math.max(limits.restTimeoutMs, REST_FACTOR * gap))
    request.deadline = Math.min(request.sentAt + LONGEST_ANSWER * limits.maxTimeoutMs, now + rest)
  }
}
