import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { StoreError } from './errors.ts'
import { IDS_PER_SLAB } from './header-index.ts'
import { ID_BYTES } from './header-rows.ts'

/** Ids of one piece of the file, each with a checksum: what is younger than the last full piece is hashed at a start, in milliseconds. */
export const IDS_PER_PIECE = 1024

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
 * Reads ids into the slabs of an index.
 *
 * @returns numbers of the pieces that are what their checksums say; all others are not to be used
 */
export function readIdPieces(
  directory: string,
  checksums: ReadonlyMap<number, number>,
  slabs: readonly Uint8Array[]
): ReadonlySet<number> {
  const good = new Set<number>()
  if (checksums.size === 0) return good
  let fd: number
  try {
    fd = openSync(idFileOf(directory), 'r')
  } catch {
    return good
  }
  try {
    for (const [n, slab] of slabs.entries()) {
      const size = readSync(fd, slab, 0, SLAB_BYTES, n * SLAB_BYTES)
      for (let i = 0; (i + 1) * PIECE_BYTES <= size; i++) {
        const piece = n * PIECES_PER_SLAB + i
        const expected = checksums.get(piece)
        if (expected === crc32(slab.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES))) good.add(piece)
      }
    }
  } catch {
    // Unreadable from here on: the headers tell the rest.
  } finally {
    closeSync(fd)
  }
  return good
}

/**
 * Writes a piece to its place.
 *
 * @returns its checksum
 * @throws StoreError STORE_IO
 */
export function writeIdPiece(directory: string, n: number, ids: Uint8Array): number {
  const path = idFileOf(directory)
  try {
    // Opened for appending it could not be written elsewhere, opened for writing it would be emptied.
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644)
    try {
      writeSync(fd, ids, 0, PIECE_BYTES, n * PIECE_BYTES)
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    throw new StoreError('STORE_IO', `cannot write ${path}: ${(cause as Error).message}`, { cause })
  }
  return crc32(ids)
}
