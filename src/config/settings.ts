import type { Kind, RawValue } from './kinds.ts'
import * as kinds from './kinds.ts'

/** One setting: what it is, how it is called everywhere, and what it is when nobody says. */
export interface Setting<T = unknown> {
  readonly kind: Kind<T>
  /** Raw value when no source has it; undefined when it is left unset. */
  readonly fallback: RawValue | undefined
  /** Command-line flag without dashes. Switches also have `--no-FLAG`. */
  readonly flag: string
  /** Other environment variables than `ERGO_…` that set it. */
  readonly envAliases: readonly string[]
  /** Key of the same meaning in the reference's configuration. */
  readonly reference: string | undefined
  /** Never printed. */
  readonly secret: boolean
  /** One line for people. */
  readonly help: string
}

interface Options {
  readonly env?: readonly string[]
  readonly reference?: string
  readonly secret?: boolean
}

function setting<T>(kind: Kind<T>, fallback: RawValue, flag: string, help: string, options: Options = {}): Setting<T> {
  const { env = [], reference, secret = false } = options
  return { kind, fallback, flag, help, envAliases: env, reference, secret }
}

/** A setting that may stay unset; `help` says what happens then. */
function optional<T>(kind: Kind<T>, flag: string, help: string, options: Options = {}): Setting<T | undefined> {
  const { env = [], reference, secret = false } = options
  return { kind: kind as Kind<T | undefined>, fallback: undefined, flag, help, envAliases: env, reference, secret }
}

/** Networks whose parameters are built in. */
export const NETWORK_NAMES = ['mainnet', 'testnet', 'devnet', 'devnet60'] as const
/** How peers can be talked to: the reference's own protocol, or libp2p with one of two multiplexers. */
export const CARRIERS = ['native', 'noise-yamux', 'noise-mplex'] as const
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const
export const LOG_FORMATS = ['human', 'plain', 'json'] as const

const MAX_HEIGHT = 2 ** 31 - 1
const printable = kinds.text('1 to 255 printable ASCII characters', /^[\x20-\x7e]{1,255}$/)

