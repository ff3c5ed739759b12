import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseArgs } from 'node:util'
import { NETWORKS } from '../../src/chain/index.ts'
import {
  ALL_SETTINGS,
  type Config,
  ConfigError,
  type ConfigSources,
  defaultDataDir,
  describeFlags,
  type FlagValues,
  flagOptions,
  NETWORK_NAMES,
  printConfig,
  resolveConfig
} from '../../src/config/index.ts'

const file = (text: string): { name: string; text: string } => ({ name: 'ergo.toml', text })
const flags = (...args: string[]): FlagValues =>
  parseArgs({ args, options: flagOptions(), allowNegative: true }).values as FlagValues
const config = (sources: ConfigSources): Config => resolveConfig(sources).config
const faults = (sources: ConfigSources): string[] => {
  try {
    resolveConfig(sources)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    assert.equal(error.code, 'CONFIG_INVALID')
    return error.message.split('\n')
  }
  return []
}

describe('what this version does not have', () => {
  it('is refused, not ignored', () => {
    assert.match(faults({ flags: flags('--state', 'utxo') })[0]!, /node\.stateType: utxo is not in this version/)
    assert.match(faults({ flags: flags('--api') })[0]!, /api\.enabled: the REST API is not in this version/)
    assert.equal(config({ flags: flags('--state', 'digest') }).node.stateType, 'digest')
  })
})

describe('defaults', () => {
  it("are the reference's where it has the setting", () => {
    const { p2p, node } = config({})
    assert.equal(node.verifyTransactions, true)
    assert.equal(node.adProofsSuffixLength, 114_688)
    assert.equal(node.blocksToKeep, -1)
    assert.equal(node.keepVersions, 200)
    assert.equal(p2p.maxConnections, 30)
    assert.equal(p2p.temporalBanDuration, 60 * 60_000)
    assert.equal(p2p.penaltySafeInterval, 2 * 60_000)
    assert.equal(p2p.peerDiscovery, true)
    assert.equal(p2p.allowLocal, false)
  })

  it('open nothing but the peer port to the network, and have no API key', () => {
    const { api, metrics } = config({})
    assert.equal(api.bindAddress, undefined)
    assert.equal(api.apiKeyHash, undefined)
    assert.deepEqual(metrics, { enabled: false, bindAddress: { host: '127.0.0.1', port: 9064 } })
  })

  it('leave to the network what is the network’s: seeds, ports, ban threshold', () => {
    const { p2p } = config({})
    assert.deepEqual([p2p.knownPeers, p2p.bindAddress, p2p.penaltyScoreThreshold], [undefined, undefined, undefined])
    assert.deepEqual([...NETWORK_NAMES].sort(), Object.keys(NETWORKS).sort())
  })
})

