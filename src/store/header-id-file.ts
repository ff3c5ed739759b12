import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { Reader, Writer } from '../bytes/index.ts'
import type { Change, Database } from './database.ts'
import { type HeaderIndex, IDS_PER_SLAB } from './header-index.ts'
import { ID_BYTES } from './header-rows.ts'
import { numberKey, numberOfKey, TABLE, tableRange } from './keys.ts'

/** Ids of one piece of the file, each with a checksum: what is younger than the last full piece is hashed at a start, in milliseconds. */
export const IDS_PER_PIECE = 1024

/** A megabyte: after damage, some seconds of commits repair the file. */
const MAX_PIECES_AT_ONCE = 32

const PIECE_BYTES = IDS_PER_PIECE * ID_BYTES
const SLAB_BYTES = IDS_PER_SLAB * ID_BYTES
const PIECES_PER_SLAB = IDS_PER_SLAB / IDS_PER_PIECE

const idFileOf = (directory: string): string => join(directory, 'header-ids')

/*
 * Ids of the best chain, also kept in a flat file beside the database: a start then reads 61 MB in one go, where it would have to
 * hash 1.9 million headers or pull as much through LevelDB's buffers and memory maps.
 *
 * The file says nothing that the header rows do not say, and is never trusted. The database has a checksum of each piece that is
 * right for the chain it holds; a piece without one, or of other content, is made again from the headers. So no order of writes
 * has to be kept between the two, whatever fails.
 */

/**
 * Reads ids into the slabs of an index, off this thread: most of the time goes into memory that was never touched before.
 *
 * @returns how many bytes of each slab came from the file
 */
export async function readIdFile(directory: string, slabs: readonly Uint8Array[]): Promise<number[]> {
  try {
    const file = await open(idFileOf(directory), 'r')
    try {
      return await Promise.all(slabs.map(async (slab, n) => (await file.read(slab, 0, SLAB_BYTES, n * SLAB_BYTES)).bytesRead))
    } finally {
      await file.close()
    }
  } catch {
    // Absent or unreadable: the headers tell the same.
    return slabs.map(() => 0)
  }
}

/** Checksums of the pieces of each slab; 0 where there is none. */
export type IdChecksums = Map<number, Uint32Array>

/** Checksums as the database has them. */
export async function loadIdChecksums(db: Database): Promise<IdChecksums> {
  const out: IdChecksums = new Map()
  for await (const [key, value] of db.scan(tableRange(TABLE.ids))) {
    if (value.length !== 4 * PIECES_PER_SLAB) continue
    const r = new Reader(value)
    out.set(
      numberOfKey(key),
      Uint32Array.from({ length: PIECES_PER_SLAB }, () => r.u32be())
    )
  }
  return out
}

/** Which pieces are what their checksums say, and which are not; those without a checksum were never told of. */
export interface CheckedPieces {
  readonly good: ReadonlySet<number>
  readonly bad: readonly number[]
}

export function checkPieces(slabs: readonly Uint8Array[], sizes: readonly number[], checksums: IdChecksums): CheckedPieces {
  const good = new Set<number>()
  const bad: number[] = []
  for (const [n, slab] of slabs.entries()) {
    const expected = checksums.get(n)
    if (expected === undefined) continue
    for (const [i, checksum] of expected.entries()) {
      if (checksum === 0) continue
      const end = (i + 1) * PIECE_BYTES
      const isGood = end <= sizes[n]! && checksum === crc32(slab.subarray(end - PIECE_BYTES, end))
      if (isGood) good.add(n * PIECES_PER_SLAB + i)
      else bad.push(n * PIECES_PER_SLAB + i)
    }
  }
  return { good, bad }
}

interface WrittenPiece {
  readonly piece: number
  readonly checksum: number
}

