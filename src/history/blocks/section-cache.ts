import { toHex } from '../../bytes/index.ts'
import { type Header, MODIFIER_TYPES } from '../../chain/index.ts'
import type { Block, BlockSections } from '../../state/index.ts'

/** The types of a block's sections. */
export const SECTION_TYPES = [MODIFIER_TYPES.blockTransactions, MODIFIER_TYPES.extension, MODIFIER_TYPES.adProofs] as const
export type SectionType = (typeof SECTION_TYPES)[number]

/** Sections of one block that came in, and who sent them. */
export interface CachedBlock {
  readonly header: Header
  readonly sections: Map<SectionType, { readonly bytes: Uint8Array; readonly source: string }>
  /** The sections as one block, once they are all there and belong to the header. */
  block: Block | undefined
  /** Milliseconds it took to read them. */
  readMs?: number
}

/** Map entries and headers around the sections of one block. */
const OVERHEAD_BYTES = 2_000

/** A block is kept as it was read, too: objects of about three bytes for each byte of its transactions (mainnet of 2026: 2.9). */
const READ_BYTES_PER_BYTE = 3

function costOf(type: SectionType, bytes: Uint8Array): number {
  return type === MODIFIER_TYPES.blockTransactions ? (1 + READ_BYTES_PER_BYTE) * bytes.length : bytes.length
}

/**
 * Sections that wait for the others of their block, or for the blocks below it. Bounded in bytes: the block farthest ahead goes
 * first, since it is needed last.
 */
export class SectionCache {
  readonly maxBytes: number
  readonly #blocks = new Map<string, CachedBlock>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#blocks.size
  }

  get(headerIdHex: string): CachedBlock | undefined {
    return this.#blocks.get(headerIdHex)
  }

  has(headerIdHex: string, type: SectionType): boolean {
    return this.#blocks.get(headerIdHex)?.sections.has(type) === true
  }

  /** Blocks with all sections, in no order. */
  *complete(): Generator<CachedBlock> {
    for (const entry of this.#blocks.values()) if (isComplete(entry)) yield entry
  }

  /**
   * Keeps a section; false when there is no room for it because everything else is needed sooner.
   */
  add(header: Header, type: SectionType, bytes: Uint8Array, source: string): boolean {
    const id = header.idHex
    const entry = this.#blocks.get(id)
    if (entry?.sections.has(type) === true) return true
    const cost = costOf(type, bytes) + (entry === undefined ? OVERHEAD_BYTES : 0)
    while (this.#bytes + cost > this.maxBytes) {
      const victim = this.#farthest()
      // One block must fit, however large, or the chain would stand still.
      if (victim === undefined || victim.header.idHex === id) break
      if (victim.header.height <= header.height) return false
      this.remove(victim.header.idHex)
    }
    this.#store(header, type, bytes, source, cost)
    return true
  }

  /** Takes one section out again, e.g. because it does not belong to its header. */
  drop(headerIdHex: string, type: SectionType): void {
    const entry = this.#blocks.get(headerIdHex)
    const section = entry?.sections.get(type)
    if (entry === undefined || section === undefined) return
    entry.sections.delete(type)
    entry.block = undefined
    this.#bytes -= costOf(type, section.bytes)
    if (entry.sections.size === 0) this.remove(headerIdHex)
  }

  remove(headerIdHex: string): void {
    const entry = this.#blocks.get(headerIdHex)
    if (entry === undefined) return
    this.#blocks.delete(headerIdHex)
    this.#bytes -= OVERHEAD_BYTES
    for (const [type, { bytes }] of entry.sections) this.#bytes -= costOf(type, bytes)
  }

  /** Forgets blocks at or below a height: they are applied, or will never be. */
  removeUpTo(height: number): void {
    for (const [id, entry] of this.#blocks) if (entry.header.height <= height) this.remove(id)
  }

  #store(header: Header, type: SectionType, bytes: Uint8Array, source: string, cost: number): void {
    const id = header.idHex
    let entry = this.#blocks.get(id)
    if (entry === undefined) this.#blocks.set(id, (entry = { header, sections: new Map(), block: undefined }))
    entry.sections.set(type, { bytes, source })
    this.#bytes += cost
  }

  #farthest(): CachedBlock | undefined {
    let farthest: CachedBlock | undefined
    for (const entry of this.#blocks.values()) {
      if (farthest === undefined || entry.header.height > farthest.header.height) farthest = entry
    }
    return farthest
  }
}

export function isComplete(entry: CachedBlock): boolean {
  return entry.sections.size === SECTION_TYPES.length
}

/** The sections of a complete block as the state takes them. */
export function sectionsOfCached(entry: CachedBlock): BlockSections {
  const get = (type: SectionType): Uint8Array => {
    const section = entry.sections.get(type)
    if (section === undefined) throw new RangeError(`block ${toHex(entry.header.id)} lacks section ${type}`)
    return section.bytes
  }
  return {
    transactions: get(MODIFIER_TYPES.blockTransactions),
    extension: get(MODIFIER_TYPES.extension),
    adProofs: get(MODIFIER_TYPES.adProofs)
  }
}

/** Id of a section of a header. */
export function sectionIdOf(header: Header, type: SectionType): Uint8Array {
  if (type === MODIFIER_TYPES.blockTransactions) return header.transactionsId
  return type === MODIFIER_TYPES.extension ? header.extensionId : header.adProofsId
}

export function isSectionType(type: number): type is SectionType {
  return (SECTION_TYPES as readonly number[]).includes(type)
}
