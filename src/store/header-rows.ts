import { bigIntFromBytes, DecodeError, EncodeError, fromHex, Reader, Writer } from '../bytes/index.ts'

/**
 * Canonical headers in one row. A row for each header makes LevelDB spend more on its bookkeeping than on the bytes; 32 headers
 * (about 7.5 kB) insert several times as fast, and to find one among them is a matter of adding up lengths. At the tip a new header
 * rewrites its row, half of it on average: every two minutes.
 */
export const HEADERS_PER_ROW = 32

export const ID_BYTES = 32

/** Lengths take at most two bytes. No header comes near: all its parts together stay below 1,000 bytes. */
const MAX_HEADER_BYTES = 0x3fff

/** What a row adds to a header, as long as headers are of usual size: a guess that spares growing, not a bound. */
const MAX_USUAL_OVERHEAD_BYTES = 24

/** Number of the header row of a height (heights start at 1). */
export const headerRowOf = (height: number): number => Math.floor((height - 1) / HEADERS_PER_ROW)

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
  const { first, headers, scores } = row
  const w = new Writer(headers.length * (headers[0]!.length + MAX_USUAL_OVERHEAD_BYTES) + 8)
  w.uint(first).u8(headers.length)
  for (let i = 0; i < headers.length; i++) {
    if (headers[i]!.length > MAX_HEADER_BYTES) throw new EncodeError(`a header of ${headers[i]!.length} bytes`)
    w.ushort(headers[i]!.length).bytes(headers[i]!)
    writeScore(w, scores[i]!)
  }
  return w.takeBytes()
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

/**
 * Finds one header of a row without decoding the others. Undefined when the row does not reach that height.
 *
 * @returns the header in bytes of its own: a view would keep the whole row alive
 */
export function headerOfRow(bytes: Uint8Array, height: number): { header: Uint8Array; score: bigint } | undefined {
  const r = new Reader(bytes)
  const index = height - r.uint('first height')
  const count = r.u8()
  if (index < 0 || index >= count) return undefined
  const at = offsetIn(bytes, r.position, index)
  r.skip(Number.isNaN(at) ? bytes.length : at - r.position)
  const size = r.ushort('header length')
  const from = r.position
  r.skip(size)
  return { header: bytes.slice(from, r.position), score: readScore(r) }
}

/** Offset of an entry of a row, from that of the first. Past the end of damaged bytes it may be anything, or NaN. */
function offsetIn(bytes: Uint8Array, first: number, index: number): number {
  let at = first
  for (let i = 0; i < index; i++) {
    let length = bytes[at++]!
    if (length >= 0x80) length = (length & 0x7f) | (bytes[at++]! << 7)
    at += length
    at += 1 + bytes[at]!
  }
  return at
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

/** Bits that two Numbers hold exactly between them, which the score of a mainnet chain fits for good. */
const LIMB_BITS = 48n
const LIMB_BYTES = 6
const TWO_LIMBS = 1n << (2n * LIMB_BITS)
const TWO_32 = 2 ** 32

/** Unsigned big-endian of minimal length after one length byte: a chain's score has no upper bound. */
export function writeScore(w: Writer, score: bigint): void {
  if (score >= TWO_LIMBS) {
    const hex = score.toString(16)
    w.u8((hex.length + 1) >> 1).bytes(fromHex(hex.length % 2 === 1 ? `0${hex}` : hex))
    return
  }
  const high = Number(score >> LIMB_BITS)
  const low = Number(BigInt.asUintN(48, score))
  const highBytes = byteLength(high)
  const lowBytes = highBytes > 0 ? LIMB_BYTES : byteLength(low)
  w.u8(highBytes + lowBytes)
  writeLimb(w, high, highBytes)
  writeLimb(w, low, lowBytes)
}

export function readScore(r: Reader): bigint {
  const n = r.u8()
  if (n > 2 * LIMB_BYTES) return bigIntFromBytes(r.bytes(n))
  const from = r.position
  r.skip(n)
  const split = from + Math.max(0, n - LIMB_BYTES)
  const low = BigInt(limbOf(r.buffer, split, r.position))
  return split === from ? low : (BigInt(limbOf(r.buffer, from, split)) << LIMB_BITS) | low
}

function byteLength(limb: number): number {
  return limb === 0 ? 0 : Math.ceil((limb < TWO_32 ? 32 - Math.clz32(limb) : 64 - Math.clz32(Math.floor(limb / TWO_32))) / 8)
}

function writeLimb(w: Writer, limb: number, size: number): void {
  const high = Math.floor(limb / TWO_32)
  for (let i = size - 1; i >= 4; i--) w.u8((high >>> (8 * i - 32)) & 0xff)
  for (let i = Math.min(size, 4) - 1; i >= 0; i--) w.u8((limb >>> (8 * i)) & 0xff)
}

function limbOf(bytes: Uint8Array, from: number, to: number): number {
  let out = 0
  for (let i = from; i < to; i++) out = out * 256 + bytes[i]!
  return out
}
