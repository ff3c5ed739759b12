import { bytesEqual, Reader, Writer } from '../../bytes/index.ts'
import {
  collOf,
  DEFAULT_VERSIONS,
  EMBEDDABLE,
  MAX_PRIMITIVE_CODE,
  readType,
  ScriptReader,
  SIGMA,
  type SType,
  TYPE,
  writeType
} from '../../ergotree/index.ts'
import { GIVE_UP, type Scanner } from './scanner.ts'

/** Type codes that one byte is enough for: primitives, then collections of them. */
const COLL_BYTE = 14
const FIRST_COLL = 12
const FIRST_NESTED_COLL = 24
const FIRST_OPTION = 36

/** Nesting of data that is followed here. The exact limit, 110 levels for a whole transaction, is the exact codec's. */
const MAX_DEPTH = 24

/** Digest of an authenticated tree, and its flags: three bits. */
const AVL_DIGEST_BYTES = 33
const AVL_MAX_FLAGS = 7

/** Longest number of type Short in its shortest form, as an unsigned number. */
const MAX_SHORT = 0xffff

/**
 * Passes over a constant of a register or context variable: type, then data.
 *
 * Its encoding must be the one that the reference writes, and mean the same under all script versions.
 *
 * @returns false to leave the judgement to the exact codec
 */
export function scanConstant(s: Scanner): boolean {
  const code = s.byte()
  if (code === COLL_BYTE) {
    const length = s.vlq()
    return length !== GIVE_UP && length <= 0xffff && s.skip(length)
  }
  const tpe = scanType(s, code)
  return tpe !== undefined && scanData(s, tpe, 0)
}

function isOldPrimitive(code: number): boolean {
  return code > 0 && code < MAX_PRIMITIVE_CODE
}

/** Type whose first byte was read; undefined when it is rare, or not in the form in which it would be written. */
function scanType(s: Scanner, code: number): SType | undefined {
  if (isOldPrimitive(code)) return EMBEDDABLE[code]
  if (code > FIRST_COLL && isOldPrimitive(code - FIRST_COLL)) return collOf(EMBEDDABLE[code - FIRST_COLL]!)
  if (code > FIRST_NESTED_COLL && isOldPrimitive(code - FIRST_NESTED_COLL)) {
    return collOf(collOf(EMBEDDABLE[code - FIRST_NESTED_COLL]!))
  }
  if (code === GIVE_UP || (code >= FIRST_OPTION && code < FIRST_OPTION + 2 * FIRST_COLL)) return undefined
  return scanLongType(s)
}

function scanLongType(s: Scanner): SType | undefined {
  const start = s.position - 1
  const reader = new ScriptReader(new Reader(s.buffer, start, s.end), DEFAULT_VERSIONS)
  try {
    const tpe = readType(reader)
    const w = new Writer(16)
    writeType(w, tpe, DEFAULT_VERSIONS)
    if (!bytesEqual(w.toBytes(), s.buffer.subarray(start, reader.position))) return undefined
    s.position = reader.position
    return tpe
  } catch {
    return undefined
  }
}

function scanData(s: Scanner, tpe: SType, depth: number): boolean {
  if (depth > MAX_DEPTH) return false
  switch (tpe.code) {
    case TYPE.Boolean: {
      const b = s.byte()
      return b === 0 || b === 1
    }
    case TYPE.Byte:
      return s.skip(1)
    case TYPE.Short: {
      const zigzag = s.vlq()
      return zigzag !== GIVE_UP && zigzag <= MAX_SHORT
    }
    case TYPE.Int:
      return s.vlq() !== GIVE_UP
    case TYPE.Long:
      return s.skipVlq64()
    case TYPE.BigInt:
      return scanBigInt(s)
    case TYPE.GroupElement:
      return s.skipPoint()
    case TYPE.SigmaProp:
      return scanSigmaProp(s)
    case TYPE.AvlTree:
      return scanAvlTree(s)
    case TYPE.Coll:
      return scanColl(s, tpe.elem, depth)
    case TYPE.Tuple:
      return tpe.items.length >= 2 && tpe.items.every((item) => scanData(s, item, depth + 1))
    default:
      return false
  }
}

/** Two's complement in the fewest bytes, at most 32. */
function scanBigInt(s: Scanner): boolean {
  const length = s.byte()
  const at = s.position
  if (length < 1 || length > 32 || !s.skip(length)) return false
  if (length === 1) return true
  const first = s.buffer[at]!
  const second = s.buffer[at + 1]!
  return !(first === 0x00 && second < 0x80) && !(first === 0xff && second >= 0x80)
}

/** A single key or a trivial proposition. */
function scanSigmaProp(s: Scanner): boolean {
  const code = s.byte()
  return code === SIGMA.ProveDlog ? s.skipPoint() : code === SIGMA.True || code === SIGMA.False
}

/** Digest, flags, key length, and a value length if there is one. */
function scanAvlTree(s: Scanner): boolean {
  if (!s.skip(AVL_DIGEST_BYTES)) return false
  const flags = s.byte()
  if (flags === GIVE_UP || flags > AVL_MAX_FLAGS || s.vlq() === GIVE_UP) return false
  const hasValueLength = s.byte()
  return hasValueLength === 0 || (hasValueLength === 1 && s.vlq() !== GIVE_UP)
}

function scanColl(s: Scanner, elem: SType, depth: number): boolean {
  const length = s.vlq()
  if (length === GIVE_UP || length > 0xffff) return false
  if (elem.code === TYPE.Byte) return s.skip(length)
  if (elem.code === TYPE.Boolean) return scanBits(s, length)
  // Every item takes a byte at least, so a count that cannot be met ends the loop at once.
  for (let i = 0; i < length; i++) if (!scanData(s, elem, depth + 1)) return false
  return true
}

/** Packed booleans; unused bits of the last byte are written as zero. */
function scanBits(s: Scanner, count: number): boolean {
  if (!s.skip((count + 7) >> 3)) return false
  return (count & 7) === 0 || s.buffer[s.position - 1]! >>> (count & 7) === 0
}
