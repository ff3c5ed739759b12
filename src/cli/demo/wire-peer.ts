import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { toHex } from '../../bytes/index.ts'
import { MODIFIER_TYPES, scanHeader } from '../../chain/index.ts'
import type { DevnetBlock } from '../../devnet/index.ts'
import {
  decodeMessage,
  encodeFrame,
  encodeHandshake,
  encodeMessage,
  FrameDecoder,
  HandshakeParser,
  type Message,
  type Modifier,
  ModifierType,
  messageCode,
  packModifiers,
  type RequestModifier,
  type SyncInfo
} from '../../wire/index.ts'

/** How a peer treats requests for block sections: the sections to send, now or later; none for silence. */
export type SectionConduct = (wanted: readonly Modifier[], typeId: number) => Promise<readonly Modifier[]>

export interface WirePeerInit {
  readonly name: string
  /** Four bytes. */
  readonly magic: Uint8Array
  /** What it claims to be the best chain, from the first block on. */
  readonly blocks: readonly DevnetBlock[]
  readonly conduct: SectionConduct
}

/** Header ids in an answer to SyncInfo (`ErgoHistoryReader.continuationIds`). */
const CONTINUATION_IDS = 400

/** Places of the headers in a SyncInfo, counted from the tip (`FullV2SyncOffsets`). */
const SYNC_OFFSETS = [0, 16, 128, 512] as const

/**
 * A peer that is nothing but a socket and the bytes of the protocol: it speaks as a reference node does as far as headers go, and
 * treats requests for sections as it pleases.
 */
export class WirePeer {
  readonly name: string
  /** Sections asked of it, and those that it sent. */
  asked = 0
  sent = 0
  readonly #init: WirePeerInit
  readonly #server: Server
  readonly #host: string
  readonly #sockets = new Set<Socket>()
  readonly #heights = new Map<string, number>()
  readonly #objects = new Map<string, Uint8Array>()

  private constructor(init: WirePeerInit, server: Server, host: string) {
    this.#init = init
    this.name = init.name
    this.#server = server
    this.#host = host
    for (const { header, sections } of init.blocks) {
      this.#heights.set(header.idHex, header.height)
      this.#put(MODIFIER_TYPES.header, header.id, header.bytes)
      this.#put(MODIFIER_TYPES.blockTransactions, header.transactionsId, sections.transactions)
      this.#put(MODIFIER_TYPES.extension, header.extensionId, sections.extension)
      this.#put(MODIFIER_TYPES.adProofs, header.adProofsId, sections.adProofs!)
    }
    server.on('connection', (socket) => this.#serve(socket))
  }

  /** @param host a loopback address; where that cannot be used, 127.0.0.1 */
  static async listen(init: WirePeerInit, host: string): Promise<WirePeer> {
    for (const address of [host, '127.0.0.1']) {
      const server = createServer()
      server.listen(0, address)
      const listening = await Promise.race([once(server, 'listening').then(() => true), once(server, 'error').then(() => false)])
      if (listening) return new WirePeer(init, server, address)
    }
    throw new Error('no loopback address to listen on')
  }

  /** `host:port` */
  get address(): string {
    return `${this.#host}:${(this.#server.address() as AddressInfo).port}`
  }

  get host(): string {
    return this.#host
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #put(typeId: number, id: Uint8Array, bytes: Uint8Array): void {
    this.#objects.set(`${typeId}:${toHex(id)}`, bytes)
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    const handshake = new HandshakeParser()
    const decoder = new FrameDecoder({ magic: this.#init.magic })
    let isOpen = false
    socket.on('data', (chunk) => {
      let bytes = new Uint8Array(chunk)
      if (!isOpen) {
        const done = handshake.push(bytes)
        if (done === undefined) return
        isOpen = true
        bytes = new Uint8Array(done.surplus)
        this.#send(socket, this.#syncInfo())
      }
      decoder.push(bytes)
      for (const frame of decoder) if (frame.known) this.#answer(socket, decodeMessage(frame.code, frame.payload.slice()))
    })
    socket.write(encodeHandshake(this.#handshake()))
  }

  #handshake() {
    return {
      time: BigInt(Date.now()),
      peer: {
        agentName: 'ergoref',
        version: { major: 6, minor: 0, patch: 4 },
        nodeName: this.name,
        features: [
          { kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 },
          { kind: 'session', magic: this.#init.magic, sessionId: BigInt(Math.floor(Math.random() * 2 ** 52)) }
        ]
      }
    } as const
  }

  #send(socket: Socket, message: Message): void {
    if (socket.writable) socket.write(encodeFrame(this.#init.magic, messageCode(message.type), encodeMessage(message)))
  }

  #answer(socket: Socket, message: Message): void {
    if (message.type === 'GetPeers') this.#send(socket, { type: 'Peers', peers: [] })
    else if (message.type === 'SyncInfo') this.#onSyncInfo(socket, message)
    else if (message.type === 'RequestModifier') void this.#onRequest(socket, message)
  }

  #syncInfo(): SyncInfo {
    const { blocks } = this.#init
    const headers = SYNC_OFFSETS.flatMap((back) => blocks.at(-1 - back)?.header.bytes ?? [])
    return { type: 'SyncInfo', version: 2, headers }
  }

  /** Ids behind the newest header that both know. */
  #onSyncInfo(socket: Socket, info: SyncInfo): void {
    const { blocks } = this.#init
    const theirs = info.version === 2 ? info.headers.map((bytes) => scanHeader(bytes).idHex) : info.headerIds.map(toHex).reverse()
    const common = theirs.map((id) => this.#heights.get(id)).find((height) => height !== undefined) ?? 0
    const ids = blocks.slice(common, common + CONTINUATION_IDS).map(({ header }) => header.id)
    if (ids.length > 0) this.#send(socket, { type: 'Inv', typeId: ModifierType.Header, ids })
    if (theirs[0] !== blocks.at(-1)?.header.idHex) this.#send(socket, this.#syncInfo())
  }

  async #onRequest(socket: Socket, { typeId, ids }: RequestModifier): Promise<void> {
    const wanted = ids.flatMap((id): Modifier[] => {
      const bytes = this.#objects.get(`${typeId}:${toHex(id)}`)
      return bytes === undefined ? [] : [{ id, bytes }]
    })
    const isSection = typeId !== ModifierType.Header
    if (isSection) this.asked += wanted.length
    const answer = isSection ? await this.#init.conduct(wanted, typeId) : wanted
    if (isSection) this.sent += answer.length
    for (const message of packModifiers(typeId, answer)) this.#send(socket, message)
  }
}
