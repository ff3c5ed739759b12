import type { Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import type { EncodedFrame } from '../../src/wire/index.ts'
import { SEND_BATCH_BYTES, SEND_COPY_BYTES } from './constants.ts'
import { nextTurn } from './next-turn.ts'

/** What the queue needs of a stream. */
export type Outlet = Pick<Stream, 'send' | 'writableNeedsDrain' | 'writeBufferLength'>

export interface SendQueueInit {
  readonly stream: Outlet
  /** Must-deliver frames do not fit beyond this. */
  readonly maxBytes: number
  /** Droppable frames are dropped beyond this. */
  readonly dropBytes: number
  /** {@link SendQueue.drained} resolves at this. */
  readonly lowBytes: number
  /** The stream threw: it can take no more. */
  readonly onError: (error: Error) => void
}

export type Queued = 'queued' | 'dropped' | 'overflow'

/**
 * Frames on their way to one peer, in order. Frames queued in one turn of the event loop leave together; no more is handed to the
 * stream than it takes without buffering, so what waits is counted here.
 */
export class SendQueue {
  readonly #init: SendQueueInit
  #frames: EncodedFrame[] = []
  /** Index of the first frame not handed over, and how many bytes of it were. */
  #head = 0
  #offset = 0
  #bytes = 0
  #handedOver = 0
  #held = false
  #scheduled = false
  #closed = false
  #waiters: Array<() => void> = []

  constructor(init: SendQueueInit) {
    this.#init = init
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** True while the peer has not taken everything. */
  get waiting(): boolean {
    const { stream } = this.#init
    return this.#bytes > 0 || stream.writeBufferLength > 0 || stream.writableNeedsDrain
  }

  /** Bytes the connection has taken so far. Stands still while the peer does not read. */
  get taken(): number {
    return this.#handedOver - this.#init.stream.writeBufferLength
  }

  /** Keeps everything back until {@link release}. */
  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    this.#schedule()
  }

  push(frame: EncodedFrame, droppable: boolean): Queued {
    if (this.#closed) return 'dropped'
    if (droppable && this.#bytes + frame.size > this.#init.dropBytes) return 'dropped'
    // One frame always fits: the largest legal one may be larger than any sensible cap.
    if (this.#bytes > 0 && this.#bytes + frame.size > this.#init.maxBytes) return 'overflow'
    this.#frames.push(frame)
    this.#bytes += frame.size
    this.#schedule()
    return 'queued'
  }

  /** Called on the stream's `drain` event. The stream's own buffer goes first, in a microtask of its own. */
  onDrain(): void {
    this.#schedule()
  }

  /** Hands over what the stream takes now. */
  flush(): void {
    const { stream, onError } = this.#init
    if (this.#held || this.#closed) return
    try {
      while (this.#bytes > 0 && !stream.writableNeedsDrain && stream.writeBufferLength === 0) {
        const batch = this.#takeBatch()
        this.#handedOver += batch.byteLength
        stream.send(batch)
      }
    } catch (error) {
      this.close()
      onError(error as Error)
      return
    }
    if (this.#bytes <= this.#init.lowBytes) this.#wake()
  }

  /** Resolves when at most the low mark waits, or the queue is closed. */
  drained(): Promise<void> {
    if (this.#closed || this.#bytes <= this.#init.lowBytes) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  /** Throws away what waits. */
  close(): void {
    this.#closed = true
    this.#frames = []
    this.#head = 0
    this.#bytes = 0
    this.#wake()
  }

  #wake(): void {
    if (this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }

  #schedule(): void {
    if (this.#scheduled || this.#held || this.#bytes === 0) return
    this.#scheduled = true
    nextTurn(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  /** The next bytes, at most a batch: small frames copied into one array, large payloads as views. */
  #takeBatch(): Uint8ArrayList {
    const parts: Uint8Array[] = []
    let size = 0
    let run: EncodedFrame[] = []
    let runSize = 0
    const closeRun = (): void => {
      if (run.length > 0) parts.push(joined(run, runSize))
      run = []
      runSize = 0
    }
    while (this.#head < this.#frames.length && size < SEND_BATCH_BYTES) {
      const frame = this.#frames[this.#head]!
      if (this.#offset === 0 && frame.size <= SEND_COPY_BYTES) {
        run.push(frame)
        runSize += frame.size
        size += frame.size
        this.#head++
        continue
      }
      closeRun()
      if (this.#offset === 0) parts.push(frame.head)
      const from = this.#offset === 0 ? 0 : this.#offset - frame.head.length
      const to = Math.min(frame.payload.length, from + SEND_BATCH_BYTES - size)
      parts.push(frame.payload.subarray(from, to))
      size += to - from + (this.#offset === 0 ? frame.head.length : 0)
      if (to === frame.payload.length) {
        this.#head++
        this.#offset = 0
      } else {
        this.#offset = frame.head.length + to
      }
    }
    closeRun()
    this.#bytes -= size
    if (this.#head === this.#frames.length) {
      this.#frames = []
      this.#head = 0
    } else if (this.#head > 1024 && this.#head * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head)
      this.#head = 0
    }
    return Uint8ArrayList.fromUint8Arrays(parts, size)
  }
}

function joined(frames: readonly EncodedFrame[], size: number): Uint8Array {
  const out = new Uint8Array(size)
  let at = 0
  for (const { head, payload } of frames) {
    out.set(head, at)
    out.set(payload, at + head.length)
    at += head.length + payload.length
  }
  return out
}
