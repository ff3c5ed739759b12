/** The other end of a native connection as a bare `node:net` socket: sends exactly the bytes it is told to, records all it gets. */
import { createServer, connect as netConnect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { concatBytes } from '../../src/bytes/index.ts'
import {
  encodeFrame,
  encodeHandshake,
  encodeMessage,
  type Frame,
  FrameDecoder,
  type Handshake,
  HandshakeParser,
  type Message,
  messageCode,
  type PeerFeature,
  type SocketAddress,
  type Version
} from '../../src/wire/index.ts'
import { TEST_MAGIC, until } from './libp2p-node.ts'

export interface RawHandshakeOptions {
  readonly agentName?: string
  readonly version?: Version
  readonly declaredAddress?: SocketAddress
  readonly magic?: Uint8Array
  readonly sessionId?: bigint
  /** Replaces Mode and Session. */
  readonly features?: readonly PeerFeature[]
}

let nextSessionId = 1_000n

/** Bytes of a handshake as a reference node of the test network sends it. */
export function rawHandshake(options: RawHandshakeOptions = {}): Uint8Array {
  return encodeHandshake({
    time: 1_700_000_000_000n,
    peer: {
      agentName: options.agentName ?? 'ergoref',
      version: options.version ?? { major: 6, minor: 0, patch: 4 },
      nodeName: 'raw',
      ...(options.declaredAddress === undefined ? {} : { declaredAddress: options.declaredAddress }),
      features: options.features ?? [
        { kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 },
        { kind: 'session', magic: options.magic ?? TEST_MAGIC, sessionId: options.sessionId ?? nextSessionId++ }
      ]
    }
  })
}

/** Bytes of a message's frame on the test network. */
export function rawFrame(message: Message): Uint8Array {
  return encodeFrame(TEST_MAGIC, messageCode(message.type), encodeMessage(message))
}

export class RawPeer {
  readonly socket: Socket
  /** One entry a socket read. */
  readonly chunks: Uint8Array[] = []
  /** How the other side ended the connection: in order or with a reset. */
  end: 'fin' | 'reset' | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.chunks.push(new Uint8Array(chunk)))
    socket.on('error', () => {
      this.end = 'reset'
    })
    socket.on('end', () => {
      this.end ??= 'fin'
    })
    socket.on('close', () => {
      this.end ??= 'fin'
    })
  }

  static async connect(t: TestContext, port: number, host = '127.0.0.1', localAddress?: string): Promise<RawPeer> {
    const socket = netConnect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) })
    const peer = new RawPeer(socket)
    t.after(() => socket.destroy())
    // A node that refuses may reset the connection before we hear that it was there.
    await new Promise<void>((resolve) => {
      socket.once('connect', () => resolve())
      socket.once('close', () => resolve())
    })
    return peer
  }

  get bytes(): Uint8Array {
    return concatBytes(...this.chunks)
  }

  send(bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes)
  }

  /** The other side's handshake and the frames after it. */
  read(): { handshake: Handshake; frames: Frame[] } | undefined {
    const done = new HandshakeParser().push(this.bytes)
    if (done === undefined) return undefined
    const decoder = new FrameDecoder({ magic: TEST_MAGIC })
    decoder.push(done.surplus)
    return { handshake: done.handshake, frames: [...decoder] }
  }

  /** Waits for the other side's handshake, sends ours. */
  async shakeHands(options: RawHandshakeOptions = {}): Promise<Handshake> {
    this.send(rawHandshake(options))
    await until(() => this.chunks.length > 0 && this.read() !== undefined, 'handshake of the node')
    return this.read()!.handshake
  }

  /** Waits for the end of the connection. */
  async ended(timeoutMs?: number): Promise<'fin' | 'reset'> {
    await until(() => this.end !== undefined, 'connection closed by the node', timeoutMs)
    return this.end!
  }
}

/** A listening socket on loopback that turns every connection into a {@link RawPeer}. */
export async function rawServer(
  t: TestContext,
  onPeer: (peer: RawPeer) => void = () => {}
): Promise<{ port: number; peers: RawPeer[] }> {
  const peers: RawPeer[] = []
  const server = createServer((socket) => {
    const peer = new RawPeer(socket)
    peers.push(peer)
    onPeer(peer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const { socket } of peers) socket.destroy()
    server.close()
  })
  return { port: (server.address() as { port: number }).port, peers }
}
