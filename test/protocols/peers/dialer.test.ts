/** Whom the node dials, when, and how it goes on after failures. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { defaultLogger } from '@libp2p/logger'
import { multiaddr } from '@multiformats/multiaddr'
import { Peers, type PeersInit } from '../../../protocols/peers/index.ts'
import { SessionRefusedError } from '../../../protocols/session/index.ts'
import { FakeSessions, peerSpec } from '../../support/fake-sessions.ts'

const refused = (): never => {
  throw Object.assign(new Error('connect ECONNREFUSED 8.8.8.8:9030'), { code: 'ECONNREFUSED' })
}
const turns = async (count = 20): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
const hostOf = (target: string): string => target.split('/')[2]!
const seeds = (...hosts: string[]): PeersInit['seeds'] => hosts.map((host) => ({ host, port: 9030 }))

interface World {
  readonly sessions: FakeSessions
  readonly peers: Peers
  /** Moves clock and timers on. */
  pass(ms: number): Promise<void>
}

/** Started, on a clock that only the test moves. */
async function world(t: TestContext, init: Partial<PeersInit> = {}): Promise<World> {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  const sessions = new FakeSessions()
  let now = 1_700_000_000_000
  const peers = new Peers(
    { logger: defaultLogger(), session: sessions, peerStore: { delete: async () => {} } as never },
    {
      seeds: [],
      dialAddress: ({ host, port }) => (host.startsWith('/') ? multiaddr(host) : multiaddr(`/ip4/${host}/tcp/${port}`)),
      now: () => now,
      random: () => 0.5,
      ...init
    }
  )
  t.after(() => peers.stop())
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 250) {
      const step = Math.min(left, 250)
      now += step
      t.mock.timers.tick(step)
      await turns(3)
    }
  }
  return { sessions, peers, pass }
}

async function start(w: World): Promise<void> {
  await w.peers.start()
  w.peers.afterStart()
  await turns()
}

