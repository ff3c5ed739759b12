import type { Logger } from '@libp2p/interface'
import type { PenaltyKind } from '../../../src/wire/index.ts'
import { BoundedMap } from '../bounded-map.ts'
import { DELIVERY_LIMITS } from '../delivery-limits.ts'
import { DeliveryTracker } from '../delivery-tracker.ts'
import type { BlockSink, SectionDownloadCounters, SectionDownloadLimits } from '../interface.ts'
import { MAX_ANNOUNCED, MAX_ANNOUNCERS, MAX_LIARS } from './constants.ts'
import { NeedTable } from './need-table.ts'
import type { PeerSlot } from './peer-slot.ts'
import { type RequestKind, SectionRequest } from './section-request.ts'
import { SectionSizes } from './section-sizes.ts'
import type { Wanted } from './wanted.ts'

/** What the download needs of the world. */
export interface DownloadEnvironment {
  readonly sink: BlockSink
  readonly limits: SectionDownloadLimits
  readonly now: () => number
  readonly log: Logger
  readonly peerHeight: (sessionId: number) => number | undefined
  readonly peerForkHeight: (sessionId: number) => number | undefined
  /** Sends a RequestModifier. */
  readonly send: (peer: number, typeId: number, ids: readonly Uint8Array[]) => void
  readonly penalize: (peer: number, kind: PenaltyKind, reason: string) => void
}

/** How much longer than expected an answer may take before it is late, and how much longer than usual at most. */
const LATE_FACTOR = 1.25
const LATE_FACTOR_MAX = 2

/**
 * All that the parts of the download share: who is there, what is needed, what was asked of whom. Whatever touches two of its
 * tables is a method here, so that they always agree.
 */
export class DownloadBook {
  readonly env: DownloadEnvironment
  readonly tracker: DeliveryTracker
  readonly needs: NeedTable
  readonly sizes = new SectionSizes()
  readonly slots = new Map<number, PeerSlot>()
  /** Sections that are here and not applied yet. */
  readonly arrived = new BoundedMap<string, Wanted>(DELIVERY_LIMITS.maxReceived)
  readonly counters: { -readonly [K in keyof SectionDownloadCounters]: number } = {
    requests: 0,
    sectionsRequested: 0,
    hedged: 0,
    received: 0,
    receivedBytes: 0,
    duplicates: 0,
    timeouts: 0,
    invalid: 0,
    unrequested: 0
  }
  /** Whom the chain blamed last for a section. */
  blamed: number | undefined
  /** Expected size of each section that is asked for. */
  readonly #reserved = new Map<string, number>()
  #reservedBytes = 0
  /** Who announced what. */
  readonly #announcers = new BoundedMap<string, Set<number>>(MAX_ANNOUNCED)
  /** Until when a peer is not believed about a section or a block, by `key|peer`. */
  readonly #liars = new BoundedMap<string, number>(MAX_LIARS)

  constructor(env: DownloadEnvironment) {
    this.env = env
    this.tracker = new DeliveryTracker(env.now)
    this.needs = new NeedTable(this.tracker)
  }

  /** Expected size of everything that is asked for. */
  get reservedBytes(): number {
    return this.#reservedBytes
  }

  /** Bytes that may still be asked for. */
  get room(): number {
    const { sink } = this.env
    return sink.maxHeldBytes - sink.heldBytes - this.#reservedBytes
  }

  /** All blocks that are needed are among the newest. */
  get nearTip(): boolean {
    return this.needs.topHeight <= this.env.sink.height + this.env.limits.nearTipBlocks
  }

  noteAnnouncer(key: string, peer: number): void {
    let peers = this.#announcers.get(key)
    if (peers === undefined) this.#announcers.set(key, (peers = new Set()))
    if (peers.size < MAX_ANNOUNCERS) peers.add(peer)
  }

  announced(key: string, peer: number): boolean {
    return this.#announcers.get(key)?.has(peer) === true
  }

  announcersOf(key: string): Iterable<number> {
    return this.#announcers.get(key) ?? []
  }

  /** @param what key of a section, or id of a block */
  distrust(what: string, peer: number): void {
    this.#liars.set(`${what}|${peer}`, this.env.now() + this.env.limits.distrustMs)
  }

