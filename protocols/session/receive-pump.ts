import type { Stream } from '@libp2p/interface'
import { type Frame, FrameDecoder } from '../../src/wire/index.ts'
import { nextTurn } from './next-turn.ts'

/** What the pump needs of a stream. */
export type Inlet = Pick<Stream, 'pause' | 'resume' | 'readStatus'>

export interface ReceivePumpInit {
  readonly stream: Inlet
  readonly magic: Uint8Array
  readonly highBytes: number
  readonly lowBytes: number
  readonly framesPerTurn: number
  readonly bytesPerTurn: number
  /** Handles a frame, which is valid until then; while a returned promise is pending no further frame is cut. */
  readonly deliver: (frame: Frame) => Promise<void> | undefined
  /** The bytes break the protocol (WireError), or reading them failed for a fault of ours. Nothing is delivered afterwards. */
  readonly onFault: (error: Error) => void
  /** The bytes held changed by this much. */
  readonly onHeld: (delta: number) => void
}

/**
 * Cuts what a peer sends into frames, as fast as they are handled. What is not handled yet stays undecoded in one buffer; when that
 * grows, the stream is paused, and with it the peer. A turn of the event loop handles a bounded share, so that a flood from one
 * peer does not starve the others.
 */
export class ReceivePump {
  readonly #init: ReceivePumpInit
  readonly #decoder: FrameDecoder
  #held = 0
  #state: 'idle' | 'busy' | 'closed' = 'idle'
  #paused = false

  constructor(init: ReceivePumpInit) {
    this.#init = init
    this.#decoder = new FrameDecoder({ magic: init.magic, shareRoom: true })
  }

  /** Takes the bytes of a `message` event. */
  push(data: Uint8Array | Iterable<Uint8Array>): void {
    if (this.#state === 'closed') return
    this.#decoder.push(data)
    if (this.#state === 'idle') this.#run()
    else this.#settle()
  }

  /** Forgets everything. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#init.onHeld(-this.#held)
    this.#held = 0
  }

  #run(): void {
    const { framesPerTurn, bytesPerTurn, deliver, onFault } = this.#init
    let frames = 0
    let bytes = 0
    try {
      for (;;) {
        const frame = this.#decoder.read()
        if (frame === undefined) break
        const pending = deliver(frame)
        if (this.#closed()) return
        if (pending !== undefined) {
          this.#state = 'busy'
          // `deliver` never rejects: what handlers throw ends there.
          void pending.then(() => this.#continue())
          break
        }
        frames++
        bytes += frame.payload.length
        if (frames >= framesPerTurn || bytes >= bytesPerTurn) {
          this.#state = 'busy'
          nextTurn(() => this.#continue())
          break
        }
      }
    } catch (error) {
      this.close()
      onFault(error as Error)
      return
    }
    this.#settle()
  }

  #continue(): void {
    if (this.#closed()) return
    this.#state = 'idle'
    this.#run()
  }

  /** Behind a method, since control flow analysis does not see that a handler may close us. */
  #closed(): boolean {
    return this.#state === 'closed'
  }

  /** Reports the bytes held and adjusts the flow to them. */
  #settle(): void {
    const held = this.#decoder.buffered
    const delta = held - this.#held
    this.#held = held
    if (delta !== 0) this.#init.onHeld(delta)
    if (this.#closed()) return
    // A partial frame needs more bytes however large it is: pause only while frames wait for their handling.
    if (this.#state === 'busy' && held > this.#init.highBytes) this.#pause()
    else if (this.#paused && (this.#state === 'idle' || held < this.#init.lowBytes)) this.#resume()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    // Never inside the `message` event: `resume()` of the stream may be what dispatches it, and would undo the pause.
    queueMicrotask(() => {
      const { stream } = this.#init
      if (this.#paused && !this.#closed() && stream.readStatus === 'readable') stream.pause()
    })
  }

  #resume(): void {
    this.#paused = false
    queueMicrotask(() => {
      const { stream } = this.#init
      if (!this.#paused && !this.#closed() && stream.readStatus === 'paused') stream.resume()
    })
  }
}