describe('dialling', () => {
  it('four at once to begin with, in different neighbourhoods before the same', async (t) => {
    const w = await world(t, { seeds: seeds('1.1.0.1', '1.1.0.2', '2.2.0.1', '3.3.0.1', '4.4.0.1', '5.5.0.1') })
    const open: Array<() => void> = []
    w.sessions.onConnect = (target) => new Promise((resolve) => open.push(() => resolve({ ip: hostOf(target), port: 9030 })))
    await start(w)
    assert.equal(w.sessions.dialled.length, 4)
    for (const done of open.splice(0)) done()
    await turns()
    await w.pass(20_000)
    for (const done of open.splice(0)) done()
    await turns()
    assert.equal(new Set(w.sessions.dialled).size, 6, 'each once')
    const last = w.sessions.dialled.at(-1)!
    const earlier = w.sessions.dialled.slice(0, -1).map((d) => hostOf(d).slice(0, 3))
    assert.equal(earlier.includes(hostOf(last).slice(0, 3)), true, 'the second of one neighbourhood comes last')
  })

  it('those that are being dialled count as neighbours, too', async (t) => {
    const w = await world(t, { seeds: seeds('1.1.0.1', '1.1.0.2', '1.1.0.3', '2.2.0.1', '3.3.0.1', '4.4.0.1'), random: () => 0 })
    w.sessions.onConnect = () => new Promise(() => {})
    await start(w)
    assert.deepEqual(w.sessions.dialled.map(hostOf), ['1.1.0.1', '2.2.0.1', '3.3.0.1', '4.4.0.1'])
  })

  it('fills the outbound target and no more; a session that ends is replaced', async (t) => {
    const hosts = Array.from({ length: 40 }, (_, i) => `${i + 20}.1.1.1`)
    const w = await world(t, { seeds: seeds(...hosts) })
    w.sessions.onConnect = async (target) => ({ ip: hostOf(target), port: 9030 })
    await start(w)
    await w.pass(60_000)
    assert.equal(w.sessions.all().length, 12)
    await w.pass(60_000)
    assert.equal(w.sessions.dialled.length, 12)
    await w.sessions.all()[3]!.close('')
    await w.pass(10_000)
    assert.equal(w.sessions.all().length, 12)
  })

  it('a visitor that declares an address it does not come from keeps nobody from being dialled', async (t) => {
    const w = await world(t, { seeds: seeds('8.8.8.8', '9.9.9.9') })
    await w.sessions.open({ ip: '66.6.6.6', port: 1, declared: { ip: '8.8.8.8', port: 9030 } })
    await w.sessions.open({ ip: '9.9.9.9', port: 1, declared: { ip: '9.9.9.9', port: 9030 } })
    w.sessions.onConnect = async (target) => ({ ip: hostOf(target), port: 9030 })
    await start(w)
    await w.pass(20_000)
    assert.deepEqual(w.sessions.dialled.map(hostOf), ['8.8.8.8'])
  })

  it('a peer that is connected already refuses with good reason: no failure to tell of, and not asked at once again', async (t) => {
    const w = await world(t, { seeds: seeds('8.8.8.8') })
    w.sessions.onConnect = async () => {
      throw new SessionRefusedError({ code: 'DUPLICATE', message: 'session 1 is with the same peer', forgetAddress: false })
    }
    await w.sessions.open({ ip: '8.8.8.8', port: 40_000 })
    await start(w)
    await w.pass(10_000)
    assert.equal(w.sessions.dialled.length, 1)
    assert.deepEqual([w.peers.snapshot().failedSinceSuccess, w.peers.snapshot().lastError], [0, undefined])
  })

  it('does not dial when those who came fill all slots', async (t) => {
    const w = await world(t, { seeds: seeds('8.8.8.8'), limits: { maxConnections: 3 } })
    for (let i = 0; i < 3; i++) await w.sessions.open({ ip: `30.0.0.${i}`, port: 1 })
    await start(w)
    await w.pass(60_000)
    assert.deepEqual(w.sessions.dialled, [])
  })

  it('waits twice as long after each failure, from 15 seconds to half an hour', async (t) => {
    const w = await world(t, { seeds: seeds('8.8.8.8') })
    const at: number[] = []
    let clock = 0
    w.sessions.onConnect = async () => {
      at.push(clock)
      return refused()
    }
    await w.sessions.open({ ip: '30.0.0.1', port: 1 })
    await start(w)
    for (; clock < 3 * 3_600_000; clock += 1_000) await w.pass(1_000)
    const gaps = at.slice(1).map((when, i) => Math.round((when - at[i]!) / 1_000))
    for (const [i, expected] of [15, 30, 60, 120, 240, 480, 960, 1_800, 1_800].entries()) {
      assert.ok(Math.abs(gaps[i]! - expected) <= 6, `wait ${i}: ${gaps[i]} s instead of ${expected} s`)
    }
    assert.equal(w.peers.known().length, 1, 'an address of the operator is never given up')
  })

  it('with nobody else to talk to, no wait is longer than a minute', async (t) => {
    const w = await world(t, { seeds: seeds('8.8.8.8') })
    await start(w)
    await w.pass(1_800_000)
    const soon = w.sessions.dialled.length
    assert.ok(soon >= 30, `${soon} dials in half an hour`)
    assert.ok(w.peers.snapshot().nextDialInMs! <= 60_000)
    // A session comes: the long wait holds again.
    await w.sessions.open({ ip: '30.0.0.1', port: 1 })
    await w.pass(600_000)
    assert.ok(w.sessions.dialled.length <= soon + 1)
  })

  it('waits differ by chance, so that nodes do not come back together', async (t) => {
    const gaps: number[] = []
    for (const random of [0, 0.999]) {
      t.mock.timers.reset()
      const w = await world(t, { seeds: seeds('8.8.8.8'), random: () => random })
      await start(w)
      gaps.push(w.peers.snapshot().nextDialInMs!)
      await w.peers.stop()
    }
    assert.ok(gaps[0]! >= 13_000 && gaps[0]! < 13_500, `${gaps[0]}`)
    assert.ok(gaps[1]! > 16_500 && gaps[1]! <= 17_000, `${gaps[1]}`)
  })

  it('a success makes up for failures', async (t) => {
    const w = await world(t, { seeds: seeds('8.8.8.8') })
    let fail = true
    w.sessions.onConnect = async (target) => (fail ? refused() : { ip: hostOf(target), port: 9030 })
    await start(w)
    await w.pass(50_000)
    assert.ok(w.sessions.dialled.length >= 2)
    fail = false
    await w.pass(120_000)
    assert.equal(w.sessions.all().length, 1)
    assert.equal(w.peers.snapshot().failedSinceSuccess, 0)
    fail = true
    await w.sessions.all()[0]!.close('gone')
    await turns()
    const before = w.sessions.dialled.length
    await w.pass(20_000)
    assert.ok(w.sessions.dialled.length > before, 'dialled again at once, not after the old wait')
  })

  it('an address that was only told goes after three failures, while there are other peers', async (t) => {
    const w = await world(t)
    w.sessions.onConnect = async () => refused()
    await start(w)
    const teller = await w.sessions.open({ ip: '30.0.0.1', port: 1 })
    await w.sessions.receive(teller, { type: 'Peers', peers: [peerSpec({ ip: '8.8.8.8', port: 9030 })] })
    await w.pass(30_000)
    assert.equal(w.peers.known().length, 1)
    await w.pass(120_000)
    assert.equal(w.peers.known().length, 0)
    assert.equal(w.sessions.dialled.length, 3)
  })

  it('without other peers it may be our own line that is cut: it stays', async (t) => {
    const w = await world(t)
    w.sessions.onConnect = async () => refused()
    await start(w)
    const teller = await w.sessions.open({ ip: '30.0.0.1', port: 1 })
    await w.sessions.receive(teller, { type: 'Peers', peers: [peerSpec({ ip: '8.8.8.8', port: 9030 })] })
    await teller.close('')
    await w.pass(600_000)
    assert.equal(w.peers.known().length, 1)
  })

  it('a peer of another network is forgotten at once', async (t) => {
    const w = await world(t)
    w.sessions.onConnect = async () => {
      throw new SessionRefusedError({ code: 'OTHER_NETWORK', message: 'peer is on another network', forgetAddress: true })
    }
    await start(w)
    const teller = await w.sessions.open({ ip: '30.0.0.1', port: 1 })
    await w.sessions.receive(teller, { type: 'Peers', peers: [peerSpec({ ip: '8.8.8.8', port: 9030 })] })
    await turns()
    assert.equal(w.sessions.dialled.length, 1)
    assert.equal(w.peers.known().length, 0)
  })

  it('dials neither itself, nor who is connected, whichever side opened, nor who is banned', async (t) => {
    const w = await world(t, {
      seeds: seeds('5.5.5.5', '6.6.6.6', '7.7.7.7', '8.8.8.8'),
      ownAddress: () => ({ host: '5.5.5.5', port: 9030 }),
      bannedIps: ['6.6.6.6']
    })
    await w.sessions.open({ ip: '7.7.7.7', port: 51_000, declared: { ip: '7.7.7.7', port: 9030 } })
    w.sessions.onConnect = async (target) => ({ ip: hostOf(target), port: 9030 })
    await start(w)
    await w.pass(60_000)
    assert.deepEqual(w.sessions.dialled.map(hostOf), ['8.8.8.8'])
  })

  it('one address on many ports is several peers', async (t) => {
    const w = await world(t, {
      seeds: [
        { host: '8.8.8.8', port: 1 },
        { host: '8.8.8.8', port: 2 }
      ]
    })
    w.sessions.onConnect = async (target) => ({ ip: hostOf(target), port: Number(target.split('/')[4]) })
    await start(w)
    await w.pass(30_000)
    assert.equal(w.sessions.all().length, 2)
  })

  it('a peer by its key is not dialled while a session with that key is open', async (t) => {
    const other = await new FakeSessions().open({})
    const id = other.peerId.toString()
    const w = await world(t, { onlyPeers: [{ host: `/ip4/8.8.8.8/tcp/9031/p2p/${id}`, port: 0 }] })
    w.sessions.onConnect = async () => ({ carrier: 'libp2p', ip: '8.8.8.8', port: 9031, peerId: other.peerId })
    await start(w)
    await w.pass(60_000)
    assert.equal(w.sessions.dialled.length, 1)
    await w.sessions.all()[0]!.close('')
    await w.pass(30_000)
    assert.equal(w.sessions.dialled.length, 2)
  })

  it('only some peers: all of them, and nobody else', async (t) => {
    const hosts = Array.from({ length: 15 }, (_, i) => ({ host: `${i + 20}.1.1.1`, port: 9030 }))
    const w = await world(t, { onlyPeers: hosts, seeds: seeds('8.8.8.8') })
    w.sessions.onConnect = async (target) => ({ ip: hostOf(target), port: 9030 })
    await start(w)
    await w.pass(60_000)
    assert.equal(w.sessions.all().length, 15)
    assert.equal(w.sessions.dialled.map(hostOf).includes('8.8.8.8'), false)
  })

  it('a dial that hangs is given up, and stop ends those under way', async (t) => {
    const w = await world(t, { seeds: seeds('8.8.8.8'), limits: { dialTimeoutMs: 3_000 } })
    let aborted = 0
    w.sessions.onConnect = (_, signal) =>
      new Promise((_, reject) => {
        signal!.addEventListener('abort', () => {
          aborted++
          reject(signal!.reason)
        })
      })
    await start(w)
    assert.equal(w.peers.snapshot().dialing, 1)
    await w.pass(2_750)
    assert.equal(aborted, 0)
    await w.pass(500)
    assert.equal(aborted, 1)
    assert.match(w.peers.snapshot().lastError ?? '', /8\.8\.8\.8:9030: no answer in time/)
    // Fifteen seconds after the failure it is tried again.
    await w.pass(16_000)
    assert.equal(w.peers.snapshot().dialing, 1)
    await w.peers.stop()
    await turns()
    assert.equal(aborted, 2)
    await w.pass(600_000)
    assert.equal(w.sessions.dialled.length, 2, 'nothing after stop')
  })
})

describe('what is said about dialling', () => {
  it('with nobody known: how to name one', async (t) => {
    const w = await world(t)
    assert.equal(w.peers.snapshot().text, 'no peer is known: give one with --peer HOST:PORT')
  })

  it('how many are known, what failed last and why, and when the next try is', async (t) => {
    const w = await world(t, { seeds: seeds('8.8.8.8') })
    await start(w)
    assert.equal(w.peers.snapshot().text, '1 known peer, 1 attempt failed (last: 8.8.8.8:9030: ECONNREFUSED), next try in 15 s')
    await w.pass(16_000)
    assert.match(
      w.peers.snapshot().text,
      /^1 known peer, 2 attempts failed \(last: 8\.8\.8\.8:9030: ECONNREFUSED\), next try in \d+ s$/
    )
  })
})
