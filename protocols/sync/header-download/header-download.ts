import type { Logger } from '@libp2p/interface'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import type { Modifier } from '../../../src/wire/index.ts'
import type { PenaltySink, Session } from '../../session/index.ts'
import type { HeaderAnchor, HeaderDownloadSnapshot, HeaderSink, SubmitOutcome, SyncChain, SyncLimits } from '../interface.ts'
import { describeDownload } from './describe.ts'
import { IdIntake } from './id-intake.ts'
import { type ReceivedHeader, takeHeaders } from './intake.ts'
import { PeerSlot } from './peer-slot.ts'
import { RequestTable, type Wanted } from './request-table.ts'
import { Requester } from './requester.ts'
import type { Segment } from './segment.ts'
import { SegmentPlan } from './segment-plan.ts'
import { Trust } from './trust.ts'
import { Walker } from './walker.ts'

export interface HeaderDownloadInit {
  readonly chain: SyncChain
  readonly sink: HeaderSink
  readonly penalties: PenaltySink
  readonly anchors: readonly HeaderAnchor[]
  readonly limits: SyncLimits
  readonly now: () => number
  readonly log: Logger
  /** A fault of ours while headers were verified: the node decides what to do. */
  readonly onFault: (err: unknown) => void
}

/** Missing parents asked for at once, of each peer. */
const MAX_PARENT_REQUESTS = 4

/**
 * Fetches headers from many peers at once.
 *
 * Ids are walked: one SyncInfo that names a header brings the 399 or 400 ids that follow it, whatever was asked before, so each
 * stretch between two anchors is walked by its own peer. With the header itself in hand the question is of version 2; when a round
 * trip is longer than the pace that peers tolerate, the next ids are asked by id alone (version 1) and the headers come later.
 * The headers behind the ids come from whoever is free, the lowest first, and from a second peer when the first is slow.
 *
 * What a peer names before a header of its own stands in the chain is a branch of its own, fetched from it alone: who names what is
 * not there, or is not valid, holds up nobody else. Only peers that have proven themselves walk what all share, and one that turns
 * out to lie costs what it named and is not asked again for a while.
 *
 * Everything is driven by events and one timer; nothing waits for a period to pass.
 */
export class HeaderDownload {
  readonly #init: HeaderDownloadInit
  readonly #table = new RequestTable()
  readonly #slots = new Map<number, PeerSlot>()
  readonly #plan: SegmentPlan
  readonly #trust: Trust
  readonly #ids: IdIntake
  readonly #walker: Walker
  readonly #requester: Requester
  #timer: NodeJS.Timeout | undefined
  #scheduled = false
  #stopped = false

