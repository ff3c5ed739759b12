/** `run` as an operator sees it: what it says, what it listens on, how it stops. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { cli, NodeProcess } from '../support/cli.ts'
import { sleep, until } from '../support/libp2p-node.ts'
import { devnet } from '../support/mine-headers.ts'
import { PeerChain, ReferencePeer } from '../support/reference-peer/index.ts'
import { tempDir } from '../support/temp-dir.ts'
import { committed } from '../support/vectors.ts'

const NETWORK = ['--network-file', committed('chain/devnet-v4-network.json')]
/** A port of this machine at which nobody listens: no test dials anybody else. */
const NOBODY = '127.0.0.1:1'

const args = (t: TestContext, ...more: string[]): string[] => [
  '--data-dir',
  tempDir(t),
  ...NETWORK,
  '--listen',
  '127.0.0.1:0',
  ...more
]

/** An operator waits this long before he reaches for the harder signal. */
const STOP_MS = 15_000

describe('run without anybody to talk to', () => {
  it('says that it keeps trying, whom, why it failed and when the next try is; stops on SIGINT with exit code 0', async (t) => {
    const node = NodeProcess.start(t, args(t, '--peer', NOBODY, '--progress-interval', '1s'))
    await node.says(/listening on \/ip4\/127\.0\.0\.1\/tcp\/\d+\/ergo/)
    await node.says(/1 known peer, [12] attempts? failed \(last: 127\.0\.0\.1:1: .*ECONNREFUSED.*\), next try in \d+ s/)
    await sleep(1_500)
    assert.equal(node.ended, undefined, 'keeps running')
    const took = await node.stop('SIGINT')
    assert.ok(took < STOP_MS, `${took} ms`)
    assert.deepEqual(node.ended, { code: 0, signal: null })
    assert.match(node.stderr, /stopping/)
    assert.match(node.stderr, /stopped/)
    assert.equal(node.stdout, '', 'standard output is for results')
    assert.doesNotMatch(node.stderr, /\n\s+at /)
  })

  it('no peer at all: says how to name one', async (t) => {
    const node = NodeProcess.start(t, args(t))
    await node.says(/no peer is known: give one with --peer HOST:PORT/)
    await node.stop()
    assert.equal(node.ended!.code, 0)
  })

  it('stops on SIGTERM in the middle of dialling, in the first moments too', async (t) => {
    // A server that accepts and says nothing.
    const server = createServer((socket) => socket.on('error', () => {}))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const port = (server.address() as AddressInfo).port
    for (const wait of [/listening on/, undefined]) {
      const node = NodeProcess.start(t, args(t, '--peer', `127.0.0.1:${port}`))
      if (wait !== undefined) await node.says(wait)
      else await sleep(400)
      const took = await node.stop('SIGTERM')
      assert.ok(took < STOP_MS, `${took} ms`)
      // In its very first moments the process has no handler yet.
      if (wait !== undefined) assert.deepEqual(node.ended, { code: 0, signal: null })
    }
  })
})

describe('run with a peer', () => {
  it('follows it, reports phases and progress, and stops in order while sessions are open', async (t) => {
    const peer = new ReferencePeer({ magic: devnet.magic, chain: new PeerChain() })
    await peer.listen()
    t.after(() => peer.close())
    const node = NodeProcess.start(t, args(t, '--only-peer', peer.address, '--progress-interval', '1s'))
    await node.says(/phase connecting -> /)
    await until(() => peer.counter('handshakes') === 1, 'handshake')
    assert.equal(peer.connections.size, 1)
    const took = await node.stop('SIGTERM')
    assert.ok(took < STOP_MS, `${took} ms`)
    assert.deepEqual(node.ended, { code: 0, signal: null })
    await until(() => peer.connections.size === 0, 'connection closed')
    assert.doesNotMatch(node.stderr, /stopping[\s\S]*phase/, 'sessions that end at a stop are no change of phase')
    peer.assertNoFault()
  })

  it('log as JSON: every line of standard error is one object', async (t) => {
    const node = NodeProcess.start(t, args(t, '--peer', NOBODY, '--log-format', 'json'))
    await node.says(/listening on/)
    await node.stop()
    for (const line of node.stderr.trimEnd().split('\n')) {
      const entry = JSON.parse(line) as Record<string, unknown>
      assert.equal(typeof entry.level, 'string')
      assert.equal(typeof (entry.msg ?? entry.message), 'string')
    }
  })

  it('log file: the same lines, also on disk', async (t) => {
    const file = join(tempDir(t), 'node.log')
    const node = NodeProcess.start(t, args(t, '--peer', NOBODY, '--log-file', file))
    await node.says(/listening on/)
    await node.stop()
    assert.match(readFileSync(file, 'utf8'), /listening on[\s\S]*stopped/)
    const bad = await cli(['run', ...args(t, '--peer', NOBODY, '--log-file', '/nowhere/node.log')])
    assert.equal(bad.code, 2)
    assert.match(bad.stderr, /log file \/nowhere\/node\.log/)
  })
})

