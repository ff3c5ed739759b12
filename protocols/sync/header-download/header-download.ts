import type { Logger } from '@libp2p/interface'
import { fromHex, toHex } from '../../../src/bytes/index.ts'
import { type Modifier, ModifierType, type SyncInfo } from '../../../src/wire/index.ts'
import type { PenaltySink, Session } from '../../session/index.ts'
import { CONTINUATION_IDS } from '../constants.ts'
import type { HeaderAnchor, HeaderDownloadSnapshot, HeaderSink, SubmitOutcome, SyncChain, SyncLimits } from '../interface.ts'
import { fullSyncInfo } from '../own-sync-info.ts'
import { PeerSlot, type Scout } from './peer-slot.ts'
import { RequestTable, type Wanted } from './request-table.ts'
import { type Cursor, Segment } from './segment.ts'

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

/** Unanswered questions for an id at the peer that named it, after which the peer is taken for a liar. */
const MAX_SOURCE_ATTEMPTS = 2

/** Missing parents asked for at once. */
const MAX_PARENT_REQUESTS = 16

const NO_PARENT = '0'.repeat(64)

/**
 * Fetches headers from many peers at once.
 *
 * Ids are walked: one SyncInfo that names a header brings the 399 or 400 ids that follow it, whatever was asked before, so each
 * stretch between two anchors is walked by its own peer. With the header itself in hand the question is of version 2; when a round
 * trip is longer than the pace that peers tolerate, the next ids are asked by id alone (version 1) and the headers come later.
 * The headers behind the ids come from whoever is free, the lowest first, and from a second peer when the first is slow.
 *
 * Everything is driven by events and one timer; nothing waits for a period to pass.
 */
export class HeaderDownload {
  readonly #init: HeaderDownloadInit
  readonly #table = new RequestTable()
  readonly #slots = new Map<number, PeerSlot>()
  #segments: Segment[] = []
  #timer: NodeJS.Timeout | undefined
  #scheduled = false
  #stopped = false

  constructor(init: HeaderDownloadInit) {
    this.#init = init
    this.#segments = this.#cutSegments()
  }

  slot(sessionId: number): PeerSlot | undefined {
    return this.#slots.get(sessionId)
  }

  addPeer(session: Session): void {
    const slot = new PeerSlot(session)
    this.#slots.set(session.id, slot)
    // The first word to a peer tells it where we stand, and its answer tells us where it stands.
    this.#sendScout(slot, this.#openSegment(), 'locator')
    this.#schedule()
  }

