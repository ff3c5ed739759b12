import type { Connection, Stream, StreamMessageEvent } from '@libp2p/interface'
import { type Handshake, HandshakeParser, WireError } from '../../src/wire/index.ts'
import { refusal } from './acceptance.ts'
import type { SessionRefusal } from './close-reason.ts'
import type { Remote } from './interface.ts'

export interface HandshakerInit {
  readonly stream: Stream
  readonly connection: Connection
  readonly remote: Remote
  /** Our handshake, encoded. */
  readonly own: Uint8Array
  readonly startedAt: number
  /** The peer's handshake is complete; `surplus` begins the first frame. Nobody listens to the stream at this moment. */
  readonly onDone: (handshaker: Handshaker, handshake: Handshake, surplus: Uint8Array[]) => void
  readonly onFail: (handshaker: Handshaker, refusal: SessionRefusal) => void
}

/** A connection until its handshake is complete: sends ours at once and alone, collects the peer's. */
export class Handshaker {
  readonly stream: Stream
  readonly connection: Connection
  readonly remote: Remote
  readonly startedAt: number
  readonly #init: HandshakerInit
  readonly #parser = new HandshakeParser()
  #done = false

  constructor(init: HandshakerInit) {
    this.stream = init.stream
    this.connection = init.connection
    this.remote = init.remote
    this.startedAt = init.startedAt
    this.#init = init
  }

  /** Call in the turn in which the stream was received, else its early bytes may be dropped. */
  start(): void {
    if (this.stream.status !== 'open' || this.connection.status !== 'open') {
      this.fail(refusal('HANDSHAKE_CLOSED', 'connection ended before the handshake'))
      return
    }
    this.stream.addEventListener('message', this.#onMessage)
    this.stream.addEventListener('close', this.#onClose)
    this.connection.addEventListener('close', this.#onClose)
    try {
      this.stream.send(this.#init.own)
    } catch (error) {
      this.fail(refusal('STREAM_FAILED', 'cannot send our handshake', false, error as Error))
    }
  }

  /** Ends the attempt; only the first call counts. */
  fail(why: SessionRefusal): void {
    if (!this.#finish()) return
    this.#init.onFail(this, why)
  }

  #finish(): boolean {
    if (this.#done) return false
    this.#done = true
    this.stream.removeEventListener('message', this.#onMessage)
    this.stream.removeEventListener('close', this.#onClose)
    this.connection.removeEventListener('close', this.#onClose)
    return true
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    const chunks = event.data instanceof Uint8Array ? [event.data] : [...event.data]
    try {
      for (const [i, chunk] of chunks.entries()) {
        const done = this.#parser.push(chunk)
        if (done === undefined) continue
        if (this.#finish()) this.#init.onDone(this, done.handshake, [done.surplus, ...chunks.slice(i + 1)])
        return
      }
    } catch (error) {
      const tooLarge = error instanceof WireError && error.code === 'HANDSHAKE_TOO_LARGE'
      const { message } = error as Error
      this.fail(refusal(tooLarge ? 'HANDSHAKE_TOO_LARGE' : 'HANDSHAKE_INVALID', message, false, error as Error))
    }
  }

  readonly #onClose = (): void => {
    this.fail(refusal('HANDSHAKE_CLOSED', 'connection ended before the handshake was complete'))
  }
}