describe('ports', () => {
  const taken = async (t: TestContext): Promise<number> => {
    const server = createServer((socket) => socket.on('error', () => {}))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    return (server.address() as AddressInfo).port
  }

  it('a port in use: exit code 2, the address is named, and the data directory is free again', async (t) => {
    const port = await taken(t)
    const dir = tempDir(t)
    for (const flags of [
      ['--listen', `127.0.0.1:${port}`],
      ['--listen', '127.0.0.1:0', '--libp2p-listen', `/ip4/127.0.0.1/tcp/${port}`],
      ['--listen', '127.0.0.1:0', '--metrics', '--metrics-listen', `127.0.0.1:${port}`]
    ]) {
      const { code, stdout, stderr } = await cli(['run', '--data-dir', dir, ...NETWORK, '--peer', NOBODY, ...flags])
      assert.deepEqual([code, stdout], [2, ''], `${flags.join(' ')}: ${stderr}`)
      assert.match(stderr, new RegExp(`${port}`), flags.join(' '))
      assert.match(stderr, /EADDRINUSE|in use|taken/, flags.join(' '))
    }
    const check = await cli(['db', 'check', '--data-dir', dir, ...NETWORK])
    assert.equal(check.code, 0, check.stderr)
  })

  it('an address that is not ours: exit code 2, and says which', async (t) => {
    const { code, stderr } = await cli([
      'run',
      '--data-dir',
      tempDir(t),
      ...NETWORK,
      '--peer',
      NOBODY,
      '--listen',
      '203.0.113.7:9030'
    ])
    assert.equal(code, 2, stderr)
    assert.match(stderr, /203\.0\.113\.7/)
  })

  it('metrics and health: alive at once, ready only with peers and at their tip, and says what is missing', async (t) => {
    const node = NodeProcess.start(
      t,
      args(t, '--peer', NOBODY, '--metrics', '--metrics-listen', '127.0.0.1:0', '--progress-interval', '1s')
    )
    const [, port] = await node.says(/metrics and health on http:\/\/127\.0\.0\.1:(\d+)/)
    await node.says(/attempts? failed/)
    const base = `http://127.0.0.1:${port}`
    const live = await fetch(`${base}/health/live`)
    assert.deepEqual([live.status, await live.json()], [200, { live: true }])
    const ready = await fetch(`${base}/health/ready`)
    assert.equal(ready.status, 503)
    const readiness = (await ready.json()) as { ready: boolean; phase: string; reasons: string[] }
    assert.equal(readiness.ready, false)
    assert.match(readiness.reasons.join(), /no peers: .*127\.0\.0\.1:1/)
    const metrics = await (await fetch(`${base}/metrics`)).text()
    assert.match(metrics, /^# TYPE \w+ gauge$/m)
    assert.match(metrics, /process_/)
    assert.equal((await fetch(`${base}/nothing`)).status, 404)
    assert.equal((await fetch(`${base}/metrics`, { method: 'POST' })).status, 405)
    await node.stop()
    assert.equal(node.ended!.code, 0)
    await assert.rejects(fetch(`${base}/health/live`))
  })
})
