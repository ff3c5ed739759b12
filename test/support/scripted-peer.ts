/**
 * A native peer on a bare socket that does what a test tells it to: it shakes hands as a reference node, records every message it
 * gets, and answers only what it has a handler for.
 *
 * ```ts
 * const peer = await ScriptedPeer.dial(t, node.port, { magic })
 * peer.on('RequestModifier', (request) => peer.send(...))
 * ```
 */
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import {
  decodeMessage,
  encodeFrame,
  encodeMessage,
  FrameDecoder,
  type Handshake,
  HandshakeParser,
  type Message,
  type MessageType,
  messageCode
} from '../../src/wire/index.ts'
import { until } from './libp2p-node.ts'
import { type RawHandshakeOptions, rawHandshake } from './raw-peer.ts'

export interface ScriptedPeerInit extends Omit<RawHandshakeOptions, 'magic'> {
  readonly magic: Uint8Array
  /** Address to dial from; all of 127.0.0.0/8 is ours on Linux. */
  readonly localAddress?: string
}

export interface ReceivedMessage {
  /** Milliseconds of `performance.now()`. */
  readonly at: number
  readonly message: Message
}

type Handler<T extends MessageType> = (message: Extract<Message, { type: T }>) => void

export class ScriptedPeer {
  readonly socket: Socket
  readonly received: ReceivedMessage[] = []
  /** Handshake of the node. */
  handshake: Handshake | undefined
  readonly #magic: Uint8Array
  readonly #handlers = new Map<MessageType, Handler<never>>()
  #parser: HandshakeParser | undefined = new HandshakeParser()
  readonly #decoder: FrameDecoder

  private constructor(socket: Socket, magic: Uint8Array) {
    this.socket = socket
    this.#magic = magic
    this.#decoder = new FrameDecoder({ magic })
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#onData(new Uint8Array(chunk)))
    socket.on('error', () => {})
  }

  /** Connects and completes the handshake. */
  static async dial(t: TestContext, port: number, init: ScriptedPeerInit): Promise<ScriptedPeer> {
    const { localAddress, ...handshake } = init
    const socket = connect({ port, host: '127.0.0.1', ...(localAddress === undefined ? {} : { localAddress }) })
    const peer = new ScriptedPeer(socket, init.magic)
    t.after(() => socket.destroy())
    await new Promise<void>((resolve) => {
      socket.once('connect', () => resolve())
      socket.once('close', () => resolve())
    })
    peer.write(rawHandshake(handshake))
    await until(() => peer.handshake !== undefined || socket.destroyed, 'handshake of the node')
    return peer
  }

  get closed(): boolean {
    return this.socket.destroyed || this.socket.readableEnded
  }

  /** Called for each message of the type; one handler a type. */
  on<T extends MessageType>(type: T, handler: Handler<T>): this {
    this.#handlers.set(type, handler as unknown as Handler<never>)
    return this
  }

  /** @returns false when it waits in our memory for the node to read */
  send(message: Message): boolean {
    return this.write(encodeFrame(this.#magic, messageCode(message.type), encodeMessage(message)))
  }

  /** Raw bytes. */
  write(bytes: Uint8Array): boolean {
    return !this.socket.destroyed && this.socket.writable && this.socket.write(bytes)
  }

  /** All messages of a type so far. */
  all<T extends MessageType>(type: T): Array<Extract<Message, { type: T }>> {
    return this.received.map((r) => r.message).filter((m) => m.type === type) as Array<Extract<Message, { type: T }>>
  }

  /** Waits for the `count`th message of a type. */
  async waitFor<T extends MessageType>(type: T, count = 1, timeoutMs?: number): Promise<Extract<Message, { type: T }>> {
    await until(() => this.all(type).length >= count, `${type} number ${count} from the node`, timeoutMs)
    return this.all(type)[count - 1]!
  }

  #onData(chunk: Uint8Array): void {
    if (this.#parser !== undefined) {
      const done = this.#parser.push(chunk)
      if (done === undefined) return
      this.#parser = undefined
      this.handshake = done.handshake
      this.#decoder.push(done.surplus)
    } else this.#decoder.push(chunk)
    for (const frame of this.#decoder) {
      const message = decodeMessage(frame.code, frame.payload.slice())
      this.received.push({ at: performance.now(), message })
      ;(this.#handlers.get(message.type) as Handler<MessageType> | undefined)?.(message)
    }
  }
}
