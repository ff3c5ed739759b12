import type { ComponentLogger, PeerStore } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { PeerSpec, PenaltyKind } from '../../src/wire/index.ts'
import type { SessionService } from '../session/index.ts'

/** Where a peer can be dialled. */
export interface PeerEndpoint {
  /** IP address or host name; for a libp2p peer its whole multiaddr, peer id at the end. */
  readonly host: string
  /** TCP port; 0 beside a multiaddr. */
  readonly port: number
}

/** What is remembered of an address. */
export interface PeerRecord {
  /** `host:port`, IPv6 in brackets; the key. */
  readonly address: string
  readonly host: string
  readonly port: number
  /** What the peer says of itself; undefined until a handshake, or what others told. */
  readonly spec: PeerSpec | undefined
  /** Last completed handshake, milliseconds since 1970; undefined when there was none. */
  readonly lastHandshake: number | undefined
  /** Who told us: the operator, the peer itself, or gossip. */
  readonly source: 'configured' | 'handshake' | 'gossip'
}

/** Keeps records over restarts. */
export interface PeerStorage {
  load(): Promise<PeerRecord[]>
  save(changed: readonly PeerRecord[], removed: readonly string[]): Promise<void>
}

export interface PeersLimits {
  /** Sessions at most. */
  readonly maxConnections: number
  /** Sessions we open ourselves, at most; the rest is for those who come. */
  readonly outboundTarget: number
  /** Dials at once. */
  readonly parallelDials: number
  readonly dialTimeoutMs: number
  readonly dialIntervalMs: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  /** Longest wait for an address while there is no session at all. */
  readonly retryAloneMs: number
  readonly getPeersIntervalMs: number
  readonly firstGetPeersMs: number
  readonly evictionIntervalMs: number
  readonly maxAddresses: number
  readonly maxAddressesPerSubnet: number
  readonly saveIntervalMs: number
  readonly banMs: number
  readonly penaltySafeIntervalMs: number
  readonly penaltyThreshold: number
}

export interface PeersInit {
  /** Peers to start from when nothing is remembered. */
  readonly seeds: readonly PeerEndpoint[]
  /** When not empty: the only peers we talk to; others are neither asked for nor let in. */
  readonly onlyPeers?: readonly PeerEndpoint[]
  /** Addresses that are never talked to. */
  readonly bannedIps?: readonly string[]
  /** Ask for and tell about peers. */
  readonly discovery?: boolean
  /** Dial, store and tell about private and loopback addresses, too. */
  readonly allowLocal?: boolean
  /** Where others can dial us: never dialled by us. */
  readonly ownAddress?: () => PeerEndpoint | undefined
  /** The address under which the node's transport dials a native peer. */
  readonly dialAddress: (endpoint: PeerEndpoint) => Multiaddr
  readonly storage?: PeerStorage
  readonly limits?: Partial<PeersLimits>
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly random?: () => number
  readonly onBan?: (ban: Ban) => void
}

export interface PeersComponents {
  logger: ComponentLogger
  session: SessionService
  peerStore: PeerStore
}

/** A ban, by IP address, or by peer id where there is no IP. */
export interface Ban {
  readonly key: string
  readonly until: number
  readonly reason: string
}

/** Dialling, for progress lines and the watchdog. */
export interface DialSnapshot {
  readonly known: number
  readonly dialing: number
  /** Dials since the last one that led to a session. */
  readonly failedSinceSuccess: number
  /** Milliseconds until the next dial; undefined when none is planned. */
  readonly nextDialInMs: number | undefined
  readonly lastError: string | undefined
  /** One sentence on how it stands. */
  readonly text: string
}

export interface PeersService {
  snapshot(): DialSnapshot
  /** All that is remembered. */
  known(): PeerRecord[]
  bans(): Ban[]
  isBanned(ip: string): boolean
  scoreOf(key: string): number
  /** Penalties count per kind, for metrics. */
  readonly penalties: Readonly<Record<PenaltyKind, number>>
}
