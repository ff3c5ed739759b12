import { plainBytes, Reader } from '../bytes/index.ts'
import { INITIAL_VERSION, INTERPRETER_60_VERSION, NONCE_BYTES, POINT_BYTES } from './constants.ts'
import { Header, TIMESTAMP_AT } from './header.ts'
import { type HeaderFields, readHeaderFields, serializeHeader } from './header-fields.ts'

/** Size of the fields between timestamp and height: extension root and nBits. */
const MIDDLE_BYTES = 36

/** The smallest header: one-byte timestamp and height, version 2 solution, no new fields byte. */
const MIN_HEADER_BYTES = TIMESTAMP_AT + 1 + MIDDLE_BYTES + 1 + 3 + POINT_BYTES + NONCE_BYTES

/** Looks for a canonical header at `start`; undefined when it is cut short, malformed or encoded in another way. */
function locate(b: Uint8Array, start: number, end: number): Header | undefined {
  if (end - start < MIN_HEADER_BYTES) return undefined
  const version = (b[start]! << 24) >> 24
  // A read past the buffer gives undefined, which ends the loops; the last line catches every overrun.
  const timestampAt = start + TIMESTAMP_AT
  let at = timestampAt
  while (at < timestampAt + 10 && b[at]! >= 0x80) at++
  const last = b[at++]!
  const timestampBytes = at - timestampAt
  if (timestampBytes > 1 && (last === 0 || timestampBytes > 10 || (timestampBytes === 10 && last !== 1))) return undefined
  const middle = at
  at += MIDDLE_BYTES
  const heightAt = at
  while (at < heightAt + 5 && b[at]! >= 0x80) at++
  if (at - heightAt > 4 || (b[at] === 0 && at !== heightAt)) return undefined
  let height = 0
  for (let i = at; i >= heightAt; i--) height = height * 128 + (b[i]! & 0x7f)
  if (height > 0x7fffffff) return undefined
  const votes = at + 1
  at = votes + 3
  if (version > INITIAL_VERSION) {
    const unparsed = b[at++]!
    if (version > INTERPRETER_60_VERSION) at += unparsed
    else if (unparsed !== 0) return undefined
  }
  const solution = at
  if (!canonicalPoint(b, at)) return undefined
  at += POINT_BYTES
  if (version === INITIAL_VERSION) {
    if (!canonicalPoint(b, at)) return undefined
    at += POINT_BYTES + NONCE_BYTES
    const distanceBytes = b[at++]!
    if (distanceBytes === 0 || (distanceBytes > 1 && b[at] === 0)) return undefined
    at += distanceBytes
  } else {
    at += NONCE_BYTES
  }
  return at <= end ? new Header(b, start, middle, votes, solution, at, version, height) : undefined
}

function canonicalPoint(b: Uint8Array, at: number): boolean {
  const tag = b[at]
  if (tag === 2 || tag === 3) return true
  if (tag !== 0) return false
  for (let i = at + 1; i < at + POINT_BYTES; i++) if (b[i] !== 0) return false
  return true
}

/**
 * Reads the header that starts at `start`, with everything checked but that its points lie on the curve: who takes headers
 * from outside must do that too ({@link hasValidPoints}; the proof-of-work check includes it). Bytes after the header are
 * ignored, as in the reference. Canonical input is looked at in place, any other is rewritten.
 *
 * @throws DecodeError when no header can be read
 */
export function scanHeader(bytes: Uint8Array, start = 0, end: number = bytes.length): Header {
  const buffer = plainBytes(bytes)
  return locate(buffer, start, end) ?? headerFromFields(readHeaderFields(new Reader(buffer, start, end)))
}

/**
 * {@link scanHeader} at a reader's position, which moves behind the header.
 *
 * @throws DecodeError when no header can be read
 */
export function readHeader(r: Reader): Header {
  const found = locate(r.buffer, r.position, r.end)
  if (found === undefined) return headerFromFields(readHeaderFields(r))
  r.skip(found.size)
  return found
}

/**
 * A header of plain fields, e.g. of a mined block.
 *
 * @throws EncodeError naming the field that cannot be written
 */
export function headerFromFields(fields: HeaderFields): Header {
  const bytes = serializeHeader(fields)
  const header = locate(bytes, 0, bytes.length)
  if (header === undefined) throw new Error('serialized header is not canonical')
  return header
}
