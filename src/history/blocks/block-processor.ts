import { bytesEqual, fromHex, toHex } from '../../bytes/index.ts'
import { BLOCK_RULES, type Header, type ValidationRule } from '../../chain/index.ts'
import { type AppliedBlock, type BlockOptions, decodeBlock } from '../../state/index.ts'
import { TransactionDecoder } from '../../transaction/index.ts'
import type { HeaderProcessor } from '../header-processor.ts'
import type { BlockEvents, SectionOutcome } from './block-events.ts'
import { BlockPipeline, type BlockVerifier, type InvalidBlock } from './block-pipeline.ts'
import type { BlockTimes } from './block-writer.ts'
import { type BranchPlan, chooseBranch } from './branch-choice.ts'
import type { FullChain } from './full-chain.ts'
import {
  type CachedBlock,
  isComplete,
  isSectionType,
  SECTION_TYPES,
  SectionCache,
  type SectionType,
  sectionIdOf,
  sectionsOfCached
} from './section-cache.ts'
import { sectionFits } from './section-check.ts'
import { type NeededSection, SectionNeeds } from './section-needs.ts'

const unwantedBy = ({ number }: ValidationRule): SectionOutcome => ({ status: 'unwanted', rule: number })

export interface BlockProcessorInit extends BlockEvents {
  readonly headers: HeaderProcessor
  readonly full: FullChain
  readonly verifier: BlockVerifier
  readonly options: BlockOptions
  /** Bytes of sections held before their blocks are applied. */
  readonly maxCacheBytes: number
  /** Blocks being verified at once; more than one is of use only with threads to do it. Default 1. */
  readonly pipelineDepth?: number
  /**
   * Leaves the superblock levels of headers with them, some time later and in another thread: a block is judged by that of its parent,
   * which takes as long to find out here as the proof of work.
   */
  readonly findLevels?: (headers: readonly Header[]) => void
  /** Rule 304: is the header chain known to its end, so that sections of it are of use? Default: always. */
  readonly headersSynced?: () => boolean
  /** Monotonic clock, milliseconds. */
  readonly now?: () => number
}

/** Blocks applied between two looks for a better branch. */
const MAX_PATH = 64

/**
 * The way of block sections into the chain: kept until their block is complete, checked against its header, executed in order with
 * the scripts of several blocks under way at once, and committed in order. Nothing is committed before all its checks passed.
 *
 * There is one worker loop; everything that may let it go on calls {@link poke}.
 */
export class BlockProcessor {
  readonly cache: SectionCache
  readonly full: FullChain
  readonly #init: BlockProcessorInit
  readonly #decoder = new TransactionDecoder()
  readonly #undone = new Set<string>()
  readonly #needs: SectionNeeds
  /** Height of the first block of the best header chain that is missing, as of the last look; undefined when that is not known. */
  #awaited: number | undefined
  readonly #pipeline: BlockPipeline
  readonly #now: () => number
  #running: Promise<void> | undefined
  #again = false
  #stopped = false
  #onFault: ((err: unknown) => void) | undefined

