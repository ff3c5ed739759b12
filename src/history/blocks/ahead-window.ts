import { bytesEqual } from '../../bytes/index.ts'
import type { Header } from '../../chain/index.ts'
import type { HeaderChain } from '../header-chain.ts'
import { SECTION_TYPES, type SectionType, sectionIdOf } from './section-cache.ts'

/** A block of the best header chain and the ids that its sections travel under. */
export interface AheadBlock {
  readonly header: Header
  readonly sections: ReadonlyArray<{ readonly type: SectionType; readonly id: Uint8Array }>
}

/**
 * Blocks of the best header chain above the state, by height. They are gone through again with every block that is applied, so what
 * has to be hashed for them is kept.
 */
export class AheadWindow {
  readonly #chain: HeaderChain
  readonly #findLevels: ((headers: readonly Header[]) => void) | undefined
  readonly #blocks = new Map<number, AheadBlock>()
  /** Headers that came into the window and whose levels nobody knows. */
  #unmeasured: Header[] = []

  /** @param findLevels leaves the superblock levels of headers with them, later */
  constructor(chain: HeaderChain, findLevels?: (headers: readonly Header[]) => void) {
    this.#chain = chain
    this.#findLevels = findLevels
  }

  /** Undefined above the best header. */
  at(height: number): AheadBlock | undefined {
    const id = this.#chain.store.idAt(height)
    if (id === undefined) return undefined
    const known = this.#blocks.get(height)
    // Another header may have taken its place.
    if (known !== undefined && bytesEqual(known.header.id, id)) return known
    const header = this.#chain.header(id)
    if (header === undefined) return undefined
    const block = { header, sections: SECTION_TYPES.map((type) => ({ type, id: sectionIdOf(header, type) })) }
    this.#blocks.set(height, block)
    if (this.#findLevels !== undefined && header.knownLevel === undefined) this.#unmeasured.push(header)
    return block
  }

  /** Has the levels found of headers that came in since the last time. */
  measure(): void {
    if (this.#unmeasured.length === 0) return
    this.#findLevels?.(this.#unmeasured)
    this.#unmeasured = []
  }

  /** Forgets all blocks outside of `[from, to)`. */
  trim(from: number, to: number): void {
    for (const height of this.#blocks.keys()) if (height < from || height >= to) this.#blocks.delete(height)
  }
}
