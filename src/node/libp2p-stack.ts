import '../../transports/polyfill.ts'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Libp2p, PrivateKey } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import {
  type BlockAnnouncerService,
  type BlockSink,
  blockAnnouncer,
  type ModifierServer,
  type ModifierSource,
  modifierServer,
  type SectionDownloadService,
  sectionDownload
} from '../../protocols/modifiers/index.ts'
import { type Peers, type PeersInit, peers } from '../../protocols/peers/index.ts'
import {
  CONNECTION_MONITOR_OPTIONS,
  type ErgoSessionService,
  type PenaltySink,
  type SessionInit,
  session,
  YAMUX_STREAM_OPTIONS
} from '../../protocols/session/index.ts'
import { type Sync, type SyncInit, sync } from '../../protocols/sync/index.ts'
import {
  DEFAULT_INBOUND_LIMITS,
  type ErgoTcp,
  type ErgoTcpComponents,
  ergoDialAddress,
  ergoTcp,
  InboundCounter,
  isErgoAddress
} from '../../transports/ergo-tcp/index.ts'
import { steadyMuxer } from '../../transports/steady-muxer.ts'
import type { Config } from '../config/index.ts'
import type { LogSink } from '../telemetry/index.ts'
import { NodeError } from './errors.ts'
import { InboundGate, MAX_PENDING_UPGRADES } from './inbound-gate.ts'

/** Our services, by the names under which they find each other. */
export interface ErgoServices {
  readonly peers: Peers
  readonly session: ErgoSessionService
  readonly modifiers: ModifierServer
  readonly sync: Sync
  readonly announcer: BlockAnnouncerService
  /** Absent where only headers are followed. */
  readonly sections?: SectionDownloadService
  readonly [name: string]: unknown
}

export interface StackInit {
  readonly networkName: string
  readonly privateKey: PrivateKey
  readonly carriers: Config['p2p']['carriers']
  readonly nativeListen: readonly Multiaddr[]
  readonly libp2pListen: readonly string[]
  readonly maxConnections: number
  readonly maxInboundPerIp: number
  readonly log: LogSink
  readonly session: Omit<SessionInit, 'penalties' | 'admission' | 'network'>
  readonly peers: Omit<PeersInit, 'dialAddress'>
  readonly sync: Omit<SyncInit, 'penalties'>
  readonly source: ModifierSource
  /** Takes sections of blocks; absent where only headers are followed. */
  readonly blocks?: BlockSink | undefined
}

export interface ErgoStack {
  readonly libp2p: Libp2p<ErgoServices & Record<string, unknown>>
  readonly services: ErgoServices
  /** Addresses listened on, native and libp2p, with their real ports. */
  listenAddresses(): Multiaddr[]
  /** What became of sockets since the start, by carrier. */
  sockets(): Readonly<Record<'native' | 'libp2p', Readonly<Record<string, number>>>>
}

/**
 * Connections beside the sessions: without a handshake (48 at most), or still being upgraded. With room for all of them nobody can
 * fill the house from there, and libp2p's own limits, which stand at the same height, are the last resort.
 */
const CONNECTION_SLACK = 96

/**
 * One libp2p node with Ergo's services. Native peers come over `ergo-tcp`, our own kind over noise and a muxer; the services do not
 * know the difference.
 */
