import { bytesEqual, toHex } from '../../bytes/index.ts'
import { type Database, NO_ROW } from '../database.ts'
import { HEADERS_PER_ROW, headerRowOf, ID_BYTES } from '../header-rows.ts'
import type { HeaderRecord, HeaderStore } from '../header-store.ts'
import { readMark } from '../invalid-store.ts'
import { numberOfKey, TABLE, tableRange } from '../keys.ts'
import type { StoreInspector } from './inspector.ts'
import type { Findings } from './report.ts'

/** Reads every header of the best chain and compares it with the index, its neighbours and its own bytes. */
export async function checkCanonical(store: HeaderStore, inspector: StoreInspector, found: Findings): Promise<number> {
  let count = 0
  let previous: HeaderRecord | undefined
  for (let height = store.base; height <= store.height; ) {
    const isWhole = await found.attempt(async () => {
      for (const record of store.range(height, store.height)) {
        checkOne(record, previous, inspector, found)
        previous = record
        height = record.height + 1
        count++
        await found.count()
      }
    })
    if (isWhole) break
    // Behind a row that cannot be read the next one may be good.
    previous = undefined
    height = (headerRowOf(height) + 1) * HEADERS_PER_ROW + 1
  }
  if (previous !== undefined && previous.score !== store.bestScore)
    found.note('the score of the best header is not that of its row')
  return count
}

function checkOne(record: HeaderRecord, previous: HeaderRecord | undefined, inspector: StoreInspector, found: Findings): void {
  const { height, id, bytes, score } = record
  const info = inspector.header(bytes)
  if (info === undefined) return found.note(`header at height ${height} cannot be read`)
  if (!bytesEqual(info.id, id)) found.note(`header at height ${height} has id ${toHex(info.id)}, the index says ${toHex(id)}`)
  if (info.height !== height) found.note(`header stored at height ${height} is of height ${info.height}`)
  if (previous !== undefined && !bytesEqual(info.parentId, previous.id)) {
    found.note(`header at height ${height} does not follow the one below it`)
  }
  const before = previous?.score ?? (height === 1 ? 0n : undefined)
  if (before !== undefined && score !== before + info.difficulty) {
    found.note(`score at height ${height} is not the sum of difficulties`)
  }
}

/** Reads every header off the best chain. */
export async function checkForks(db: Database, store: HeaderStore, inspector: StoreInspector, found: Findings): Promise<number> {
  return await found.each(db.keys(tableRange(TABLE.forks)), (key) => checkFork(key.slice(1), store, inspector, found))
}

function checkFork(id: Uint8Array, store: HeaderStore, inspector: StoreInspector, found: Findings): void {
  const name = `header ${toHex(id)}`
  if (store.canonicalHeight(id) !== undefined) return found.note(`${name} is both on and off the best chain`)
  const record = id.length === ID_BYTES ? store.get(id) : undefined
  const info = record === undefined ? undefined : inspector.header(record.bytes)
  if (record === undefined || info === undefined) return found.note(`${name} off the best chain cannot be read`)
  if (!bytesEqual(info.id, id)) return found.note(`${name} off the best chain has other bytes`)
  if (info.height !== record.height) found.note(`${name} off the best chain is of height ${info.height}, not ${record.height}`)
  const parent = info.height > 1 ? store.get(info.parentId) : undefined
  if (info.height > 1 && parent === undefined) return found.note(`${name} off the best chain has no parent here`)
  if (record.score !== (parent?.score ?? 0n) + info.difficulty) {
    found.note(`the score of ${name} off the best chain is not the sum of difficulties`)
  }
}

/** Reads the marks of invalid headers. */
export async function checkInvalid(db: Database, found: Findings): Promise<number> {
  return await found.each(db.scan(tableRange(TABLE.invalid)), ([key, value]) => void readMark(key.subarray(1), value))
}

/** Looks for rows where none belong. */
export async function checkStray(db: Database, store: HeaderStore, found: Findings): Promise<void> {
  const [first, last] = [headerRowOf(store.base), headerRowOf(store.height)]
  for await (const key of db.keys(tableRange(TABLE.headers))) {
    const row = numberOfKey(key)
    if (store.height < store.base || row < first || row > last) found.note(`row ${row} of headers lies outside of the chain`)
  }
  let from = 0
  for (const table of [...Object.values(TABLE).sort((a, b) => a - b), 0x100]) {
    for await (const key of db.keys({ gte: new Uint8Array([from]), lt: endOfTables(table) })) {
      if (!bytesEqual(key, NO_ROW)) found.note(`the row with key ${toHex(key)} belongs to no table`)
    }
    from = table + 1
  }
}

/** Behind all keys of one byte stands this one. */
function endOfTables(table: number): Uint8Array {
  return table > 0xff ? new Uint8Array(64).fill(0xff) : new Uint8Array([table])
}
