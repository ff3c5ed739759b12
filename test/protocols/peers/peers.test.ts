/** The peers service over sessions that tests open and close by hand. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { type Ban, type PeerRecord, type PeerStorage, Peers, type PeersInit } from '../../../protocols/peers/index.ts'
import type { Session } from '../../../protocols/session/index.ts'
import { peerStorage } from '../../../src/node/peer-storage.ts'
import { Database, PeerStore } from '../../../src/store/index.ts'
import type { PenaltyKind } from '../../../src/wire/index.ts'
import { candidate, type FakeSession, type FakeSessionInit, FakeSessions, peerSpec } from '../../support/fake-sessions.ts'
import { until } from '../../support/libp2p-node.ts'
import { tempDir } from '../../support/temp-dir.ts'

const HOUR = 3_600_000
const newPeerId = async (): Promise<PeerId> => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))

interface World {
  readonly sessions: FakeSessions
  readonly peers: Peers
  readonly bans: Ban[]
  now: number
}

function world(t: TestContext, init: Partial<PeersInit> = {}): World {
  const sessions = new FakeSessions()
  const bans: Ban[] = []
  const w = { now: 1_700_000_000_000 }
  const peers = new Peers(
    { logger: defaultLogger(), session: sessions, peerStore: { delete: async () => {} } as never },
    {
      seeds: [],
      dialAddress: ({ host, port }) => (host.startsWith('/') ? multiaddr(host) : multiaddr(`/ip4/${host}/tcp/${port}`)),
      now: () => w.now,
      onBan: (ban) => bans.push(ban),
      ...init
    }
  )
  t.after(() => peers.stop())
  return Object.assign(w, { sessions, peers, bans })
}

async function told(w: World): Promise<string[]> {
  const asker = (await w.sessions.open({ ip: '99.1.1.1', port: 5 })) as FakeSession
  await w.sessions.receive(asker, { type: 'GetPeers' })
  const answer = asker.sent.at(-1)
  await asker.close('')
  assert.equal(answer?.type, 'Peers')
  return answer.peers.map((p) => p.declaredAddress!.ip)
}

/** A peer we dialled and shook hands with. */
const met = (w: World, ip: string): Promise<FakeSession> =>
  w.sessions.open({ direction: 'outbound', ip, port: 9030, declared: { ip, port: 9030 } })

