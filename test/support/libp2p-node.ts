/**
 * Small libp2p nodes with the session service, on loopback, with timers short enough for tests. Everything stops with the test.
 *
 * ```ts
 * const a = await testNode(t, { carrier: 'native', listen: true })
 * const b = await testNode(t, { carrier: 'native' })
 * const session = await b.sessions.connect(a.address)
 * ```
 */
import '../../transports/polyfill.ts'
import type { TestContext } from 'node:test'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Libp2p, ServiceMap } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2pOptions } from 'libp2p'
import {
  type ErgoSessionService,
  type Session,
  type SessionClosed,
  type SessionInit,
  type SessionLimits,
  type SessionRefused,
  session,
  YAMUX_STREAM_OPTIONS
} from '../../protocols/session/index.ts'
import type { PenaltyKind } from '../../src/wire/index.ts'
import { type ErgoTcp, type ErgoTcpInit, ergoDialAddress, ergoTcp, isErgoAddress } from '../../transports/ergo-tcp/index.ts'
import { steadyMuxer } from '../../transports/steady-muxer.ts'

/** Raw TCP, or noise over TCP with one of the muxers. */
export type TestCarrier = 'native' | 'yamux' | 'mplex'

export const TEST_CARRIERS: readonly TestCarrier[] = ['native', 'yamux', 'mplex']

/** Network of test nodes: not one that exists. */
export const TEST_NETWORK = 'test'
export const TEST_MAGIC: Uint8Array = Uint8Array.of(7, 7, 7, 7)

/** Session limits with timers of milliseconds. */
export const TEST_LIMITS: Partial<SessionLimits> = {
  firstFrameDelayMs: 0,
  handshakeTimeoutMs: 5_000,
  sweepIntervalMs: 20,
  peerRecordLingerMs: 50,
  maxHalfOpen: 10_000,
  maxHalfOpenPerIp: 10_000
}

export interface TestNodeOptions<S extends ServiceMap = ServiceMap> {
  readonly carrier?: TestCarrier
  /** Listen on a free port of 127.0.0.1, or on the given host. */
  readonly listen?: boolean | string
  readonly agentName?: string
  readonly session?: Partial<Omit<SessionInit, 'limits'>>
  readonly limits?: Partial<SessionLimits>
  readonly transport?: Partial<ErgoTcpInit>
  readonly libp2p?: Partial<Libp2pOptions>
  /** More services, by name, as for `createLibp2p`. */
  readonly services?: { [K in keyof S]: (components: never) => S[K] }
}

export interface RecordedPenalty {
  readonly session: Session
  readonly kind: PenaltyKind
  readonly reason: string
}

export interface TestNode<S extends ServiceMap = ServiceMap> {
  readonly node: Libp2p<S & { session: ErgoSessionService }>
  readonly sessions: ErgoSessionService
  readonly transport: ErgoTcp
  readonly penalties: RecordedPenalty[]
  readonly opened: Session[]
  readonly closed: SessionClosed[]
  readonly refused: SessionRefused[]
  /** Where to dial it, peer id included. Throws when it does not listen. */
  readonly address: Multiaddr
  /** TCP port of {@link address}. */
  readonly port: number
  stop(): Promise<void>
}

const BIG = 100_000

/** A started node; stopped when the test ends. */
export async function testNode<S extends ServiceMap = Record<never, never>>(
  t: TestContext,
  options: TestNodeOptions<S> = {}
): Promise<TestNode<S>> {
  const carrier = options.carrier ?? 'native'
  const host = typeof options.listen === 'string' ? options.listen : '127.0.0.1'
  const base = `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/0`
  const listen = options.listen === undefined || options.listen === false ? [] : [carrier === 'native' ? `${base}/ergo` : base]
  const penalties: RecordedPenalty[] = []
  let transport: ErgoTcp | undefined
  const native = ergoTcp({
    network: TEST_NETWORK,
    ...options.transport,
    limits: { total: BIG, perIp: BIG, perSubnet: BIG, pending: BIG, ...options.transport?.limits }
  })
  const node = (await createLibp2p({
    ...options.libp2p,
    transports: [(components) => (transport = native(components)), tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      carrier === 'mplex' ? steadyMuxer(mplex()) : steadyMuxer(yamux({ streamOptions: { ...YAMUX_STREAM_OPTIONS } }))
    ],
    addresses: { listen, announceFilter: (addrs) => addrs.filter((ma) => !isErgoAddress(ma)) },
    connectionManager: {
      inboundConnectionThreshold: BIG,
      maxIncomingPendingConnections: BIG,
      maxConnections: BIG,
      ...options.libp2p?.connectionManager
    },
    services: {
      identify: identify(),
      session: session({
        network: TEST_NETWORK,
        magic: TEST_MAGIC,
        localPeer: () => ({
          agentName: options.agentName ?? 'ergo-libp2p-test',
          version: { major: 6, minor: 0, patch: 4 },
          nodeName: 'test',
          mode: { kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 }
        }),
        penalties: { penalize: (peer, kind, reason) => void penalties.push({ session: peer, kind, reason }) },
        ...options.session,
        limits: { ...TEST_LIMITS, ...options.limits }
      }),
      ...options.services
    } as never
  })) as unknown as Libp2p<S & { session: ErgoSessionService }>
  const sessions = (node.services as { session: ErgoSessionService }).session
  const opened: Session[] = []
  const closed: SessionClosed[] = []
  const refused: SessionRefused[] = []
  sessions.addEventListener('session:open', (event) => opened.push(event.detail))
  sessions.addEventListener('session:close', (event) => closed.push(event.detail))
  sessions.addEventListener('session:refused', (event) => refused.push(event.detail))
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= Promise.resolve(node.stop()))
  t.after(stop)

  const bound = (): Multiaddr => {
    const manager = (node as unknown as { components: { transportManager: { getAddrs(): Multiaddr[] } } }).components
      .transportManager
    const ma = manager.getAddrs().find((m) => isErgoAddress(m) === (carrier === 'native'))
    if (ma === undefined) throw new Error('test node does not listen')
    return ma
  }
  const portOf = (ma: Multiaddr): number => Number(ma.getComponents().find((c) => c.name === 'tcp')!.value)
  return {
    node,
    sessions,
    transport: transport!,
    penalties,
    opened,
    closed,
    refused,
    get address() {
      const ma = bound()
      if (carrier === 'native') return ergoDialAddress(TEST_NETWORK, host, portOf(ma))
      return multiaddr(`${ma}/p2p/${node.peerId}`)
    },
    get port() {
      return portOf(bound())
    },
    stop
  }
}

/** Waits until `condition` holds, looking every few milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`timed out: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What a session service remembers once all peers are gone. */
export const EMPTY_TABLES = { sessions: 0, addresses: 0, connections: 0, handshakes: 0, halfOpenIps: 0, goneRecords: 0 } as const
