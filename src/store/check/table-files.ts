import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DecodeError, Reader } from '../../bytes/index.ts'
import { StoreError } from '../errors.ts'
import { crc32c } from './crc32c.ts'
import type { Findings } from './report.ts'

/*
 * LevelDB writes a checksum behind each block of its table files and does not look at it when it reads, so a bit that the disk has lost
 * comes back as data. Files: blocks, each followed by a byte of compression and four of checksum; an index block of where they lie;
 * a footer that says where that is (LevelDB, `doc/table_format.md`).
 */

const FOOTER_BYTES = 48
const MAGIC_LOW = 0x8b80fb57
const MAGIC_HIGH = 0xdb477524

/** Compression and checksum behind a block. */
const TRAILER_BYTES = 5

/** No block of ours comes near: they end at 4 KiB, or with the row that crosses it. */
const MAX_BLOCK_BYTES = 1 << 28

/** Added to checksums so that a checksum of data with checksums in it is no trivial one (LevelDB, `util/crc32c.h`). */
const MASK_DELTA = 0xa282ead8

interface Block {
  readonly offset: number
  readonly size: number
}

/** Between two looks at a file that seems damaged: it may be one that LevelDB is writing at the moment. */
const SETTLE_MS = 1_000

/** Compares every block of LevelDB's table files with its checksum. */
export async function checkTableFiles(directory: string, found: Findings): Promise<void> {
  for (const name of (await readdir(directory)).filter((file) => /^\d+\.(?:ldb|sst)$/.test(file)).sort()) {
    for (const problem of await problemsOf(join(directory, name), found)) found.note(`${name}: ${problem}`)
  }
}

async function problemsOf(path: string, found: Findings): Promise<string[]> {
  for (let before: string | undefined; ; ) {
    try {
      const { size, mtimeMs } = await stat(path)
      const state = `${size} ${mtimeMs}`
      const problems = await lookAt(path, size, found)
      if (problems.length === 0 || state === before) return problems
      before = state
    } catch (err) {
      // Files come and go as LevelDB merges them.
      if ((err as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw new StoreError('STORE_IO', `cannot read ${path}: ${(err as Error).message}`, { cause: err })
    }
    await setTimeout(SETTLE_MS)
  }
}

async function lookAt(path: string, size: number, found: Findings): Promise<string[]> {
  const file = await open(path, 'r')
  try {
    return await readFile(file, size, found)
  } catch (err) {
    if (err instanceof DecodeError) return [err.message]
    throw err
  } finally {
    await file.close()
  }
}

async function readFile(file: FileHandle, size: number, found: Findings): Promise<string[]> {
  if (size < FOOTER_BYTES) return [`${size} bytes are no table file`]
  const footer = new Reader(await read(file, { offset: size - FOOTER_BYTES, size: FOOTER_BYTES }))
  const meta = readBlock(footer, size)
  const index = readBlock(footer, size)
  footer.position = FOOTER_BYTES - 8
  if (u32le(footer) !== MAGIC_LOW || u32le(footer) !== MAGIC_HIGH) return ['the end of the file is damaged']
  const problems: string[] = []
  const check = async (block: Block): Promise<boolean> => {
    const isGood = await isWhole(file, block)
    if (!isGood) problems.push(`the block at byte ${block.offset} is damaged`)
    await found.count()
    return isGood
  }
  await check(meta)
  if (await check(index)) for (const block of readIndex(await read(file, index), size)) await check(block)
  return problems
}

async function isWhole(file: FileHandle, { offset, size }: Block): Promise<boolean> {
  const bytes = await read(file, { offset, size: size + TRAILER_BYTES })
  const stored = u32le(new Reader(bytes, size + 1))
  const crc = crc32c(bytes.subarray(0, size + 1))
  return stored === (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0
}

/** Entries: bytes shared with the key before, further bytes of the key, bytes of the value; then those. Behind them, restart points. */
function readIndex(bytes: Uint8Array, fileSize: number): Block[] {
  const restarts = u32le(new Reader(bytes, Math.max(0, bytes.length - 4)))
  const end = bytes.length - 4 * (restarts + 1)
  if (end < 0) throw new DecodeError('MALFORMED', 'the index of the file is damaged')
  const r = new Reader(bytes, 0, end)
  const out: Block[] = []
  while (r.remaining > 0) {
    r.uint('shared bytes')
    const keyBytes = r.uint('key bytes')
    const valueEnd = r.uint('value bytes') + keyBytes + r.position
    r.skip(keyBytes)
    out.push(readBlock(r, fileSize))
    r.skip(valueEnd - r.position)
  }
  return out
}

function readBlock(r: Reader, fileSize: number): Block {
  const block = { offset: r.ulongSafe('offset'), size: r.ulongSafe('size') }
  if (block.size > MAX_BLOCK_BYTES || block.offset + block.size + TRAILER_BYTES > fileSize) {
    throw new DecodeError('OUT_OF_RANGE', 'a block lies outside of the file')
  }
  return block
}

async function read(file: FileHandle, { offset, size }: Block): Promise<Uint8Array> {
  const bytes = new Uint8Array(size)
  const { bytesRead } = await file.read(bytes, 0, size, offset)
  if (bytesRead !== size) throw new DecodeError('UNDERFLOW', 'the file ends too early')
  return bytes
}

function u32le(r: Reader): number {
  const big = r.u32be()
  return ((big >>> 24) | ((big >>> 8) & 0xff00) | ((big << 8) & 0xff0000) | (big << 24)) >>> 0
}
