import { fromHex } from '../../../src/bytes/index.ts'
import { CONTINUATION_IDS } from '../constants.ts'
import type { SyncChain, SyncLimits } from '../interface.ts'
import type { PeerSlot, Scout } from './peer-slot.ts'
import type { RequestTable } from './request-table.ts'
import type { Segment } from './segment.ts'
import type { SegmentPlan } from './segment-plan.ts'
import type { Trust } from './trust.ts'

/** Ids of a branch that a peer may have open before it delivers: two answers of the reference. */
const MAX_BRANCH_IDS = 2 * CONTINUATION_IDS

export interface IdIntakeInit {
  readonly chain: SyncChain
  readonly limits: SyncLimits
  readonly now: () => number
  readonly plan: SegmentPlan
  readonly table: RequestTable
  readonly trust: Trust
}

/** What peers name: ids are put where they belong, to what all share or to a branch of the peer's own, and become wanted. */
export class IdIntake {
  readonly #init: IdIntakeInit

  constructor(init: IdIntakeInit) {
    this.#init = init
  }

  /** The answer to a walk. */
  walked(slot: PeerSlot, scout: Scout, ids: readonly string[]): void {
    const { segment } = scout
    const { chain, table, limits } = this.#init
    const now = this.#init.now()
    slot.scout = undefined
    if (segment !== undefined) segment.unanswered = 0
    slot.scoutAnswered(scout.sentAt, now)
    const fresh = scout.baseId === undefined ? ids : ids.slice(1)
    // An answer that was overtaken by the headers of others says nothing of what this peer has.
    const overtaken = chain.height > scout.chainHeight
    if (!overtaken && !fresh.some((id) => table.wanted.has(id) || this.#isNew(id))) {
      if (this.#climb(slot, fresh)) return
      // What this peer has to tell is known: it waits for a while, else it would be asked for the same all the time.
      slot.inVain(now + limits.futileMs)
    }
    const target = this.#targetOf(slot, scout, fresh)
    if (target === undefined) {
      this.announced(slot, fresh)
      return
    }
    target.climbing = false
    const limit = scout.baseId === undefined ? CONTINUATION_IDS - 1 : CONTINUATION_IDS
    this.#extend(target, fresh, slot)
    if (ids.length < limit) slot.claimedHeight = Math.max(slot.claimedHeight, target.cursor.height)
  }

  /** The stretch that an answer goes on with; undefined when it is the peer's own branch. */
  #targetOf(slot: PeerSlot, { segment, kind }: Scout, ids: readonly string[]): Segment | undefined {
    const { plan } = this.#init
    if (segment !== undefined && kind !== 'locator' && plan.has(segment)) return segment
    // Meanwhile its headers may have become the best chain, which then is what the answer goes on with.
    return slot.proven > 0 && this.#continues(plan.first, ids) ? plan.first : undefined
  }

  /**
   * A full answer in which all is known: the chain of the peer leaves ours further up than that answer reaches, when the steps of the
   * locator are wider there. So it is asked on from the last of them.
   *
   * @returns false when the peer has no more
   */
  #climb(slot: PeerSlot, ids: readonly string[]): boolean {
    const { chain, plan } = this.#init
    const last = ids.at(-1)
    if (last === undefined || ids.length < CONTINUATION_IDS - 1) return false
    const height = chain.heightOf(fromHex(last))
    if (height === undefined || height >= slot.claimedHeight) return false
    const branch = plan.openBranch(slot)
    // Only parents of orphans may be under way in it.
    if ((branch.open > 0 && !branch.walked && !branch.climbing) || (branch.climbing && height <= branch.cursor.height))
      return false
    branch.cursor = { id: last, height }
    branch.walked = false
    branch.climbing = true
    return true
  }

  #isNew(id: string): boolean {
    const { chain, table, trust, now } = this.#init
    return chain.heightOf(fromHex(id)) === undefined && !table.wanted.has(id) && !trust.isLater(id, now())
  }

  /** Does the answer to a locator begin where the segment stands? It does unless the peer is on another branch, or behind. */
  #continues(segment: Segment, ids: readonly string[]): boolean {
    const { plan, chain } = this.#init
    if (segment.open > 0 || plan.tip().id !== segment.cursor.id) return false
    return ids.length > 0 && chain.heightOf(fromHex(ids[0]!)) === undefined
  }

  #extend(segment: Segment, ids: readonly string[], slot: PeerSlot): void {
    const { chain, table, plan, trust, now } = this.#init
    let { height } = segment.cursor
    segment.named.add(slot.id)
    for (const id of ids) {
      height++
      if (chain.heightOf(fromHex(id)) === undefined && !trust.isLater(id, now())) table.want(id, height, segment, slot)
      segment.cursor = { id, height }
      if (segment.end !== undefined && (id === segment.end.id || height >= segment.end.height)) {
        segment.walked = true
        // An anchor that is not on the peer's chain was a bad hint: what follows it is walked from here instead.
        if (id !== segment.end.id) {
          for (const dropped of plan.dropAnchorsAbove(segment)) table.dropSegment(dropped)
        }
        return
      }
    }
  }

  /** Ids that nobody asked for, or that are the beginning of a branch: fetched from this peer alone. */
  announced(slot: PeerSlot, ids: readonly string[]): void {
    const { table, plan } = this.#init
    const unknown = ids.filter((id) => {
      table.wanted.get(id)?.sources.add(slot)
      return this.#isNew(id)
    })
    const open = plan.branchOf(slot)?.open ?? 0
    if (unknown.length === 0 || open + unknown.length > MAX_BRANCH_IDS) return
    this.#extend(plan.openBranch(slot), unknown, slot)
  }

  /** The parent of an orphan: fetched from who sent that. What follows it is here already, so a branch that begins with it goes nowhere. */
  parent(slot: PeerSlot, id: string): void {
    const { plan } = this.#init
    const begins = plan.branchOf(slot) === undefined
    this.announced(slot, [id])
    const branch = plan.branchOf(slot)
    if (begins && branch !== undefined) branch.walked = true
  }
}
