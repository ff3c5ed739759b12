import { bytesEqual, EncodeError } from '../bytes/index.ts'
import { blake2b256 } from '../crypto/index.ts'
import { ChunkQueue } from './chunk-queue.ts'
import { CHECKSUM_BYTES, FRAME_HEADER_BYTES, MAGIC_BYTES, MAX_PAYLOAD_BYTES } from './constants.ts'
import { WireError } from './errors.ts'
import { isKnownMessage, maxPayloadBytes } from './messages/index.ts'

/**
 * Payloads of these sizes that span chunks, which is what full answers with headers do, are put together in an array that is used
 * again: making a new one for each costs as much as a third of its checksum. A full answer is 400 headers of 220 bytes, 101 kB; below
 * the smaller size are ids and addresses, which come seldom and are kept by some, and a new array of them costs next to nothing.
 */
const SHARED_MIN_BYTES = 32 * 1024
const SHARED_MAX_BYTES = 128 * 1024

/** A frame whose magic, length and checksum were right. */
export interface Frame {
  readonly code: number
  /**
   * May be a view into the chunk it came in: copy what outlives the handling of the frame, or the chunk stays
   * in memory with it. With `shareRoom` it is gone with the next `read()`.
   */
  readonly payload: Uint8Array
  /** False for a code that this implementation does not speak: report it and go on. */
  readonly known: boolean
  /** Offset of the frame's first byte in the stream of frames. */
  readonly offset: number
}

export interface FrameDecoderInit {
  /** Four bytes of our network. */
  readonly magic: Uint8Array
  /** Large payloads may lie in memory that the next frame overwrites. Default false: each has its own. */
  readonly shareRoom?: boolean
}

interface Head {
  readonly code: number
  readonly length: number
  readonly offset: number
}

/**
 * Cuts a connection's bytes, in chunks of any size, into frames.
 *
 * ```ts
 * const decoder = new FrameDecoder({ magic })
 * decoder.push(chunk)
 * for (const frame of decoder) handle(frame)
 * ```
 *
 * Memory is bounded: a head is judged before its payload is waited for, so at most one payload of the largest legal
 * size is held, plus the last chunk pushed. Push no more while frames are left to take.
 *
 * Every fault is a {@link WireError} with a permanent penalty; after one the boundary of frames is lost and the
 * decoder throws the same error for ever. An unknown code is no fault (the reference stops reading there, for good).
 */
export class FrameDecoder implements Iterable<Frame> {
  readonly #magic: Uint8Array
  readonly #queue = new ChunkQueue()
  readonly #shareRoom: boolean
  #room: Uint8Array | undefined
  #head: Head | undefined
  #consumed = 0
  #failure: WireError | undefined

  constructor(init: FrameDecoderInit) {
    if (init.magic.length !== MAGIC_BYTES) throw new EncodeError(`network magic of ${init.magic.length} bytes`)
    this.#magic = init.magic
    this.#shareRoom = init.shareRoom ?? false
  }

  /** Bytes received and not yet given out as frames. */
  get buffered(): number {
    return this.#queue.size
  }

  /** Takes ownership of a chunk, or of several in order (a `Uint8ArrayList` is iterable). */
  push(chunks: Uint8Array | Iterable<Uint8Array>): void {
    if (chunks instanceof Uint8Array) this.#queue.push(chunks)
    else for (const chunk of chunks) this.#queue.push(chunk)
  }

  /**
   * The next complete frame, or undefined when more bytes are needed.
   *
   * @throws WireError FRAME_MAGIC, FRAME_LENGTH or FRAME_CHECKSUM
   */
  read(): Frame | undefined {
    if (this.#failure !== undefined) throw this.#failure
    const head = this.#head ?? this.#readHead()
    if (head === undefined) return undefined
    this.#head = head
    if (head.length > 0 && this.#queue.size < CHECKSUM_BYTES + head.length) return undefined
    this.#head = undefined
    return { code: head.code, payload: this.#readPayload(head), known: isKnownMessage(head.code), offset: head.offset }
  }

  /** All complete frames, one after the other. Ends where more bytes are needed. */
  *[Symbol.iterator](): IterableIterator<Frame> {
    for (let frame = this.read(); frame !== undefined; frame = this.read()) yield frame
  }

  #readHead(): Head | undefined {
    if (this.#queue.size < FRAME_HEADER_BYTES) return undefined
    const offset = this.#consumed
    const h = this.#queue.take(FRAME_HEADER_BYTES)
    this.#consumed += FRAME_HEADER_BYTES
    const code = h[4]!
    const length = (h[5]! << 24) | (h[6]! << 16) | (h[7]! << 8) | h[8]!
    // Magic first: when it is wrong the other fields are noise. (The reference waits for the payload before it looks.)
    if (!bytesEqual(h.subarray(0, MAGIC_BYTES), this.#magic)) {
      throw this.#fail('FRAME_MAGIC', 'wrong network magic', { offset })
    }
    if (length < 0 || length > MAX_PAYLOAD_BYTES || length > maxPayloadBytes(code)) {
      throw this.#fail('FRAME_LENGTH', `payload length ${length} of message ${code}`, { offset, messageCode: code })
    }
    return { code, length, offset }
  }

  #readPayload(head: Head): Uint8Array {
    if (head.length === 0) return new Uint8Array(0)
    const checksum = this.#queue.take(CHECKSUM_BYTES)
    const payload = this.#queue.take(head.length, this.#roomFor(head.length))
    this.#consumed += CHECKSUM_BYTES + head.length
    if (!bytesEqual(checksum, blake2b256(payload).subarray(0, CHECKSUM_BYTES))) {
      const { offset, code } = head
      throw this.#fail('FRAME_CHECKSUM', `wrong checksum of message ${code}`, { offset, messageCode: code })
    }
    return payload
  }

  #roomFor(size: number): Uint8Array | undefined {
    if (!this.#shareRoom || size < SHARED_MIN_BYTES || size > SHARED_MAX_BYTES) return undefined
    return (this.#room ??= new Uint8Array(SHARED_MAX_BYTES))
  }

  #fail(
    code: 'FRAME_MAGIC' | 'FRAME_LENGTH' | 'FRAME_CHECKSUM',
    message: string,
    where: { offset: number; messageCode?: number }
  ): WireError {
    this.#failure = new WireError(code, `${message} (frame at byte ${where.offset})`, { ...where, penalty: 'permanent' })
    return this.#failure
  }
}
