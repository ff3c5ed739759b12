import { Reader } from '../bytes/index.ts'
import type { Change, Database } from './database.ts'
import { damage, readStored } from './errors.ts'
import { type ArchivedSegment, HEADERS_PER_SEGMENT, HeaderArchive, ROWS_PER_SEGMENT, segmentOfRow } from './header-archive.ts'
import { decodeHeaderRow, encodeHeaderRow, HEADERS_PER_ROW, type HeaderRow, headerRowOf } from './header-rows.ts'
import { numberKey, numberOfKey, numberRange, TABLE } from './keys.ts'

/** Headers that must stand on a segment before it is archived: reorganisations of everyday reach only rows of the database. */
const ARCHIVE_DELAY_HEADERS = 2048

/** Full rows kept as written, about 8 MB: what is not archived yet, twice over. */
const MAX_RECENT_ROWS = 2 * ROWS_PER_SEGMENT

/** Rows dropped from the database with one commit once they are archived: a tenth of a millisecond's work. */
const DROPPED_PER_COMMIT = 64

/** Rows read from the database between two turns of the event loop, when a segment is put together after a restart. */
const READS_PER_TURN = 64

/** How a commit changes the rows. */
export interface RowChange {
  /** Height of the last header that stays. */
  readonly keep: number
  /** Rows from that of `keep` on, as far as they change. */
  readonly rows: readonly HeaderRow[]
  readonly oldHeight: number
  readonly newHeight: number
}

interface Ready {
  readonly segment: number
  readonly archived: ArchivedSegment
}

/**
 * Rows of canonical headers, wherever they are: the late ones in the database, where they move with the rest of a commit, all others
 * in the {@link HeaderArchive}. Moving them there goes on in the background, a segment at a time, and joins whichever commit comes next.
 */
export class HeaderRowStore {
  readonly #db: Database
  readonly #archive: HeaderArchive
  readonly #recent = new Map<number, Uint8Array>()
  /** Row in which the chain starts. */
  #first: number
  /** First segment that is not archived. */
  #next: number
  /** Rows below are not in the database any more. */
  #dropped: number
  #job: Promise<void> | undefined
  #ready: Ready | undefined
  /** Raised when a reorganisation makes the segment at work another one. */
  #generation = 0

  private constructor(db: Database, archive: HeaderArchive, first: number, next: number, dropped: number) {
    this.#db = db
    this.#archive = archive
    this.#first = first
    this.#next = next
    this.#dropped = dropped
  }

  /**
   * @param base height at which the chain starts
   * @param height of its tip
   * @throws StoreError STORE_CORRUPT when the archive holds what is above the tip
   */
  static async load(db: Database, base: number, height: number): Promise<HeaderRowStore> {
    const archive = await HeaderArchive.load(db)
    const { last } = archive
    const first = headerRowOf(base)
    if (last !== undefined && endOf(last) > height)
      throw damage(`the header archive holds more than the ${height} headers there are`)
    const next = last === undefined ? segmentOfRow(first) : last + 1
    let dropped = next * ROWS_PER_SEGMENT
    for await (const key of db.keys({ ...numberRange(TABLE.headers, 0, dropped), limit: 1 })) dropped = numberOfKey(key)
    return new HeaderRowStore(db, archive, first, next, dropped)
  }

  /** Sets where an empty chain starts. */
  startAt(height: number): void {
    this.#first = headerRowOf(height)
    this.#next = segmentOfRow(this.#first)
    this.#dropped = this.#next * ROWS_PER_SEGMENT
  }

  isArchived(row: number): boolean {
    return row < this.#next * ROWS_PER_SEGMENT && this.#archive.has(segmentOfRow(row))
  }

  /**
   * A row as it was stored; when it is archived, valid until the next read only.
   *
   * @throws StoreError STORE_CORRUPT when it is not there
   */
  bytes(row: number): Uint8Array {
    const recent = this.#recent.get(row)
    if (recent !== undefined) return recent
    const archived = this.#archive.read(row)
    if (archived !== undefined) return archived
    const stored = this.#db.get(numberKey(TABLE.headers, row))
    if (stored === undefined) throw damage(`no header row for height ${row * HEADERS_PER_ROW + 1}`)
    if (lastOfRow(stored) === lastHeight(row)) this.#remember(row, stored)
    return stored
  }

  /**
   * A row of its own.
   *
   * @throws StoreError STORE_CORRUPT when it is not there, or not whole
   */
  row(row: number): HeaderRow {
    const bytes = this.bytes(row)
    const out = readStored(nameOf(row), () => decodeHeaderRow(this.isArchived(row) ? bytes.slice() : bytes))
    const end = out.first + out.headers.length - 1
    if (out.headers.length === 0 || headerRowOf(out.first) !== row || end > lastHeight(row)) {
      throw damage(`${nameOf(row)} is of other heights`)
    }
    return out
  }

