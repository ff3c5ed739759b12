import type { Header } from '../../chain/index.ts'
import type { HeaderChain } from '../header-chain.ts'
import { AheadWindow } from './ahead-window.ts'
import type { BlockEvents } from './block-events.ts'
import { forkWithBestChain } from './branch-choice.ts'
import type { FullChain } from './full-chain.ts'
import { isComplete, type SectionCache, type SectionType } from './section-cache.ts'

/** A section that is missing. */
export interface NeededSection {
  readonly header: Header
  readonly type: SectionType
  /** Under which peers are asked for it. */
  readonly id: Uint8Array
}

export interface SectionNeedsInit {
  readonly chain: HeaderChain
  readonly full: FullChain
  readonly cache: SectionCache
  /** Blocks that were applied once and left the chain; their sections are stored. */
  readonly undone: ReadonlySet<string>
  readonly findLevels?: ((headers: readonly Header[]) => void) | undefined
  readonly onDeepFork?: BlockEvents['onDeepFork']
}

/** Blocks ahead of the state that are asked for. */
const MAX_AHEAD = 384

/** What stands between the state and the best header: sections that are not here. */
export class SectionNeeds {
  readonly #init: SectionNeedsInit
  readonly #ahead: AheadWindow
  #deepForkSeen: string | undefined

  constructor(init: SectionNeedsInit) {
    this.#init = init
    this.#ahead = new AheadWindow(init.chain, init.findLevels)
  }

  /** Sections that are missing along the best header chain, lowest block first. Of another branch none is, until it is the best. */
  list(limit: number): NeededSection[] {
    const { chain, cache, undone } = this.#init
    const out: NeededSection[] = []
    const from = this.#first()
    if (from === undefined) return out
    const to = Math.min(chain.height + 1, from + Math.min(limit, MAX_AHEAD))
    for (let height = from; height < to; height++) {
      const block = this.#ahead.at(height)
      if (block === undefined) break
      const { header, sections } = block
      const held = cache.get(header.idHex)
      if (held !== undefined ? isComplete(held) : undone.has(header.idHex)) continue
      for (const { type, id } of sections) if (held?.sections.has(type) !== true) out.push({ header, type, id })
    }
    this.#ahead.trim(from, from + MAX_AHEAD)
    this.#ahead.measure()
    return out
  }

  /** Height of the first block of the best header chain above the state that is not here; undefined when it cannot get there. */
  firstMissing(): number | undefined {
    const { cache, undone } = this.#init
    let height = this.#first()
    if (height === undefined) return undefined
    for (let block = this.#ahead.at(height); block !== undefined; block = this.#ahead.at(++height)) {
      const { idHex } = block.header
      const held = cache.get(idHex)
      if ((held === undefined || !isComplete(held)) && !undone.has(idHex)) break
    }
    return height
  }

  /** Tells of a better branch that cannot be gone to, once for each best header: what to do about it is for the operator to decide. */
  reportDeepFork(fork: Header | undefined, depth: number): void {
    const best = this.#init.chain.best?.idHex
    if (best === this.#deepForkSeen) return
    this.#deepForkSeen = best
    this.#init.onDeepFork?.({ fork, depth })
  }

  /** Height of the first block of the best header chain that the state does not stand on; undefined when it cannot get there. */
  #first(): number | undefined {
    const { chain, full } = this.#init
    const fork = forkWithBestChain(chain, full)
    if (fork === 'unknown') return undefined
    const height = fork?.height ?? 0
    const depth = full.height - height
    if (depth <= full.keepVersions) return height + 1
    this.reportDeepFork(fork, depth)
    return undefined
  }
}
