/**
 * Stands in for the block processor: knows headers, takes sections, applies blocks in order. It compares every section with the
 * recorded one instead of checking it, and throws on any use that the real one could not have.
 */
import type { BlockSink, NeededSection, SubmitSectionOutcome } from '../../protocols/modifiers/index.ts'
import { bytesEqual, toHex } from '../../src/bytes/index.ts'
import { type Header, scanHeader } from '../../src/chain/index.ts'
import { ModifierType } from '../../src/wire/index.ts'

export const SECTION_TYPES = [ModifierType.BlockTransactions, ModifierType.Extension, ModifierType.AdProofs] as const

export interface SinkSection {
  readonly typeId: number
  readonly id: Uint8Array
  readonly bytes: Uint8Array
}

export interface SinkBlock {
  readonly header: Header
  readonly height: number
  readonly sections: readonly SinkSection[]
}

/** A recorded block with the ids of its sections. */
export function sinkBlock(header: Uint8Array, transactions: Uint8Array, extension: Uint8Array, adProofs: Uint8Array): SinkBlock {
  const scanned = scanHeader(header)
  return {
    header: scanned,
    height: scanned.height,
    sections: [
      { typeId: ModifierType.BlockTransactions, id: scanned.transactionsId, bytes: transactions },
      { typeId: ModifierType.Extension, id: scanned.extensionId, bytes: extension },
      { typeId: ModifierType.AdProofs, id: scanned.adProofsId, bytes: adProofs }
    ]
  }
}

export interface FakeSinkOptions {
  readonly types?: readonly number[]
  readonly maxHeldBytes?: number
  /** Blocks whose headers are known from the start; all of them unless given. */
  readonly known?: number
  /** Blocks below are applied already. */
  readonly from?: number
  /** How long a block takes. */
  readonly applyMs?: number
  /** Sections are compared when their block is complete instead of when they come. */
  readonly lazy?: boolean
}

export class FakeBlockSink implements BlockSink {
  readonly sectionTypes: readonly number[]
  readonly maxHeldBytes: number
  height: number
  heldBytes = 0
  /** The most that was held. */
  peakBytes = 0
  /** Sections refused for lack of room. */
  refused = 0
  /** Sections handed in a second time. */
  known = 0
  /** Called when something is applied or learned. */
  onChange: () => void = () => {}
  /** Takes the time that a block takes. */
  delay: (ms: number, run: () => void) => void = (ms, run) => void setTimeout(run, ms)
  /** Called for a section that turns out wrong when its block is complete. */
  onInvalidSection: (source: string, headerId: Uint8Array, message: string) => void = () => {}
  readonly #options: FakeSinkOptions
  readonly #byHeight = new Map<number, SinkBlock>()
  /** Off the best chain. */
  #branches: SinkBlock[] = []
  readonly #bySection = new Map<string, { block: SinkBlock; section: SinkSection }>()
  readonly #held = new Map<string, { bytes: Uint8Array; source: string }>()
  readonly #applied = new Set<string>()
  #best: number
  #applying = false

  constructor(blocks: readonly SinkBlock[], options: FakeSinkOptions = {}) {
    this.#options = options
    this.sectionTypes = options.types ?? SECTION_TYPES
    this.maxHeldBytes = options.maxHeldBytes ?? 64 << 20
    this.height = (options.from ?? 1) - 1
    this.#best = this.height
    for (const block of blocks.slice(0, options.known ?? blocks.length)) this.learn(block)
  }

  /** Height of the best header. */
  get best(): number {
    return this.#best
  }

  /** The header of a block came, and extends the best chain or is on a branch. */
  learn(block: SinkBlock, branch = false): void {
    for (const section of block.sections) this.#bySection.set(keyOf(section), { block, section })
    if (branch) this.#branches.push(block)
    else {
      this.#byHeight.set(block.height, block)
      this.#best = Math.max(this.#best, block.height)
    }
    this.onChange()
  }

