import type { BlockSink, ModifierSource } from '../../protocols/modifiers/index.ts'
import type { HeaderSink, SubmitOutcome, SyncChain } from '../../protocols/sync/index.ts'
import { DecodeError, fromHex, toHex } from '../bytes/index.ts'
import { type Header, MODIFIER_TYPES, scanHeader } from '../chain/index.ts'
import {
  type BlockProcessor,
  type HeaderChain,
  type HeaderProcessor,
  isSectionType,
  SECTION_TYPES,
  type SectionType,
  type SubmittedHeader,
  sectionIdOf
} from '../history/index.ts'

/** The header chain as the sync service reads it. */
export function syncChainOf(chain: HeaderChain): SyncChain {
  return {
    get height() {
      return chain.height
    },
    idAt: (height) => chain.store.idAt(height),
    heightOf: (id) => chain.store.heightOf(id),
    isBest: (id) => chain.isCanonical(id),
    bytesOf: (id) => chain.header(id)?.bytes,
    inspect: (bytes) => {
      try {
        const header = scanHeader(bytes)
        return { bytes: header.bytes, id: header.id, parentId: header.parentId, height: header.height }
      } catch (err) {
        if (err instanceof DecodeError) return undefined
        throw err
      }
    }
  }
}

/** The header processor as the sync service feeds it. */
export function headerSinkOf(processor: HeaderProcessor, onOutcome?: (outcome: SubmittedHeader) => void): HeaderSink {
  return {
    get queued() {
      return processor.queued
    },
    submit: async (headers, source) => {
      const { outcomes } = await processor.submit(headers, source)
      return outcomes.map((outcome): SubmitOutcome => {
        onOutcome?.(outcome)
        if (outcome.status === 'unreadable') return { status: 'unreadable', message: outcome.message }
        if (outcome.status !== 'invalid' && outcome.status !== 'later') return { status: outcome.status }
        return { status: outcome.status, rule: outcome.failure.rule, message: outcome.failure.message }
      })
    },
    missingParents: (source, limit) => processor.orphans.missingParentsOf(source, limit).map(fromHex),
    forget: (source) => processor.orphans.removeSource(source)
  }
}

/** What peers may ask us for: committed headers and sections, of blocks that are not marked invalid. */
export function modifierSourceOf(chain: HeaderChain, blocks?: BlockProcessor): ModifierSource {
  return {
    get: (typeId, id) => {
      if (typeId === MODIFIER_TYPES.header) return chain.knownInvalid(id) === undefined ? chain.header(id)?.bytes : undefined
      const found = blocks !== undefined && isSectionType(typeId) ? blocks.full.store.sectionById(typeId, id) : undefined
      if (found === undefined || chain.knownInvalid(found.headerId) !== undefined) return undefined
      return found.bytes
    }
  }
}

/** The block processor as the section download feeds it. */
export function blockSinkOf(chain: HeaderChain, blocks: BlockProcessor): BlockSink {
  const window = new SectionWindow(chain, blocks)
  return {
    get height() {
      return blocks.full.height
    },
    get heldBytes() {
      return blocks.cache.bytes
    },
    maxHeldBytes: blocks.cache.maxBytes,
    sectionTypes: SECTION_TYPES,
    needed: (limit) =>
      blocks.needed(limit).map(({ header, type, id }) => ({
        typeId: type,
        id,
        headerId: header.id,
        height: header.height
      })),
    status: (typeId, id) => {
      if (!isSectionType(typeId)) return 'unknown'
      if (blocks.full.store.sectionById(typeId, id) !== undefined) return 'held'
      return window.status(typeId, id)
    },
    submit: (typeId, id, bytes, source) => blocks.addSection(typeId, id, bytes, source)
  }
}

/** Blocks around the tip whose section ids are known by heart: what an announcement can be about. */
const WINDOW_BLOCKS = 64

/**
 * Section ids say nothing of their header, so those of the next blocks are worked out ahead. Worked out anew whenever the header chain
 * or the state moved.
 */
class SectionWindow {
  readonly #chain: HeaderChain
  readonly #blocks: BlockProcessor
  readonly #ids = new Map<string, { header: Header; type: SectionType }>()
  #stamp = ''

  constructor(chain: HeaderChain, blocks: BlockProcessor) {
    this.#chain = chain
    this.#blocks = blocks
  }

  status(type: SectionType, id: Uint8Array): 'missing' | 'held' | 'unknown' | 'invalid' {
    this.#refresh()
    const entry = this.#ids.get(toHex(id))
    if (entry === undefined || entry.type !== type) return 'unknown'
    if (this.#chain.knownInvalid(entry.header.id) !== undefined) return 'invalid'
    return this.#blocks.cache.has(entry.header.idHex, type) ? 'held' : 'missing'
  }

  #refresh(): void {
    const { height } = this.#blocks.full
    const best = this.#chain.store.bestId
    const stamp = `${best === undefined ? '' : toHex(best)}/${height}`
    if (stamp === this.#stamp) return
    this.#stamp = stamp
    this.#ids.clear()
    for (let h = height + 1; h <= Math.min(this.#chain.height, height + WINDOW_BLOCKS); h++) {
      const header = this.#chain.headerAt(h)
      if (header === undefined) continue
      for (const type of SECTION_TYPES) this.#ids.set(toHex(sectionIdOf(header, type)), { header, type })
    }
  }
}
