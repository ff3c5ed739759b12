import type { Connection, Logger, PeerId, Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { setMaxListeners } from 'main-event'
import {
  decodeMessage,
  type EncodedFrame,
  encodeMessage,
  FRAME_HEAD_BYTES,
  FRAME_HEADER_BYTES,
  type Frame,
  frameParts,
  type Handshake,
  type Message,
  type MessageType,
  messageCode,
  type PeerSpec,
  type SocketAddress,
  WireError
} from '../../src/wire/index.ts'
import { type CloseCode, type CloseReason, SessionClosedError } from './close-reason.ts'
import { CLOSE_TIMEOUT_MS, STREAM_READ_BUFFER_BYTES } from './constants.ts'
import type { Carrier, Clock, PenaltySink, Remote, SendOptions, Session, SessionCounters, SessionLimits } from './interface.ts'
import { ReceivePump } from './receive-pump.ts'
import type { Router } from './router.ts'
import { SendQueue } from './send-queue.ts'
import type { Traffic } from './traffic.ts'

export interface ErgoSessionInit {
  readonly id: number
  readonly stream: Stream
  readonly connection: Connection
  readonly remote: Remote
  readonly handshake: Handshake
  readonly address: SocketAddress | undefined
  readonly magic: Uint8Array
  readonly limits: SessionLimits
  readonly clock: Clock
  readonly router: Router
  readonly traffic: Traffic
  readonly penalties: PenaltySink
  readonly log: Logger
  /** Nothing is sent before this many milliseconds. */
  readonly holdMs: number
  readonly onClosed: (session: ErgoSession, reason: CloseReason) => void
  /** The received bytes held changed by this much. */
  readonly onHeld: (delta: number) => void
}

/** A session over one stream: frames in through a pump, frames out through a queue. */
export class ErgoSession implements Session {
  readonly id: number
  readonly remote: Remote
  readonly handshake: Handshake
  readonly address: SocketAddress | undefined
  readonly openedAt: number
  readonly connection: Connection
  readonly #init: ErgoSessionInit
  readonly #stream: Stream
  readonly #pump: ReceivePump
  readonly #queue: SendQueue
  readonly #abort = new AbortController()
  readonly #counters = { messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0, unknownIn: 0, droppedOut: 0 }
  #holdTimer: ReturnType<typeof setTimeout> | undefined
  #closed: CloseReason | undefined
  /** Why we are about to close, when a penalty is given first. */
  #fault: CloseReason | undefined
  #lastMessageAt: number
  #busy: { type: MessageType; since: number } | undefined
  #remoteEnded = false
  #heldBytes = 0
  /** For the stall clock: bytes taken when last looked at, and since when that has not changed. */
  #taken = 0
  #takenAt: number

  constructor(init: ErgoSessionInit) {
    const { stream, limits } = init
    this.#init = init
    this.#stream = stream
    this.id = init.id
    this.remote = init.remote
    this.handshake = init.handshake
    this.address = init.address
    this.connection = init.connection
    setMaxListeners(Number.POSITIVE_INFINITY, this.#abort.signal)
    this.openedAt = init.clock.now()
    this.#lastMessageAt = this.openedAt
    this.#takenAt = this.openedAt
    if (this.carrier === 'libp2p') stream.maxReadBufferLength = Math.max(stream.maxReadBufferLength, STREAM_READ_BUFFER_BYTES)
    this.#pump = new ReceivePump({
      stream,
      magic: init.magic,
      highBytes: limits.receiveHighBytes,
      lowBytes: limits.receiveLowBytes,
      framesPerTurn: limits.framesPerTurn,
      bytesPerTurn: limits.bytesPerTurn,
      deliver: (frame) => this.#deliver(frame),
      onFault: (error) => this.#onFault(error),
      onHeld: (delta) => {
        this.#heldBytes += delta
        init.onHeld(delta)
      }
    })
    this.#queue = new SendQueue({
      stream,
      maxBytes: limits.sendQueueBytes,
      dropBytes: limits.sendDropBytes,
      lowBytes: limits.sendLowBytes,
      onError: (error) => this.end('CONNECTION_LOST', 'remote', error.message, error)
    })
    if (init.holdMs > 0) {
      this.#queue.hold()
      this.#holdTimer = setTimeout(() => this.#queue.release(), init.holdMs)
    }
  }

  get carrier(): Carrier {
    return this.remote.carrier
  }

  get direction(): 'inbound' | 'outbound' {
    return this.remote.direction
  }

  get peerId(): PeerId {
    return this.remote.peerId
  }

  get peer(): PeerSpec {
    return this.handshake.peer
  }

  get lastMessageAt(): number {
    return this.#lastMessageAt
  }

  get counters(): SessionCounters {
    return { ...this.#counters }
  }

  get sendQueueBytes(): number {
    return this.#queue.bytes
  }

  get busy(): { type: MessageType; since: number } | undefined {
    return this.#busy
  }

  /** Received bytes not handled yet. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get closed(): CloseReason | undefined {
    return this.#closed
  }

  /** Begins to read, with the bytes that followed the handshake. Call in the turn in which the handshake was read. */
  start(surplus: readonly Uint8Array[]): void {
    if (this.#closed !== undefined) return
    if (this.#stream.status !== 'open' || this.connection.status !== 'open') {
      this.end('REMOTE_CLOSED', 'remote', 'peer closed the connection after its handshake')
      return
    }
    this.#stream.addEventListener('message', this.#onMessage)
    this.#stream.addEventListener('drain', this.#onDrain)
    this.#stream.addEventListener('end', this.#onStreamEnd)
    this.#stream.addEventListener('close', this.#onStreamClose)
    this.connection.addEventListener('close', this.#onConnectionClose)
    if (surplus.length > 0) this.#pump.push(surplus)
  }

  send(message: Message, options: SendOptions = {}): boolean {
    if (this.#closed !== undefined) return false
    return this.sendFrame(frameParts(this.#init.magic, messageCode(message.type), encodeMessage(message)), options)
  }

  sendFrame(frame: EncodedFrame, options: SendOptions = {}): boolean {
    if (this.#closed !== undefined) return false
    switch (this.#queue.push(frame, options.droppable === true)) {
      case 'queued':
        this.#counters.messagesOut++
        this.#counters.bytesOut += frame.size
        this.#init.traffic.count('out', frame.code, frame.size)
        return true
      case 'dropped':
        this.#counters.droppedOut++
        return false
      case 'overflow':
        this.end('SEND_OVERFLOW', 'local', `${this.#queue.bytes} bytes wait to be sent`)
        return false
    }
  }

  drained(): Promise<void> {
    return this.#queue.drained()
  }

  async close(reason: string): Promise<void> {
    await this.closeWith('LOCAL_CLOSED', reason)
  }

  /** Graceful close for a reason of the service. */
  async closeWith(code: CloseCode, message: string): Promise<void> {
    if (this.#closed !== undefined) return
    this.#queue.flush()
    if (!this.#finish({ code, by: 'local', message })) return
    try {
      await this.connection.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
    } catch {
      this.connection.abort(new SessionClosedError(code, message))
    }
  }

  abort(error: Error): void {
    this.end('ABORTED', 'local', error.message, error)
  }

  /** Ends the session and its connection at once; only the first call counts. */
  end(code: CloseCode, by: 'local' | 'remote', message: string, error?: Error): void {
    const reason = this.#fault ?? { code, by, message, ...(error === undefined ? {} : { error }) }
    if (!this.#finish(reason)) return
    this.connection.abort(new SessionClosedError(reason.code, reason.message, reason.error))
  }

  /** Looks at the deadlines. */
  sweep(now: number): void {
    const { inactivityTimeoutMs, stallTimeoutMs } = this.#init.limits
    if (now - this.#lastMessageAt > inactivityTimeoutMs) {
      this.end('INACTIVE', 'local', `no message for ${now - this.#lastMessageAt} ms`)
      return
    }
    const taken = this.#queue.taken
    if (taken !== this.#taken || !this.#queue.waiting) {
      this.#taken = taken
      this.#takenAt = now
    } else if (now - this.#takenAt > stallTimeoutMs) {
      this.end('STALLED', 'local', `peer took nothing for ${now - this.#takenAt} ms`)
    }
  }

  /** @returns a promise while a handler works; it never rejects */
  #deliver(frame: Frame): Promise<void> | undefined {
    const size = frame.payload.length + (frame.payload.length === 0 ? FRAME_HEADER_BYTES : FRAME_HEAD_BYTES)
    this.#counters.messagesIn++
    this.#counters.bytesIn += size
    this.#init.traffic.count('in', frame.code, size)
    this.#lastMessageAt = this.#init.clock.now()
    if (!frame.known) {
      this.#counters.unknownIn++
      return undefined
    }
    // Also where nobody here listens: what does not parse is an offence whoever it is for.
    const message = decodeMessage(frame.code, frame.payload)
    const handlers = this.#init.router.of(frame.code)
    if (handlers === undefined) return undefined
    let pending: Promise<void>[] | undefined
    for (const handler of handlers) {
      try {
        const result = handler(this, message)
        if (result !== undefined) (pending ??= []).push(result.catch((error: Error) => this.#onHandlerError(message, error)))
      } catch (error) {
        this.#onHandlerError(message, error as Error)
      }
      if (this.#closed !== undefined) return undefined
    }
    if (pending === undefined) return undefined
    this.#busy = { type: message.type, since: this.#lastMessageAt }
    return Promise.all(pending).then(() => {
      this.#busy = undefined
    })
  }

  /** A handler that throws is a fault of ours, not of the peer. */
  #onHandlerError(message: Message, error: Error): void {
    this.#init.log.error('handler of %s failed in session %d - %e', message.type, this.id, error)
  }

  #onFault(error: Error): void {
    if (!(error instanceof WireError)) {
      this.#init.log.error('reading from session %d failed - %e', this.id, error)
      this.end('INTERNAL_ERROR', 'local', error.message, error)
      return
    }
    this.#fault = { code: 'WIRE_ERROR', by: 'local', message: error.message, error }
    if (error.penalty !== undefined) this.#init.penalties.penalize(this, error.penalty, error.message)
    this.end('WIRE_ERROR', 'local', error.message, error)
  }

  #finish(reason: CloseReason): boolean {
    if (this.#closed !== undefined) return false
    this.#closed = reason
    clearTimeout(this.#holdTimer)
    this.#stream.removeEventListener('message', this.#onMessage)
    this.#stream.removeEventListener('drain', this.#onDrain)
    this.#stream.removeEventListener('end', this.#onStreamEnd)
    this.#stream.removeEventListener('close', this.#onStreamClose)
    this.connection.removeEventListener('close', this.#onConnectionClose)
    this.#pump.close()
    this.#queue.close()
    this.#abort.abort(new SessionClosedError(reason.code, reason.message, reason.error))
    this.#init.onClosed(this, reason)
    return true
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    this.#pump.push(event.data)
  }

  readonly #onDrain = (): void => {
    this.#queue.onDrain()
  }

  /** The peer will send no more. Ergo has no half-close, so this is the end of the session. */
  readonly #onStreamEnd = (): void => {
    if (this.connection.status === 'open') this.#remoteEnded = true
    queueMicrotask(() => this.end('REMOTE_CLOSED', 'remote', 'peer closed the stream'))
  }

  /** A stream's end does not say why; the connection's does, and comes in the same turn when the connection ended. */
  readonly #onStreamClose = (event: StreamCloseEvent): void => {
    queueMicrotask(() => this.end('REMOTE_CLOSED', 'remote', event.error?.message ?? 'peer closed the stream', event.error))
  }

  readonly #onConnectionClose = (event: StreamCloseEvent): void => {
    const { error } = event
    // Answers to a stream that the peer has ended run into a closed socket: no loss.
    if (error === undefined || this.#remoteEnded) this.end('REMOTE_CLOSED', 'remote', 'peer closed the connection')
    else this.end('CONNECTION_LOST', 'remote', error.message, error)
  }
}
