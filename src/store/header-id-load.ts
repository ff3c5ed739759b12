import { blake2b256 } from '../crypto/index.ts'
import type { Database } from './database.ts'
import { damage } from './errors.ts'
import { checkPieces, HeaderIdWriter, IDS_PER_PIECE, type IdChecksums, loadIdChecksums, readIdFile } from './header-id-file.ts'
import { HeaderIndex, IDS_PER_SLAB } from './header-index.ts'
import type { HeaderRowStore } from './header-row-store.ts'
import { headerRowOf, ID_BYTES } from './header-rows.ts'
import { type FoundTable, fittingTable, readTableFile } from './header-table-file.ts'

const SLAB_BYTES = IDS_PER_SLAB * ID_BYTES

/** What the files beside the database hold, and what they should. */
export interface FoundIds {
  readonly slabs: readonly Uint8Array[]
  /** Bytes of each slab that came from the file. */
  readonly sizes: readonly number[]
  readonly checksums: IdChecksums
  readonly table: FoundTable | 'damaged' | undefined
}

/** Reads the files of so many ids, off this thread. */
export async function findHeaderIds(db: Database, count: number): Promise<FoundIds> {
  const slabs = emptySlabs(Math.ceil(count / IDS_PER_SLAB))
  const [checksums, sizes, table] = await Promise.all([loadIdChecksums(db), readIdFile(db.path, slabs), readTableFile(db.path)])
  return { slabs, sizes, checksums, table }
}

/** Ids of the best chain as a start makes them. */
export interface MadeIds {
  readonly index: HeaderIndex
  readonly ids: HeaderIdWriter
  /** Side files that were damaged and made again. */
  readonly repaired: readonly string[]
}

/**
 * The ids of the best chain: those found, as far as they are good, the others from the headers.
 *
 * @throws StoreError STORE_CORRUPT when headers are missing that they would have to be made from
 */
export function makeHeaderIds(db: Database, found: FoundIds, rows: HeaderRowStore, base: number, height: number): MadeIds {
  const { slabs, sizes, checksums, table } = found
  const { good, bad } = checkPieces(slabs, sizes, checksums)
  const unsaved = completeIds(slabs, good, rows, base, height)
  const idAt = (h: number): Uint8Array | undefined => (h > height ? undefined : idOf(slabs, h - base))
  const fitting = table === 'damaged' ? undefined : fittingTable(table, base, idAt)
  const repaired: string[] = []
  if (bad.length > 0) repaired.push(`header-ids: ${bad.length} of ${bad.length + good.size} parts were not what was written`)
  if (table === 'damaged') repaired.push('header-table: it was not what was written')
  return {
    index: HeaderIndex.ofSlabs(base, slabs, height - base + 1, fitting),
    ids: new HeaderIdWriter(db.path, checksums, unsaved),
    repaired
  }
}

/** Slabs in one piece of memory, which is quicker to get than as many small ones. */
function emptySlabs(count: number): Uint8Array[] {
  const all = new Uint8Array(count * SLAB_BYTES)
  return Array.from({ length: count }, (_, n) => all.subarray(n * SLAB_BYTES, (n + 1) * SLAB_BYTES))
}

function idOf(slabs: readonly Uint8Array[], place: number): Uint8Array | undefined {
  const at = (place % IDS_PER_SLAB) * ID_BYTES
  return slabs[Math.floor(place / IDS_PER_SLAB)]?.subarray(at, at + ID_BYTES)
}

/** Makes the ids again that are not good, from the headers. Returns the full pieces among them. */
function completeIds(
  slabs: readonly Uint8Array[],
  good: ReadonlySet<number>,
  rows: HeaderRowStore,
  base: number,
  height: number
): number[] {
  const count = height - base + 1
  const unsaved: number[] = []
  for (let n = 0; n * IDS_PER_PIECE < count; n++) {
    if (good.has(n)) continue
    const place = n * IDS_PER_PIECE
    const slab = slabs[Math.floor(place / IDS_PER_SLAB)]!
    const to = Math.min(height, base + place + IDS_PER_PIECE - 1)
    hashHeaders(rows, base + place, to, slab.subarray((place % IDS_PER_SLAB) * ID_BYTES))
    if ((n + 1) * IDS_PER_PIECE <= count) unsaved.push(n)
  }
  return unsaved
}

/** Ids of the stored headers of heights `from..to`. */
function hashHeaders(rows: HeaderRowStore, from: number, to: number, out: Uint8Array): void {
  for (let height = from; height <= to; ) {
    const { first, headers } = rows.row(headerRowOf(height))
    if (height < first || height >= first + headers.length) throw damage(`no header row for height ${height}`)
    for (let i = height - first; i < headers.length && height <= to; i++, height++) {
      out.set(blake2b256(headers[i]!), (height - from) * ID_BYTES)
    }
  }
}
