import { CONTINUATION_IDS } from '../constants.ts'
import type { SyncLimits } from '../interface.ts'
import type { HeaderRequest, PeerSlot } from './peer-slot.ts'
import type { RequestTable, Wanted } from './request-table.ts'
import type { Segment } from './segment.ts'

export interface PeerChoiceInit {
  readonly table: RequestTable
  readonly limits: SyncLimits
  /** Peers that may be asked at all. */
  readonly trusted: () => PeerSlot[]
}

/** Decides which peer is asked for which headers. */
export class PeerChoice {
  readonly #init: PeerChoiceInit

  constructor(init: PeerChoiceInit) {
    this.#init = init
  }

  /** Who is asked for the lowest header that is wanted of a stretch. */
  first(segment: Segment): PeerSlot | undefined {
    const entry = this.#entry(segment.pending[0]!)
    const able = this.#init.trusted().filter((s) => mayDeliver(s, segment, entry))
    // Who did not deliver it is asked again only when nobody else can be.
    const untried = able.filter((s) => entry.failed?.has(s) !== true)
    const candidates = untried.length > 0 ? untried : able
    const sound = candidates.filter((s) => !s.failing)
    let best: PeerSlot | undefined
    for (const slot of sound.length > 0 ? sound : candidates) {
      if (slot.requests.size >= this.#maxRequests(slot, segment)) continue
      if (best === undefined || load(slot) < load(best)) best = slot
    }
    return best
  }

  /** Who is asked for the same once more: best a peer that named it. */
  second(request: HeaderRequest): PeerSlot | undefined {
    const [id] = request.ids
    const entry = id === undefined ? undefined : this.#init.table.wanted.get(id)
    if (entry === undefined) return undefined
    const others = this.#init
      .trusted()
      .filter(
        (s) => s !== request.slot && s.requests.size < this.#init.limits.maxRequestsPerPeer && mayDeliver(s, entry.segment, entry)
      )
    const sources = entry.sources.has(request.slot) ? [] : others.filter((s) => entry.sources.has(s))
    let best: PeerSlot | undefined
    for (const slot of sources.length > 0 ? sources : others) if (best === undefined || slot.rank < best.rank) best = slot
    return best
  }

  /** Ids in one request: all peers get as much of what is wanted by all stretches together. */
  shareOf(segments: readonly Segment[]): number {
    let pending = 0
    for (const segment of segments) if (segment.only === undefined) pending += segment.pending.length
    return Math.max(this.#init.limits.minIdsPerRequest, Math.ceil(pending / Math.max(1, this.#init.trusted().length)))
  }

  /** Takes from the front of what is wanted as much as a peer is to be asked for. */
  takeIds(segment: Segment, slot: PeerSlot, share: number): string[] {
    const wanted = segment.only === slot.id ? segment.pending.length : share
    const count = Math.min(CONTINUATION_IDS, onProbation(slot, segment) ? this.#init.limits.minIdsPerRequest : wanted)
    const ids: string[] = []
    for (const id of segment.pending) {
      if (ids.length >= count || !mayDeliver(slot, segment, this.#entry(id))) break
      ids.push(id)
    }
    segment.pending = segment.pending.slice(ids.length)
    return ids
  }

  #entry(id: string): Wanted {
    return this.#init.table.wanted.get(id)!
  }

  #maxRequests(slot: PeerSlot, segment: Segment): number {
    return onProbation(slot, segment) ? 1 : this.#init.limits.maxRequestsPerPeer
  }
}

function mayDeliver(slot: PeerSlot, segment: Segment, entry: Wanted): boolean {
  if (entry.sources.has(slot)) return true
  return segment.only === undefined && slot.hasAllHeaders && slot.claimedHeight >= entry.height
}

/** A peer that has proven nothing is tried with little of what others wait for. */
function onProbation(slot: PeerSlot, segment: Segment): boolean {
  return slot.proven === 0 && segment.only !== slot.id
}

/** Order of preference among peers that may have work already. */
function load(slot: PeerSlot): number {
  return slot.rank + slot.requests.size * slot.responseMs
}