describe('precedence', () => {
  it('is flag, environment, file, default, each value with its origin', () => {
    const text = 'network = "testnet"\nworkers = 1\n\n[p2p]\nmaxConnections = 1\nnodeName = "file"\n'
    const env = { ERGO_WORKERS: '2', ERGO_P2P_MAX_CONNECTIONS: '2' }
    const resolved = resolveConfig({ file: file(text), env, flags: flags('--max-peers', '3') })
    assert.equal(resolved.config.p2p.maxConnections, 3)
    assert.equal(resolved.config.workers, 2)
    assert.equal(resolved.config.network, 'testnet')
    const where = ['p2p.maxConnections', 'workers', 'network', 'p2p.nodeName', 'p2p.agentName'].map(
      (n) => resolved.origins.get(n)!.where
    )
    assert.deepEqual(where, ['--max-peers', 'ERGO_WORKERS', 'ergo.toml:1', 'ergo.toml:6', 'default'])
    for (const s of ALL_SETTINGS) assert.ok(resolved.origins.has(s.name))
  })

  it('knows the environment variables of the reference, weaker than ours', () => {
    assert.equal(config({ env: { DATADIR: '/a', NODENAME: 'n' } }).dataDir, '/a')
    assert.equal(config({ env: { NODENAME: 'n' } }).p2p.nodeName, 'n')
    assert.equal(config({ env: { DATADIR: '/a', ERGO_DATA_DIR: '/b' } }).dataDir, '/b')
  })

  it('takes lists from repeated flags, commas, and files', () => {
    const peers = [
      { host: '1.2.3.4', port: 9030 },
      { host: '2001:41d0:700:6662::', port: 29031 },
      { host: 'node.example', port: 1 }
    ]
    const texts = ['1.2.3.4:9030', '[2001:41d0:700:6662::]:29031', 'node.example:1']
    assert.deepEqual(config({ flags: flags('--peer', `${texts[0]},${texts[1]}`, '--peer', texts[2]!) }).p2p.knownPeers, peers)
    assert.deepEqual(config({ env: { ERGO_P2P_KNOWN_PEERS: texts.join(', ') } }).p2p.knownPeers, peers)
    assert.deepEqual(config({ file: file(`p2p.knownPeers = ${JSON.stringify(texts)}`) }).p2p.knownPeers, peers)
    assert.deepEqual(config({ env: { ERGO_P2P_BIND_ADDRESS: '' } }).p2p.bindAddress, [])
    assert.equal(config({ env: { ERGO_NETWORK: '' } }).network, 'mainnet')
  })

  it('reads switches in both directions', () => {
    assert.equal(config({ flags: flags('--no-discovery') }).p2p.peerDiscovery, false)
    assert.equal(config({ flags: flags('--allow-local') }).p2p.allowLocal, true)
    assert.equal(config({ env: { ERGO_P2P_ALLOW_LOCAL: 'yes' } }).p2p.allowLocal, true)
    assert.equal(config({ env: { ERGO_API_ENABLED: '0' } }).api.enabled, false)
  })

  it('has the shorthands of the reference for networks', () => {
    assert.equal(config({ flags: flags('--testnet') }).network, 'testnet')
    assert.deepEqual(faults({ flags: flags('--testnet', '--mainnet') }), ['--testnet: network: contradicts --mainnet (mainnet)'])
    assert.deepEqual(faults({ flags: flags('--testnet', '--network', 'testnet') }), [])
  })
})

describe('values', () => {
  it('have units', () => {
    const text = '[p2p]\ntemporalBanDuration = "90m"\n[sync]\nblockBufferSize = "64MiB"\n'
    assert.equal(config({ file: file(text) }).p2p.temporalBanDuration, 5_400_000)
    assert.equal(config({ file: file(text) }).sync.blockBufferSize, 67_108_864)
  })

  it('of anchors are heights and ids', () => {
    const id = 'CA5AA96A2D560F49CD5652EAE4B9E16BBF410EE32365313DC16544EE5FDA1E6D'
    assert.deepEqual(config({ flags: flags('--anchor', `1231454:${id}`) }).sync.anchors, [
      { height: 1231454, id: id.toLowerCase() }
    ])
  })

  it('that are wrong are all named, with place, key and what is allowed', () => {
    const text = [
      'network = "mainet"',
      'worker = 3',
      '[p2p]',
      'maxConections = 3',
      'knownPeers = [',
      '  "1.2.3.4:9030",',
      '  "1.2.3.4"',
      ']',
      'temporalBanDuration = 60',
      'libp2pListen = ["/ip4/1.2.3.4/xyz"]',
      '[peers]',
      'x = 1',
      '[api]',
      'publicUrl = "http://a.example/path"'
    ].join('\n')
    assert.deepEqual(
      faults({ file: file(text), flags: flags('--max-peers', 'abc'), env: { ERGO_METRICS_BIND_ADDRESS: 'localhost:1' } }),
      [
        'ergo.toml:2: worker: no such setting. Did you mean workers?',
        'ergo.toml:4: p2p.maxConections: no such setting. Did you mean p2p.maxConnections?',
        'ergo.toml:11: peers: no such setting.',
        'ergo.toml:1: network: "mainet" is not mainnet, testnet, devnet or devnet60',
        'ergo.toml:10: p2p.libp2pListen[0]: "/ip4/1.2.3.4/xyz" is not a multiaddr of TCP such as /ip4/0.0.0.0/tcp/0',
        'ergo.toml:5: p2p.knownPeers[1]: "1.2.3.4" is not host:port, or a multiaddr that ends in /p2p/PEER_ID',
        '--max-peers: p2p.maxConnections: "abc" is not an integer from 1 to 10000',
        'ergo.toml:9: p2p.temporalBanDuration: 60 is not a duration such as 100ms, 30s, 2m or 1h',
        'ergo.toml:14: api.publicUrl: "http://a.example/path" is not an http or https URL without path, query or fragment',
        'ERGO_METRICS_BIND_ADDRESS: metrics.bindAddress: "localhost:1" is not IP:port, with an IPv6 address in brackets'
      ]
    )
  })

  it('of a file with bad syntax name line and column', () => {
    assert.match(faults({ file: file('network = "mainnet"\nworkers = = 3\n') })[0]!, /^ergo\.toml:2:\d+: Invalid TOML document/)
    assert.deepEqual(faults({ file: file('p2p = 3\n') }), ['ergo.toml:1: p2p: is a section: write [p2p] and its settings below'])
  })

  it('in other spellings of TOML still have a line', () => {
    assert.match(faults({ file: file('\n"p2p" . maxConnections = "x"') })[0]!, /^ergo\.toml:2: p2p\.maxConnections: "x" is not/)
    assert.match(faults({ file: file('\n\np2p = { maxConnections = 0 }') })[0]!, /^ergo\.toml:3: p2p\.maxConnections: 0 is not/)
  })

  it('that are secret are never shown', () => {
    const bad = faults({ file: file('[api]\napiKeyHash = "my key"') })
    assert.deepEqual(bad, ['ergo.toml:2: api.apiKeyHash: the value is not 64 hex digits'])
    const hash = 'ab'.repeat(32)
    const resolved = resolveConfig({ flags: flags('--api-key-hash', hash.toUpperCase()) })
    assert.equal(resolved.config.api.apiKeyHash, hash)
    const printed = printConfig(resolved)
    assert.ok(!printed.includes(hash) && printed.includes('# apiKeyHash is set, not shown # --api-key-hash'))
  })
})