export async function createStack(init: StackInit): Promise<ErgoStack> {
  const { networkName, carriers } = init
  const speaksNative = carriers.includes('native')
  const muxers = [
    ...(carriers.includes('noise-yamux') ? [steadyMuxer(yamux({ streamOptions: { ...YAMUX_STREAM_OPTIONS } }))] : []),
    ...(carriers.includes('noise-mplex') ? [steadyMuxer(mplex())] : [])
  ]
  // Sessions report to the peers service, which is made after them: the reference is filled in below.
  let book: Peers | undefined
  const isBanned = (ip: string): boolean => book?.isBanned(ip) ?? false
  const maxConnections = init.maxConnections + CONNECTION_SLACK
  const inbound = new InboundCounter({
    perIp: init.maxInboundPerIp,
    // A setting for one IP is not to be cut short by the default for its neighbours.
    perSubnet: Math.max(DEFAULT_INBOUND_LIMITS.perSubnet, init.maxInboundPerIp),
    total: maxConnections
  })
  let native: ErgoTcp | undefined
  const makeNative = ergoTcp({ network: networkName, deny: (ip) => isBanned(ip), inbound })
  const gate = new InboundGate({ inbound, isBanned })
  const penalize: PenaltySink['penalize'] = (from, kind, reason) => book?.penalize(from, kind, reason)
  let syncService: Sync | undefined
  const sectionInit = (sink: BlockSink) => ({
    sink,
    penalties: { penalize },
    peerHeight: (sessionId: number) => syncService?.peer(sessionId)?.claimedHeight,
    peerForkHeight: (sessionId: number) => syncService?.peer(sessionId)?.forkHeight
  })
  const node = await createLibp2p({
    privateKey: init.privateKey,
    start: false,
    logger: init.log,
    transports: [
      ...(speaksNative ? [(components: ErgoTcpComponents) => (native = makeNative(components))] : []),
      ...(muxers.length > 0 ? [tcp()] : [])
    ],
    connectionEncrypters: muxers.length > 0 ? [noise()] : [],
    streamMuxers: muxers,
    addresses: {
      listen: [...(speaksNative ? init.nativeListen.map(String) : []), ...(muxers.length > 0 ? init.libp2pListen : [])],
      // One address with a code that others do not know makes their whole identify fail.
      announceFilter: (addresses) => addresses.filter((ma) => !isErgoAddress(ma))
    },
    connectionManager: {
      maxConnections,
      // Those of libp2p carriers are held to a part of it, so that native ones always find room.
      maxIncomingPendingConnections: 2 * MAX_PENDING_UPGRADES,
      // Several nodes behind one address are usual; our own limit by address is the one that counts.
      inboundConnectionThreshold: 5 * init.maxInboundPerIp
    },
    connectionGater: gate,
    connectionMonitor: { ...CONNECTION_MONITOR_OPTIONS },
    services: {
      ...(muxers.length > 0 ? { identify: identify(), ping: ping() } : {}),
      peers: peers({
        ...init.peers,
        dialAddress: ({ host, port }) => (host.startsWith('/') ? multiaddr(host) : ergoDialAddress(networkName, host, port))
      }) as never,
      session: session({
        ...init.session,
        network: networkName,
        dedicated: true,
        penalties: { penalize },
        admission: { admit: (candidate) => book?.admit(candidate) }
      }) as never,
      modifiers: modifierServer(init.source) as never,
      announcer: blockAnnouncer({ source: init.source }) as never,
      ...(init.blocks === undefined ? {} : { sections: sectionDownload(sectionInit(init.blocks)) as never }),
      sync: sync({
        ...init.sync,
        penalties: { penalize }
      }) as never
    }
  })
  const services = node.services as unknown as ErgoServices
  book = services.peers
  syncService = services.sync
  const { transportManager } = (node as unknown as { components: { transportManager: { getAddrs(): Multiaddr[] } } }).components
  return {
    libp2p: node as unknown as ErgoStack['libp2p'],
    services,
    listenAddresses: () => transportManager.getAddrs(),
    sockets: () => ({ native: native?.events ?? {}, libp2p: gate.events })
  }
}

/** Starts it; a port that is taken is named. */
export async function startStack(stack: ErgoStack): Promise<void> {
  try {
    await stack.libp2p.start()
  } catch (err) {
    const first = err instanceof AggregateError ? (err.errors[0] as Error) : (err as Error)
    throw new NodeError('NODE_LISTEN', `cannot listen: ${first.message}`, { cause: err })
  }
}