  removePeer(session: Session): void {
    const slot = this.#slots.get(session.id)
    if (slot === undefined) return
    this.#slots.delete(session.id)
    this.#table.removePeer(slot)
    for (const segment of this.#segments) if (segment.only === slot) this.#table.dropSegment(segment)
    this.#segments = this.#segments.filter((segment) => segment.only !== slot)
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
    return slot !== undefined && slot.scout === undefined && this.#paceLeft(slot) <= 0
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
    if (slot === undefined) return
    const hex = ids.map(toHex)
    const { scout } = slot
    // A single id may be an announcement that crossed the question; an answer that short ends the walk anyway.
    if (scout !== undefined && (scout.baseId === undefined || hex[0] === scout.baseId)) this.#onWalked(slot, scout, hex)
    else this.#onAnnounced(slot, hex)
    this.#schedule()
  }

  /** Headers from a peer. */
  onModifiers(session: Session, modifiers: readonly Modifier[]): void {
    const slot = this.#slots.get(session.id)
    if (slot === undefined) return
    const now = this.#init.now()
    const batch: Array<{ id: string; bytes: Uint8Array }> = []
    let unasked = 0
    for (const { id, bytes } of modifiers) {
      const key = toHex(id)
      if (!this.#table.wasAsked(slot, key)) {
        unasked++
        continue
      }
      const request = this.#table.answered(slot, key)
      if (request !== undefined && request.ids.size === 0) slot.answered(now - request.sentAt)
      const entry = this.#table.wanted.get(key)
      if (entry === undefined || entry.state === 'verifying') continue
      const info = this.#init.chain.inspect(bytes)
      if (info === undefined || toHex(info.id) !== key) {
        this.#init.penalties.penalize(session, 'misbehavior', `header sent as ${key} is not that header`)
        if (entry.requests.size === 0) this.#retry(entry)
        continue
      }
      // The walk of a branch counts from a guess until its headers come.
      if (entry.segment.cursor.id === key) entry.segment.cursor = { id: key, height: info.height }
      entry.state = 'verifying'
      entry.bytes = bytes.slice()
      batch.push({ id: key, bytes: entry.bytes })
    }
    if (unasked > 0) this.#init.penalties.penalize(session, 'spam', `${unasked} headers that nobody asked for`)
    if (batch.length > 0) void this.#verify(slot, batch)
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  snapshot(): HeaderDownloadSnapshot {
    let inFlight = 0
    let verifying = 0
    let waiting = 0
    for (const entry of this.#table.wanted.values()) {
      if (entry.state === 'verifying') verifying++
      else if (entry.state === 'requested') inFlight++
      else waiting++
    }
    const slots = [...this.#slots.values()]
    return {
      claimedHeight: slots.reduce((max, s) => Math.max(max, s.claimedHeight), 0),
      peers: slots.length,
      busyPeers: slots.filter((s) => s.scout !== undefined || s.requests.size > 0).length,
      idsWaiting: waiting,
      headersInFlight: inFlight,
      headersVerifying: verifying,
      waitingFor: this.#waitingFor(slots, inFlight, verifying)
    }
  }

  #waitingFor(slots: readonly PeerSlot[], inFlight: number, verifying: number): string {
    const now = this.#init.now()
    if (slots.length === 0) return 'a peer'
    const name = (slot: PeerSlot): string => slot.session.remote.ip ?? slot.session.peerId.toString()
    const oldest = slots.flatMap((s) => [...s.requests]).sort((a, b) => a.sentAt - b.sentAt)[0]
    if (oldest !== undefined) {
      const age = Math.round(now - oldest.sentAt)
      return `${inFlight} headers, the oldest request of ${age} ms ago to ${name(oldest.slot)}`
    }
    const scouting = slots.find((s) => s.scout !== undefined)
    if (scouting?.scout !== undefined)
      return `header ids from ${name(scouting)}, asked ${Math.round(now - scouting.scout.sentAt)} ms ago`
    if (verifying > 0) return `verification of ${verifying} headers`
    const highest = Math.max(...slots.map((s) => s.claimedHeight))
    if (highest <= this.#init.chain.height) return 'a new block: no peer claims a higher chain'
    return `ids above height ${this.#init.chain.height} from one of ${slots.length} peers`
  }

  // --- ids

  #onWalked(slot: PeerSlot, scout: Scout, ids: readonly string[]): void {
    const { segment } = scout
    slot.scout = undefined
    segment.unanswered = 0
    slot.scoutAnswered(scout.sentAt, this.#init.now())
    const fresh = scout.baseId === undefined ? ids : ids.slice(1)
    if (!this.#segments.includes(segment)) return
    if (scout.kind === 'locator' && !this.#continues(segment, fresh)) {
      this.#onAnnounced(slot, fresh)
      return
    }
    const limit = scout.baseId === undefined ? CONTINUATION_IDS - 1 : CONTINUATION_IDS
    this.#extend(segment, fresh, slot)
    if (ids.length < limit) slot.claimedHeight = Math.max(slot.claimedHeight, segment.cursor.height)
  }

  /** Does the answer to a locator begin where the segment stands? It does unless the peer is on another branch, or behind. */
  #continues(segment: Segment, ids: readonly string[]): boolean {
    const { chain } = this.#init
    if (segment.open > 0 || toHex(chain.idAt(chain.height) ?? new Uint8Array(32)) !== segment.cursor.id) return false
    return ids.length > 0 && chain.heightOf(fromHex(ids[0]!)) === undefined
  }

  #extend(segment: Segment, ids: readonly string[], slot: PeerSlot): void {
    let { height } = segment.cursor
    for (const id of ids) {
      height++
      if (this.#init.chain.heightOf(fromHex(id)) === undefined) this.#table.want(id, height, segment, slot)
      segment.cursor = { id, height }
      if (segment.end !== undefined && (id === segment.end.id || height >= segment.end.height)) {
        segment.walked = true
        // An anchor that is not on the peer's chain was a bad hint: what follows it is walked from here instead.
        if (id !== segment.end.id) this.#dropAnchorsFrom(segment)
        return
      }
    }
  }

  #onAnnounced(slot: PeerSlot, ids: readonly string[]): void {
    const unknown = ids.filter((id) => {
      const wanted = this.#table.wanted.get(id)
      wanted?.sources.add(slot)
      return wanted === undefined && this.#init.chain.heightOf(fromHex(id)) === undefined
    })
    if (unknown.length === 0) return
    const held = this.#segments.find((s) => s.only === slot)
    const segment = held ?? new Segment({ id: NO_PARENT, height: this.#init.chain.height }, { only: slot })
    if (held === undefined) this.#segments.push(segment)
    if (segment.open > this.#init.limits.maxAhead) return
    this.#extend(segment, unknown, slot)
  }

  // --- verification

  async #verify(slot: PeerSlot, batch: ReadonlyArray<{ id: string; bytes: Uint8Array }>): Promise<void> {
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
    const blamed = new Set<PeerSlot>()
    for (const [i, { id }] of batch.entries()) {
      const outcome = outcomes[i]!
      const entry = this.#table.wanted.get(id)
      if (outcome.status === 'invalid' || outcome.status === 'unreadable') {
        this.#init.penalties.penalize(slot.session, 'misbehavior', `header ${id}: ${outcome.message ?? outcome.status}`)
        blamed.add(slot)
        for (const source of entry?.sources ?? []) blamed.add(source)
      }
      this.#table.drop(id)
    }
    if (blamed.size > 0) this.#distrust(blamed)
    this.#schedule()
  }

  /** Ids of these peers led to invalid headers, or nowhere: walk again, from others first. */
  #distrust(slots: ReadonlySet<PeerSlot>): void {
    for (const slot of slots) {
      slot.distrustedUntil = this.#init.now() + this.#init.limits.distrustMs
      this.#init.log('ids of session %d are not trusted for a while', slot.id)
    }
    for (const segment of this.#segments) this.#table.dropSegment(segment)
    this.#segments = this.#cutSegments()
    for (const slot of this.#slots.values()) slot.scout = undefined
  }

  #retry(entry: Wanted): void {
    entry.state = 'pending'
    entry.attempts++
    entry.segment.pending.unshift(entry.id)
  }

  // --- segments

  #cutSegments(): Segment[] {
    const { chain, anchors } = this.#init
    const height = chain.height
    const tip: Cursor = { id: height === 0 ? NO_PARENT : toHex(chain.idAt(height)!), height }
    const above = anchors.filter((a) => a.height > height).map((a) => ({ id: toHex(a.id), height: a.height }))
    const starts = [tip, ...above]
    return starts.map((start, i) => {
      const end = starts[i + 1]
      return new Segment(start, end === undefined ? {} : { end })
    })
  }

  #openSegment(): Segment {
    return this.#segments.find((s) => s.only === undefined)!
  }

  #dropAnchorsFrom(segment: Segment): void {
    const at = this.#segments.indexOf(segment)
    for (const later of this.#segments.slice(at + 1)) if (later.only === undefined) this.#table.dropSegment(later)
    const open = new Segment(segment.cursor)
    this.#segments = [
      ...this.#segments.slice(0, at + 1),
      open,
      ...this.#segments.slice(at + 1).filter((s) => s.only !== undefined)
    ]
  }

  /** Forgets what is done, and starts again from the best header where a walk has nothing left to show for itself. */
  #tidySegments(): void {
    const { chain } = this.#init
    const kept = this.#segments.filter((segment, i) => {
      if (segment.open > 0) return true
      if (segment.only !== undefined) return this.#branchGoesOn(segment, segment.only)
      const last = !this.#segments.slice(i + 1).some((s) => s.only === undefined)
      return last || !segment.walked
    })
    const first = kept.find((s) => s.only === undefined)!
    if (first.open === 0 && ![...this.#slots.values()].some((s) => s.scout?.segment === first)) {
      const tip = chain.height === 0 ? NO_PARENT : toHex(chain.idAt(chain.height)!)
      // Its headers are verified but the chain did not get there, or another branch won: the best header is where to go on.
      if (first.end === undefined || chain.height < first.end.height) first.cursor = { id: tip, height: chain.height }
      else first.walked = true
    }
    this.#segments = kept
  }

  /** Is there more of a branch, beyond what was fetched and did not become the best chain? */
  #branchGoesOn(segment: Segment, slot: PeerSlot): boolean {
    const id = fromHex(segment.cursor.id)
    if (segment.unanswered > 0 || slot.claimedHeight <= segment.cursor.height) return false
    return this.#init.chain.heightOf(id) !== undefined && !this.#init.chain.isBest(id)
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
    this.#expire(due)
    this.#tidySegments()
    this.#walk(due)
    this.#askParents()
    this.#ask(due)
    this.#hedge(due)
    const next = Math.min(...due)
    if (Number.isFinite(next)) {
      this.#timer = setTimeout(() => this.tick(), Math.max(1, Math.ceil(next - this.#init.now())))
      this.#timer.unref()
    }
  }

  #expire(due: number[]): void {
    const now = this.#init.now()
    for (const slot of this.#slots.values()) {
      const { scout } = slot
      if (scout !== undefined) {
        const until = scout.sentAt + this.#init.limits.scoutTimeoutMs + 4 * slot.responseMs
        if (now >= until) {
          slot.scout = undefined
          slot.failures++
          scout.segment.unanswered++
        } else due.push(until)
      }
      for (const request of [...slot.requests]) {
        const until = request.sentAt + this.#requestTimeout(slot)
        if (now < until) {
          due.push(until)
          continue
        }
        slot.failures++
        this.#table.abandon(request)
        this.#blameSource(slot, request.ids)
      }
    }
  }

  /** A peer that does not deliver what it named itself made it up, or lost it: do not walk by its ids. */
  #blameSource(slot: PeerSlot, ids: ReadonlySet<string>): void {
    for (const id of ids) {
      const entry = this.#table.wanted.get(id)
      if (entry === undefined || entry.attempts < MAX_SOURCE_ATTEMPTS || !entry.sources.has(slot)) continue
      this.#init.penalties.penalize(slot.session, 'nonDelivery', `headers it named itself, ${id} first, did not come`)
      this.#distrust(new Set([slot]))
      return
    }
  }

  #requestTimeout(slot: PeerSlot): number {
    return this.#init.limits.requestTimeoutMs + 4 * slot.responseMs
  }

  #walk(due: number[]): void {
    const { limits, chain } = this.#init
    // Branches first: a peer on another branch has no answer to a question about the best header.
    const branches = this.#segments.filter((s) => s.only !== undefined)
    for (const segment of [...branches, ...this.#segments.filter((s) => s.only === undefined)]) {
      if (segment.walked || segment.cursor.height > chain.height + limits.maxAhead) continue
      if ([...this.#slots.values()].some((s) => s.scout?.segment === segment)) continue
      // A branch is walked by the one peer that has it, with each header in hand: its heights are guesses before.
      if (segment.only !== undefined && (segment.cursor.id === NO_PARENT || this.#bytesOf(segment.cursor.id) === undefined))
        continue
      const suits = (s: PeerSlot): boolean =>
        s.scout === undefined &&
        (segment.only === undefined ? !branches.some((b) => b.only === s) : segment.only === s) &&
        this.#knowsMore(s, segment)
      const slot = this.#bestSlot(suits, due)
      if (slot !== undefined) this.#sendScout(slot, segment, this.#scoutKind(segment))
    }
  }

  #knowsMore(slot: PeerSlot, segment: Segment): boolean {
    if (slot.distrustedUntil > this.#init.now() && this.#slots.size > 1) return false
    return slot.claimedHeight > segment.cursor.height
  }

  /** The fastest suitable peer that may be asked now; notes when one will be. */
  #bestSlot(suits: (slot: PeerSlot) => boolean, due: number[]): PeerSlot | undefined {
    const now = this.#init.now()
    let best: PeerSlot | undefined
    for (const slot of this.#slots.values()) {
      if (!suits(slot)) continue
      const left = this.#paceLeft(slot)
      if (left > 0) {
        due.push(now + left)
        continue
      }
      if (best === undefined || rank(slot) < rank(best)) best = slot
    }
    return best
  }

  #paceLeft(slot: PeerSlot): number {
    return slot.maySyncAt(this.#init.limits.syncPaceMs) - this.#init.now()
  }

  #scoutKind(segment: Segment): Scout['kind'] {
    // Nothing of ours lies between the best header and the question, so ask in the form that finds common ground on any branch.
    if (segment.cursor.id === NO_PARENT || (segment.only === undefined && segment.open === 0 && segment.end === undefined))
      return 'locator'
    return this.#bytesOf(segment.cursor.id) === undefined ? 'id' : 'header'
  }

  #bytesOf(id: string): Uint8Array | undefined {
    return this.#table.wanted.get(id)?.bytes ?? this.#init.chain.bytesOf(fromHex(id))
  }

  #sendScout(slot: PeerSlot, segment: Segment, kind: Scout['kind']): void {
    const now = this.#init.now()
    slot.scout = { segment, kind, baseId: kind === 'id' ? segment.cursor.id : undefined, sentAt: now }
    slot.lastSyncSentAt = now
    slot.session.send(this.#scoutMessage(segment, kind))
  }

  #scoutMessage(segment: Segment, kind: Scout['kind']): SyncInfo {
    if (kind === 'locator') return fullSyncInfo(this.#init.chain)
    if (kind === 'id') return { type: 'SyncInfo', version: 1, headerIds: [fromHex(segment.cursor.id)] }
    return { type: 'SyncInfo', version: 2, headers: [this.#bytesOf(segment.cursor.id)!] }
  }

  /** Orphans whose parents nobody is asked for: a branch that was announced by its tip alone. */
  #askParents(): void {
    for (const { id, height } of this.#init.sink.missingParents(MAX_PARENT_REQUESTS)) {
      const key = toHex(id)
      if (this.#table.wanted.has(key) || this.#segments.some((s) => s.cursor.id === key)) continue
      const slot = this.#bestSlot((s) => s.requests.size === 0 && s.claimedHeight >= height, [])
      if (slot === undefined) continue
      this.#onAnnounced(slot, [key])
    }
  }

  #ask(due: number[]): void {
    if (this.#init.sink.queued >= this.#init.limits.maxQueuedBatches) return
    for (const segment of this.#segments) {
      while (segment.pending.length > 0) {
        const slot = this.#freeSlot(segment, due)
        if (slot === undefined) break
        const ids = this.#takeIds(segment, slot)
        if (ids.length === 0) break
        this.#request(slot, ids, false)
      }
    }
  }

  #freeSlot(segment: Segment, _due: number[]): PeerSlot | undefined {
    if (segment.only !== undefined)
      return segment.only.requests.size < this.#init.limits.maxRequestsPerPeer ? segment.only : undefined
    const first = this.#table.wanted.get(segment.pending[0]!)!
    let best: PeerSlot | undefined
    for (const slot of this.#slots.values()) {
      if (slot.requests.size >= this.#init.limits.maxRequestsPerPeer) continue
      if (slot.claimedHeight < first.height && !first.sources.has(slot)) continue
      // Who did not deliver twice is not asked again for the same, unless it is answerable for it.
      if (first.attempts > 0 && slot.failures > 0 && !first.sources.has(slot) && this.#slots.size > 1) continue
      if (
        best === undefined ||
        rank(slot) + slot.requests.size * slot.responseMs < rank(best) + best.requests.size * best.responseMs
      ) {
        best = slot
      }
    }
    return best
  }

  #takeIds(segment: Segment, slot: PeerSlot): string[] {
    const { minIdsPerRequest } = this.#init.limits
    const sharers = Math.max(1, this.#slots.size)
    const share = Math.ceil(segment.pending.length / sharers)
    const count = Math.min(CONTINUATION_IDS, Math.max(minIdsPerRequest, share))
    const ids: string[] = []
    let taken = 0
    for (const id of segment.pending) {
      if (ids.length >= count) break
      const entry = this.#table.wanted.get(id)!
      if (slot.claimedHeight < entry.height && !entry.sources.has(slot)) break
      taken++
      ids.push(id)
    }
    segment.pending = segment.pending.slice(taken)
    return ids
  }

  #request(slot: PeerSlot, ids: readonly string[], hedge: boolean): void {
    this.#table.ask(slot, ids, this.#init.now(), hedge)
    slot.session.send({ type: 'RequestModifier', typeId: ModifierType.Header, ids: ids.map(fromHex) })
  }

  /** The lowest request holds up everything above it: when it is late, somebody else is asked for the same. */
  #hedge(due: number[]): void {
    if (this.#slots.size < 2) return
    const now = this.#init.now()
    const lowest = this.#lowestRequested()
    if (lowest === undefined || lowest.requests.size > 1) return
    const [request] = lowest.requests
    if (request === undefined || request.hedge) return
    const at = request.sentAt + 1.5 * request.slot.responseMs + this.#init.limits.hedgeMinMs
    if (now < at) {
      due.push(at)
      return
    }
    let other: PeerSlot | undefined
    for (const slot of this.#slots.values()) {
      if (slot === request.slot || slot.requests.size >= this.#init.limits.maxRequestsPerPeer) continue
      if (slot.claimedHeight < lowest.height && !lowest.sources.has(slot)) continue
      if (other === undefined || rank(slot) < rank(other)) other = slot
    }
    if (other !== undefined) this.#request(other, [...request.ids], true)
  }

  #lowestRequested(): Wanted | undefined {
    let lowest: Wanted | undefined
    for (const entry of this.#table.wanted.values()) {
      if (entry.state === 'requested' && (lowest === undefined || entry.height < lowest.height)) lowest = entry
    }
    return lowest
  }
}

/** Order of preference: response time, with failing peers far behind. */
function rank(slot: PeerSlot): number {
  return slot.responseMs + (slot.failing ? 60_000 : slot.failures * 500)
}
