import { bytesEqual, toHex } from '../../bytes/index.ts'
import { type BlockStore, readSectionPlace, SECTION_KEY_BYTES } from '../block-store.ts'
import type { Database } from '../database.ts'
import { ID_BYTES } from '../header-rows.ts'
import type { HeaderStore } from '../header-store.ts'
import { numberOfKey, TABLE, tableRange } from '../keys.ts'
import type { InspectedHeader, StoreInspector } from './inspector.ts'
import type { Findings } from './report.ts'

export interface BlockCheckInit {
  readonly db: Database
  readonly headers: HeaderStore
  readonly blocks: BlockStore
  readonly inspector: StoreInspector
  readonly found: Findings
}

interface BlockKey {
  readonly height: number
  readonly id: Uint8Array
}

function blockOfKey(key: Uint8Array): BlockKey {
  return { height: numberOfKey(key), id: key.slice(5, 5 + ID_BYTES) }
}

/** The header that rows of a block belong to. */
function headerOf({ height, id }: BlockKey, { headers, inspector }: BlockCheckInit): InspectedHeader | undefined {
  const record = headers.get(id)
  const header = record === undefined ? undefined : inspector.header(record.bytes)
  return header?.height === height && bytesEqual(header.id, id) ? header : undefined
}

/** Reads every section: it belongs to a header that commits to it, and is found under its id. */
export async function checkSections(init: BlockCheckInit): Promise<number> {
  const { db, blocks, found } = init
  return await found.each(db.scan(tableRange(TABLE.sections)), ([key, bytes]) => {
    const type = key[5 + ID_BYTES]
    const name = `section ${type} at height ${numberOfKey(key)}`
    const header = headerOf(blockOfKey(key), init)
    const sectionId = type === undefined ? undefined : header?.sectionId(type)
    if (header === undefined || sectionId === undefined) return found.note(`${name} is of no header that is here`)
    if (!header.fits(type!, bytes)) found.note(`${name} is not what its header commits to`)
    const listed = blocks.sectionById(type!, sectionId)
    if (listed === undefined || !bytesEqual(listed.headerId, header.id)) found.note(`${name} is not found under its id`)
  })
}

/** Reads the table of section ids: each leads to a section. */
export async function checkSectionIds(init: BlockCheckInit): Promise<void> {
  const { db, blocks, found } = init
  await found.each(db.scan(tableRange(TABLE.sectionIds)), ([key, value]) => {
    const { height, type, headerId } = readSectionPlace(value)
    const sectionId = headerOf({ height, id: headerId }, init)?.sectionId(type)
    const isRight = sectionId !== undefined && bytesEqual(sectionId.subarray(0, SECTION_KEY_BYTES), key.subarray(1))
    if (!isRight || blocks.section(height, headerId, type) === undefined) {
      found.note(`section id ${toHex(key.subarray(1))}… leads nowhere`)
    }
  })
}

/** Reads every state: it is the one after a header that is here. */
export async function checkStates(init: BlockCheckInit): Promise<number> {
  const { db, inspector, found } = init
  return await found.each(db.scan(tableRange(TABLE.undo)), ([key, bytes]) => {
    const block = blockOfKey(key)
    const name = `the state after height ${block.height}`
    const header = headerOf(block, init)
    const state = inspector.state(bytes)
    if (header === undefined) return found.note(`${name} is of no header that is here`)
    if (state === undefined) return found.note(`${name} cannot be read`)
    if (!bytesEqual(state.headerId, header.id) || !bytesEqual(state.root, header.stateRoot)) {
      found.note(`${name} is not the one that its header commits to`)
    }
  })
}

/**
 * Goes down from the tip of the state: each block has a header, all of its sections or none, and a state that follows from the one
 * before it, down to the lowest that is kept.
 */
export async function checkBranch(init: BlockCheckInit): Promise<void> {
  const { headers, blocks, inspector, found } = init
  const tip = blocks.tip()
  const lowestState = await blocks.lowestContext()
  if (tip === undefined) {
    if (lowestState !== undefined) found.note('there are states, and no best block among them')
    return
  }
  const lowestSection = await blocks.lowestSection()
  const floor = Math.max(headers.base, Math.min(lowestState ?? tip.height, lowestSection ?? tip.height))
  let { height, id } = tip
  for (; height >= floor; height--) {
    const header = headerOf({ height, id }, init)
    if (header === undefined) return found.note(`the block at height ${height} that the state stands on has no header here`)
    if (lowestState !== undefined && height >= lowestState) checkState({ height, id }, header, height > lowestState, init)
    // Of a block that is pruned both are gone.
    const missing = inspector.keptSections.filter((type) => blocks.section(height, id, type) === undefined)
    if (missing.length < inspector.keptSections.length) {
      for (const type of missing) found.note(`section ${type} at height ${height} is missing`)
    }
    id = header.parentId.slice()
    await found.count()
  }
}

/** The state after a block is there, and what the one before it becomes with the block's extension. */
function checkState({ height, id }: BlockKey, { parentId }: InspectedHeader, isAboveOther: boolean, init: BlockCheckInit): void {
  const { headers, blocks, inspector, found } = init
  const stored = blocks.context(height, id)
  if (stored === undefined) return found.note(`the state after height ${height} is missing`)
  const before = isAboveOther ? blocks.context(height - 1, parentId) : undefined
  const extension = blocks.section(height, id, inspector.extensionType)
  if (before === undefined || extension === undefined) return
  const next = inspector.nextState(before, headers.get(id)!.bytes, extension)
  if (next === undefined || !bytesEqual(next, stored)) {
    found.note(`the state after height ${height} does not follow from the one before it`)
  }
}