describe('slots', () => {
  const admit = async (w: World, init: FakeSessionInit): Promise<string | undefined> =>
    w.peers.admit(candidate({ peerId: await newPeerId(), ...init }))

  it('of 30, 22 are for those who come and 8 are left for whom we dial', async (t) => {
    const w = world(t)
    for (let i = 0; i < 22; i++) {
      assert.equal(await admit(w, { ip: `30.0.0.${i}`, port: 1 }), undefined)
      await w.sessions.open({ ip: `30.0.0.${i}`, port: 1 })
    }
    assert.match((await admit(w, { ip: '30.0.0.99', port: 1 })) ?? '', /22 inbound slots/)
    for (let i = 0; i < 8; i++) {
      assert.equal(await admit(w, { direction: 'outbound', ip: `31.0.0.${i}`, port: 1 }), undefined)
      await w.sessions.open({ direction: 'outbound', ip: `31.0.0.${i}`, port: 1 })
    }
    assert.match((await admit(w, { direction: 'outbound', ip: '31.0.0.99', port: 1 })) ?? '', /all 30 slots/)
    const [replaces] = w.sessions.all()
    const newcomer = candidate({ peerId: await newPeerId(), direction: 'outbound', ip: '31.0.0.99', port: 1 })
    assert.equal(w.peers.admit({ ...newcomer, replaces: replaces! }), undefined, 'who takes a place needs none of its own')
  })

  for (const [max, inbound] of [
    [30, 22],
    [16, 8],
    [10, 5],
    [100, 92]
  ] as const) {
    it(`max(n/2, n - 8): with ${max} slots ${inbound} for those who come`, async (t) => {
      const w = world(t, { limits: { maxConnections: max } })
      for (let i = 0; i < inbound; i++) await w.sessions.open({ ip: `30.0.0.${i}`, port: 1 })
      assert.notEqual(await admit(w, { ip: '30.0.1.1', port: 1 }), undefined)
      await w.sessions.all()[0]!.close('')
      assert.equal(await admit(w, { ip: '30.0.1.1', port: 1 }), undefined)
    })
  }

  it('a banned address gets none, in whatever form it is written', async (t) => {
    const w = world(t, { bannedIps: ['::ffff:6.6.6.6', '2A01:04F8:0:0::1'] })
    assert.match((await admit(w, { ip: '6.6.6.6', port: 1 })) ?? '', /banned/)
    assert.match((await admit(w, { direction: 'outbound', ip: '2a01:4f8::1', port: 1 })) ?? '', /banned/)
    assert.equal(await admit(w, { ip: '6.6.6.7', port: 1 }), undefined)
  })

  it('with only some peers to talk to, nobody else gets one', async (t) => {
    const id = await newPeerId()
    const w = world(t, {
      onlyPeers: [
        { host: '8.8.8.8', port: 9030 },
        { host: `/ip4/9.9.9.9/tcp/9031/p2p/${id}`, port: 0 }
      ]
    })
    await w.peers.start()
    assert.equal(await admit(w, { ip: '8.8.8.8', port: 40_000 }), undefined, 'it may also come to us')
    assert.equal(await admit(w, { direction: 'outbound', ip: '8.8.8.8', port: 9030 }), undefined)
    assert.equal(await admit(w, { carrier: 'libp2p', ip: '10.0.0.1', port: 1, peerId: id } as never), undefined)
    assert.match((await admit(w, { ip: '8.8.4.4', port: 9030 })) ?? '', /only/)
    assert.match((await admit(w, { carrier: 'libp2p', ip: '9.9.9.9', port: 9031 })) ?? '', /only/)
  })
})

describe('bans', () => {
  const penalize = (w: World, session: Session, kind: PenaltyKind): void => w.peers.penalize(session, kind, 'test')

  it('a permanent penalty ends every session of that IP, forgets its addresses, and keeps it out', async (t) => {
    const w = world(t)
    await w.peers.start()
    const a = await met(w, '8.8.8.8')
    const b = await w.sessions.open({ ip: '8.8.8.8', port: 50_000 })
    const c = await met(w, '8.8.4.4')
    assert.equal(w.peers.known().length, 2)
    penalize(w, a, 'permanent')
    assert.match(a.ended ?? '', /banned/)
    assert.match(b.ended ?? '', /banned/)
    assert.equal(c.ended, undefined)
    assert.deepEqual(
      w.peers.known().map((r) => r.host),
      ['8.8.4.4']
    )
    assert.equal(w.peers.isBanned('8.8.8.8'), true)
    assert.equal(w.peers.isBanned('::ffff:8.8.8.8'), true)
    assert.equal(w.bans.length, 1)
    assert.deepEqual(await told(w), ['8.8.4.4'], 'not told to others')
    w.now += 3_600 * 24 * HOUR
    assert.equal(w.peers.isBanned('8.8.8.8'), false)
  })

  it('the score is that of the IP: two sessions, one account', async (t) => {
    const w = world(t)
    const a = await w.sessions.open({ ip: '8.8.8.8', port: 1 })
    const b = await w.sessions.open({ ip: '8.8.8.8', port: 2 })
    penalize(w, a, 'misbehavior')
    w.now += 121_000
    penalize(w, b, 'spam')
    assert.equal(w.peers.scoreOf('8.8.8.8'), 35)
    assert.deepEqual(w.peers.penalties, { nonDelivery: 0, misbehavior: 1, spam: 1, permanent: 0 })
  })

  it('a peer with a key of its own pays by that as well, and stays out under another IP', async (t) => {
    const w = world(t)
    const a = await w.sessions.open({ carrier: 'libp2p', ip: '8.8.8.8', port: 1 })
    penalize(w, a, 'permanent')
    assert.match(w.peers.admit(candidate({ carrier: 'libp2p', ip: '1.1.1.1', port: 1, peerId: a.peerId })) ?? '', /banned/)
    assert.match(w.peers.admit(candidate({ ip: '8.8.8.8', port: 1, peerId: await newPeerId() })) ?? '', /banned/)
  })

  it('an address of the operator is kept through a ban, and not dialled while it lasts', async (t) => {
    const w = world(t, { seeds: [{ host: '8.8.8.8', port: 9030 }] })
    await w.peers.start()
    const a = await met(w, '8.8.8.8')
    penalize(w, a, 'permanent')
    assert.equal(w.peers.known().length, 1)
    w.peers.afterStart()
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(w.sessions.dialled, [])
  })
})