/** Copies full pieces to the file in the background; their checksums join whichever commit comes next. */
export class HeaderIdWriter {
  readonly #directory: string
  readonly #checksums: IdChecksums
  /** Full pieces that are not in the file. */
  #unsaved: number[]
  #written: WrittenPiece[] = []
  #job: Promise<void> | undefined
  /** Raised when a reorganisation cuts pieces. */
  #generation = 0

  constructor(directory: string, checksums: IdChecksums, unsaved: readonly number[]) {
    this.#directory = directory
    this.#checksums = checksums
    this.#unsaved = [...unsaved]
  }

  /**
   * Takes back the checksums of pieces that a commit cuts, and adds those of what is in the file by now.
   *
   * @param kept pieces that stay full
   * @param full pieces that are full now
   * @returns what to do once the changes are committed, given the index as it is then
   */
  stage(kept: number, full: number, changes: Change[]): (index: HeaderIndex) => void {
    const rows: IdChecksums = new Map()
    const set = (piece: number, checksum: number): void => {
      const slab = Math.floor(piece / PIECES_PER_SLAB)
      const row = rows.get(slab) ?? this.#checksums.get(slab)?.slice() ?? new Uint32Array(PIECES_PER_SLAB)
      row[piece % PIECES_PER_SLAB] = checksum
      rows.set(slab, row)
    }
    for (let n = Math.max(0, kept); n < full; n++) set(n, 0)
    const written = this.#written.filter(({ piece }) => piece < kept)
    for (const { piece, checksum } of written) set(piece, checksum)
    for (const [slab, row] of rows) changes.push({ key: numberKey(TABLE.ids, slab), value: encodeChecksums(row) })
    return (index) => {
      for (const [slab, row] of rows) this.#checksums.set(slab, row)
      const saved = new Set(written.map(({ piece }) => piece))
      this.#written = this.#written.filter(({ piece }) => piece < kept && !saved.has(piece))
      this.#unsaved = this.#unsaved.filter((n) => n < kept && !saved.has(n))
      for (let n = Math.max(0, kept); n < fullPieces(index); n++) this.#unsaved.push(n)
      if (kept < full) this.#generation++
      this.#begin(index)
    }
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#job
  }

  #begin(index: HeaderIndex): void {
    const known = new Set(this.#written.map(({ piece }) => piece))
    const pieces = this.#unsaved.filter((n) => !known.has(n)).slice(0, MAX_PIECES_AT_ONCE)
    if (this.#job !== undefined || pieces.length === 0) return
    const generation = this.#generation
    // Copied now: the next reorganisation changes the index under the writer's hands.
    const copies = pieces.map((piece) => ({ piece, ids: index.idsFrom(piece * IDS_PER_PIECE, IDS_PER_PIECE).slice() }))
    this.#job = this.#write(copies)
      .then((written) => {
        if (generation === this.#generation) this.#written.push(...written)
      })
      // Nothing is lost: the headers tell the same, and the next commit is another occasion.
      .catch(() => {})
      .finally(() => {
        this.#job = undefined
      })
  }

  async #write(pieces: ReadonlyArray<{ piece: number; ids: Uint8Array }>): Promise<WrittenPiece[]> {
    const out: WrittenPiece[] = []
    // Opened for appending it could not be written elsewhere, opened for writing it would be emptied.
    const file = await open(idFileOf(this.#directory), constants.O_RDWR | constants.O_CREAT, 0o644)
    try {
      for (const { piece, ids } of pieces) {
        const { bytesWritten } = await file.write(ids, 0, PIECE_BYTES, piece * PIECE_BYTES)
        if (bytesWritten === PIECE_BYTES) out.push({ piece, checksum: crc32(ids) })
      }
    } finally {
      await file.close()
    }
    return out
  }
}

export const fullPieces = (index: HeaderIndex): number => Math.floor(index.size / IDS_PER_PIECE)

function encodeChecksums(row: Uint32Array): Uint8Array {
  const w = new Writer(4 * row.length)
  for (const checksum of row) w.i32be(checksum)
  return w.takeBytes()
}
