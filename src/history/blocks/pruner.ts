import { type Header, MODIFIER_TYPES } from '../../chain/index.ts'
import type { BlockStore, Change } from '../../store/index.ts'
import type { HeaderChain } from '../header-chain.ts'
import { SECTION_TYPES, type SectionType, sectionIdOf } from './section-cache.ts'

export interface PrunerInit {
  readonly store: BlockStore
  readonly chain: HeaderChain
  /** States kept for rollbacks. */
  readonly keepVersions: number
  /** Last blocks whose sections are kept; negative for all. */
  readonly blocksToKeep: number
  /** Last blocks whose AD proofs are kept, among those. */
  readonly adProofsToKeep: number
}

/**
 * Blocks between two looks for rows of lost branches. Such a look takes as long as all the rest of a commit, while what it finds is a
 * few blocks in a day.
 */
const SWEEP_EVERY_BLOCKS = 256

/** How far below the edge such a look goes: farther than any branch lies that was still followed at the last one. */
const SWEEP_DEPTH_BLOCKS = 2 * SWEEP_EVERY_BLOCKS

/** Heights of old blocks that go with each new one, when more are kept than should be: `blocksToKeep` was lowered. */
const BACKLOG_BLOCKS = 64

/** Says which rows become too old with a block: those of its own branch at once, those of lost branches now and then. */
export class Pruner {
  readonly #init: PrunerInit
  #sweptAt: number | undefined
  /** Lowest height with sections that no sweep reaches; undefined when there is none. */
  #backlog: number | undefined

  constructor(init: PrunerInit) {
    this.#init = init
  }

  async changesFor({ id, height }: Header): Promise<Change[]> {
    const { store, chain, keepVersions, blocksToKeep, adProofsToKeep } = this.#init
    const out: Change[] = []
    const at = (old: number): Header | undefined => (old > 0 ? chain.ancestorAt(id, old) : undefined)
    const oldState = height - keepVersions - 1
    const state = oldState > 0 ? chain.ancestorIdAt(id, oldState) : undefined
    if (state !== undefined) out.push(store.stageContextRemoval(oldState, state))
    const block = blocksToKeep < 0 ? undefined : at(height - blocksToKeep)
    if (block !== undefined) for (const type of SECTION_TYPES) out.push(...this.#sectionRows(block, type))
    const proof = at(height - adProofsToKeep)
    if (proof !== undefined) out.push(...this.#sectionRows(proof, MODIFIER_TYPES.adProofs))
    if (this.#sweptAt === undefined) this.#backlog = await store.lowestSection()
    if (this.#sweptAt === undefined || Math.abs(height - this.#sweptAt) >= SWEEP_EVERY_BLOCKS) {
      out.push(...(await this.#sweep(height)))
      this.#sweptAt = height
    }
    if (this.#backlog !== undefined) out.push(...(await this.#workOff(this.#backlog, height)))
    return out
  }

  /** Drops some of the sections that are too old for the sweeps. */
  async #workOff(from: number, height: number): Promise<Change[]> {
    const { store, blocksToKeep } = this.#init
    const end = height - blocksToKeep + 1 - SWEEP_DEPTH_BLOCKS
    const to = Math.min(end, from + BACKLOG_BLOCKS)
    this.#backlog = blocksToKeep >= 0 && to < end ? to : undefined
    if (blocksToKeep < 0 || to <= from) return []
    return await store.stageSectionsRemoval(from, to, (id, type) => this.#sectionId(id, type))
  }

  #sectionRows(header: Header, type: SectionType): Change[] {
    return this.#init.store.stageRemoval(header.height, header.id, type, sectionIdOf(header, type))
  }

  /** Everything of some heights below the edges, whatever branch it is of. */
  async #sweep(height: number): Promise<Change[]> {
    const { store, keepVersions, blocksToKeep } = this.#init
    const state = height - keepVersions
    const out = state > 0 ? await store.stageContextsRemoval(state - SWEEP_DEPTH_BLOCKS, state) : []
    const block = height - blocksToKeep + 1
    if (blocksToKeep < 0 || block <= 0) return out
    return [
      ...out,
      ...(await store.stageSectionsRemoval(block - SWEEP_DEPTH_BLOCKS, block, (id, type) => this.#sectionId(id, type)))
    ]
  }

  #sectionId(headerId: Uint8Array, type: number): Uint8Array | undefined {
    const header = this.#init.chain.header(headerId)
    return header === undefined ? undefined : sectionIdOf(header, type as SectionType)
  }
}