describe('gossip', () => {
  it('tells eight at most, at random, of those seen in the last three hours', async (t) => {
    const w = world(t)
    await w.peers.start()
    for (let i = 0; i < 10; i++) await (await met(w, `40.${i}.0.1`)).close('')
    w.now += 3 * HOUR
    for (let i = 0; i < 20; i++) await met(w, `50.${i}.0.1`)
    const seen = new Set<string>()
    for (let i = 0; i < 40; i++) {
      const ips = await told(w)
      assert.equal(ips.length, 8)
      assert.equal(new Set(ips).size, 8, 'each once')
      for (const ip of ips) seen.add(ip)
    }
    assert.equal(seen.size, 20)
    assert.ok([...seen].every((ip) => ip.startsWith('50.')))
  })

  it('with nobody seen of late, of all we ever shook hands with', async (t) => {
    const w = world(t)
    await w.peers.start()
    for (let i = 0; i < 3; i++) await (await met(w, `40.${i}.0.1`)).close('')
    w.now += 4 * HOUR
    assert.deepEqual((await told(w)).sort(), ['40.0.0.1', '40.1.0.1', '40.2.0.1'])
  })

  it('a peer counts as seen as long as its session is open, however long ago the handshake was', async (t) => {
    const w = world(t)
    await w.peers.start()
    await met(w, '40.0.0.1')
    const gone = await met(w, '40.1.0.1')
    w.now += 10 * HOUR
    await gone.close('')
    w.now += 2 * HOUR
    await met(w, '40.2.0.1')
    assert.deepEqual((await told(w)).sort(), ['40.0.0.1', '40.1.0.1', '40.2.0.1'])
    w.now += HOUR
    assert.deepEqual((await told(w)).sort(), ['40.0.0.1', '40.2.0.1'], 'the one that is gone is three hours old')
  })

  it('does not tell what it was only told, nor what a peer that came to us says of itself', async (t) => {
    const w = world(t, { ownAddress: () => ({ host: '73.0.0.1', port: 9030 }) })
    await w.peers.start()
    const teller = await met(w, '8.8.8.8')
    await w.sessions.receive(teller, { type: 'Peers', peers: [peerSpec({ ip: '70.0.0.1', port: 9030 })] })
    await w.sessions.open({ ip: '72.0.0.1', port: 50_000, declared: { ip: '71.0.0.1', port: 9030 } })
    await w.sessions.open({ ip: '73.0.0.1', port: 50_000, declared: { ip: '73.0.0.1', port: 9030 } })
    assert.equal(w.peers.known().length, 3)
    assert.deepEqual(await told(w), ['8.8.8.8'])
  })

  it('tells of a peer that came to us from the IP that it declares, or a network that begins at one node would not grow', async (t) => {
    const w = world(t)
    await w.peers.start()
    const told0 = peerSpec({ ip: '71.0.0.1', port: 9030 }, 'forged')
    await w.sessions.receive(await w.sessions.open({ ip: '99.0.0.1', port: 1 }), { type: 'Peers', peers: [told0] })
    await w.sessions.open({ ip: '71.0.0.1', port: 50_000, declared: { ip: '71.0.0.1', port: 9030 } })
    assert.deepEqual(await told(w), ['71.0.0.1'])
    const [record] = w.peers.known()
    assert.deepEqual([record!.spec!.agentName, record!.source], ['ergoref', 'gossip'], 'its own word, and no better place for it')
  })

  it('tells the address that it dialled, not the one that the peer declares, and none of a private network', async (t) => {
    const w = world(t)
    await w.peers.start()
    const odd = await w.sessions.open({ direction: 'outbound', ip: '8.8.8.8', port: 9030, declared: { ip: '66.6.6.6', port: 1 } })
    Object.assign(odd.peer, { features: [{ kind: 'localAddress', address: { ip: '192.168.1.1', port: 9030 } }] })
    const asker = await w.sessions.open({ ip: '99.1.1.1', port: 5 })
    await w.sessions.receive(asker, { type: 'GetPeers' })
    const answer = asker.sent.at(-1)
    assert.ok(answer?.type === 'Peers')
    assert.deepEqual(
      answer.peers.map((p) => [p.declaredAddress, p.features]),
      [[{ ip: '8.8.8.8', port: 9030 }, []]]
    )
  })

  it('a flood of questions is answered sixteen times, then once a second', async (t) => {
    const w = world(t)
    await w.peers.start()
    const asker = await w.sessions.open({ ip: '99.1.1.1', port: 5 })
    for (let i = 0; i < 1_000; i++) await w.sessions.receive(asker, { type: 'GetPeers' })
    assert.equal(asker.sent.length, 16)
    w.now += 2_500
    for (let i = 0; i < 1_000; i++) await w.sessions.receive(asker, { type: 'GetPeers' })
    assert.equal(asker.sent.length, 18)
    const other = await w.sessions.open({ ip: '99.1.1.2', port: 5 })
    await w.sessions.receive(other, { type: 'GetPeers' })
    assert.equal(other.sent.length, 1, 'others are not concerned')
    assert.equal(asker.ended, undefined)
    assert.equal(w.peers.scoreOf('99.1.1.1'), 0, 'no offence')
  })

  it('does not tell what would get the teller banned', async (t) => {
    const w = world(t)
    await w.peers.start()
    const odd = await met(w, '8.8.8.8')
    Object.assign(odd.peer, { agentName: '' })
    await w.sessions.open({ direction: 'outbound', ip: '8.8.4.4', port: 9030, declared: { ip: '8.8.4.4', port: 9030 } })
    assert.deepEqual(await told(w), ['8.8.4.4'])
  })

  it('takes what it is told, but not its own address, banned or private ones', async (t) => {
    const w = world(t, { ownAddress: () => ({ host: '5.5.5.5', port: 9030 }), bannedIps: ['6.6.6.6'] })
    await w.peers.start()
    const teller = await met(w, '8.8.8.8')
    const specs = ['5.5.5.5', '6.6.6.6', '192.168.1.1', '7.7.7.7'].map((ip) => peerSpec({ ip, port: 9030 }))
    await w.sessions.receive(teller, { type: 'Peers', peers: [...specs, peerSpec()] })
    assert.deepEqual(
      w.peers
        .known()
        .map((r) => r.host)
        .sort(),
      ['7.7.7.7', '8.8.8.8']
    )
    assert.equal(teller.ended, undefined, 'useless addresses are no offence')
  })

  it('a flood of addresses stays within the bound, and within that of a neighbourhood', async (t) => {
    const w = world(t)
    await w.peers.start()
    const teller = await met(w, '8.8.8.8')
    for (let i = 0; i < 400; i++) {
      const peers = Array.from({ length: 64 }, (_, k) => peerSpec({ ip: `${11 + (i % 80)}.${k}.${i >> 3}.${k}`, port: 9030 }))
      await w.sessions.receive(teller, { type: 'Peers', peers })
    }
    assert.equal(w.peers.known().length, 1 + 512, 'of one peer no more are taken')
    w.now += 60_000
    await w.sessions.receive(teller, {
      type: 'Peers',
      peers: Array.from({ length: 64 }, (_, k) => peerSpec({ ip: `120.${k}.0.1`, port: 9030 }))
    })
    assert.equal(w.peers.known().length, 1 + 512 + 60, 'but one a second')
    const same = world(t)
    await same.peers.start()
    const other = await met(same, '8.8.8.8')
    for (let i = 0; i < 100; i++) {
      const peers = Array.from({ length: 64 }, (_, k) => peerSpec({ ip: `90.1.${i}.${k}`, port: 9030 }))
      await same.sessions.receive(other, { type: 'Peers', peers })
    }
    assert.equal(same.peers.known().length, 65)
  })

  it('turned off, and with only some peers to talk to: asks nobody, tells nothing, learns nothing', async (t) => {
    for (const init of [{ discovery: false }, { onlyPeers: [{ host: '8.8.8.8', port: 9030 }] }]) {
      const w = world(t, { ...init, limits: { firstGetPeersMs: 1, getPeersIntervalMs: 2 } })
      await w.peers.start()
      const peer = await met(w, '8.8.8.8')
      await w.sessions.receive(peer, { type: 'GetPeers' })
      await w.sessions.receive(peer, { type: 'Peers', peers: [peerSpec({ ip: '7.7.7.7', port: 9030 })] })
      await new Promise((resolve) => setTimeout(resolve, 30))
      assert.deepEqual(peer.sent, [])
      assert.deepEqual(
        w.peers.known().map((r) => r.host),
        w.peers.known().length === 0 ? [] : ['8.8.8.8']
      )
    }
  })

  it('asks one peer at random, first after two seconds, then every two minutes', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    const w = world(t)
    await w.peers.start()
    const peers = [await met(w, '1.1.1.1'), await met(w, '2.2.2.2')]
    const asked = (): number => peers.reduce((sum, p) => sum + p.sent.filter((m) => m.type === 'GetPeers').length, 0)
    t.mock.timers.tick(1_999)
    assert.equal(asked(), 0)
    t.mock.timers.tick(1)
    assert.equal(asked(), 1)
    t.mock.timers.tick(118_000)
    assert.equal(asked(), 2)
    t.mock.timers.tick(120_000)
    assert.equal(asked(), 3)
  })
})

