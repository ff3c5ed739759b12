import { concatBytes, DecodeError, EncodeError, Reader, Writer } from '../bytes/index.ts'
import { MAX_HANDSHAKE_BYTES } from './constants.ts'
import { WireError } from './errors.ts'
import { type PeerSpec, readPeerSpec, writePeerSpec } from './peer-spec.ts'

/** First bytes of a connection in each direction; neither frame nor length around it. */
export interface Handshake {
  /** Sender's clock in milliseconds since 1970, as unsigned 64-bit number. Nobody validates it. */
  readonly time: bigint
  readonly peer: PeerSpec
}

/** Reads a handshake and leaves the reader behind it. */
export function readHandshake(r: Reader): Handshake {
  const time = r.ulongBits()
  return { time, peer: readPeerSpec(r) }
}

/**
 * Bytes of a handshake. The reference parses exactly one socket read and drops what follows in it: write them with
 * one call, and nothing after them before the peer's own handshake came.
 *
 * @throws EncodeError when a field does not fit or the whole is too large
 */
export function encodeHandshake(handshake: Handshake): Uint8Array {
  const w = new Writer()
  w.ulong(handshake.time)
  writePeerSpec(w, handshake.peer)
  if (w.length > MAX_HANDSHAKE_BYTES) throw new EncodeError(`handshake of ${w.length} bytes`)
  return w.toBytes()
}

/**
 * Collects chunks until a handshake is complete. Unlike the reference it accepts one split over many chunks and
 * keeps what follows it.
 */
export class HandshakeParser {
  #buffer: Uint8Array = new Uint8Array(0)

  /**
   * Takes the next chunk.
   *
   * @returns undefined while more is needed; else the handshake and the bytes after it, which begin the first frame
   * @throws WireError HANDSHAKE_INVALID or HANDSHAKE_TOO_LARGE
   */
  push(chunk: Uint8Array): { handshake: Handshake; surplus: Uint8Array } | undefined {
    const buffer = this.#buffer.length === 0 ? chunk : concatBytes(this.#buffer, chunk)
    const r = new Reader(buffer, 0, Math.min(buffer.length, MAX_HANDSHAKE_BYTES))
    try {
      const handshake = readHandshake(r)
      this.#buffer = new Uint8Array(0)
      return { handshake, surplus: buffer.subarray(r.position) }
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause
      if (cause.code !== 'UNDERFLOW') {
        throw new WireError('HANDSHAKE_INVALID', `handshake: ${cause.message}`, { offset: cause.offset, cause })
      }
      if (buffer.length >= MAX_HANDSHAKE_BYTES) {
        throw new WireError('HANDSHAKE_TOO_LARGE', `no complete handshake within ${MAX_HANDSHAKE_BYTES} bytes`, { cause })
      }
      this.#buffer = buffer
      return undefined
    }
  }
}
