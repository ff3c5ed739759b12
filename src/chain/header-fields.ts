import { bigIntFromBytes, DecodeError, EncodeError, fromHex, type Reader, Writer } from '../bytes/index.ts'
import {
  DIGEST_BYTES,
  INITIAL_VERSION,
  INTERPRETER_60_VERSION,
  NONCE_BYTES,
  POINT_BYTES,
  STATE_ROOT_BYTES,
  VOTES_BYTES
} from './constants.ts'

/** Autolykos solution as headers carry it. Version 2 and later write `pk` and `nonce` only. */
export interface PowSolution {
  /** Miner's key, compressed, 33 bytes; 33 zero bytes are the point at infinity. */
  readonly pk: Uint8Array
  /** One-time key of version 1, 33 bytes; the generator elsewhere. */
  readonly w: Uint8Array
  /** 8 bytes. */
  readonly nonce: Uint8Array
  /** Distance of version 1, never negative; 0 elsewhere. */
  readonly d: bigint
}

/** The fields under a header's proof of work, as plain values. */
export interface HeaderFieldsWithoutPow {
  /** Signed byte. */
  readonly version: number
  readonly parentId: Uint8Array
  readonly adProofsRoot: Uint8Array
  readonly transactionsRoot: Uint8Array
  /** 33 bytes. */
  readonly stateRoot: Uint8Array
  /** Milliseconds since 1970, signed 64 bits. */
  readonly timestamp: bigint
  readonly extensionRoot: Uint8Array
  /** Compact difficulty, unsigned 32 bits, not normalised: it is part of the id. */
  readonly nBits: number
  /** 0 .. 2^31-1. */
  readonly height: number
  /** 3 bytes. */
  readonly votes: Uint8Array
  /** Fields of later versions, at most 255 bytes; empty below version 5. */
  readonly unparsedBytes: Uint8Array
}

/** A whole header as plain values: what miners and JSON build headers from. */
export interface HeaderFields extends HeaderFieldsWithoutPow {
  readonly powSolution: PowSolution
}

/** `w` of every solution that does not carry one: the secp256k1 generator (`AutolykosSolution.wForV2`). */
export const SOLUTION_W_V2: Uint8Array = fromHex('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')

/** The point at infinity as headers write it. */
export const INFINITY_POINT: Uint8Array = new Uint8Array(POINT_BYTES)

const EMPTY = new Uint8Array(0)

/** Most bytes that `d` of version 1 can take on the wire: its length is one byte. */
const MAX_DISTANCE_BYTES = 255

function sized(value: Uint8Array, size: number, field: string): Uint8Array {
  if (value.length !== size) throw new EncodeError(`header ${field} has ${value.length} bytes, not ${size}`)
  return value
}

/** A point as it is written: any bytes behind a tag of 0 are infinity. */
function pointBytes(value: Uint8Array, field: string): Uint8Array {
  const tag = sized(value, POINT_BYTES, field)[0]!
  if (tag === 0) return INFINITY_POINT
  if (tag !== 2 && tag !== 3) throw new EncodeError(`header ${field} is not a compressed point`)
  return value
}

function writeWithoutPow(w: Writer, h: HeaderFieldsWithoutPow): Writer {
  if (!(h.version >= -128 && h.version <= 127)) throw new EncodeError(`header version ${h.version} is not a signed byte`)
  if (!(h.height >= 0 && h.height <= 0x7fffffff)) throw new EncodeError(`header height ${h.height} is not a positive int`)
  if (!(h.nBits >= 0 && h.nBits <= 0xffffffff)) throw new EncodeError(`header nBits ${h.nBits} is not an unsigned int`)
  if (h.version <= INTERPRETER_60_VERSION && h.unparsedBytes.length > 0) {
    throw new EncodeError(`header version ${h.version} has no room for new fields`)
  }
  w.u8(h.version)
    .bytes(sized(h.parentId, DIGEST_BYTES, 'parentId'))
    .bytes(sized(h.adProofsRoot, DIGEST_BYTES, 'adProofsRoot'))
    .bytes(sized(h.transactionsRoot, DIGEST_BYTES, 'transactionsRoot'))
    .bytes(sized(h.stateRoot, STATE_ROOT_BYTES, 'stateRoot'))
    .ulong(h.timestamp)
    .bytes(sized(h.extensionRoot, DIGEST_BYTES, 'extensionRoot'))
    .i32be(h.nBits)
    .uint(h.height)
    .bytes(sized(h.votes, VOTES_BYTES, 'votes'))
  if (h.version > INITIAL_VERSION) w.u8(h.unparsedBytes.length).bytes(h.unparsedBytes)
  return w
}