  constructor(init: BlockProcessorInit) {
    this.#init = init
    this.#now = init.now ?? (() => performance.now())
    this.full = init.full
    this.cache = new SectionCache(init.maxCacheBytes)
    this.#needs = new SectionNeeds({
      chain: init.headers.chain,
      full: init.full,
      cache: this.cache,
      undone: this.#undone,
      findLevels: init.findLevels,
      onDeepFork: init.onDeepFork
    })
    this.#pipeline = new BlockPipeline({
      full: init.full,
      verifier: init.verifier,
      decoder: this.#decoder,
      options: init.options,
      depth: init.pipelineDepth ?? 1,
      now: this.#now,
      entryOf: (header) => this.#entryOf(header),
      onCommitted: (entry, applied, times) => this.#onCommitted(entry, applied, times)
    })
  }

  /** Told of faults of ours: the node stops on them. */
  onFault(handler: (err: unknown) => void): void {
    this.#onFault = handler
  }

  /** The block being verified, if there is one. */
  get applying(): Header | undefined {
    return this.#pipeline.applying
  }

  /** Takes a section under the id it travels with. */
  addSection(type: number, sectionId: Uint8Array, bytes: Uint8Array, source: string): SectionOutcome {
    if (!isSectionType(type)) return { status: 'unwanted' }
    if (bytes.length < 32) return { status: 'invalid', message: `section of ${bytes.length} bytes` }
    const header = this.#chain.header(bytes.subarray(0, 32))
    if (header === undefined) return unwantedBy(BLOCK_RULES.sectionNoHeader)
    if (!bytesEqual(sectionIdOf(header, type), sectionId)) {
      return { status: 'invalid', message: `section ${toHex(sectionId)} names header ${header.idHex}, which has no such section` }
    }
    if (!this.#headersSynced) return unwantedBy(BLOCK_RULES.headersChainSynced)
    return this.add(header, type, bytes, source)
  }

  /** Takes a section of a header. */
  add({ id }: Header, type: SectionType, bytes: Uint8Array, source: string): SectionOutcome {
    // The chain's own object: what was worked out of it once, as its level, is kept there.
    const header = this.#chain.header(id)
    if (header === undefined) return unwantedBy(BLOCK_RULES.sectionNoHeader)
    if (this.full.includes(header) || this.#undone.has(header.idHex) || this.cache.has(header.idHex, type))
      return { status: 'known' }
    if (header.height <= this.full.height - this.full.keepVersions) return unwantedBy(BLOCK_RULES.sectionTooOld)
    if (this.#chain.knownInvalid(header.id) !== undefined) return unwantedBy(BLOCK_RULES.sectionHeaderValid)
    if (!this.cache.add(header, type, bytes, source)) return { status: 'unwanted' }
    const entry = this.cache.get(header.idHex)!
    if (isComplete(entry)) {
      const bad = this.#assemble(entry)
      // It may be another section, of another sender, that does not fit.
      if (bad !== undefined && !this.cache.has(header.idHex, type)) return { status: 'invalid', message: bad }
      // A block behind one that is missing changes nothing: downloads run hundreds of blocks ahead.
      const matters = this.#awaited === undefined || header.height === this.#awaited || !this.#chain.isCanonical(header.id)
      if (matters) this.poke()
    }
    return { status: 'accepted' }
  }

  /**
   * Sections that are missing along the best header chain, lowest block first. Of another branch none is, until it is the best; and
   * none at all before the header chain is synced (rule 304).
   */
  needed(limit: number): NeededSection[] {
    return this.#headersSynced ? this.#needs.list(limit) : []
  }

  /** Is the section here, wanted, or of no use? */
  status(type: number, sectionId: Uint8Array, headerId?: Uint8Array): 'missing' | 'held' | 'unknown' | 'invalid' {
    if (!isSectionType(type)) return 'unknown'
    if (this.full.store.sectionById(type, sectionId) !== undefined) return 'held'
    const header = headerId === undefined ? undefined : this.#chain.header(headerId)
    if (header === undefined) return 'unknown'
    if (this.#chain.knownInvalid(header.id) !== undefined) return 'invalid'
    return this.cache.has(header.idHex, type) ? 'held' : 'missing'
  }

  /** Looks whether blocks can be applied now. */
  poke(): void {
    if (this.#stopped) return
    if (this.#running !== undefined) {
      this.#again = true
      return
    }
    this.#running = this.#run()
      .catch((err) => {
        this.#stopped = true
        this.#onFault?.(err)
        if (this.#onFault === undefined) throw err
      })
      .finally(() => {
        this.#running = undefined
        if (this.#again) {
          this.#again = false
          this.poke()
        }
      })
  }

  /** Resolves when nothing more can be applied with what is here. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#pipeline.stop()
    await this.idle()
  }

  /**
   * Undoes the last blocks, for an operator.
   *
   * @returns false when the state at that height is not kept any more
   */
  async rollbackTo(height: number): Promise<boolean> {
    await this.idle()
    const { tip } = this.full
    if (tip === undefined || height >= tip.height) return true
    const fork = height === 0 ? undefined : this.#chain.ancestorAt(tip.id, height)
    this.#awaited = undefined
    return await this.full.rollbackTo(fork)
  }

  get #headersSynced(): boolean {
    return this.#init.headersSynced?.() ?? true
  }

  get #chain() {
    return this.#init.headers.chain
  }

  /** Reads a complete block; what does not belong to its header is dropped, and its sender named. */
  #assemble(entry: CachedBlock): string | undefined {
    const startedAt = this.#now()
    const decoded = decodeBlock(entry.header, sectionsOfCached(entry), this.#decoder)
    if (decoded.ok) {
      entry.block = decoded.block
      entry.readMs = this.#now() - startedAt
      return undefined
    }
    for (const type of SECTION_TYPES) {
      const section = entry.sections.get(type)
      if (section === undefined || sectionFits(entry.header, type, section.bytes, this.#decoder)) continue
      const { source } = section
      this.cache.drop(entry.header.idHex, type)
      this.#init.onBadSection?.({ header: entry.header, type, source, message: decoded.failure.message })
    }
    return decoded.failure.message
  }

  async #run(): Promise<void> {
    // Yields first, so that sections of one message are all in before the first look.
    await Promise.resolve()
    while (!this.#stopped) {
      const plan = chooseBranch({
        chain: this.#chain,
        full: this.full,
        cache: this.cache,
        undone: this.#undone,
        maxPath: MAX_PATH
      })
      if (plan === undefined) {
        this.#awaited = this.#needs.firstMissing()
        return
      }
      if (plan.rollback && !(await this.#rollback(plan))) return
      const invalid = await this.#pipeline.apply(plan.path)
      if (invalid !== undefined) await this.#reject(invalid)
    }
  }

  async #rollback({ fork }: BranchPlan): Promise<boolean> {
    const undone: Header[] = []
    let header = this.full.tip === undefined ? undefined : this.#chain.header(this.full.tip.id)
    while (header !== undefined && header.idHex !== fork?.idHex) {
      undone.push(header)
      header = header.isGenesis ? undefined : this.#chain.header(header.parentId)
    }
    if (!(await this.full.rollbackTo(fork))) {
      this.#needs.reportDeepFork(fork, undone.length)
      return false
    }
    // Those that were pruned have to be asked for again, should they be needed.
    for (const block of undone) if (this.full.hasSections(block)) this.#undone.add(block.idHex)
    this.#init.onRollback?.({ fork, undone })
    return true
  }

  #onCommitted(entry: CachedBlock, { header, cost }: AppliedBlock, times: BlockTimes): void {
    this.#undone.delete(header.idHex)
    const transactions = entry.block?.transactions ?? []
    const inputs = transactions.reduce((sum, tx) => sum + tx.inputs.length, 0)
    this.cache.remove(header.idHex)
    this.#forgetOld(header.height)
    this.#init.onApplied?.({ header, transactions: transactions.length, inputs, cost, times })
  }

  /** A definite verdict: the block and all that stand on it are out for good. */
  async #reject({ entry, failure }: InvalidBlock): Promise<void> {
    const { header } = entry
    // Rule 413 and its like: we lack what the rule needs, which is no verdict about the block.
    if (failure.severity === 'recoverable') throw new Error(`block ${header.idHex} cannot be judged: ${failure.message}`)
    const sources = [...new Set([...entry.sections.values()].map((s) => s.source))]
    this.cache.remove(header.idHex)
    this.#undone.delete(header.idHex)
    await this.#init.headers.invalidate(header.id, { height: header.height, rule: failure.rule, message: failure.message })
    for (const id of this.#undone) if (this.#chain.knownInvalid(fromHex(id)) !== undefined) this.#undone.delete(id)
    this.#init.onRejected?.({ header, failure, sources })
  }

  #forgetOld(height: number): void {
    const floor = height - this.full.keepVersions
    this.cache.removeUpTo(floor)
    for (const id of this.#undone) {
      const header = this.#chain.header(fromHex(id))
      if (header === undefined || header.height <= floor) this.#undone.delete(id)
    }
  }

  /**
   * A block with its sections, from memory or from where they were stored when it was applied before; undefined when they had to make
   * room for others.
   */
  #entryOf(header: Header): CachedBlock | undefined {
    const cached = this.cache.get(header.idHex)
    if (cached !== undefined && isComplete(cached)) return cached
    const stored = this.full.storedSections(header)
    if (stored === undefined) {
      this.#undone.delete(header.idHex)
      return undefined
    }
    const sections = new Map([...stored].map(([type, bytes]) => [type, { bytes, source: 'store' }] as const))
    return { header, sections, block: undefined }
  }
}