describe('settings that do not go together', () => {
  // The answer of the reference's hash for the key `hello`.
  const HELLO = '324dcf027dd4a30a932c441f365a25e86b173defa4b8e58948253471b81b72cf'

  it('a network by name and by file', () => {
    const both = faults({ file: file('networkFile = "a.json"'), flags: flags('--devnet') })
    assert.deepEqual(both, ['ergo.toml:1: networkFile: names a network of its own; --devnet must not name one too'])
    assert.deepEqual(faults({ file: file('networkFile = "a.json"') }), [])
  })

  it('the key "hello" on an address that others can reach', () => {
    assert.equal(faults({ flags: flags('--api-key-hash', HELLO, '--api-listen', '0.0.0.0:9053') }).length, 1)
    for (const address of ['127.0.0.1:9053', '[::1]:9053', '127.1.2.3:1']) {
      assert.deepEqual(faults({ flags: flags('--api-key-hash', HELLO, '--api-listen', address) }), [])
    }
    assert.deepEqual(faults({ flags: flags('--api-key-hash', HELLO) }), [])
  })

  it('only some peers, and discovery', () => {
    const resolved = resolveConfig({ flags: flags('--only-peer', '127.0.0.1:9001') })
    assert.equal(resolved.config.p2p.peerDiscovery, false)
    assert.equal(resolved.origins.get('p2p.peerDiscovery')!.where, 'p2p.onlyPeers')
    assert.equal(faults({ flags: flags('--only-peer', '127.0.0.1:9001', '--discovery') }).length, 1)
    assert.equal(faults({ flags: flags('--only-peer', '127.0.0.1:1,127.0.0.1:2', '--max-peers', '1') }).length, 1)
  })

  it('peers that no carrier reaches', () => {
    const libp2p = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWKqtc15xQgaQTeicxuBRqSaBNpu3RTvGppa3yLWXo5Gyq'
    assert.deepEqual(faults({ flags: flags('--carrier', 'native', '--only-peer', libp2p) }), [
      `--only-peer: p2p.onlyPeers: ${libp2p} cannot be reached: p2p.carriers has no noise-yamux or noise-mplex`
    ])
    assert.deepEqual(faults({ flags: flags('--carrier', 'noise-mplex', '--peer', '[::1]:9030') }), [
      '--peer: p2p.knownPeers: [::1]:9030 cannot be reached: p2p.carriers has no native'
    ])
    assert.deepEqual(faults({ flags: flags('--peer', '1.2.3.4:9030', '--only-peer', libp2p) }), [])
  })

  it('a host name to tell peers, who could not look it up', () => {
    assert.match(faults({ flags: flags('--announce', 'node.example:9030') }).join(), /"node\.example:9030" is not IP:port/)
  })

  it('libp2p addresses without libp2p, no way to talk at all, a URL of no API', () => {
    const libp2p = ['--libp2p-listen', '/ip4/127.0.0.1/tcp/0']
    assert.deepEqual(faults({ flags: flags(...libp2p) }), [])
    assert.equal(faults({ flags: flags(...libp2p, '--carrier', 'native') }).length, 1)
    // What no transport is for would be left out without a word.
    for (const address of ['/ip4/127.0.0.1', '/ip4/127.0.0.1/udp/0/quic-v1', '/ip4/127.0.0.1/tcp/0/ws']) {
      assert.match(faults({ flags: flags('--libp2p-listen', address) }).join(), /is not a multiaddr of TCP/, address)
    }
    assert.equal(faults({ file: file('p2p.carriers = []') }).length, 1)
    assert.equal(faults({ flags: flags('--no-api', '--api-public-url', 'https://node.example') }).length, 1)
  })
})