  needed(limit: number): NeededSection[] {
    const out: NeededSection[] = []
    let blocks = 0
    const add = (block: SinkBlock | undefined): void => {
      if (block === undefined || blocks === limit) return
      const missing = this.#sectionsOf(block).filter((s) => !this.#held.has(keyOf(s)) && !this.#applied.has(keyOf(s)))
      if (missing.length === 0) return
      blocks++
      for (const { typeId, id } of missing) out.push({ typeId, id, headerId: block.header.id, height: block.height })
    }
    for (let h = this.height + 1; h <= this.#best && blocks < limit; h++) add(this.#byHeight.get(h))
    for (const block of this.#branches) add(block)
    return out
  }

  status(typeId: number, id: Uint8Array): 'missing' | 'held' | 'unknown' | 'invalid' {
    const key = keyOf({ typeId, id })
    if (!this.#bySection.has(key)) return 'unknown'
    return this.#held.has(key) || this.#applied.has(key) ? 'held' : 'missing'
  }

  submit(typeId: number, id: Uint8Array, bytes: Uint8Array, source: string): SubmitSectionOutcome {
    const key = keyOf({ typeId, id })
    const found = this.#bySection.get(key)
    if (found === undefined) return { status: 'unwanted' }
    if (this.#held.has(key) || this.#applied.has(key)) {
      this.known++
      return { status: 'known' }
    }
    const { block, section } = found
    if (this.#options.lazy !== true && !bytesEqual(bytes, section.bytes)) return { status: 'invalid', message: 'other bytes' }
    if (block.height > this.height + 1 && this.heldBytes + bytes.length > this.maxHeldBytes) {
      this.refused++
      return { status: 'unwanted' }
    }
    this.#held.set(key, { bytes, source })
    this.heldBytes += bytes.length
    this.peakBytes = Math.max(this.peakBytes, this.heldBytes)
    this.#applyNext()
    return { status: 'accepted' }
  }

  /** Throws out what is held of a block, as a full cache does. */
  evict(height: number): void {
    for (const section of this.#byHeight.get(height)!.sections) this.#drop(keyOf(section))
    this.onChange()
  }

  /** Is a section here? */
  has(typeId: number, id: Uint8Array): boolean {
    return this.status(typeId, id) === 'held'
  }

  #sectionsOf(block: SinkBlock): SinkSection[] {
    return block.sections.filter((s) => this.sectionTypes.includes(s.typeId))
  }

  #applyNext(): void {
    if (this.#applying) return
    for (;;) {
      const block = this.#byHeight.get(this.height + 1)
      if (block === undefined || !this.#sectionsOf(block).every((s) => this.#held.has(keyOf(s)))) return
      if (this.#options.applyMs !== undefined) {
        this.#applying = true
        this.delay(this.#options.applyMs, () => {
          this.#applying = false
          this.#apply(block)
          this.#applyNext()
        })
        return
      }
      if (!this.#apply(block)) return
    }
  }

  #apply(block: SinkBlock): boolean {
    let right = true
    for (const section of this.#sectionsOf(block)) {
      const held = this.#held.get(keyOf(section))!
      if (bytesEqual(held.bytes, section.bytes)) continue
      right = false
      this.#drop(keyOf(section))
      this.onInvalidSection(held.source, block.header.id, `wrong root of section ${section.typeId}`)
    }
    if (right) {
      for (const section of this.#sectionsOf(block)) {
        this.#drop(keyOf(section))
        this.#applied.add(keyOf(section))
      }
      this.height = block.height
    }
    this.onChange()
    return right
  }

  #drop(key: string): void {
    this.heldBytes -= this.#held.get(key)?.bytes.length ?? 0
    this.#held.delete(key)
  }
}

function keyOf({ typeId, id }: { typeId: number; id: Uint8Array }): string {
  return `${typeId}:${toHex(id)}`
}
