import type { HeaderRequest, PeerSlot } from './peer-slot.ts'
import type { Segment } from './segment.ts'

/** A header that is wanted. */
export interface Wanted {
  readonly id: string
  /** Height as the walk counts it. */
  readonly height: number
  readonly segment: Segment
  /** Peers that named it; the first is answerable for it. */
  readonly sources: Set<PeerSlot>
  /** Questions under way for it: none while pending, two when hedged. */
  readonly requests: Set<HeaderRequest>
  state: 'pending' | 'requested' | 'verifying'
  /** Present while verifying. */
  bytes: Uint8Array | undefined
  /** Who was asked for it without an answer, and how often; undefined while nobody was. */
  failed: Map<PeerSlot, number> | undefined
}

/** Ids that a peer was asked for and may still deliver late, without it being spam. */
const MAX_ASKED = 4_000

/** Book of everything wanted and asked for. */
export class RequestTable {
  readonly wanted = new Map<string, Wanted>()
  /** How many answers each peer still owes for an id: one that is asked again may answer both times. */
  readonly #asked = new Map<PeerSlot, Map<string, number>>()

  /** Registers an id, at the end of its segment; false when it is wanted already. */
  want(id: string, height: number, segment: Segment, source: PeerSlot): boolean {
    const known = this.wanted.get(id)
    if (known !== undefined) {
      known.sources.add(source)
      return false
    }
    const entry: Wanted = {
      id,
      height,
      segment,
      sources: new Set([source]),
      requests: new Set(),
      state: 'pending',
      bytes: undefined,
      failed: undefined
    }
    this.wanted.set(id, entry)
    segment.pending.push(id)
    segment.open++
    return true
  }

  /** Notes that ids were sent in a request. */
  ask(slot: PeerSlot, ids: readonly string[], now: number, hedge: boolean): HeaderRequest {
    const request: HeaderRequest = { slot, sentAt: now, ids: new Set(ids), hedge, partialAt: undefined }
    slot.requests.add(request)
    let asked = this.#asked.get(slot)
    if (asked === undefined) this.#asked.set(slot, (asked = new Map()))
    for (const id of ids) {
      const entry = this.wanted.get(id)
      if (entry !== undefined) {
        entry.requests.add(request)
        if (entry.state === 'pending') entry.state = 'requested'
      }
      const owed = asked.get(id) ?? 0
      asked.delete(id)
      asked.set(id, owed + 1)
    }
    for (const id of asked.keys()) {
      if (asked.size <= MAX_ASKED) break
      asked.delete(id)
    }
    return request
  }

  /** Does this peer owe an answer for the id, in time or late? */
  wasAsked(slot: PeerSlot, id: string): boolean {
    return this.#asked.get(slot)?.has(id) ?? false
  }

  /** Takes an id out of the questions to a peer; returns the question it answered. */
  answered(slot: PeerSlot, id: string): HeaderRequest | undefined {
    const asked = this.#asked.get(slot)
    const owed = asked?.get(id) ?? 0
    if (owed > 1) asked!.set(id, owed - 1)
    else asked?.delete(id)
    for (const request of slot.requests) {
      if (!request.ids.delete(id)) continue
      this.wanted.get(id)?.requests.delete(request)
      if (request.ids.size === 0) slot.requests.delete(request)
      return request
    }
    return undefined
  }

  /** Gives up a question; ids that nobody else is asked for are pending again, in front. */
  abandon(request: HeaderRequest): void {
    const { slot } = request
    slot.requests.delete(request)
    const back: Wanted[] = []
    for (const id of request.ids) {
      const entry = this.wanted.get(id)
      if (entry === undefined) continue
      entry.requests.delete(request)
      entry.failed ??= new Map()
      entry.failed.set(slot, (entry.failed.get(slot) ?? 0) + 1)
      if (entry.state === 'requested' && entry.requests.size === 0) {
        entry.state = 'pending'
        back.push(entry)
      }
    }
    this.#putBack(back)
  }

  /** Its header came, in time or after it was given up. */
  arrive(entry: Wanted): void {
    this.#unqueue(entry)
    entry.state = 'verifying'
  }

  /** What came for it was not it: once more, first of all, unless it waits for that already or somebody else is asked. */
  retry(entry: Wanted): void {
    if (entry.state === 'pending' || entry.requests.size > 0) return
    entry.state = 'pending'
    entry.segment.pending.unshift(entry.id)
  }

  /** The question to one of these peers for the lowest header under way, unless a second peer is asked for it already. */
  lowestUnhedged(slots: Iterable<PeerSlot>): HeaderRequest | undefined {
    let lowest: Wanted | undefined
    for (const slot of slots) {
      for (const { ids } of slot.requests) {
        // Ids are asked for from the lowest on.
        const [first] = ids
        const entry = first === undefined ? undefined : this.wanted.get(first)
        if (entry?.state === 'requested' && (lowest === undefined || entry.height < lowest.height)) lowest = entry
      }
    }
    if (lowest === undefined || lowest.requests.size > 1) return undefined
    const [request] = lowest.requests
    return request?.hedge === true ? undefined : request
  }

  /** Forgets an id for good: verified, or not wanted any more. */
  drop(id: string): void {
    const entry = this.wanted.get(id)
    if (entry === undefined) return
    this.wanted.delete(id)
    entry.segment.open--
    this.#unqueue(entry)
    for (const request of entry.requests) {
      request.ids.delete(id)
      if (request.ids.size === 0) request.slot.requests.delete(request)
    }
  }

  /** Forgets everything of a segment; returns what was still to be fetched, lowest first. */
  dropSegment(segment: Segment): Wanted[] {
    segment.pending = []
    const dropped = [...this.wanted.values()].filter((entry) => entry.segment === segment)
    for (const entry of dropped) this.drop(entry.id)
    segment.open = 0
    return dropped.filter((entry) => entry.state !== 'verifying').sort((a, b) => a.height - b.height)
  }

  removePeer(slot: PeerSlot): void {
    for (const request of [...slot.requests]) this.abandon(request)
    this.#asked.delete(slot)
    for (const entry of this.wanted.values()) {
      entry.sources.delete(slot)
      entry.failed?.delete(slot)
    }
  }

  #unqueue({ id, state, segment }: Wanted): void {
    if (state === 'pending') segment.pending = segment.pending.filter((p) => p !== id)
  }

  #putBack(entries: Wanted[]): void {
    const bySegment = new Map<Segment, Wanted[]>()
    for (const entry of entries) {
      const list = bySegment.get(entry.segment)
      if (list === undefined) bySegment.set(entry.segment, [entry])
      else list.push(entry)
    }
    for (const [segment, list] of bySegment) {
      list.sort((a, b) => a.height - b.height)
      segment.pending = [...list.map((e) => e.id), ...segment.pending]
    }
  }
}
