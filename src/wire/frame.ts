import { EncodeError } from '../bytes/index.ts'
import { blake2b256 } from '../crypto/index.ts'
import { CHECKSUM_BYTES, FRAME_HEAD_BYTES, FRAME_HEADER_BYTES, MAGIC_BYTES, MAX_PAYLOAD_BYTES } from './constants.ts'

/**
 * A frame ready to be written: head, then payload when there is one. Immutable and free of anything about a peer,
 * so one value can be kept and written to many, both parts in one corked write.
 */
export interface EncodedFrame {
  readonly code: number
  /** 9 bytes without a payload, 13 with one. */
  readonly head: Uint8Array
  readonly payload: Uint8Array
  /** Bytes on the wire. */
  readonly size: number
}

/**
 * Head of a frame for `payload`, which is not copied.
 *
 * @param magic - four bytes of the network
 * @throws EncodeError when the payload is above the frame limit
 */
export function frameParts(magic: Uint8Array, code: number, payload: Uint8Array): EncodedFrame {
  const length = payload.length
  if (magic.length !== MAGIC_BYTES) throw new EncodeError(`network magic of ${magic.length} bytes`)
  if (length > MAX_PAYLOAD_BYTES) throw new EncodeError(`payload of ${length} bytes`)
  const head = new Uint8Array(length === 0 ? FRAME_HEADER_BYTES : FRAME_HEAD_BYTES)
  head.set(magic)
  head[4] = code
  head[5] = length >>> 24
  head[6] = length >>> 16
  head[7] = length >>> 8
  head[8] = length
  // A checksum after an empty payload would be read as the next frame's magic.
  if (length > 0) head.set(blake2b256(payload).subarray(0, CHECKSUM_BYTES), FRAME_HEADER_BYTES)
  return { code, head, payload, size: head.length + length }
}

/** The whole frame in one array. */
export function encodeFrame(magic: Uint8Array, code: number, payload: Uint8Array): Uint8Array {
  const { head, size } = frameParts(magic, code, payload)
  const out = new Uint8Array(size)
  out.set(head)
  out.set(payload, head.length)
  return out
}
