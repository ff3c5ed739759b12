import { DecodeError, Reader, Writer } from '../bytes/index.ts'

/**
 * Canonical headers in one row. A row for each header makes LevelDB spend more on its bookkeeping than on the bytes; eight
 * headers (about 1.8 kB) insert several times as fast and still read as fast as one, since LevelDB fetches blocks of 4 kB.
 */
export const HEADERS_PER_ROW = 8

/** Ids in one row: 8 kB, read back as one long scan at start, rewritten at most once for each new header at the tip. */
export const IDS_PER_ROW = 256

export const ID_BYTES = 32

/** Number of the header row, and of the place in it, of a height (heights start at 1). */
export const headerRowOf = (height: number): number => Math.floor((height - 1) / HEADERS_PER_ROW)
export const idRowOf = (height: number): number => Math.floor((height - 1) / IDS_PER_ROW)

/** Consecutive canonical headers, all within one row. */
export interface HeaderRow {
  /** Height of the first header present. */
  readonly first: number
  readonly headers: Uint8Array[]
  /** Cumulative score up to and including each header. */
  readonly scores: bigint[]
}

/** Row layout: `first (u32 VLQ) | count (u8) | count * (length VLQ | header | score length u8 | score)`. */
export function encodeHeaderRow(row: HeaderRow): Uint8Array {
  const w = new Writer(HEADERS_PER_ROW * 240)
  w.uint(row.first).u8(row.headers.length)
  for (let i = 0; i < row.headers.length; i++) {
    const bytes = row.headers[i]!
    w.ushort(bytes.length).bytes(bytes)
    writeScore(w, row.scores[i]!)
  }
  return w.toBytes()
}

/** @throws DecodeError when a stored row is not of the layout: the database is damaged */
export function decodeHeaderRow(bytes: Uint8Array): HeaderRow {
  const r = new Reader(bytes)
  const first = r.uint('first height')
  const count = r.u8()
  if (count > HEADERS_PER_ROW) throw new DecodeError('LIMIT_EXCEEDED', `${count} headers in one row`)
  const headers: Uint8Array[] = []
  const scores: bigint[] = []
  for (let i = 0; i < count; i++) {
    headers.push(r.bytes(r.ushort('header length')))
    scores.push(readScore(r))
  }
  r.expectEnd('header row')
  return { first, headers, scores }
}

/** Finds one header of a row without decoding the others. Undefined when the row does not reach that height. */
export function headerOfRow(bytes: Uint8Array, height: number): { header: Uint8Array; score: bigint } | undefined {
  const r = new Reader(bytes)
  const index = height - r.uint('first height')
  const count = r.u8()
  if (index < 0 || index >= count) return undefined
  for (let i = 0; i < index; i++) {
    r.skip(r.ushort('header length'))
    r.skip(r.u8())
  }
  return { header: r.bytes(r.ushort('header length')), score: readScore(r) }
}

/** A header off the best chain: `height | score | header`. */
export interface ForkRow {
  readonly height: number
  readonly score: bigint
  readonly header: Uint8Array
}

export function encodeForkRow(row: ForkRow): Uint8Array {
  const w = new Writer(row.header.length + 24).uint(row.height)
  writeScore(w, row.score)
  return w.bytes(row.header).toBytes()
}

export function decodeForkRow(bytes: Uint8Array): ForkRow {
  const r = new Reader(bytes)
  const height = r.uint('height')
  const score = readScore(r)
  return { height, score, header: r.bytes(r.remaining) }
}

/** Unsigned big-endian of minimal length after one length byte: a chain's score has no upper bound. */
export function writeScore(w: Writer, score: bigint): void {
  let hex = score.toString(16)
  if (hex.length % 2 === 1) hex = `0${hex}`
  w.u8(hex.length / 2)
  for (let i = 0; i < hex.length; i += 2) w.u8(Number.parseInt(hex.slice(i, i + 2), 16))
}

export function readScore(r: Reader): bigint {
  const bytes = r.bytes(r.u8())
  let out = 0n
  for (let i = 0; i < bytes.length; i++) out = (out << 8n) | BigInt(bytes[i]!)
  return out
}
