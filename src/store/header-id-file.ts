import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { StoreError } from './errors.ts'
import { IDS_PER_SLAB } from './header-index.ts'
import { ID_BYTES } from './header-rows.ts'

const SLAB_BYTES = IDS_PER_SLAB * ID_BYTES

const idFileOf = (directory: string): string => join(directory, 'header-ids')

/*
 * Ids of the best chain, also kept in a flat file beside the database: a start then reads 61 MB in one go, where it would have to
 * hash 1.9 million headers or pull as much through LevelDB's buffers and memory maps.
 *
 * The file says nothing that the header rows do not say, and is never trusted. The database has a checksum of each slab that is
 * right for the chain it holds; a slab without one, or of other content, is made again from the headers. So no order of writes
 * has to be kept between the two, whatever fails.
 */

/** Slabs by number, as far as they are what their checksums say. */
export function readIdSlabs(directory: string, checksums: ReadonlyMap<number, number>): Map<number, Uint8Array> {
  const out = new Map<number, Uint8Array>()
  if (checksums.size === 0) return out
  let fd: number
  try {
    fd = openSync(idFileOf(directory), 'r')
  } catch {
    return out
  }
  try {
    for (const [n, checksum] of checksums) {
      const slab = new Uint8Array(SLAB_BYTES)
      if (readSync(fd, slab, 0, SLAB_BYTES, n * SLAB_BYTES) === SLAB_BYTES && crc32(slab) === checksum) out.set(n, slab)
    }
  } catch {
    // Unreadable from here on: the headers tell the rest.
  } finally {
    closeSync(fd)
  }
  return out
}

/**
 * Writes a slab to its place.
 *
 * @returns its checksum
 * @throws StoreError STORE_IO
 */
export function writeIdSlab(directory: string, n: number, slab: Uint8Array): number {
  const path = idFileOf(directory)
  try {
    // Opened for appending it could not be written elsewhere, opened for writing it would be emptied.
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644)
    try {
      writeSync(fd, slab, 0, SLAB_BYTES, n * SLAB_BYTES)
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    throw new StoreError('STORE_IO', `cannot write ${path}: ${(cause as Error).message}`, { cause })
  }
  return crc32(slab)
}
