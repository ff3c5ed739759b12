import { bytesEqual, toHex } from '../../bytes/index.ts'
import type { Header } from '../../chain/index.ts'
import { contextStateRoot, decodeContext, encodeContext, type StateContext } from '../../state/index.ts'
import { BlockStore, type Change, type Database, damage, type FullTip, readStored } from '../../store/index.ts'
import type { HeaderChain } from '../header-chain.ts'
import { Pruner } from './pruner.ts'
import { type CachedBlock, SECTION_TYPES, type SectionType, sectionIdOf } from './section-cache.ts'

export interface FullChainInit {
  readonly db: Database
  readonly chain: HeaderChain
  /** State before block 1. */
  readonly genesis: StateContext
  /** States kept for rollbacks. */
  readonly keepVersions: number
  /** Last blocks whose sections are kept; negative for all. */
  readonly blocksToKeep: number
  /** Last blocks whose AD proofs are kept, among those. */
  readonly adProofsToKeep: number
}

/**
 * The chain of full blocks that the state stands on. A block moves in one atomic batch: its sections, the state after it, the tip, and
 * what is pruned for it; a batch may hold several blocks.
 */
export class FullChain {
  readonly store: BlockStore
  readonly #init: FullChainInit
  readonly #pruner: Pruner
  #tip: FullTip | undefined
  #context: StateContext

  private constructor(init: FullChainInit, store: BlockStore, tip: FullTip | undefined, context: StateContext) {
    this.#init = init
    this.store = store
    this.#pruner = new Pruner({ ...init, store })
    this.#tip = tip
    this.#context = context
  }

  /** @throws StoreError STORE_CORRUPT when the state of the tip is not there */
  static open(init: FullChainInit): FullChain {
    const store = new BlockStore(init.db)
    const tip = store.tip()
    if (tip === undefined) return new FullChain(init, store, undefined, init.genesis)
    return new FullChain(init, store, tip, contextAt(store, tip))
  }

  /** States kept for rollbacks: how deep a branch may fork. */
  get keepVersions(): number {
    return this.#init.keepVersions
  }

  /** Undefined before the first block. */
  get tip(): FullTip | undefined {
    return this.#tip
  }

  /** Height of the tip, 0 before the first block. */
  get height(): number {
    return this.#tip?.height ?? 0
  }

  /** State after the tip. */
  get context(): StateContext {
    return this.#context
  }

  get stateRoot(): Uint8Array {
    return contextStateRoot(this.#context)
  }

  get score(): bigint {
    return this.#tip === undefined ? -1n : (this.#init.chain.scoreOf(this.#tip.id) ?? 0n)
  }

  /** Is the block part of the chain that the state stands on? */
  includes(header: { readonly id: Uint8Array; readonly height: number }): boolean {
    if (this.#tip === undefined || header.height > this.#tip.height) return false
    const ancestor = this.#init.chain.ancestorIdAt(this.#tip.id, header.height)
    return ancestor !== undefined && bytesEqual(ancestor, header.id)
  }

  /** Starts an empty chain at a trusted state after a stored header. */
  async seed(header: Header, context: StateContext): Promise<void> {
    if (this.#tip !== undefined) throw new RangeError('only an empty chain can be started at an anchor')
    const tip = { height: header.height, id: header.id }
    await this.#init.db.commit(
      'anchor-state',
      [this.store.stageContext(tip.height, tip.id, encodeContext(context)), this.store.stageTip(tip)],
      { durable: true }
    )
    this.#tip = tip
    this.#context = context
  }

  /** Makes verified blocks, each on top of the one before, the tip: all of them or none. */
  async apply(blocks: ReadonlyArray<{ readonly entry: CachedBlock; readonly context: StateContext }>): Promise<void> {
    const last = blocks.at(-1)
    if (last === undefined) return
    const changes: Change[] = []
    for (const { entry, context } of blocks) {
      const { header } = entry
      const sections = [...entry.sections].map(([type, { bytes }]) => ({ type, sectionId: sectionIdOf(header, type), bytes }))
      changes.push(
        ...this.store.stageSections(header.height, header.id, sections),
        this.store.stageContext(header.height, header.id, encodeContext(context)),
        ...(await this.#pruner.changesFor(header))
      )
    }
    const { height, id } = last.entry.header
    const tip = { height, id }
    changes.push(this.store.stageTip(tip))
    await this.#init.db.commit('block', changes)
    this.#tip = tip
    this.#context = last.context
  }

  /**
   * Goes back to an ancestor of the tip; undefined for the state before block 1. Blocks above it stay stored, for their branch may win
   * again; the states after them do not.
   *
   * @returns false when the state of that block is not kept any more
   */
  async rollbackTo(ancestor: Header | undefined): Promise<boolean> {
    if (ancestor === undefined) {
      if (this.height > this.#init.keepVersions) return false
      await this.#moveTo(undefined, this.#init.genesis)
      return true
    }
    const tip = { height: ancestor.height, id: ancestor.id }
    const stored = this.store.context(tip.height, tip.id)
    if (stored === undefined) return false
    await this.#moveTo(tip, readContext(stored, tip))
    return true
  }

  async #moveTo(tip: FullTip | undefined, context: StateContext): Promise<void> {
    const undone = await this.store.stageContextsRemoval((tip?.height ?? 0) + 1, this.height + 1)
    await this.#init.db.commit('rollback', [this.store.stageTip(tip), ...undone])
    this.#tip = tip
    this.#context = context
  }

  /** Sections of a block that was applied once; undefined unless all are there. */
  storedSections(header: Header): Map<SectionType, Uint8Array> | undefined {
    const out = new Map<SectionType, Uint8Array>()
    for (const type of SECTION_TYPES) {
      const bytes = this.store.section(header.height, header.id, type)
      if (bytes === undefined) return undefined
      out.set(type, bytes)
    }
    return out
  }

  hasSections(header: Header): boolean {
    return this.storedSections(header) !== undefined
  }
}

function contextAt(store: BlockStore, tip: FullTip): StateContext {
  const bytes = store.context(tip.height, tip.id)
  if (bytes === undefined) throw damage(`the state after block ${toHex(tip.id)} at height ${tip.height} is missing`)
  return readContext(bytes, tip)
}

function readContext(bytes: Uint8Array, { id, height }: FullTip): StateContext {
  return readStored(`the state after block ${toHex(id)} at height ${height}`, () => decodeContext(bytes))
}