describe('what is remembered of addresses', () => {
  it('the address of a socket that we opened, not the one the peer declares', async (t) => {
    const w = world(t)
    await w.peers.start()
    await w.sessions.open({ direction: 'outbound', ip: '8.8.8.8', port: 9030, declared: { ip: '66.66.66.66', port: 1 } })
    assert.deepEqual(
      w.peers.known().map((r) => [r.address, r.source]),
      [['8.8.8.8:9030', 'handshake']]
    )
  })

  it('a peer that came to us: what it declares, as told only; nothing when it declares nothing', async (t) => {
    const w = world(t)
    await w.peers.start()
    await w.sessions.open({ ip: '8.8.8.8', port: 50_000, declared: { ip: '9.9.9.9', port: 9030 } })
    await w.sessions.open({ ip: '8.8.4.4', port: 50_001 })
    assert.deepEqual(
      w.peers.known().map((r) => [r.address, r.source, r.lastHandshake]),
      [['9.9.9.9:9030', 'gossip', undefined]]
    )
  })

  it('private addresses only when they are allowed', async (t) => {
    for (const [allowLocal, count] of [
      [false, 0],
      [true, 2]
    ] as const) {
      const w = world(t, { allowLocal })
      await w.peers.start()
      await met(w, '127.0.0.1')
      await w.sessions.open({ ip: '192.168.1.2', port: 50_000, declared: { ip: '192.168.1.2', port: 9030 } })
      assert.equal(w.peers.known().length, count)
    }
  })

  it('a handshake that shows the address to be useless: forgotten, unless it is the operator’s', async (t) => {
    const w = world(t, { seeds: [{ host: '7.7.7.7', port: 9030 }] })
    await w.peers.start()
    const teller = await met(w, '8.8.8.8')
    await w.sessions.receive(teller, { type: 'Peers', peers: [peerSpec({ ip: '9.9.9.9', port: 9030 })] })
    for (const ip of ['7.7.7.7', '9.9.9.9']) {
      w.sessions.refuse(
        { remote: { carrier: 'native', direction: 'outbound', ip, port: 9030 } as never },
        { code: 'OTHER_NETWORK', message: '', forgetAddress: true }
      )
    }
    assert.deepEqual(
      w.peers
        .known()
        .map((r) => r.host)
        .sort(),
      ['7.7.7.7', '8.8.8.8']
    )
  })

  it('an address under which we met ourselves is not learnt again', async (t) => {
    const w = world(t)
    await w.peers.start()
    const teller = await met(w, '8.8.8.8')
    const tell = async (): Promise<string[]> => {
      await w.sessions.receive(teller, { type: 'Peers', peers: [peerSpec({ ip: '73.0.0.1', port: 9030 })] })
      return w.peers.known().map((r) => r.host)
    }
    assert.deepEqual(await tell(), ['8.8.8.8', '73.0.0.1'])
    w.sessions.refuse(
      { remote: { carrier: 'native', direction: 'outbound', ip: '73.0.0.1', port: 9030 } as never },
      { code: 'SELF', message: '', forgetAddress: true }
    )
    assert.deepEqual(await tell(), ['8.8.8.8'])
  })

  it('over a restart: addresses, specs, handshakes and removals, in the node’s own database', async (t) => {
    const dir = tempDir(t)
    const first = await Database.open(dir)
    const w = world(t, { storage: peerStorage(first), seeds: [{ host: '7.7.7.7', port: 9030 }] })
    await w.peers.start()
    const teller = await met(w, '8.8.8.8')
    await met(w, '8.8.4.4')
    await w.sessions.receive(teller, { type: 'Peers', peers: [peerSpec({ ip: '2a01:4f8::9', port: 9031 })] })
    w.sessions.refuse(
      { remote: { carrier: 'native', direction: 'outbound', ip: '8.8.4.4', port: 9030 } as never },
      { code: 'SELF', message: '', forgetAddress: true }
    )
    await w.peers.stop()
    await first.close()

    const second = await Database.open(dir)
    t.after(() => second.close())
    const again = world(t, { storage: peerStorage(second) })
    await again.peers.start()
    const records = new Map(again.peers.known().map((r) => [r.address, r]))
    assert.deepEqual([...records.keys()].sort(), ['7.7.7.7:9030', '8.8.8.8:9030', '[2a01:4f8::9]:9031'])
    const old = records.get('8.8.8.8:9030')!
    assert.deepEqual([old.source, old.lastHandshake, old.spec?.agentName], ['handshake', w.now, 'ergoref'])
    assert.deepEqual(old.spec, teller.peer)
    assert.deepEqual(await told(again), ['8.8.8.8'])
  })

  it('a record that cannot be read is left out, a spec that cannot be written costs neither its address nor the others', async (t) => {
    const db = await Database.open(tempDir(t))
    t.after(() => db.close())
    const utf8 = new TextEncoder()
    const junk = [
      '',
      'null',
      '[]',
      '{}',
      '{"host":7,"port":1,"source":"gossip"}',
      '{"host":"1.1.1.1","port":1,"source":"nobody"}'
    ]
    const broken = '{"host":"1.1.1.1","port":1,"source":"gossip","spec":"00"}'
    await new PeerStore(db).save(
      [...junk, broken].map((text, i) => ({ address: `junk${i}`, value: utf8.encode(text) })),
      []
    )
    const storage = peerStorage(db)
    assert.deepEqual(await storage.load(), [])
    const record = (ip: string, nodeName: string): PeerRecord => ({
      address: `${ip}:9030`,
      host: ip,
      port: 9030,
      spec: { ...peerSpec({ ip, port: 9030 }), nodeName },
      lastHandshake: 5,
      source: 'handshake'
    })
    // 255 bytes that are no UTF-8 are 765 when they are written as what they were read as.
    await storage.save([record('7.7.7.7', '\ufffd'.repeat(255)), record('8.8.8.8', 'fine')], [])
    const loaded = await storage.load()
    assert.deepEqual(
      loaded.map((r) => [r.host, r.spec?.nodeName]),
      [
        ['7.7.7.7', undefined],
        ['8.8.8.8', 'fine']
      ]
    )
  })

  it('is saved every minute, too', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    const saved: PeerRecord[] = []
    const storage: PeerStorage = { load: async () => [], save: async (changed) => void saved.push(...changed) }
    const w = world(t, { storage })
    await w.peers.start()
    await met(w, '8.8.8.8')
    t.mock.timers.tick(60_000)
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(
      saved.map((r) => r.host),
      ['8.8.8.8']
    )
  })

  it('a store that fails: the node starts from its seeds, and goes on when saving fails', async (t) => {
    const storage: PeerStorage = {
      load: () => Promise.reject(new Error('unreadable')),
      save: () => Promise.reject(new Error('disk full'))
    }
    const w = world(t, { storage, seeds: [{ host: '7.7.7.7', port: 9030 }] })
    await w.peers.start()
    assert.equal(w.peers.known().length, 1)
    await w.peers.stop()
  })

  it('with only some peers to talk to: nothing is read or written', async (t) => {
    const storage: PeerStorage = {
      load: async () => assert.fail('read'),
      save: async () => assert.fail('written')
    }
    const w = world(t, { storage, onlyPeers: [{ host: '127.0.0.1', port: 9030 }] })
    await w.peers.start()
    assert.deepEqual(
      w.peers.known().map((r) => r.address),
      ['127.0.0.1:9030']
    )
    await w.peers.stop()
  })
})

