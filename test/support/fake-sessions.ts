import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import type {
  Candidate,
  MessageHandler,
  Session,
  SessionEvents,
  SessionRefusal,
  SessionService
} from '../../protocols/session/index.ts'
import { Router } from '../../protocols/session/router.ts'
import type { Message, MessageType, PeerSpec, SocketAddress } from '../../src/wire/index.ts'

export interface FakeSessionInit {
  readonly direction?: 'inbound' | 'outbound'
  readonly carrier?: 'native' | 'libp2p'
  readonly ip?: string
  readonly port?: number
  readonly declared?: SocketAddress
  readonly peerId?: PeerId
}

/** A session as far as the services above look at one; records what is sent and how it ends. */
export interface FakeSession extends Session {
  readonly sent: Message[]
  readonly ended: string | undefined
}

export function peerSpec(declaredAddress?: SocketAddress, agentName = 'ergoref'): PeerSpec {
  return {
    agentName,
    version: { major: 6, minor: 0, patch: 4 },
    nodeName: 'fake',
    ...(declaredAddress === undefined ? {} : { declaredAddress }),
    features: [{ kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 }]
  }
}

/** A session service without connections: tests open and close sessions by hand and decide what becomes of a dial. */
export class FakeSessions extends TypedEventEmitter<SessionEvents> implements SessionService {
  readonly protocol = '/ergo/test/1.0.0'
  readonly sessionId = 1n
  readonly router = new Router()
  readonly handshaking = 0
  readonly receivedBytes = 0
  readonly dialled: string[] = []
  /** Decides a dial: a session, or an error to throw. Default: nobody answers. */
  onConnect: (target: string, signal: AbortSignal | undefined) => Promise<FakeSessionInit> = () =>
    Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
  readonly #sessions = new Map<number, FakeSession>()
  #nextId = 1

  all(): Session[] {
    return [...this.#sessions.values()]
  }

  get(id: number): Session | undefined {
    return this.#sessions.get(id)
  }

  ofIp(ip: string): Session[] {
    return this.all().filter((s) => s.remote.ip === ip)
  }

  ofAddress(): Session | undefined {
    return undefined
  }

  broadcast(): number {
    return 0
  }

  async connect(target: Multiaddr | PeerId, options: { signal?: AbortSignal } = {}): Promise<Session> {
    const text = target.toString()
    this.dialled.push(text)
    return await this.open({ direction: 'outbound', ...(await this.onConnect(text, options.signal)) })
  }

  async open(init: FakeSessionInit = {}): Promise<FakeSession> {
    const peerId = init.peerId ?? peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    const { carrier = 'native', direction = 'inbound', ip, port, declared } = init
    const peer = peerSpec(declared)
    const sent: Message[] = []
    let ended: string | undefined
    const end = (reason: string): void => {
      if (ended !== undefined) return
      ended = reason
      this.#sessions.delete(session.id)
      this.safeDispatchEvent('session:close', {
        detail: { session, reason: { code: 'LOCAL_CLOSED', by: 'local', message: reason } }
      })
    }
    const remote = { carrier, direction, peerId, multiaddr: undefined, ip, port, isLocal: false }
    const session = {
      id: this.#nextId++,
      carrier,
      direction,
      peerId,
      remote,
      peer,
      handshake: { time: 0n, peer },
      address: declared ?? (ip === undefined || port === undefined ? undefined : { ip, port }),
      sent,
      get ended() {
        return ended
      },
      send: (message: Message) => {
        sent.push(message)
        return true
      },
      close: async (reason: string) => end(reason),
      abort: (error: Error) => end(error.message)
    } as unknown as FakeSession
    this.#sessions.set(session.id, session)
    this.safeDispatchEvent('session:open', { detail: session })
    return session
  }

  refuse(session: { remote: Session['remote'] }, refusal: SessionRefusal): void {
    this.safeDispatchEvent('session:refused', { detail: { remote: session.remote, refusal, connection: undefined as never } })
  }

  /** Gives a message of a session to whoever handles it. */
  async receive(session: Session, message: Message): Promise<void> {
    const handlers = this.router.of(CODES[message.type]) ?? []
    for (const handler of handlers) await (handler as MessageHandler<MessageType>)(session, message as never)
  }
}

const CODES = { GetPeers: 1, Peers: 2 } as Record<MessageType, number>

export function candidate(init: FakeSessionInit & { peerId: PeerId }): Candidate {
  const { carrier = 'native', direction = 'inbound', ip, port, peerId, declared } = init
  const address = declared ?? (ip === undefined || port === undefined ? undefined : { ip, port })
  return {
    carrier,
    direction,
    peerId,
    multiaddr: undefined as never,
    ip,
    port,
    isLocal: false,
    peer: peerSpec(declared),
    address
  }
}