  constructor(init: HeaderDownloadInit) {
    this.#init = init
    this.#plan = new SegmentPlan(init.chain, init.anchors)
    this.#trust = new Trust(init.limits.distrustMs, init.limits.laterMs)
    const trusted = (): PeerSlot[] => this.#trusted()
    const { chain, limits, now, sink } = init
    const shared = { limits, now, plan: this.#plan, table: this.#table, slots: this.#slots, trusted }
    this.#ids = new IdIntake({ chain, limits, now, plan: this.#plan, table: this.#table, trust: this.#trust })
    this.#walker = new Walker({ ...shared, chain })
    this.#requester = new Requester({
      ...shared,
      sink,
      onUndelivered: (slot, id) => this.#onUndelivered(slot, id),
      onForsaken: (segment) => this.#spoil(new Set([segment]))
    })
  }

  addPeer(session: Session): void {
    const slot = new PeerSlot(session)
    this.#trust.recall(slot, this.#init.now())
    this.#slots.set(session.id, slot)
    // The first word to a peer tells it where we stand, and its answer tells us where it stands.
    this.#walker.ask(slot, undefined, 'locator')
    this.#schedule()
  }

  removePeer(session: Session): void {
    const slot = this.#slots.get(session.id)
    if (slot === undefined) return
    this.#slots.delete(session.id)
    this.#table.removePeer(slot)
    this.#init.sink.forget(String(session.id))
    this.#closeBranch(slot)
    this.#schedule()
  }

  /** A SyncInfo of ours went to the peer by another way: it counts for the pace. */
  noteSyncSent(sessionId: number): void {
    const slot = this.#slots.get(sessionId)
    if (slot !== undefined) slot.lastSyncSentAt = this.#init.now()
  }

  /** May a SyncInfo be sent to the peer now without being ignored, and without disturbing a question under way? */
  maySync(sessionId: number): boolean {
    const slot = this.#slots.get(sessionId)
    return slot !== undefined && slot.scout === undefined && this.#walker.syncIn(slot) <= 0
  }

  /** When a SyncInfo of ours went to the peer last, whatever for. */
  lastSyncSentAt(sessionId: number): number {
    return this.#slots.get(sessionId)?.lastSyncSentAt ?? Number.NEGATIVE_INFINITY
  }

  /** A peer that is ahead is told where we stand, unless it is at work for us or had nothing to say just now. Its answer is ids. */
  greet(sessionId: number): void {
    const slot = this.#slots.get(sessionId)
    if (slot === undefined || !this.#isTrusted(slot)) return
    // What there is to ask comes first.
    this.tick()
    const atWork = slot.requests.size > 0 || this.#plan.branchOf(slot) !== undefined
    if (atWork || !this.maySync(sessionId) || slot.scoutNotBefore > this.#init.now()) return
    this.#walker.ask(slot, undefined, 'locator')
    this.#schedule()
  }

  /** A peer says how high its chain is. */
  onClaim(sessionId: number, height: number): void {
    const slot = this.#slots.get(sessionId)
    if (slot === undefined) return
    slot.claimedHeight = height
    this.#schedule()
  }

  /** Header ids from a peer: the answer to a walk, or an announcement. */
  onInv(session: Session, ids: readonly Uint8Array[]): void {
    const slot = this.#slots.get(session.id)
    if (slot === undefined || !this.#isTrusted(slot)) return
    const hex = ids.map(toHex)
    const { scout } = slot
    // A single id may be an announcement that crossed the question; an answer that short ends the walk anyway.
    if (scout !== undefined && (scout.baseId === undefined || hex[0] === scout.baseId)) this.#ids.walked(slot, scout, hex)
    else this.#ids.announced(slot, hex)
    this.#schedule()
  }

  /** Headers from a peer. */
  onModifiers(session: Session, modifiers: readonly Modifier[]): void {
    const slot = this.#slots.get(session.id)
    if (slot === undefined) return
    const now = this.#init.now()
    const { batch, answered, unasked, lies } = takeHeaders(slot, modifiers, this.#table, this.#init.chain)
    for (const request of answered) {
      if (request.ids.size === 0) slot.answered(now - request.sentAt)
      else request.partialAt = now
    }
    const { penalties } = this.#init
    for (const id of lies) penalties.penalize(session, 'misbehavior', `header sent as ${id} is not that header`)
    if (unasked > 0) penalties.penalize(session, 'spam', `${unasked} headers that nobody asked for`)
    if (batch.length > 0) void this.#verify(slot, batch)
    if (lies.length > 0) this.#distrust([slot])
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  snapshot(): HeaderDownloadSnapshot {
    const { timedOut } = this.#requester
    return { ...describeDownload(this.#init.chain, [...this.#slots.values()], this.#table, this.#init.now()), timedOut }
  }

  // --- verification

  async #verify(slot: PeerSlot, batch: readonly ReceivedHeader[]): Promise<void> {
    let outcomes: SubmitOutcome[]
    try {
      outcomes = await this.#init.sink.submit(
        batch.map((b) => b.bytes),
        String(slot.id)
      )
    } catch (err) {
      if (!this.#stopped) this.#init.onFault(err)
      return
    }
    if (this.#stopped) return
    const liars = new Set<PeerSlot>()
    const standing = new Set<Segment>()
    for (const [i, { id }] of batch.entries()) {
      const { status, message } = outcomes[i]!
      const entry = this.#table.wanted.get(id)
      const sources = entry?.sources ?? []
      if (status === 'accepted' && entry?.segment.only !== undefined && this.#stands(entry)) standing.add(entry.segment)
      if (status === 'accepted') {
        slot.proves()
        for (const source of sources) if (source !== slot) source.proves()
      }
      if (status === 'later') this.#trust.noteLater(id, this.#init.now())
      if (status === 'invalid' || status === 'unreadable') {
        this.#init.penalties.penalize(slot.session, 'misbehavior', `header ${id}: ${message ?? status}`)
        for (const liar of [slot, ...sources]) liars.add(liar)
      }
      this.#table.drop(id)
    }
    if (!this.#slots.has(slot.id)) this.#init.sink.forget(String(slot.id))
    if (liars.size > 0) this.#distrust([...liars])
    else for (const branch of standing) this.#plan.share(branch, (segment) => this.#walker.isWalking(segment))
    this.#schedule()
  }

  /** Is a header on the best chain, at the height that was guessed for it? */
  #stands({ id, height }: Wanted): boolean {
    const bytes = fromHex(id)
    return this.#init.chain.isBest(bytes) && this.#init.chain.heightOf(bytes) === height
  }

  /** Ids of these peers led to invalid headers, or nowhere: what they named is walked again, by others. */
  #distrust(liars: readonly PeerSlot[]): void {
    const { log, sink, now } = this.#init
    const spoilt = new Set<Segment>()
    for (const slot of liars) {
      log('ids of session %d are not trusted for a while', slot.id)
      this.#trust.distrust(slot, now())
      sink.forget(String(slot.id))
      slot.scout = undefined
      for (const request of [...slot.requests]) this.#table.abandon(request)
      this.#closeBranch(slot)
      for (const segment of this.#plan.all()) if (segment.named.has(slot.id)) spoilt.add(segment)
    }
    this.#spoil(spoilt)
  }

  /** Starts stretches over, from what stands. */
  #spoil(segments: ReadonlySet<Segment>): void {
    if (segments.size === 0) return
    for (const segment of [...segments, ...this.#plan.restart(segments)]) {
      this.#table.dropSegment(segment)
      for (const slot of this.#slots.values()) if (slot.scout?.segment === segment) slot.scout = undefined
    }
  }

  /** A peer that does not deliver what it named itself made it up, or lost it: do not walk by its ids. */
  #onUndelivered(slot: PeerSlot, id: string): void {
    this.#init.penalties.penalize(slot.session, 'nonDelivery', `headers it named itself, ${id} first, did not come`)
    this.#distrust([slot])
  }

  /** Ends the branch of a peer. What others named as well goes on as theirs. */
  #closeBranch(slot: PeerSlot): void {
    const branch = this.#plan.branchOf(slot)
    if (branch === undefined) return
    this.#plan.closeBranch(slot)
    const left = new Map<PeerSlot, string[]>()
    for (const { id, sources } of this.#table.dropSegment(branch)) {
      const other = [...sources].find((s) => s !== slot && this.#isTrusted(s))
      if (other === undefined) continue
      const list = left.get(other)
      if (list === undefined) left.set(other, [id])
      else list.push(id)
    }
    for (const [other, ids] of left) this.#ids.announced(other, ids)
  }

  /** Nobody is distrusted when nobody else is left: then those who are there have to do. */
  #trusted(): PeerSlot[] {
    const now = this.#init.now()
    const all = [...this.#slots.values()]
    const sound = all.filter((slot) => slot.distrustedUntil <= now)
    return sound.length > 0 ? sound : all
  }

  #isTrusted(slot: PeerSlot): boolean {
    return slot.distrustedUntil <= this.#init.now() || this.#trusted().includes(slot)
  }

  // --- driving

  /** Runs {@link tick} after the events at hand. */
  #schedule(): void {
    if (this.#scheduled || this.#stopped) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.tick()
    })
  }

  /** Does everything that may be done now and sets the timer for what may be done later. */
  tick(): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    const due: number[] = []
    this.#requester.expire(due)
    this.#walker.expire(due)
    this.#plan.tidy(
      (segment) => this.#walker.isWalking(segment),
      (sessionId) => this.#slots.get(sessionId)?.claimedHeight ?? 0
    )
    this.#walker.walk(due)
    this.#askParents()
    this.#requester.ask()
    this.#requester.hedge(due)
    const next = Math.min(...due)
    if (Number.isFinite(next)) {
      this.#timer = setTimeout(() => this.tick(), Math.max(1, Math.ceil(next - this.#init.now())))
      this.#timer.unref()
    }
  }

  /**
   * Orphans whose parents nobody is asked for: whoever sent one has its parent, too. When one parent after the other turns out to be
   * missing, the peer is asked where its chain leaves ours, which names up to 399 of them at once.
   */
  #askParents(): void {
    for (const slot of this.#trusted()) {
      if (slot.requests.size > 0 || this.#plan.branchOf(slot)?.climbing === true) continue
      const missing = this.#init.sink.missingParents(String(slot.id), MAX_PARENT_REQUESTS).map(toHex)
      if (missing.length === 0) continue
      if (slot.parentsAsked >= MAX_PARENT_REQUESTS) {
        if (this.maySync(slot.id)) this.#walker.ask(slot, undefined, 'locator')
        if (slot.scout !== undefined) slot.parentsAsked = 0
        continue
      }
      for (const id of missing) {
        if (this.#plan.all().some((s) => s.cursor.id === id)) continue
        slot.parentsAsked++
        this.#ids.parent(slot, id)
      }
    }
  }
}
