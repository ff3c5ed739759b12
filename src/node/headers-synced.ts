/** What peers tell of their chains. */
export interface Testimony {
  /** Peers that have told anything. */
  readonly heard: number
  /** Greatest height that is believed. */
  readonly claimedHeight: number
}

export interface HeadersSyncedInit {
  /** Best header; undefined when there is none. */
  readonly best: () => { readonly height: number; readonly timestamp: number } | undefined
  readonly testimony: () => Testimony
  /** Peers that settle the matter when they have no more than we. */
  readonly witnesses: number
  /** A best header that is younger settles it at once, milliseconds. */
  readonly freshMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Too few peers to settle it are believed when no other header came for so long: another that is there is dialled and heard by then. */
const ALONE_MS = 3_000

/** Claims of longer chains that come to nothing for so long hold nothing up any more. */
const EMPTY_CLAIMS_MS = 30_000

/**
 * Rule 304, bsHeadersChainSynced: blocks are of use only once it is known which chain they are of. A state cannot go back more than
 * `keepVersions` blocks, so who follows the first branch that a peer shows may be stuck on it when the better one comes.
 *
 * As in the reference a fresh best header decides, and once the answer is yes it stays so. On a quiet network no header is fresh: there
 * the chain counts as synced when some peers have no more of it.
 */
export class HeadersSynced {
  readonly #init: HeadersSyncedInit
  #synced = false
  #height = -1
  /** Since when nothing came although there was somebody to bring it. */
  #quietSince: number | undefined

  constructor(init: HeadersSyncedInit) {
    this.#init = init
  }

  get synced(): boolean {
    return this.#synced
  }

  /** Looks again. Returns true when the answer has just become yes. */
  look(): boolean {
    if (this.#synced) return false
    this.#synced = this.#isSynced()
    return this.#synced
  }

  #isSynced(): boolean {
    const { best, testimony, witnesses, freshMs } = this.#init
    const header = best()
    if (header === undefined) return false
    const now = this.#init.now()
    if (now - header.timestamp < freshMs) return true
    const { heard, claimedHeight } = testimony()
    if (heard === 0 || header.height !== this.#height) this.#quietSince = undefined
    this.#height = header.height
    if (heard === 0) return false
    this.#quietSince ??= now
    const quietMs = now - this.#quietSince
    if (claimedHeight > header.height) return quietMs >= EMPTY_CLAIMS_MS
    return heard >= witnesses || quietMs >= ALONE_MS
  }
}
