import type { DownloadBook } from './download-book.ts'
import type { PeerSlot } from './peer-slot.ts'
import type { Wanted } from './wanted.ts'

/**
 * Preference among peers for a section. The first two share the work, the doubtful ones when the others have enough to do: one that
 * delivers is doubtful no more. A higher one is asked only when there is nobody of a lower.
 */
export const TIER = {
  /** It announced the section, or should have it by what it says of itself. */
  likely: 0,
  doubtful: 1,
  /** It did not deliver its neighbours, or this one, or its chain is without this block. */
  seemsToLack: 2,
  /** It delivered nothing for a while. */
  failing: 3
} as const

/** How much sooner any likely peer is preferred than a doubtful one. */
const DOUBTFUL_COST_MS = 60_000

/** How much later a peer is preferred for each time that it did not deliver this section. */
const MISSED_COST_MS = 1_000

export type Choice =
  | { readonly kind: 'peer'; readonly slot: PeerSlot; readonly tier: number }
  /** The best ones have enough to do. */
  | { readonly kind: 'busy' }
  /** Nobody may be asked before a time; infinity when there is nobody at all. */
  | { readonly kind: 'later'; readonly at: number }

/** Decides whom to ask for a section. */
export class PeerChoice {
  readonly #book: DownloadBook

  constructor(book: DownloadBook) {
    this.#book = book
  }

  /**
   * The best peer for a section.
   *
   * @param mayTake has the peer room for one more request?
   * @param skip peers that do not come into question
   */
  choose(
    wanted: Wanted,
    bytes: number,
    mayTake: (slot: PeerSlot) => boolean,
    skip: (slot: PeerSlot) => boolean = () => false
  ): Choice {
    const { now: clock, sink, limits } = this.#book.env
    const now = clock()
    // What is needed next is not for trying out whether a peer has it.
    const mayTry = wanted.height > sink.height + limits.hedgeHeights
    let bestRank = Number.POSITIVE_INFINITY
    let best: { slot: PeerSlot; tier: number } | undefined
    let bestCost = Number.POSITIVE_INFINITY
    let at = Number.POSITIVE_INFINITY
    for (const slot of this.#book.slots.values()) {
      const tier = this.tier(slot, wanted)
      if (tier === undefined || skip(slot)) continue
      const from = wanted.mayAskAt(slot.id)
      if (from > now) {
        at = Math.min(at, from)
        continue
      }
      const rank = mayTry ? Math.max(tier, TIER.doubtful) : tier
      if (rank > bestRank) continue
      if (rank < bestRank) {
        bestRank = rank
        best = undefined
        bestCost = Number.POSITIVE_INFINITY
      }
      if (!mayTake(slot)) continue
      const doubt = tier === TIER.doubtful ? DOUBTFUL_COST_MS : 0
      const cost = slot.expectedMs(bytes) + wanted.missedBy(slot.id) * MISSED_COST_MS + doubt
      if (cost < bestCost) {
        best = { slot, tier }
        bestCost = cost
      }
    }
    if (best !== undefined) return { kind: 'peer', ...best }
    return bestRank === Number.POSITIVE_INFINITY ? { kind: 'later', at } : { kind: 'busy' }
  }

  /** Undefined for a peer that is never asked for this section. */
  tier(slot: PeerSlot, wanted: Wanted): number | undefined {
    const { env, needs } = this.#book
    const now = env.now()
    if (this.#book.isDistrusted(wanted, slot.id)) return undefined
    if (this.#book.announced(wanted.key, slot.id)) return TIER.likely
    if (wanted.place === undefined) return undefined
    const { height } = wanted.place
    const claimed = env.peerHeight(slot.id) ?? 0
    const tip = Math.max(claimed, needs.topHeight, env.sink.height)
    const capability = slot.capability(wanted.typeId, height, tip)
    if (capability === 'no') return undefined
    if (slot.isFailing(now, env.limits)) return TIER.failing
    if (this.#book.isElsewhere(wanted, slot.id)) return TIER.seemsToLack
    if (wanted.missedBy(slot.id) > 0 || slot.seemsToLack(wanted.typeId, height, now)) return TIER.seemsToLack
    // What it claims is up to a minute old.
    const below = claimed > 0 && claimed < height
    return capability === 'doubtful' || below ? TIER.doubtful : TIER.likely
  }

  /** Does the peer suit as well for this section as for the first of a request, and now? */
  suits(slot: PeerSlot, wanted: Wanted, tier: number): boolean {
    return wanted.mayAskAt(slot.id) <= this.#book.env.now() && this.tier(slot, wanted) === tier
  }
}