describe('printed configuration', () => {
  it('reads back as the same configuration', () => {
    const resolved = resolveConfig({
      file: file('network = "testnet"\n[p2p]\nnodeName = "a \\"b\\" # c"\nknownPeers = ["[::1]:1", "a.b:2"]'),
      env: { ERGO_SYNC_BLOCK_BUFFER_SIZE: '1000B', ERGO_P2P_TEMPORAL_BAN_DURATION: '1500ms' },
      flags: flags('--workers', '3', '--announce', '1.2.3.4:9030', '--metrics')
    })
    const printed = printConfig(resolved)
    assert.deepEqual(config({ file: file(printed) }), resolved.config)
    assert.ok(printed.includes('temporalBanDuration = "1500ms" # ERGO_P2P_TEMPORAL_BAN_DURATION'))
    assert.ok(printed.includes('network = "testnet" # ergo.toml:1'))
  })
})

describe('table of settings', () => {
  it('has distinct flags, names and variables, and help for each', () => {
    for (const values of [ALL_SETTINGS.map((s) => s.flag), ALL_SETTINGS.map((s) => s.name), ALL_SETTINGS.map((s) => s.env)]) {
      assert.equal(new Set(values).size, values.length)
    }
    const lines = describeFlags().split('\n')
    assert.equal(lines.length, ALL_SETTINGS.length)
    assert.ok(lines.some((l) => /^ {2}--max-peers VALUE +connections at most \(default 30\)$/.test(l)))
    assert.ok(lines.some((l) => l.endsWith('network to join (mainnet, testnet, devnet, devnet60; default mainnet)')))
  })

  it('warns of variables of its prefix that are none', () => {
    const { warnings } = resolveConfig({ env: { ERGO_P2P_MAX_CONECTIONS: '3', ERGO_CONFIG: 'x', HOME: '/' } })
    assert.deepEqual(warnings, [
      'environment variable ERGO_P2P_MAX_CONECTIONS is not a setting. Did you mean ERGO_P2P_MAX_CONNECTIONS?'
    ])
  })
})

describe('place of data', () => {
  it('is the custom of the platform', () => {
    assert.equal(defaultDataDir('linux', {}, '/home/u'), '/home/u/.local/share/ergo-libp2p')
    assert.equal(defaultDataDir('linux', { XDG_DATA_HOME: '/x' }, '/home/u'), '/x/ergo-libp2p')
    assert.equal(defaultDataDir('darwin', {}, '/Users/u'), '/Users/u/Library/Application Support/ergo-libp2p')
    assert.match(defaultDataDir('win32', { LOCALAPPDATA: '/l' }, '/u'), /^\/l.ergo-libp2p$/)
  })
})
