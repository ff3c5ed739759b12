import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Handshake, ModeFeature, PeerSpec, PenaltyKind } from '../../../src/wire/index.ts'
import { PeerChain } from './chain.ts'
import { ReferenceConnection } from './connection.ts'

export interface ReferencePeerInit {
  readonly magic: Uint8Array
  readonly chain?: PeerChain
  /** Round trip, half on each way. */
  readonly latencyMs?: number
  /** Completes the handshake and then says nothing. */
  readonly silent?: boolean
  /** Objects it owns up to and does not send. */
  readonly withhold?: (typeId: number, id: Uint8Array) => boolean
  /** What it sends instead of an object. */
  readonly garble?: (typeId: number, id: Uint8Array, bytes: Uint8Array) => Uint8Array
  /** Speed of its line out. */
  readonly bytesPerSecond?: number
  /** Its Mode feature, `false` for none. Default: all blocks, with the UTXO set. */
  readonly mode?: Partial<Omit<ModeFeature, 'kind'>> | false
  /** Asks for what is announced to it. Default true. */
  readonly requests?: boolean
  /** First and following periodic SyncInfo; 0 turns them off. */
  readonly syncIntervalMs?: number
  /** Least time between two periodic SyncInfo to one peer; 20 seconds in the reference. */
  readonly minSyncIntervalMs?: number
  readonly knownPeers?: PeerSpec[]
  readonly nodeName?: string
  /** Loopback address it listens on: penalties go by address. Default 127.0.0.1. */
  readonly host?: string
}

const DEFAULT_HOST = '127.0.0.1'

/** `ErgoSyncTracker.MinSyncInterval`: the periodic SyncInfo goes to a peer no more often. */
const MIN_SYNC_INTERVAL_MS = 20_000

/**
 * A double of the reference node (6.0.4) at the level of messages: how it answers, what it tolerates, what it punishes.
 * It holds headers without checking them. A test fails when its node earns a penalty or breaks a silent rule:
 * see {@link assertNoFault}.
 */
export class ReferencePeer {
  readonly magic: Uint8Array
  readonly sessionId = BigInt(Math.floor(Math.random() * 2 ** 52))
  readonly chain: PeerChain
  latencyMs: number
  silent: boolean
  withhold: ((typeId: number, id: Uint8Array) => boolean) | undefined
  garble: ((typeId: number, id: Uint8Array, bytes: Uint8Array) => Uint8Array) | undefined
  readonly bytesPerSecond: number
  readonly requests: boolean
  readonly knownPeers: PeerSpec[]
  readonly penalties: Array<{ kind: PenaltyKind; reason: string }> = []
  /** What the reference does not punish and does not survive either. */
  readonly violations: string[] = []
  readonly counters = new Map<string, number>()
  readonly connections = new Set<ReferenceConnection>()
  onServe: ((typeId: number, id: Uint8Array) => void) | undefined
  onInv: ((typeId: number, ids: readonly Uint8Array[]) => void) | undefined
  readonly #init: ReferencePeerInit
  #server: Server | undefined
  #timers: NodeJS.Timeout[] = []

  constructor(init: ReferencePeerInit) {
    this.#init = init
    this.magic = init.magic
    this.chain = init.chain ?? new PeerChain()
    this.latencyMs = init.latencyMs ?? 0
    this.silent = init.silent ?? false
    this.withhold = init.withhold
    this.garble = init.garble
    this.bytesPerSecond = init.bytesPerSecond ?? Number.POSITIVE_INFINITY
    this.requests = init.requests ?? true
    this.knownPeers = init.knownPeers ?? []
  }

  get port(): number {
    if (this.#server === undefined) throw new Error('not listening')
    return (this.#server.address() as AddressInfo).port
  }

  get host(): string {
    return this.#init.host ?? DEFAULT_HOST
  }

  /** `host:port`. */
  get address(): string {
    return `${this.host}:${this.port}`
  }

  now(): number {
    return performance.now()
  }

  count(name: string): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + 1)
  }

  counter(name: string): number {
    return this.counters.get(name) ?? 0
  }

  async listen(port = 0): Promise<this> {
    this.#server = createServer((socket) => this.#attach(socket))
    this.#server.listen(port, this.host)
    await once(this.#server, 'listening')
    this.#startTimers()
    return this
  }

  /** Dials a node instead of waiting for it. */
  async dial(port: number): Promise<ReferenceConnection> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    if (this.#timers.length === 0) this.#startTimers()
    return this.#attach(socket)
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    for (const { socket } of this.connections) socket.destroy()
    const server = this.#server
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  /** Announces to all what a new block announces: header first, then its sections. */
  announce(typeId: number, ids: Uint8Array[]): void {
    for (const connection of this.connections) {
      for (const id of ids) connection.send({ type: 'Inv', typeId, ids: [id] })
    }
  }

  /** @throws when a peer was penalized or a silent rule of the reference was broken */
  assertNoFault(): void {
    const faults = [...this.penalties.map((p) => `${p.kind}: ${p.reason}`), ...this.violations]
    if (faults.length > 0) throw new Error(`the reference peer found fault with its peer:\n${faults.slice(0, 10).join('\n')}`)
  }

  ownHandshake(): Handshake {
    return {
      time: BigInt(Date.now()),
      peer: {
        agentName: 'ergoref',
        version: { major: 6, minor: 0, patch: 4 },
        nodeName: this.#init.nodeName ?? 'reference-double',
        features: [...this.#mode(), { kind: 'session', magic: this.magic, sessionId: this.sessionId }]
      }
    }
  }

  /** A connection has both handshakes. */
  onReady(_connection: ReferenceConnection): void {
    this.count('handshakes')
  }

  #mode(): ModeFeature[] {
    const { mode } = this.#init
    if (mode === false) return []
    return [{ kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1, ...mode }]
  }

  #attach(socket: Socket): ReferenceConnection {
    const connection = new ReferenceConnection(this, socket)
    this.connections.add(connection)
    socket.on('close', () => this.connections.delete(connection))
    return connection
  }

  #startTimers(): void {
    const interval = this.#init.syncIntervalMs ?? 5000
    if (interval === 0) return
    const tick = (): void => {
      if (this.silent) return
      for (const connection of this.connections) {
        if (
          connection.handshake === undefined ||
          connection.sinceSyncSent < (this.#init.minSyncIntervalMs ?? MIN_SYNC_INTERVAL_MS)
        )
          continue
        connection.sendSync()
      }
    }
    const first = setTimeout(tick, Math.min(2000, interval))
    const timer = setInterval(tick, interval)
    first.unref()
    timer.unref()
    this.#timers = [first, timer]
  }
}