/**
 * What the proof of work signs: all fields but the solution.
 *
 * @throws EncodeError naming the field that cannot be written
 */
export function serializeHeaderWithoutPow(header: HeaderFieldsWithoutPow): Uint8Array {
  return writeWithoutPow(new Writer(224), header).toBytes()
}

/** Minimal unsigned big-endian bytes; 0 is one zero byte (`BigIntegers.asUnsignedByteArray`). */
export function unsignedBytes(value: bigint): Uint8Array {
  if (value < 0n) throw new EncodeError(`negative number ${value} where an unsigned one is written`)
  const hex = value.toString(16)
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`)
}

/**
 * Canonical bytes of a header. Their hash is its id.
 *
 * @throws EncodeError naming the field that cannot be written
 */
export function serializeHeader(header: HeaderFields): Uint8Array {
  const s = header.powSolution
  const w = writeWithoutPow(new Writer(320), header).bytes(pointBytes(s.pk, 'powSolution.pk'))
  if (header.version !== INITIAL_VERSION) return w.bytes(sized(s.nonce, NONCE_BYTES, 'powSolution.nonce')).toBytes()
  const d = unsignedBytes(s.d)
  if (d.length > MAX_DISTANCE_BYTES) throw new EncodeError(`header powSolution.d takes ${d.length} bytes, more than 255`)
  w.bytes(pointBytes(s.w, 'powSolution.w')).bytes(sized(s.nonce, NONCE_BYTES, 'powSolution.nonce'))
  return w.u8(d.length).bytes(d).toBytes()
}

/** A point's 33 bytes: a first byte of 0 means infinity whatever follows (`GroupElementSerializer`). */
function readPoint(r: Reader, field: string): Uint8Array {
  const at = r.position
  const point = r.bytes(POINT_BYTES)
  const tag = point[0]!
  if (tag === 0) return INFINITY_POINT
  if (tag !== 2 && tag !== 3) throw new DecodeError('MALFORMED', `header ${field} is not a compressed point`, at)
  return point
}

/**
 * Reads a header in every encoding that the reference accepts, the non-canonical ones included (`HeaderSerializer.scala`):
 * over-long VLQ, a new-fields length in versions 2..4 whose bytes are not there, garbage behind an infinity tag.
 * Points are checked by their tag only. Byte fields are views into the reader's buffer.
 */
export function readHeaderFields(r: Reader): HeaderFields {
  const version = r.i8()
  const parentId = r.bytes(DIGEST_BYTES)
  const adProofsRoot = r.bytes(DIGEST_BYTES)
  const transactionsRoot = r.bytes(DIGEST_BYTES)
  const stateRoot = r.bytes(STATE_ROOT_BYTES)
  const timestamp = r.ulong()
  const extensionRoot = r.bytes(DIGEST_BYTES)
  const nBits = r.u32be()
  const height = r.uintExact('header height')
  const votes = r.bytes(VOTES_BYTES)
  const unparsedLength = version > INITIAL_VERSION ? r.u8() : 0
  const unparsedBytes = version > INTERPRETER_60_VERSION ? r.bytes(unparsedLength) : EMPTY
  const pk = readPoint(r, 'powSolution.pk')
  const v1 = version === INITIAL_VERSION
  const w = v1 ? readPoint(r, 'powSolution.w') : SOLUTION_W_V2
  const nonce = r.bytes(NONCE_BYTES)
  const d = v1 ? bigIntFromBytes(r.bytes(r.u8())) : 0n
  return {
    version,
    parentId,
    adProofsRoot,
    transactionsRoot,
    stateRoot,
    timestamp,
    extensionRoot,
    nBits,
    height,
    votes,
    unparsedBytes,
    powSolution: { pk, w, nonce, d }
  }
}