  isDistrusted(wanted: Wanted, peer: number): boolean {
    if (this.#liars.size === 0) return false
    const now = this.env.now()
    const until = (what: string): number => this.#liars.get(`${what}|${peer}`) ?? 0
    return until(wanted.key) > now || (wanted.place !== undefined && until(wanted.place.headerHex) > now)
  }

  /** Is the peer on a branch without this block? Until it says otherwise nothing of it is expected. */
  isElsewhere(wanted: Wanted, peer: number): boolean {
    const forkHeight = this.env.peerForkHeight(peer)
    return forkHeight !== undefined && wanted.height > forkHeight && !this.announced(wanted.key, peer)
  }

  /** Asks a peer for sections of one type. */
  ask(slot: PeerSlot, wanted: readonly Wanted[], kind: RequestKind): SectionRequest {
    const { env, tracker, sizes } = this
    const now = env.now()
    const typeId = wanted[0]!.typeId
    const each = sizes.expected(typeId)
    const deadline = now + slot.timeoutMs(slot.queuedBytes + wanted.length * each, env.limits)
    const { hedgeAfterMs } = env.limits
    // A slow line that keeps its pace is not late.
    const due = LATE_FACTOR * slot.promisedMs(wanted.length * each)
    const lateAt = now + Math.min(LATE_FACTOR_MAX * hedgeAfterMs, Math.max(hedgeAfterMs, due))
    const isGuess = wanted.every((w) => this.isElsewhere(w, slot.id))
    const request = new SectionRequest({
      kind,
      wanted,
      sentAt: now,
      sectionBytes: each,
      deadline,
      alone: slot.requests.size === 0,
      isGuess
    })
    slot.requests.add(request)
    for (const w of wanted) {
      this.#supersede(slot, w, request)
      tracker.request(w.key, slot.id)
      w.lastAskedAt = now
      w.lateAt = lateAt
      if (!this.#reserved.has(w.key)) {
        this.#reserved.set(w.key, each)
        this.#reservedBytes += each
      }
    }
    this.counters.requests++
    this.counters.sectionsRequested += wanted.length
    env.send(
      slot.id,
      typeId,
      wanted.map((w) => w.id)
    )
    return request
  }

  /** A peer sent a section: finds the request that it answers, be it one that was given up. */
  answered(slot: PeerSlot, key: string): SectionRequest | undefined {
    for (const requests of [slot.requests, slot.overdue]) {
      for (const request of requests) if (request.deliver(key)) return request
    }
    return undefined
  }

  /** Closes a request that is answered in full. */
  close(slot: PeerSlot, request: SectionRequest): void {
    slot.requests.delete(request)
  }

  /** Gives up what is left of a request; what nobody else is asked for has to be asked for again. */
  abandon(slot: PeerSlot, request: SectionRequest): void {
    const { limits, now } = this.env
    slot.giveUp(request)
    const back: Wanted[] = []
    for (const wanted of request.wanted.values()) {
      wanted.missed(slot.id, now(), limits.retryBaseMs, limits.retryMaxMs)
      if (this.#unask(wanted, slot.id)) back.push(wanted)
    }
    this.needs.putBack(back)
  }

  /** A peer sent something else under the id of a section. */
  reject(wanted: Wanted, peer: number): void {
    this.distrust(wanted.key, peer)
    if (this.#unask(wanted, peer)) this.needs.putBack([wanted])
  }

  /** A section is here. */
  accept(wanted: Wanted, source: number): void {
    const asked = this.tracker.status(wanted.key) === 'requested'
    this.tracker.receive(wanted.key, source)
    this.release(wanted.key)
    this.arrived.set(wanted.key, wanted)
    if (!asked) this.needs.unqueue(wanted)
  }

  /** A section is not wanted any more, whoever was asked for it. */
  release(key: string): void {
    const bytes = this.#reserved.get(key)
    if (bytes === undefined) return
    this.#reserved.delete(key)
    this.#reservedBytes -= bytes
  }

  /** Stops waiting for a section that may be needed again later. */
  forget(wanted: Wanted): void {
    const status = this.tracker.status(wanted.key)
    if (status === 'unknown' || status === 'invalid') return
    this.tracker.forget(wanted.key)
    this.release(wanted.key)
    this.arrived.delete(wanted.key)
    this.needs.putBack([wanted])
  }

  /** A peer is gone: others are asked for what it owed. */
  removePeer(slot: PeerSlot): void {
    this.slots.delete(slot.id)
    const back: Wanted[] = []
    for (const request of slot.requests) {
      for (const wanted of request.wanted.values()) if (this.#unask(wanted, slot.id)) back.push(wanted)
    }
    slot.requests.clear()
    for (const key of this.tracker.removePeer(slot.id)) this.release(key)
    this.needs.putBack(back)
    this.needs.forgetPeer(slot.id)
  }

  reset(): void {
    for (const slot of this.slots.values()) {
      slot.forget()
    }
    this.tracker.reset()
    this.arrived.clear()
    this.#reserved.clear()
    this.#reservedBytes = 0
    this.#liars.clear()
  }

  /** A section that is asked of the same peer once more is waited for once. */
  #supersede(slot: PeerSlot, wanted: Wanted, by: SectionRequest): void {
    for (const request of slot.requests) {
      if (request !== by && request.wanted.delete(wanted.key) && request.wanted.size === 0) slot.requests.delete(request)
    }
  }

  /** @returns true when nobody is asked for it any more */
  #unask(wanted: Wanted, peer: number): boolean {
    if (!this.tracker.isAsked(wanted.key, peer)) return false
    if (this.tracker.expire(wanted.key, peer) === 'requested') return false
    this.release(wanted.key)
    return true
  }
}
