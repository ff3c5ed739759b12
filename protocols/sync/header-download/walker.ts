import { fromHex } from '../../../src/bytes/index.ts'
import type { SyncInfo } from '../../../src/wire/index.ts'
import type { SyncChain, SyncLimits } from '../interface.ts'
import { fullSyncInfo } from '../own-sync-info.ts'
import type { PeerSlot, Scout } from './peer-slot.ts'
import type { RequestTable } from './request-table.ts'
import type { Segment } from './segment.ts'
import { NO_PARENT, type SegmentPlan } from './segment-plan.ts'

export interface WalkerInit {
  readonly chain: SyncChain
  readonly limits: SyncLimits
  readonly now: () => number
  readonly plan: SegmentPlan
  readonly table: RequestTable
  readonly slots: ReadonlyMap<number, PeerSlot>
  /** Peers that may be asked at all. */
  readonly trusted: () => PeerSlot[]
}

/** Asks peers for the ids that follow what is known: who is asked, when, and in which form. */
export class Walker {
  readonly #init: WalkerInit

  constructor(init: WalkerInit) {
    this.#init = init
  }

  /** Milliseconds until the peer takes a SyncInfo again; 0 or less for now. */
  syncIn(slot: PeerSlot): number {
    return slot.maySyncAt(this.#init.limits.syncPaceMs) - this.#init.now()
  }

  isWalking(segment: Segment): boolean {
    for (const slot of this.#init.slots.values()) if (slot.scout?.segment === segment) return true
    return false
  }

  /** Gives up questions that were not answered in time. */
  expire(due: number[]): void {
    const now = this.#init.now()
    for (const slot of this.#init.slots.values()) {
      const { scout } = slot
      if (scout === undefined) continue
      const until = scout.sentAt + this.#init.limits.scoutTimeoutMs + 4 * slot.responseMs
      if (now < until) {
        due.push(until)
        continue
      }
      slot.scout = undefined
      slot.failures++
      slot.inVain(slot.scoutNotBefore)
      if (scout.segment !== undefined) scout.segment.unanswered++
    }
  }

  /** Asks for ids wherever somebody may know more; notes when somebody may be asked. */
  walk(due: number[]): void {
    const { plan, chain, limits, slots } = this.#init
    for (const segment of plan.all()) {
      if (segment.walked || segment.cursor.height > chain.height + limits.maxAhead || this.isWalking(segment)) continue
      if (segment.only === undefined) this.#walkShared(segment, due)
      // A branch is walked by the one peer that has it, with each header in hand: its heights are guesses before.
      else if (this.#bytesOf(segment.cursor.id) !== undefined) {
        const owner = slots.get(segment.only)
        const slot = owner === undefined ? undefined : this.#best([owner], segment, due)
        if (slot !== undefined) this.ask(slot, segment, 'header')
      }
    }
  }

  /** What all share is walked by those who have proven themselves; as long as there are none, each peer tells what it has. */
  #walkShared(segment: Segment, due: number[]): void {
    const higher = this.#init
      .trusted()
      .filter((s) => this.#init.plan.branchOf(s) === undefined && s.claimedHeight > segment.cursor.height)
    const complete = higher.filter((s) => s.hasAllHeaders)
    // One that does not say what it has is asked, as any that is ahead by the reference, when nobody does say so.
    const able = complete.length > 0 ? complete : higher
    const proven = able.filter((s) => s.proven > 0)
    const slot = this.#best(proven.length > 0 ? proven : able, segment, due)
    if (slot === undefined) return
    if (proven.length > 0) this.ask(slot, segment, this.#kindFor(segment))
    else this.ask(slot, undefined, 'locator')
  }

  /** The best of some peers that may be asked now; notes when one will be. */
  #best(slots: readonly PeerSlot[], segment: Segment, due: number[]): PeerSlot | undefined {
    const now = this.#init.now()
    let best: PeerSlot | undefined
    for (const slot of slots) {
      if (slot.scout !== undefined || slot.claimedHeight <= segment.cursor.height) continue
      const left = Math.max(this.syncIn(slot), slot.scoutNotBefore - now)
      if (left > 0) due.push(now + left)
      else if (best === undefined || slot.rank < best.rank) best = slot
    }
    return best
  }

  #kindFor(segment: Segment): Scout['kind'] {
    // Nothing of ours lies between the best header and the question, so ask in the form that finds common ground on any branch.
    const { id } = segment.cursor
    if (id === NO_PARENT || (segment.open === 0 && id === this.#init.plan.tip().id)) return 'locator'
    return this.#bytesOf(id) === undefined ? 'id' : 'header'
  }

  #bytesOf(id: string): Uint8Array | undefined {
    if (id === NO_PARENT) return undefined
    return this.#init.table.wanted.get(id)?.bytes ?? this.#init.chain.bytesOf(fromHex(id))
  }

  /** Sends the question. Without a stretch it is the first one to a peer. */
  ask(slot: PeerSlot, segment: Segment | undefined, kind: Scout['kind']): void {
    const now = this.#init.now()
    const baseId = kind === 'id' ? segment?.cursor.id : undefined
    slot.scout = { segment, kind, baseId, sentAt: now, chainHeight: this.#init.chain.height }
    slot.lastSyncSentAt = now
    slot.session.send(this.#message(segment, kind))
  }

  #message(segment: Segment | undefined, kind: Scout['kind']): SyncInfo {
    if (segment === undefined || kind === 'locator') return fullSyncInfo(this.#init.chain)
    if (kind === 'id') return { type: 'SyncInfo', version: 1, headerIds: [fromHex(segment.cursor.id)] }
    return { type: 'SyncInfo', version: 2, headers: [this.#bytesOf(segment.cursor.id)!] }
  }
}
