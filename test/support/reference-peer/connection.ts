import type { Socket } from 'node:net'
import { bytesEqual, DecodeError, Reader, toHex } from '../../../src/bytes/index.ts'
import { scanHeader } from '../../../src/chain/index.ts'
import {
  compareVersions,
  decodeMessage,
  EIP37_VERSION,
  encodeFrame,
  encodeHandshake,
  encodeMessage,
  type Frame,
  FrameDecoder,
  type Handshake,
  type Inv,
  isBlockSectionType,
  type Message,
  type Modifiers,
  ModifierType,
  messageCode,
  modeOf,
  type PeerSpec,
  type PenaltyKind,
  packModifiers,
  type RequestModifier,
  readHandshake,
  type SyncInfo,
  sessionOf,
  WireError
} from '../../../src/wire/index.ts'
import type { ReferencePeer } from './peer.ts'
import { compareSyncInfo, continuationIds, ownSyncInfo, type PeerStatus } from './sync.ts'

/** `ErgoNodeViewSynchronizer.PerPeerSyncLockTime`. */
const SYNC_LOCK_MS = 100
/** `scorex.network.deliveryTimeout`. */
const DELIVERY_TIMEOUT_MS = 10_000
/** `desiredInvObjects`: ids in one message. */
const MAX_IDS = 400
/** `HandshakeSerializer.maxHandshakeSize`. */
const MAX_HANDSHAKE_BYTES = 8_096
/** Release candidates from here on send messages that other nodes do not know. */
const INPUT_BLOCKS_VERSION = { major: 6, minor: 5, patch: 0 }
/** A status unchanged is answered with the own SyncInfo once a minute. */
const SYNC_REPLY_MS = 60_000

/** One connection of a {@link ReferencePeer}, with the reference's reading of everything that comes in. */
export class ReferenceConnection {
  readonly peer: ReferencePeer
  readonly socket: Socket
  handshake: Handshake | undefined
  status: PeerStatus = 'Unknown'
  #decoder: FrameDecoder | undefined
  #jammed = false
  #lastSyncReceived = Number.NEGATIVE_INFINITY
  #lastSyncSent: number | undefined
  readonly #requested = new Map<string, { typeId: number; at: number; timer: NodeJS.Timeout }>()
  #lastModifier = Number.NEGATIVE_INFINITY
  #inbound: Promise<void> = Promise.resolve()
  #outbound: Promise<void> = Promise.resolve()

