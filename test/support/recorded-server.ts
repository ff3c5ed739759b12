import { createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import {
  decodeMessage,
  encodeFrame,
  encodeHandshake,
  encodeMessage,
  FrameDecoder,
  type Handshake,
  HandshakeParser,
  type Message,
  messageCode,
  packModifiers,
  type RequestModifier
} from '../../src/wire/index.ts'

export interface RecordedServerInit {
  readonly magic: Uint8Array
  /** What a reference node sent in one connection, its handshake first. */
  readonly bytes: Uint8Array
  /** Objects of these types are sent as soon as the client has asked for all that one message carries. */
  readonly onRequest: readonly number[]
  /** These types are cut to what was asked for instead, in messages of our own. */
  readonly cut?: readonly number[]
  /** Messages that are not sent; the test is told of them in their place. */
  readonly leaveOut?: (message: Message) => boolean
}

/** Plays what a reference node said, byte for byte: what it sends by itself in its order, answers when they are asked for. */
export class RecordedServer {
  readonly messages: Message[] = []
  /** Ids that the client asked for, by type. */
  readonly asked = new Map<number, Set<string>>()
  readonly requests: Array<{ typeId: number; count: number }> = []
  /** Messages played so far, left out ones included. */
  played = 0
  readonly #init: RecordedServerInit
  readonly #frames: Uint8Array[] = []
  readonly #objects = new Map<string, Uint8Array>()
  readonly #handshake: Handshake
  #socket: Socket | undefined

  private constructor(init: RecordedServerInit) {
    this.#init = init
    const start = new HandshakeParser().push(init.bytes)!
    this.#handshake = start.handshake
    const decoder = new FrameDecoder({ magic: init.magic })
    decoder.push(start.surplus)
    for (const frame of decoder) {
      this.#frames.push(encodeFrame(init.magic, frame.code, frame.payload))
      const message = decodeMessage(frame.code, frame.payload)
      this.messages.push(message)
      if (message.type === 'Modifiers') for (const { id, bytes } of message.modifiers) this.#objects.set(toHex(id), bytes)
    }
  }

  static async listen(t: TestContext, init: RecordedServerInit): Promise<RecordedServer & { port: number }> {
    const recorded = new RecordedServer(init)
    const server = createServer((socket) => recorded.#attach(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      recorded.#socket?.destroy()
      server.close()
    })
    return Object.assign(recorded, { port: (server.address() as { port: number }).port })
  }

  get done(): boolean {
    return this.played === this.#frames.length
  }

  #attach(socket: Socket): void {
    this.#socket = socket
    socket.on('error', () => {})
    socket.write(encodeHandshake(this.#handshake))
    const handshake = new HandshakeParser()
    const decoder = new FrameDecoder({ magic: this.#init.magic })
    let shaken = false
    socket.on('data', (chunk) => {
      let bytes: Uint8Array | Uint8Array[] = new Uint8Array(chunk)
      if (!shaken) {
        const done = handshake.push(bytes)
        if (done === undefined) return
        shaken = true
        bytes = done.surplus
      }
      decoder.push(bytes)
      for (const frame of decoder) this.#onMessage(decodeMessage(frame.code, frame.payload))
      this.#play()
    })
  }

  #onMessage(message: Message): void {
    if (message.type !== 'RequestModifier') return
    let asked = this.asked.get(message.typeId)
    if (asked === undefined) this.asked.set(message.typeId, (asked = new Set()))
    for (const id of message.ids) asked.add(toHex(id))
    this.requests.push({ typeId: message.typeId, count: message.ids.length })
    if (this.#init.cut?.includes(message.typeId) === true) this.#answer(message)
  }

  #answer({ typeId, ids }: RequestModifier): void {
    const found = ids.flatMap((id) => {
      const bytes = this.#objects.get(toHex(id))
      return bytes === undefined ? [] : [{ id, bytes }]
    })
    for (const message of packModifiers(typeId, found)) {
      this.#socket!.write(encodeFrame(this.#init.magic, messageCode('Modifiers'), encodeMessage(message)))
    }
  }

  #play(): void {
    for (; this.played < this.#frames.length; this.played++) {
      const message = this.messages[this.played]!
      if (this.#init.leaveOut?.(message) === true) continue
      if (message.type === 'Modifiers' && this.#init.onRequest.includes(message.typeId)) {
        const asked = this.asked.get(message.typeId)
        if (!message.modifiers.every(({ id }) => asked?.has(toHex(id)) === true)) return
      }
      this.#socket!.write(this.#frames[this.played]!)
    }
  }
}
