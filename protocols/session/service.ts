import type { Connection, Logger, PeerId, Startable, Stream } from '@libp2p/interface'
import { serviceCapabilities } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import {
  encodeHandshake,
  encodeMessage,
  formatAddress,
  frameParts,
  type Handshake,
  type Message,
  messageCode,
  type SocketAddress
} from '../../src/wire/index.ts'
import { type Identity, judgeHandshake, peerAddress, refusal } from './acceptance.ts'
import { type CloseReason, SessionClosedError, type SessionRefusal } from './close-reason.ts'
import { connectSession } from './connect.ts'
import { PROTOCOL_VERSION } from './constants.ts'
import { Contests } from './contests.ts'
import { type DuplicateVerdict, judgeDuplicate } from './duplicate.ts'
import { ErgoSession } from './ergo-session.ts'
import { Handshaker } from './handshaker.ts'
import type {
  BroadcastOptions,
  Clock,
  Remote,
  Session,
  SessionComponents,
  SessionEvents,
  SessionInit,
  SessionLimits,
  SessionService
} from './interface.ts'
import { DEFAULT_SESSION_LIMITS } from './limits.ts'
import { Lobby } from './lobby.ts'
import { ownPeerSpec } from './own-peer-spec.ts'
import { PeerRecords } from './peer-records.ts'
import { describeRemote, ipAndPort, isNative } from './remote.ts'
import { Router } from './router.ts'
import { SessionTable } from './session-table.ts'
import { Traffic } from './traffic.ts'

/** A handshake that is in order, and the session with the same peer when there is one. */
interface Accepted {
  readonly rival: ErgoSession | undefined
  readonly verdict: DuplicateVerdict | undefined
}

/** Turns connections into sessions and keeps the table of them. */
export class ErgoSessionService extends TypedEventEmitter<SessionEvents> implements SessionService, Startable {
  readonly [Symbol.toStringTag] = 'ergo-session'
  readonly [serviceCapabilities]: string[] = ['ergo/session']
  readonly protocol: string
  readonly sessionId: bigint
  readonly router = new Router()
  /** What went through all sessions, by message type, for metrics. */
  readonly traffic = new Traffic()
  readonly #components: SessionComponents
  readonly #init: SessionInit
  readonly #limits: SessionLimits
  readonly #clock: Clock
  readonly #log: Logger
  readonly #lobby: Lobby
  readonly #contests: Contests
  readonly #records: PeerRecords
  readonly #table = new SessionTable()
  #nextId = 1
  #heldBytes = 0
  #topologyId: string | undefined
  #sweepTimer: ReturnType<typeof setInterval> | undefined
  #phase: 'stopped' | 'running' | 'stopping' = 'stopped'