  constructor(peer: ReferencePeer, socket: Socket) {
    this.peer = peer
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#delayed('in', () => this.#onData(new Uint8Array(chunk))))
    socket.on('error', () => {})
    socket.on('close', () => {
      for (const { timer } of this.#requested.values()) clearTimeout(timer)
      this.#requested.clear()
    })
    this.#write(encodeHandshake(peer.ownHandshake()))
  }

  send(message: Message): void {
    const payload = encodeMessage(message)
    this.peer.count(`sent:${message.type}`)
    this.#write(encodeFrame(this.peer.magic, messageCode(message.type), payload))
  }

  /** Milliseconds since the last SyncInfo to this peer. */
  get sinceSyncSent(): number {
    return this.peer.now() - (this.#lastSyncSent ?? Number.NEGATIVE_INFINITY)
  }

  /** Periodic SyncInfo of the reference. */
  sendSync(version: 1 | 2 = 2): void {
    const info = ownSyncInfo(this.peer.chain, version) ?? ({ type: 'SyncInfo', version: 2, headers: [] } as const)
    this.#lastSyncSent = this.peer.now()
    this.send(info)
  }

  penalize(kind: PenaltyKind, reason: string): void {
    this.peer.penalties.push({ kind, reason })
    if (kind === 'permanent') this.socket.destroy()
  }

  /** Half of the round trip each way, in order. */
  #delayed(direction: 'in' | 'out', run: () => void): void {
    const delay = this.peer.latencyMs / 2
    if (delay === 0) {
      run()
      return
    }
    const due = new Promise<void>((resolve) => setTimeout(resolve, delay))
    const next = (direction === 'in' ? this.#inbound : this.#outbound).then(() => due).then(run)
    if (direction === 'in') this.#inbound = next
    else this.#outbound = next
  }

  #write(bytes: Uint8Array): void {
    const write = (): void => {
      if (!this.socket.destroyed && this.socket.writable) this.socket.write(bytes)
    }
    const { bytesPerSecond } = this.peer
    if (bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.#delayed('out', write)
      return
    }
    const latency = new Promise<void>((resolve) => setTimeout(resolve, this.peer.latencyMs / 2))
    const took = (bytes.length / bytesPerSecond) * 1000
    this.#outbound = this.#outbound
      .then(() => latency)
      .then(() => new Promise<void>((resolve) => setTimeout(resolve, took)))
      .then(write)
  }

  #onData(chunk: Uint8Array): void {
    if (this.#jammed || this.socket.destroyed) return
    if (this.#decoder === undefined) {
      this.#onHandshake(chunk)
      return
    }
    this.#decoder.push(chunk)
    try {
      for (;;) {
        const frame = this.#decoder.read()
        if (frame === undefined) return
        this.#onFrame(frame)
        if (this.#jammed || this.socket.destroyed) return
      }
    } catch (err) {
      if (!(err instanceof WireError)) throw err
      this.penalize(err.penalty ?? 'permanent', err.message)
    }
  }

  /** The reference parses one read as the handshake and drops whatever follows in it. */
  #onHandshake(chunk: Uint8Array): void {
    const r = new Reader(chunk)
    try {
      this.handshake = readHandshake(r)
    } catch (err) {
      this.peer.violations.push(`handshake not whole in one read: ${(err as Error).message}`)
      return
    }
    if (r.remaining > 0) this.peer.violations.push(`${r.remaining} bytes behind the handshake in one read`)
    this.#judgeHandshake(this.handshake.peer, chunk.length - r.remaining)
    this.#decoder = new FrameDecoder({ magic: this.peer.magic })
    this.peer.onReady(this)
  }

  /** What the reference does not accept, or uses a peer less for. */
  #judgeHandshake(spec: PeerSpec, bytes: number): void {
    const { violations, magic, sessionId } = this.peer
    if (bytes > MAX_HANDSHAKE_BYTES) violations.push(`handshake of ${bytes} bytes`)
    if (compareVersions(spec.version, EIP37_VERSION) < 0) violations.push('handshake with a version before EIP-37')
    if (compareVersions(spec.version, INPUT_BLOCKS_VERSION) >= 0)
      violations.push('handshake with a version that gets input blocks')
    if (modeOf(spec) === undefined) violations.push('handshake without Mode feature')
    const session = sessionOf(spec)
    if (session === undefined) violations.push('handshake without Session feature')
    else if (!bytesEqual(session.magic, magic)) violations.push('Session feature of another network')
    else if (session.sessionId === sessionId) violations.push('Session feature with the id of the peer')
  }

