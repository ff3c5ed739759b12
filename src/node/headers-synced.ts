export interface HeadersSyncedInit {
  /** Best header; undefined when there is none. */
  readonly best: () => { readonly height: number; readonly timestamp: number } | undefined
  /** Peers enough have told of their chains, and none that is believed claims more than we have. */
  readonly caughtUp: () => boolean
  /** A best header that is younger ends the wait at once, milliseconds. */
  readonly freshMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Claims of longer chains that come to nothing for so long hold nothing up any more. */
const QUIET_MS = 30_000

/**
 * Rule 304, bsHeadersChainSynced: blocks are of use only once it is known which chain they are of. A state cannot go back more than
 * `keepVersions` blocks, so who follows the first branch that a peer shows may be stuck on it when the better one comes.
 *
 * As in the reference a fresh best header decides, and once the answer is yes it stays so. On a quiet network no header is fresh: there
 * the chain counts as synced when peers have no more of it.
 */
export class HeadersSynced {
  readonly #init: HeadersSyncedInit
  #synced = false
  #height = -1
  #movedAt = 0

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
    const { best, caughtUp, freshMs, now } = this.#init
    const header = best()
    if (header === undefined) return false
    const time = now()
    if (header.height !== this.#height) {
      this.#height = header.height
      this.#movedAt = time
    }
    return time - header.timestamp < freshMs || caughtUp() || time - this.#movedAt >= QUIET_MS
  }
}