  constructor(components: SessionComponents, init: SessionInit) {
    super()
    this.#components = components
    this.#init = init
    this.#limits = { ...DEFAULT_SESSION_LIMITS, ...init.limits }
    this.#clock = init.clock ?? { now: () => Date.now() }
    this.#log = components.logger.forComponent('ergo:session')
    this.protocol = `/ergo/${init.network}/${PROTOCOL_VERSION}`
    this.sessionId = init.sessionId ?? crypto.getRandomValues(new BigInt64Array(1))[0]!
    this.#contests = new Contests(this.#limits.contestMs)
    this.#lobby = new Lobby({ limits: this.#limits, onFail: (connection, why) => this.#refuse(connection, why) })
    this.#records = new PeerRecords({
      peerStore: components.peerStore,
      log: this.#log,
      lingerMs: this.#limits.peerRecordLingerMs,
      isConnected: (peerId) => components.connectionManager.getConnections(peerId).length > 0
    })
  }

  async start(): Promise<void> {
    const { registrar, events } = this.#components
    this.#phase = 'running'
    await registrar.handle(this.protocol, (stream, connection) => this.#onStream(stream, connection), {
      maxInboundStreams: 1,
      maxOutboundStreams: 1
    })
    this.#topologyId = await registrar.register(this.protocol, {
      onConnect: (_, connection) => this.#onIdentified(connection)
    })
    events.addEventListener('connection:open', this.#onConnectionOpen)
    events.addEventListener('connection:close', this.#onConnectionClose)
    this.#sweepTimer = setInterval(() => this.#sweep(), this.#limits.sweepIntervalMs)
  }

  /** Sessions end before the connection manager closes their connections, so that the reason is ours. */
  async beforeStop(): Promise<void> {
    this.#phase = 'stopping'
    this.#lobby.failAll(refusal('STOPPED', 'node is stopping'))
    await Promise.all(this.#table.all().map((session) => session.closeWith('STOPPED', 'node is stopping')))
    await this.#records.sweep(this.#clock.now(), true)
  }

  async stop(): Promise<void> {
    const { registrar, events } = this.#components
    this.#phase = 'stopped'
    clearInterval(this.#sweepTimer)
    events.removeEventListener('connection:open', this.#onConnectionOpen)
    events.removeEventListener('connection:close', this.#onConnectionClose)
    if (this.#topologyId !== undefined) registrar.unregister(this.#topologyId)
    await registrar.unhandle(this.protocol)
  }

  get handshaking(): number {
    return this.#lobby.size
  }

  get receivedBytes(): number {
    return this.#heldBytes
  }

  /** Table sizes, which all return to zero when nobody is connected. */
  get tableSizes(): Record<'sessions' | 'addresses' | 'connections' | 'handshakes' | 'halfOpenIps' | 'goneRecords', number> {
    return {
      ...this.#table.sizes,
      handshakes: this.#lobby.size,
      halfOpenIps: this.#lobby.addresses,
      goneRecords: this.#records.size
    }
  }

  all(): Session[] {
    return this.#table.all()
  }

  get(id: number): Session | undefined {
    return this.#table.get(id)
  }

  ofIp(ip: string): Session[] {
    return this.#table.ofIp(ip)
  }

  ofAddress(address: SocketAddress): Session | undefined {
    return this.#table.ofAddress(address)
  }

  /** The session that runs over a connection. */
  ofConnection(connectionId: string): Session | undefined {
    return this.#table.ofConnection(connectionId)
  }

  broadcast(message: Message, options: BroadcastOptions = {}): number {
    const frame = frameParts(this.#init.magic, messageCode(message.type), encodeMessage(message))
    let count = 0
    for (const session of this.all()) {
      if (options.filter !== undefined && !options.filter(session)) continue
      if (session.sendFrame(frame, options)) count++
    }
    return count
  }

  connect(target: Multiaddr | PeerId, options: { signal?: AbortSignal } = {}): Promise<Session> {
    const signal = options.signal ?? AbortSignal.timeout(this.#limits.handshakeTimeoutMs)
    return connectSession(this, this.#components.connectionManager, target, signal)
  }

  readonly #onConnectionOpen = (event: CustomEvent<Connection>): void => {
    const connection = event.detail
    if (isNative(connection)) {
      if (connection.direction === 'outbound') void this.#openStream(connection)
    } else if (this.#init.dedicated === true) {
      this.#expectStream(connection)
    }
  }

  /** A libp2p connection is of no use to anybody until it has its stream. */
  #expectStream(connection: Connection): void {
    if (this.#phase !== 'running' || this.#table.ofConnection(connection.id) !== undefined) return
    if (!this.#lobby.enter(connection, describeRemote(connection), this.#clock.now())) this.#refuseForRoom(connection)
  }

  readonly #onConnectionClose = (event: CustomEvent<Connection>): void => {
    const connection = event.detail
    this.#lobby.leave(connection)
    if (isNative(connection) || this.#init.dedicated === true) {
      this.#records.onDisconnect(connection.remotePeer, this.#clock.now())
    }
  }

  /** The peer behind a libp2p connection speaks our protocol. Whoever opened the connection opens the stream, else both would. */
  async #onIdentified(connection: Connection): Promise<void> {
    if (isNative(connection) || connection.direction !== 'outbound') return
    if (connection.streams.some((stream) => stream.protocol === this.protocol)) return
    await this.#openStream(connection)
  }

  async #openStream(connection: Connection): Promise<void> {
    try {
      const signal = AbortSignal.timeout(this.#limits.handshakeTimeoutMs)
      const stream = await connection.newStream(this.protocol, { signal })
      this.#begin(stream, connection)
    } catch (error) {
      this.#refuse(connection, refusal('STREAM_FAILED', 'cannot open the Ergo stream', false, error as Error))
    }
  }

  #onStream(stream: Stream, connection: Connection): void {
    if (connection.direction === 'outbound' || this.#table.ofConnection(connection.id) !== undefined) {
      stream.abort(new SessionClosedError('STREAM_FAILED', 'the initiator of the connection opens its only Ergo stream'))
      return
    }
    this.#begin(stream, connection)
  }

  #begin(stream: Stream, connection: Connection): void {
    const remote = describeRemote(connection)
    if (this.#phase !== 'running') {
      this.#refuse(connection, refusal('STOPPED', 'node is stopping'))
      return
    }
    const now = this.#clock.now()
    const own = this.#ownHandshake(remote, now)
    if (own instanceof Error) {
      this.#log.error('cannot make our handshake - %e', own)
      this.#refuse(connection, refusal('STREAM_FAILED', 'our own handshake is not valid', false, own))
      return
    }
    if (!this.#lobby.enter(connection, remote, now)) {
      this.#refuseForRoom(connection)
      return
    }
    const handshaker = new Handshaker({
      stream,
      connection,
      remote,
      own,
      startedAt: now,
      onDone: (done, handshake, surplus) => {
        this.#lobby.leave(connection)
        this.#accept(done, handshake, surplus)
      },
      onFail: (_, why) => {
        this.#lobby.leave(connection)
        this.#refuse(connection, why)
      }
    })
    this.#lobby.attach(connection, handshaker)
    handshaker.start()
  }

  #ownHandshake(remote: Remote, now: number): Uint8Array | Error {
    try {
      const peer = ownPeerSpec(this.#init.localPeer(remote), this.#init.magic, this.sessionId)
      return encodeHandshake({ time: BigInt(now), peer })
    } catch (error) {
      return error as Error
    }
  }

  #accept(handshaker: Handshaker, handshake: Handshake, surplus: Uint8Array[]): void {
    const { stream, connection, remote } = handshaker
    const address = peerAddress(handshake.peer, remote)
    const judged = this.#judge(handshake, remote, address)
    if ('code' in judged) {
      this.#refuse(connection, judged)
      return
    }
    const { rival, verdict } = judged
    if (verdict?.kind === 'replace') rival?.end('SUPERSEDED', 'local', 'another connection with the same peer took its place')
    const now = this.#clock.now()
    const session = new ErgoSession({
      id: this.#nextId++,
      stream,
      connection,
      remote,
      handshake,
      address,
      magic: this.#init.magic,
      limits: this.#limits,
      clock: this.#clock,
      router: this.router,
      traffic: this.traffic,
      penalties: this.#init.penalties,
      log: this.#log,
      holdMs: remote.carrier === 'native' ? this.#limits.firstFrameDelayMs - Math.max(0, now - handshaker.startedAt) : 0,
      onClosed: (closed, reason) => this.#onSessionClosed(closed, reason),
      onHeld: (delta) => this.#onHeld(delta)
    })
    this.#table.add(session)
    if (verdict?.kind === 'contest' && rival !== undefined) {
      if (verdict.keep === 'newcomer') this.#contests.add(session, rival, now)
      else this.#contests.add(rival, session, now)
    }
    this.#log('session %d open: %s %s %a', session.id, remote.carrier, remote.direction, remote.multiaddr)
    this.safeDispatchEvent('session:open', { detail: session })
    if (remote.carrier === 'native') this.#identify(connection)
    session.start(surplus)
  }

  #judge(handshake: Handshake, remote: Remote, address: SocketAddress | undefined): SessionRefusal | Accepted {
    if (this.#phase !== 'running') return refusal('STOPPED', 'node is stopping')
    const rejected = judgeHandshake(handshake.peer, remote, this.#identity(remote))
    if (rejected !== undefined) return rejected
    const newcomer = { remote, peer: handshake.peer, address }
    const rival = this.#table.rivalOf(newcomer)
    const self = { peerId: this.#components.peerId, sessionId: this.sessionId }
    const verdict = rival && judgeDuplicate(newcomer, rival, self, this.#clock.now())
    if (verdict?.kind === 'refuse') return refusal('DUPLICATE', `session ${rival?.id} is with the same peer`)
    const candidate = { ...remote, peer: handshake.peer, address, ...(rival === undefined ? {} : { replaces: rival }) }
    const no = this.#init.admission?.admit(candidate)
    if (no !== undefined) return refusal('NOT_ADMITTED', no)
    return { rival, verdict }
  }

  #identity(remote: Remote): Identity {
    const own = new Set<string>()
    for (const ma of this.#components.transportManager.getAddrs()) {
      const { ip, port } = ipAndPort(ma)
      if (ip !== undefined && port !== undefined) own.add(formatAddress({ ip, port }))
    }
    const declared = this.#init.localPeer(remote).declaredAddress
    if (declared !== undefined) own.add(formatAddress(declared))
    return { magic: this.#init.magic, sessionId: this.sessionId, ownAddresses: own }
  }

  /** libp2p tells topologies about a peer once it is identified, which a native peer never is: its handshake stands in. */
  #identify(connection: Connection): void {
    this.#components.events.safeDispatchEvent('peer:identify', {
      detail: { peerId: connection.remotePeer, connection, protocols: [this.protocol], listenAddrs: [] }
    })
  }

  #refuseForRoom(connection: Connection): void {
    this.#refuse(connection, refusal('HALF_OPEN_LIMIT', 'too many connections without a handshake'))
  }

  #refuse(connection: Connection, why: SessionRefusal): void {
    const remote = describeRemote(connection)
    this.#log('no session with %a: %s, %s', connection.remoteAddr, why.code, why.message)
    this.safeDispatchEvent('session:refused', { detail: { remote, refusal: why, connection } })
    connection.abort(new SessionClosedError(why.code, why.message, why.error))
  }

  #onSessionClosed(session: ErgoSession, reason: CloseReason): void {
    this.#table.remove(session)
    this.#log('session %d closed by %s: %s, %s', session.id, reason.by, reason.code, reason.message)
    this.safeDispatchEvent('session:close', { detail: { session, reason } })
  }

  #onHeld(delta: number): void {
    this.#heldBytes += delta
    if (delta <= 0 || this.#heldBytes <= this.#limits.maxReceiveTotalBytes) return
    const largest = this.#table.largestHolder()
    largest?.end('RECEIVE_OVERFLOW', 'local', `${largest.heldBytes} of ${this.#heldBytes} received bytes are this peer's`)
  }

  #sweep(): void {
    const now = this.#clock.now()
    this.#lobby.sweep(now)
    this.#contests.sweep(now)
    for (const session of this.#table.all()) session.sweep(now)
    void this.#records.sweep(now)
  }
}
