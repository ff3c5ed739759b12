import { closeSync, constants, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DecodeError, Reader, Writer } from '../bytes/index.ts'
import type { Change, Database } from './database.ts'
import { damage, readStored, StoreError } from './errors.ts'
import { HEADERS_PER_ROW } from './header-rows.ts'
import { numberKey, numberOfKey, TABLE, tableRange } from './keys.ts'

/** Rows of one segment: 16,384 headers, about 4 MB, so that bringing one to the disk for good is rare and quick. */
export const ROWS_PER_SEGMENT = 512

export const HEADERS_PER_SEGMENT: number = ROWS_PER_SEGMENT * HEADERS_PER_ROW

export const segmentOfRow = (row: number): number => Math.floor(row / ROWS_PER_SEGMENT)

/** Where a segment lies in the file. */
export interface ArchivedSegment {
  readonly offset: number
  /** End of each row from the offset on; a row below the start of the chain is empty. */
  readonly ends: Uint32Array
}

/**
 * Rows of headers that no reorganisation is expected to reach any more, in a flat file beside the database: written once, never
 * compacted, read with one call of the system and no copy.
 *
 * The database says what of the file counts. A segment is on the disk for good before the database is told of it, and only then are
 * its rows dropped from there. The file only grows: what a reorganisation takes back is never overwritten, so whichever commit a
 * crash leaves as the last finds its bytes in place.
 */
export class HeaderArchive {
  readonly #db: Database
  readonly #path: string
  /** As they are in the database until one of their rows is read: a start has no use for a million sizes. */
  readonly #segments = new Map<number, ArchivedSegment | Uint8Array>()
  #fd: number | undefined
  /** Where the next segment goes. */
  #end = 0
  #scratch = new Uint8Array(8192)
  /** The row in the scratch array: who asks for a header asks for the next ones. */
  #read: { readonly row: number; readonly bytes: Uint8Array } | undefined

  private constructor(db: Database) {
    this.#db = db
    this.#path = join(db.path, 'headers')
    db.onClose(() => {
      if (this.#fd !== undefined) closeSync(this.#fd)
    })
  }

  static async load(db: Database): Promise<HeaderArchive> {
    const archive = new HeaderArchive(db)
    for await (const [key, value] of db.scan(tableRange(TABLE.archive))) {
      const end = readStored('a record of the header archive', () => {
        const r = new Reader(value)
        return r.ulongSafe('offset') + r.uint('size')
      })
      archive.#end = Math.max(archive.#end, end)
      archive.#segments.set(numberOfKey(key), value.slice())
    }
    return archive
  }

  /** Number of the last segment; undefined when there is none. They are consecutive. */
  get last(): number | undefined {
    return this.#segments.size === 0 ? undefined : Math.max(...this.#segments.keys())
  }

  has(segment: number): boolean {
    return this.#segments.has(segment)
  }

  /**
   * A row as it was stored, valid until the next read. Undefined when it is not in the archive.
   *
   * @throws StoreError STORE_IO or STORE_CORRUPT
   */
  read(row: number): Uint8Array | undefined {
    const segment = this.#segment(segmentOfRow(row))
    if (segment === undefined) return undefined
    if (this.#read?.row === row) return this.#read.bytes
    const i = row % ROWS_PER_SEGMENT
    const from = i === 0 ? 0 : segment.ends[i - 1]!
    const size = segment.ends[i]! - from
    if (size === 0) return undefined
    this.#read = undefined
    if (size > this.#scratch.length) this.#scratch = new Uint8Array(2 * size)
    if (this.#readAt(segment.offset + from, size) !== size) throw damage(`${this.#path} ends too early`)
    this.#read = { row, bytes: this.#scratch.subarray(0, size) }
    return this.#read.bytes
  }

  /** Writes the rows of a segment to the end of the file, and waits until they are on the disk. */
  async write(rows: readonly Uint8Array[]): Promise<ArchivedSegment> {
    const ends = new Uint32Array(ROWS_PER_SEGMENT)
    let size = 0
    for (const [i, row] of rows.entries()) ends[i] = size += row.length
    const offset = this.#end
    this.#end += size
    const file = await open(this.#path, constants.O_RDWR | constants.O_CREAT, 0o644)
    try {
      const { bytesWritten } = await file.writev(rows, offset)
      if (bytesWritten !== size) throw new StoreError('STORE_IO', `${this.#path}: ${bytesWritten} of ${size} bytes written`)
      await file.datasync()
    } finally {
      await file.close()
    }
    return { offset, ends }
  }

  stage(segment: number, archived: ArchivedSegment): Change {
    return { key: numberKey(TABLE.archive, segment), value: encodeSegment(archived) }
  }

  stageRemoval(segment: number): Change {
    return { key: numberKey(TABLE.archive, segment) }
  }

  /** To be called once {@link stage} is committed. */
  add(segment: number, archived: ArchivedSegment): void {
    this.#segments.set(segment, archived)
    this.#end = Math.max(this.#end, archived.offset + archived.ends[ROWS_PER_SEGMENT - 1]!)
  }

  /** To be called once {@link stageRemoval} is committed. */
  remove(segment: number): void {
    this.#segments.delete(segment)
    this.#read = undefined
  }

  #segment(n: number): ArchivedSegment | undefined {
    const held = this.#segments.get(n)
    if (!(held instanceof Uint8Array)) return held
    const segment = readStored(`record ${n} of the header archive`, () => decodeSegment(held))
    this.#segments.set(n, segment)
    return segment
  }

  /** Reads into the scratch array. Returns how much there was. */
  #readAt(offset: number, size: number): number {
    if (this.#db.closed) throw new StoreError('STORE_CLOSED', `database ${this.#db.path} is closed`)
    try {
      this.#fd ??= openSync(this.#path, 'r')
      return readSync(this.#fd, this.#scratch, 0, size, offset)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw damage(`${this.#path} is gone`)
      throw new StoreError('STORE_IO', `cannot read ${this.#path}: ${(cause as Error).message}`, { cause })
    }
  }
}

/** Layout: `offset (u64 VLQ) | size (u32 VLQ) | ROWS_PER_SEGMENT * size of a row (u32 VLQ)`. */
function encodeSegment({ offset, ends }: ArchivedSegment): Uint8Array {
  const w = new Writer(2 * ROWS_PER_SEGMENT + 16).ulong(offset).uint(ends[ROWS_PER_SEGMENT - 1]!)
  for (let i = 0; i < ROWS_PER_SEGMENT; i++) w.uint(ends[i]! - (i === 0 ? 0 : ends[i - 1]!))
  return w.toBytes()
}

/** @throws DecodeError when the record is not of the layout: the database is damaged */
function decodeSegment(bytes: Uint8Array): ArchivedSegment {
  const r = new Reader(bytes)
  const offset = r.ulongSafe('offset')
  const size = r.uint('size')
  const ends = new Uint32Array(ROWS_PER_SEGMENT)
  let end = 0
  for (let i = 0; i < ROWS_PER_SEGMENT; i++) ends[i] = end += r.uint('row size')
  r.expectEnd('archive segment')
  if (end !== size) throw new DecodeError('MALFORMED', `rows of ${end} bytes in a segment of ${size}`)
  return { offset, ends }
}
