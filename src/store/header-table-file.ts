import { closeSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
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

/**
 * The table for an index, when there is one that fits.
 *
 * @param idAt id at a height of the chain as it is now; undefined above its tip
 */
export function readTable(
  directory: string,
  base: number,
  idAt: (height: number) => Uint8Array | undefined
): IndexTable | undefined {
  let fd: number
  try {
    fd = openSync(tableFileOf(directory), 'r')
  } catch {
    return undefined
  }
  try {
    const head = new Uint8Array(HEAD_BYTES)
    if (readSync(fd, head) !== HEAD_BYTES) return undefined
    const r = new Reader(head)
    const checksum = r.u32be()
    if (r.u32be() !== base) return undefined
    const count = r.u32be()
    const size = r.u32be()
    const last = idAt(base + count - 1)
    if (last === undefined || size > MAX_SLOTS || !bytesEqual(last, r.bytes(32))) return undefined
    const slots = new Uint32Array(size)
    const bytes = new Uint8Array(slots.buffer)
    return readSync(fd, bytes) === bytes.length && crc32(bytes) === checksum ? { count, slots } : undefined
  } catch {
    return undefined
  } finally {
    closeSync(fd)
  }
}

/** 512 MiB, for 100 million headers: more is damage. */
const MAX_SLOTS = 1 << 27