  /**
   * Adds what moves the rows to a commit.
   *
   * @returns what to do once it is committed
   */
  stage({ keep, rows, oldHeight, newHeight }: RowChange, changes: Change[]): () => void {
    const cut = keep < oldHeight
    const returned = cut ? this.#stageReturn(keep, changes) : []
    const full: Array<[row: number, bytes: Uint8Array]> = []
    for (const row of rows) {
      const n = headerRowOf(row.first)
      const value = encodeHeaderRow(row)
      changes.push({ key: numberKey(TABLE.headers, n), value })
      if (row.first + row.headers.length - 1 === lastHeight(n)) full.push([n, value])
    }
    const firstUnused = Math.max(this.#first, headerRowOf(newHeight) + 1)
    for (let n = firstUnused; n <= headerRowOf(oldHeight); n++) changes.push({ key: numberKey(TABLE.headers, n) })
    const ready = this.#ready !== undefined && keep >= endOf(this.#ready.segment) ? this.#ready : undefined
    if (ready !== undefined) changes.push(this.#archive.stage(ready.segment, ready.archived))
    const dropped = cut ? this.#dropped : this.#stageDrops(changes)
    return () => {
      this.#dropped = dropped
      if (cut) this.#cut(keep, returned)
      for (const [n, bytes] of full) this.#remember(n, bytes)
      if (ready !== undefined) this.#accept(ready)
      this.#archiveNext(newHeight)
    }
  }

  /** Resolves when nothing goes on in the background. */
  async idle(): Promise<void> {
    await this.#job
  }

  /** A reorganisation that reaches into the archive brings the rows below it back into the database. */
  #stageReturn(keep: number, changes: Change[]): number[] {
    const segments: number[] = []
    for (let s = this.#next - 1; endOf(s) > keep && this.#archive.has(s); s--) {
      segments.push(s)
      changes.push(this.#archive.stageRemoval(s))
      for (let n = s * ROWS_PER_SEGMENT; lastHeight(n) <= keep; n++) {
        const bytes = this.#archive.read(n)
        if (bytes !== undefined) changes.push({ key: numberKey(TABLE.headers, n), value: bytes.slice() })
      }
    }
    return segments
  }

  #stageDrops(changes: Change[]): number {
    const end = Math.min(this.#next * ROWS_PER_SEGMENT, this.#dropped + DROPPED_PER_COMMIT)
    for (let n = this.#dropped; n < end; n++) changes.push({ key: numberKey(TABLE.headers, n) })
    return Math.max(this.#dropped, end)
  }

  /** Headers above `keep` are gone, and with them the segments they were in. */
  #cut(keep: number, segments: readonly number[]): void {
    for (const s of segments) {
      this.#archive.remove(s)
      this.#next = Math.min(this.#next, s)
    }
    this.#dropped = Math.min(this.#dropped, this.#next * ROWS_PER_SEGMENT)
    const first = headerRowOf(keep + 1)
    for (const n of this.#recent.keys()) if (n >= first) this.#recent.delete(n)
    if (endOf(this.#next) > keep) {
      this.#generation++
      this.#ready = undefined
    }
  }

  #accept({ segment, archived }: Ready): void {
    this.#archive.add(segment, archived)
    this.#ready = undefined
    this.#next = segment + 1
    for (let n = segment * ROWS_PER_SEGMENT; n < this.#next * ROWS_PER_SEGMENT; n++) this.#recent.delete(n)
  }

  #remember(row: number, bytes: Uint8Array): void {
    this.#recent.set(row, bytes)
    if (this.#recent.size > MAX_RECENT_ROWS) this.#recent.delete(this.#recent.keys().next().value!)
  }

  /** Begins to archive the next segment, when enough stands on it. */
  #archiveNext(height: number): void {
    if (this.#job !== undefined || this.#ready !== undefined || height < endOf(this.#next) + ARCHIVE_DELAY_HEADERS) return
    const generation = this.#generation
    this.#job = this.#collect(this.#next)
      .then((ready) => {
        if (generation === this.#generation) this.#ready = ready
      })
      // Nothing is lost: the rows stay where they are, and the next commit is another occasion.
      .catch(() => {})
      .finally(() => {
        this.#job = undefined
      })
  }

  async #collect(segment: number): Promise<Ready> {
    const rows: Uint8Array[] = []
    for (let i = 0; i < ROWS_PER_SEGMENT; i++) {
      if (i % READS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
      const row = segment * ROWS_PER_SEGMENT + i
      rows.push(row < this.#first ? new Uint8Array(0) : this.bytes(row))
    }
    return { segment, archived: await this.#archive.write(rows) }
  }
}

/** Height of the last header that belongs into a row. */
const lastHeight = (row: number): number => (row + 1) * HEADERS_PER_ROW

const nameOf = (row: number): string => `the row of headers ${row * HEADERS_PER_ROW + 1}..${lastHeight(row)}`

/** Height of the last header in a row. */
function lastOfRow(bytes: Uint8Array): number {
  return readStored('a row of headers', () => {
    const r = new Reader(bytes)
    return r.uint('first height') + r.u8() - 1
  })
}

/** Height of the last header of a segment. */
const endOf = (segment: number): number => (segment + 1) * HEADERS_PER_SEGMENT