/** Every setting, by section; the first section has no name. Order is the order of `config print` and of help. */
export const SETTINGS = {
  '': {
    network: setting(kinds.choice(NETWORK_NAMES), 'mainnet', 'network', 'network to join', { reference: 'ergo.networkType' }),
    networkFile: optional(kinds.path, 'network-file', 'JSON file with the parameters of a private network, instead of a name'),
    dataDir: optional(kinds.path, 'data-dir', 'where data is kept; unset: the place for data on this platform', {
      env: ['DATADIR'],
      reference: 'ergo.directory'
    }),
    workers: setting(kinds.integerOr('auto', 0, 256), 'auto', 'workers', 'threads that verify; 0: none, auto: by processors')
  },
  node: {
    stateType: setting(
      kinds.choice(['utxo', 'digest']),
      'digest',
      'state',
      'keep only the digest of the UTXO set, or (not in this version) the set',
      {
        reference: 'ergo.node.stateType'
      }
    ),
    verifyTransactions: setting(kinds.toggle, true, 'verify-transactions', 'follow whole blocks; off: headers only', {
      reference: 'ergo.node.verifyTransactions'
    }),
    blocksToKeep: setting(kinds.integer(-1, MAX_HEIGHT), -1, 'blocks-to-keep', 'last full blocks to keep; -1: all', {
      reference: 'ergo.node.blocksToKeep'
    }),
    adProofsSuffixLength: setting(
      kinds.integer(0, MAX_HEIGHT),
      114_688,
      'ad-proofs-suffix',
      'last blocks whose AD proofs are kept',
      {
        reference: 'ergo.node.adProofsSuffixLength'
      }
    ),
    keepVersions: setting(kinds.integer(0, 100_000), 200, 'keep-versions', 'blocks that can be rolled back', {
      reference: 'ergo.node.keepVersions'
    })
  },
  p2p: {
    bindAddress: optional(
      kinds.list(kinds.ipEndpoint),
      'listen',
      'where to accept native peers; unset: all IPv4 addresses, port of the network; empty: nowhere',
      { reference: 'scorex.network.bindAddress' }
    ),
    libp2pListen: setting(kinds.list(kinds.libp2pAddress), [], 'libp2p-listen', 'where to accept libp2p peers'),
    carriers: setting(kinds.list(kinds.choice(CARRIERS)), ['native', 'noise-yamux'], 'carrier', 'ways to talk to peers'),
    declaredAddress: optional(kinds.ipEndpoint, 'announce', 'address to tell peers; unset: none', {
      reference: 'scorex.network.declaredAddress'
    }),
    nodeName: setting(printable, 'ergo-libp2p', 'node-name', 'name to tell peers', {
      env: ['NODENAME'],
      reference: 'scorex.network.nodeName'
    }),
    agentName: setting(printable, 'ergo-libp2p', 'agent-name', 'software to tell peers', {
      reference: 'scorex.network.agentName'
    }),
    knownPeers: optional(kinds.list(kinds.peerTarget), 'peer', 'peers to start from; unset: the seeds of the network', {
      reference: 'scorex.network.knownPeers'
    }),
    onlyPeers: setting(kinds.list(kinds.peerTarget), [], 'only-peer', 'talk to these peers and no others'),
    bannedPeers: setting(kinds.list(kinds.ipAddress), [], 'banned-peer', 'never talk to these addresses', {
      reference: 'scorex.network.bannedPeers'
    }),
    maxConnections: setting(kinds.integer(1, 10_000), 30, 'max-peers', 'connections at most', {
      reference: 'scorex.network.maxConnections'
    }),
    maxInboundPerIp: setting(kinds.integer(1, 10_000), 4, 'max-inbound-per-ip', 'accepted connections from one address'),
    peerDiscovery: setting(kinds.toggle, true, 'discovery', 'ask peers for peers', { reference: 'scorex.network.peerDiscovery' }),
    allowLocal: setting(kinds.toggle, false, 'allow-local', 'use peers with private or loopback addresses', {
      reference: 'scorex.network.allowLocal'
    }),
    temporalBanDuration: setting(kinds.duration, '1h', 'ban-duration', 'how long a ban lasts', {
      reference: 'scorex.network.temporalBanDuration'
    }),
    penaltySafeInterval: setting(kinds.duration, '2m', 'penalty-safe-interval', 'one penalty counts within this time', {
      reference: 'scorex.network.penaltySafeInterval'
    }),
    penaltyScoreThreshold: optional(
      kinds.integer(1, 1_000_000_000),
      'penalty-score-threshold',
      'score above which a peer is banned; unset: that of the network',
      { reference: 'scorex.network.penaltyScoreThreshold' }
    )
  },
  sync: {
    anchors: setting(
      kinds.list(kinds.anchor),
      [],
      'anchor',
      'known blocks at which header download is split; only hints, all is verified anyway'
    ),
    blockBufferSize: setting(kinds.size, '128MiB', 'block-buffer', 'blocks held in memory before they are applied')
  },
  api: {
    enabled: setting(kinds.toggle, false, 'api', 'serve the REST API (not in this version)'),
    bindAddress: optional(kinds.ipEndpoint, 'api-listen', 'where; unset: loopback, port of the network', {
      reference: 'scorex.restApi.bindAddress'
    }),
    apiKeyHash: optional(kinds.hash, 'api-key-hash', 'hash of the key for protected routes; unset: they are closed', {
      reference: 'scorex.restApi.apiKeyHash',
      secret: true
    }),
    publicUrl: optional(kinds.rootUrl, 'api-public-url', 'where everybody can reach the REST API; told to peers', {
      reference: 'scorex.restApi.publicUrl'
    }),
    corsAllowedOrigin: setting(printable, '*', 'api-cors', 'origin of web pages that may call the REST API', {
      reference: 'scorex.restApi.corsAllowedOrigin'
    })
  },
  metrics: {
    enabled: setting(kinds.toggle, false, 'metrics', 'serve metrics and health'),
    bindAddress: setting(kinds.ipEndpoint, '127.0.0.1:9064', 'metrics-listen', 'where to serve them')
  },
  log: {
    level: setting(kinds.choice(LOG_LEVELS), 'info', 'log-level', 'least important lines to show', {
      reference: 'scorex.logging.level'
    }),
    format: setting(
      kinds.choice(LOG_FORMATS),
      'human',
      'log-format',
      'shape of the log; human is plain with a progress bar on a terminal'
    ),
    file: optional(kinds.path, 'log-file', 'also append the log to this file'),
    progressInterval: setting(kinds.duration, '10s', 'progress-interval', 'time between progress lines without a terminal')
  }
} as const

type Values<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never }

/** The effective configuration. Durations are milliseconds, sizes bytes. */
export type Config = Values<(typeof SETTINGS)['']> & {
  readonly [S in Exclude<keyof typeof SETTINGS, ''>]: Values<(typeof SETTINGS)[S]>
}

/** A setting with its full name and environment variable. */
export interface NamedSetting extends Setting {
  /** `network`, `p2p.maxConnections`. */
  readonly name: string
  /** Empty for the first section. */
  readonly section: string
  readonly key: string
  /** `ERGO_P2P_MAX_CONNECTIONS`. */
  readonly env: string
}

const upperSnake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()

/** All settings in order. */
export const ALL_SETTINGS: readonly NamedSetting[] = Object.entries(SETTINGS).flatMap(([section, members]) =>
  Object.entries(members as Record<string, Setting>).map(([key, s]) => ({
    ...s,
    section,
    key,
    name: section === '' ? key : `${section}.${key}`,
    env: section === '' ? `ERGO_${upperSnake(key)}` : `ERGO_${upperSnake(section)}_${upperSnake(key)}`
  }))
)