describe('eviction', () => {
  it('every hour one at random, when there are five or more', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    const w = world(t, { random: () => 0.5 })
    await w.peers.start()
    for (let i = 0; i < 4; i++) await w.sessions.open({ ip: `30.0.0.${i}`, port: 1 })
    t.mock.timers.tick(HOUR)
    assert.equal(w.sessions.all().length, 4)
    await w.sessions.open({ ip: '30.0.0.9', port: 1 })
    t.mock.timers.tick(HOUR)
    await until(() => w.sessions.all().length === 4, 'eviction', 100).catch(() => {})
    assert.equal(w.sessions.all().length, 4)
    assert.equal(
      w.sessions.all().some((s) => s.remote.ip === '30.0.0.2'),
      false
    )
  })

  it('never one of the operator’s', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
    const w = world(t, { seeds: Array.from({ length: 4 }, (_, i) => ({ host: `30.0.0.${i}`, port: 9030 })) })
    await w.peers.start()
    for (let i = 0; i < 5; i++) await met(w, `30.0.0.${i}`)
    t.mock.timers.tick(HOUR)
    assert.deepEqual(
      w.sessions.all().map((s) => s.remote.ip),
      ['30.0.0.0', '30.0.0.1', '30.0.0.2', '30.0.0.3']
    )
    // Who came and says that it is one of them is none.
    await w.sessions.open({ ip: '31.0.0.1', port: 1, declared: { ip: '30.0.0.1', port: 9030 } })
    t.mock.timers.tick(HOUR)
    assert.deepEqual(
      w.sessions.all().map((s) => s.remote.ip),
      ['30.0.0.0', '30.0.0.1', '30.0.0.2', '30.0.0.3']
    )
  })
})