  #onFrame(frame: Frame): void {
    if (!frame.known) {
      this.peer.violations.push(`unknown message code ${frame.code}: the connection is dead to the reference`)
      this.#jammed = true
      return
    }
    const message = decodeMessage(frame.code, frame.payload.slice())
    this.peer.count(`received:${message.type}`)
    if (this.peer.silent) return
    switch (message.type) {
      case 'GetPeers':
        return this.send({ type: 'Peers', peers: this.peer.knownPeers })
      case 'SyncInfo':
        return this.#onSyncInfo(message)
      case 'Inv':
        return this.#onInv(message)
      case 'RequestModifier':
        return this.#onRequest(message)
      case 'Modifiers':
        return this.#onModifiers(message)
      default:
        return
    }
  }

  #onSyncInfo(info: SyncInfo): void {
    if (info.version === 2) {
      try {
        for (const bytes of info.headers) scanHeader(bytes)
      } catch {
        return this.penalize('permanent', 'SyncInfo with a header that does not parse')
      }
    }
    const now = this.peer.now()
    const locked = now - this.#lastSyncReceived <= SYNC_LOCK_MS
    this.#lastSyncReceived = now
    if (locked) {
      this.peer.count('syncIgnored')
      return
    }
    const { chain } = this.peer
    const status = compareSyncInfo(chain, info)
    const changed = status !== this.status
    this.status = status
    if (status === 'Younger' || status === 'Fork') {
      const ids = continuationIds(chain, info)
      if (ids.length > 0) this.send({ type: 'Inv', typeId: ModifierType.Header, ids })
    }
    if (status === 'Older' && info.version === 2) this.#applyNextHeader(info.headers[0]!)
    if (status === 'Older' && info.version === 1) this.#requestHeaders(info.headerIds)
    const stale = this.#lastSyncSent === undefined || now - this.#lastSyncSent > SYNC_REPLY_MS
    if ((changed || stale || status === 'Older' || status === 'Fork') && chain.tip !== undefined) this.sendSync(info.version)
  }

  /** The one header that may be applied from a SyncInfo: the child of the best one. */
  #applyNextHeader(bytes: Uint8Array): void {
    const header = scanHeader(bytes)
    const { chain } = this.peer
    if (chain.tip === undefined || !bytesEqual(header.parentId, chain.tip.id)) return
    chain.append(bytes.slice())
    this.#request(ModifierType.BlockTransactions, [header.transactionsId])
    this.#request(ModifierType.Extension, [header.extensionId])
  }

  /** A list of ids that is ahead is asked for what follows the best header in it, or for all of it. */
  #requestHeaders(ids: readonly Uint8Array[]): void {
    const { chain } = this.peer
    const known = ids.findLastIndex((id) => chain.isBest(id))
    const unknown = ids.slice(known + 1).filter((id) => chain.header(id) === undefined && !this.#requested.has(toHex(id)))
    for (let i = 0; i < unknown.length; i += MAX_IDS) this.#request(ModifierType.Header, unknown.slice(i, i + MAX_IDS))
  }

  #onInv({ typeId, ids }: Inv): void {
    this.peer.onInv?.(typeId, ids)
    if (typeId === ModifierType.Transaction) return
    const unknown = ids.filter((id) => this.peer.chain.object(typeId, id) === undefined && !this.#requested.has(toHex(id)))
    this.#request(typeId, unknown)
  }

  #request(typeId: number, ids: readonly Uint8Array[]): void {
    if (ids.length === 0 || !this.peer.requests) return
    for (const id of ids) {
      const key = toHex(id)
      const at = this.peer.now()
      const timer = setTimeout(() => this.#onTimeout(key, typeId, at), DELIVERY_TIMEOUT_MS)
      timer.unref()
      this.#requested.set(key, { typeId, at, timer })
    }
    this.send({ type: 'RequestModifier', typeId, ids })
  }

  #onTimeout(key: string, typeId: number, at: number): void {
    this.#requested.delete(key)
    if (this.#lastModifier < at) this.penalize('nonDelivery', `no ${typeId} ${key} in ten seconds`)
  }

  #onRequest({ typeId, ids }: RequestModifier): void {
    const seen = new Set<string>()
    const found: Array<{ id: Uint8Array; bytes: Uint8Array }> = []
    for (const id of ids) {
      const bytes = this.peer.chain.object(typeId, id)
      const key = toHex(id)
      this.peer.onServe?.(typeId, id)
      if (bytes === undefined || seen.has(key) || this.peer.withhold?.(typeId, id) === true) continue
      seen.add(key)
      found.push({ id, bytes: this.peer.garble?.(typeId, id, bytes) ?? bytes })
    }
    for (const message of packModifiers(typeId, found)) {
      // A hash map of more than four entries loses the order of the request.
      const modifiers = [...message.modifiers]
      if (modifiers.length > 4) modifiers.sort((a, b) => a.id[7]! - b.id[7]! || a.id[3]! - b.id[3]!)
      this.send({ type: 'Modifiers', typeId, modifiers })
    }
  }

  #onModifiers({ typeId, modifiers }: Modifiers): void {
    this.#lastModifier = this.peer.now()
    let spam = false
    const accepted: Uint8Array[] = []
    for (const { id, bytes } of modifiers) {
      const key = toHex(id)
      const open = this.#requested.get(key)
      if (open === undefined || open.typeId !== typeId) {
        spam = true
        continue
      }
      clearTimeout(open.timer)
      this.#requested.delete(key)
      if (typeId === ModifierType.Header) {
        try {
          if (!bytesEqual(scanHeader(bytes).id, id)) this.penalize('misbehavior', `header ${key} has another id`)
          else accepted.push(bytes)
        } catch (err) {
          if (!(err instanceof DecodeError)) throw err
          this.penalize('misbehavior', `header ${key} does not parse`)
        }
      }
    }
    if (spam && isBlockSectionType(typeId)) this.penalize('spam', `unrequested modifiers of type ${typeId}`)
    if (accepted.length === 0) return
    const headers = accepted.map((bytes) => scanHeader(bytes)).sort((a, b) => a.height - b.height)
    for (const header of headers) {
      const { chain } = this.peer
      if (chain.header(header.id) !== undefined) continue
      const linked = chain.tip === undefined ? header.height === 1 : chain.header(header.parentId) !== undefined
      if (linked && header.height > chain.height) chain.append(header.bytes.slice())
    }
    this.sendSync()
  }
}
