import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { bytesEqual, Reader, Writer } from '../bytes/index.ts'
import type { HeaderIndex, IndexTable } from './header-index.ts'

/** `checksum of the table | base | count | slots | last of the ids in it`. */
const HEAD_BYTES = 4 + 4 + 4 + 4 + 32

const tableFileOf = (directory: string): string => join(directory, 'header-table')

/*
 * The hash table of the header index, written when a node stops: to read 17 MB is quicker than to insert 1.9 million ids. It belongs
 * to a chain by the last id in it, since that settles all ids below, and is made anew whenever anything about it does not fit.
 */

/** Writes the table of an index. Failing to is no loss. */
export function writeTable(directory: string, index: HeaderIndex): void {
  if (index.size === 0) return
  const { count, slots } = index.table()
  const bytes = new Uint8Array(slots.buffer)
  const head = new Writer(HEAD_BYTES).i32be(crc32(bytes)).i32be(index.base).i32be(count).i32be(slots.length)
  const path = tableFileOf(directory)
  try {
    const fd = openSync(`${path}.new`, 'w')
    try {
      writeSync(fd, head.bytes(index.idAt(index.height)!).toBytes())
      writeSync(fd, bytes)
    } finally {
      closeSync(fd)
    }
    renameSync(`${path}.new`, path)
  } catch {
    // The next start makes it anew.
  }
}

/** A table as found in the file, not compared with anything yet. */
export interface FoundTable extends IndexTable {
  readonly base: number
  /** Last of the ids in it. */
  readonly last: Uint8Array
}

/** Reads the table off this thread; undefined when there is none, or it cannot be read. */
export async function readTableFile(directory: string): Promise<FoundTable | 'damaged' | undefined> {
  try {
    const file = await open(tableFileOf(directory), 'r')
    try {
      const head = new Uint8Array(HEAD_BYTES)
      if ((await file.read(head, 0, HEAD_BYTES, 0)).bytesRead !== HEAD_BYTES) return 'damaged'
      const r = new Reader(head)
      const checksum = r.u32be()
      const base = r.u32be()
      const count = r.u32be()
      const size = r.u32be()
      if ((await file.stat()).size !== HEAD_BYTES + 4 * size) return 'damaged'
      const slots = new Uint32Array(size)
      const bytes = new Uint8Array(slots.buffer)
      const { bytesRead } = await file.read(bytes, 0, bytes.length, HEAD_BYTES)
      return bytesRead === bytes.length && crc32(bytes) === checksum ? { base, count, slots, last: r.bytes(32) } : 'damaged'
    } finally {
      await file.close()
    }
  } catch {
    return undefined
  }
}

/**
 * The table for an index, when what was found fits.
 *
 * @param idAt id at a height of the chain as it is now; undefined above its tip
 */
export function fittingTable(
  found: FoundTable | undefined,
  base: number,
  idAt: (height: number) => Uint8Array | undefined
): IndexTable | undefined {
  if (found === undefined || found.base !== base) return undefined
  const last = idAt(base + found.count - 1)
  return last !== undefined && bytesEqual(last, found.last) ? found : undefined
}
