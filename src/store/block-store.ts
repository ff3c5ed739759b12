import { Reader, Writer } from '../bytes/index.ts'
import type { Change, Database } from './database.ts'
import { damage, readStored } from './errors.ts'
import { blockKey, bytesKey, metaKey, numberOfKey, numberRange, TABLE, tableRange } from './keys.ts'

/** The last block of the state: the best full block. */
export interface FullTip {
  readonly height: number
  readonly id: Uint8Array
}

/** A section to be stored. */
export interface StoredSection {
  /** Type byte under which it travels. */
  readonly type: number
  /** Id under which peers ask for it. */
  readonly sectionId: Uint8Array
  readonly bytes: Uint8Array
}

const TIP = metaKey('full')
const ID_BYTES = 32

/** A section id is a hash: half of it tells all sections of a chain apart, and what is found is checked by its type and header. */
export const SECTION_KEY_BYTES = 16

/**
 * Blocks and states on disk: sections by height, the context after each of the last blocks (what a rollback goes back to), and the
 * tip of the state. The writer puts all of a block into one batch.
 */
export class BlockStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Undefined before the first block. */
  tip(): FullTip | undefined {
    const value = this.#db.get(TIP)
    if (value === undefined) return undefined
    return readStored('the record of the best block', () => {
      const r = new Reader(value)
      const tip = { height: r.uint('height'), id: r.bytes(ID_BYTES).slice() }
      r.expectEnd('the tip')
      return tip
    })
  }

  stageTip(tip: FullTip | undefined): Change {
    if (tip === undefined) return { key: TIP }
    return { key: TIP, value: new Writer(40).uint(tip.height).bytes(tip.id).toBytes() }
  }

  /** State after a block, as {@link stageContext} wrote it. */
  context(height: number, id: Uint8Array): Uint8Array | undefined {
    return this.#db.get(blockKey(TABLE.undo, height, id))
  }

  stageContext(height: number, id: Uint8Array, context: Uint8Array): Change {
    return { key: blockKey(TABLE.undo, height, id), value: context }
  }

  stageContextRemoval(height: number, id: Uint8Array): Change {
    return { key: blockKey(TABLE.undo, height, id) }
  }

  /** Rows that drop the contexts of heights `[from, to)`, whatever branch they are of. */
  async stageContextsRemoval(from: number, to: number): Promise<Change[]> {
    return await this.#removal(TABLE.undo, from, to)
  }

  /** Lowest height that a rollback can go to. */
  async lowestContext(): Promise<number | undefined> {
    for await (const key of this.#db.keys({ ...tableRange(TABLE.undo), limit: 1 })) return numberOfKey(key)
    return undefined
  }

  /** Lowest height of which a section is kept, whatever branch it is of. */
  async lowestSection(): Promise<number | undefined> {
    for await (const key of this.#db.keys({ ...tableRange(TABLE.sections), limit: 1 })) return numberOfKey(key)
    return undefined
  }

  section(height: number, headerId: Uint8Array, type: number): Uint8Array | undefined {
    return this.#db.get(blockKey(TABLE.sections, height, headerId, type))
  }

  /** A section by the id under which peers ask for it. */
  sectionById(type: number, sectionId: Uint8Array): { height: number; headerId: Uint8Array; bytes: Uint8Array } | undefined {
    const entry = this.#db.get(bytesKey(TABLE.sectionIds, sectionId.subarray(0, SECTION_KEY_BYTES)))
    if (entry === undefined) return undefined
    const place = readSectionPlace(entry)
    if (place.type !== type) return undefined
    const { height, headerId } = place
    const bytes = this.section(height, headerId, type)
    if (bytes === undefined) throw damage(`section ${type} at height ${height} is listed and not there`)
    return { height, headerId, bytes }
  }

  stageSections(height: number, headerId: Uint8Array, sections: readonly StoredSection[]): Change[] {
    return sections.flatMap(({ type, sectionId, bytes }) => [
      { key: blockKey(TABLE.sections, height, headerId, type), value: bytes },
      {
        key: bytesKey(TABLE.sectionIds, sectionId.subarray(0, SECTION_KEY_BYTES)),
        value: new Writer(40).uint(height).u8(type).bytes(headerId).toBytes()
      }
    ])
  }

  /** Rows that drop one section of one block. */
  stageRemoval(height: number, headerId: Uint8Array, type: number, sectionId: Uint8Array): Change[] {
    return [
      { key: blockKey(TABLE.sections, height, headerId, type) },
      { key: bytesKey(TABLE.sectionIds, sectionId.subarray(0, SECTION_KEY_BYTES)) }
    ]
  }

  /**
   * Rows that drop the sections of heights `[from, to)`, whatever branch they are of.
   *
   * @param sectionIdOf gives the id of a section from its header's id and type; undefined when the header is not known
   */
  async stageSectionsRemoval(
    from: number,
    to: number,
    sectionIdOf: (headerId: Uint8Array, type: number) => Uint8Array | undefined
  ): Promise<Change[]> {
    const rows = await this.#removal(TABLE.sections, from, to)
    const ids: Change[] = []
    for (const { key } of rows) {
      const id = sectionIdOf(key.subarray(5, 5 + ID_BYTES), key[5 + ID_BYTES]!)
      if (id !== undefined) ids.push({ key: bytesKey(TABLE.sectionIds, id.subarray(0, SECTION_KEY_BYTES)) })
    }
    return [...rows, ...ids]
  }

  async #removal(table: typeof TABLE.undo | typeof TABLE.sections, from: number, to: number): Promise<Change[]> {
    if (to <= from) return []
    const out: Change[] = []
    for await (const key of this.#db.keys(numberRange(table, Math.max(0, from), to))) out.push({ key })
    return out
  }
}

/** Where a section lies, as the table of section ids has it. */
export interface SectionPlace {
  readonly height: number
  readonly type: number
  readonly headerId: Uint8Array
}

/** @throws StoreError STORE_CORRUPT */
export function readSectionPlace(bytes: Uint8Array): SectionPlace {
  return readStored('an entry of the table of section ids', () => {
    const r = new Reader(bytes)
    const place = { height: r.uint('height'), type: r.u8(), headerId: r.bytes(ID_BYTES) }
    r.expectEnd('the entry')
    return place
  })
}
