import { bytesEqual } from '../../src/bytes/index.ts'
import type { SyncChain } from './interface.ts'

/**
 * Branches longer than this are not followed down: far above those that miners make by chance, which are a few blocks, and few enough
 * to look at whenever a header comes. Of whoever is farther off nothing is known, as of a peer that says nothing.
 */
const MAX_BRANCH = 64

/** Where the chain of one peer leaves ours. Remembered until either of them has another best header. */
export class ForkPoint {
  readonly #chain: SyncChain
  #tip: Uint8Array | undefined
  #best: Uint8Array | undefined
  #height: number | undefined

  constructor(chain: SyncChain) {
    this.#chain = chain
  }

  /** The peer says which header is its best. */
  set tip(id: Uint8Array | undefined) {
    this.#tip = id
    this.#best = undefined
  }

  /** Height of the last header on our best chain that the peer's has, too; undefined when its best header is on ours, or not known. */
  get height(): number | undefined {
    if (this.#tip === undefined) return undefined
    const best = this.#chain.idAt(this.#chain.height)
    if (best === undefined) return undefined
    if (this.#best === undefined || !bytesEqual(this.#best, best)) {
      this.#best = best
      this.#height = this.#chain.isBest(this.#tip) ? undefined : this.#follow(this.#tip)
    }
    return this.#height
  }

  #follow(tip: Uint8Array): number | undefined {
    let id = tip
    for (let i = 0; i < MAX_BRANCH; i++) {
      const bytes = this.#chain.bytesOf(id)
      const header = bytes === undefined ? undefined : this.#chain.inspect(bytes)
      if (header === undefined) return undefined
      id = header.parentId
      if (this.#chain.isBest(id)) return this.#chain.heightOf(id)
    }
    return undefined
  }
}
