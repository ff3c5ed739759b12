/** libp2p connections to a node that is there for Ergo alone: those that never become sessions are held to the limits of native ones. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import '../../../transports/polyfill.ts'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Connection, Libp2p } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import type { SessionLimits } from '../../../protocols/session/index.ts'
import { encodeFrame } from '../../../src/wire/index.ts'
import { steadyMuxer } from '../../../transports/steady-muxer.ts'
import { EMPTY_TABLES, sleep, TEST_MAGIC, type TestCarrier, type TestNode, testNode, until } from '../../support/libp2p-node.ts'
import { rawHandshake } from '../../support/raw-peer.ts'

/** A libp2p node that knows nothing of Ergo. */
async function stranger(t: TestContext, carrier: TestCarrier): Promise<Libp2p> {
  const node = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [carrier === 'mplex' ? steadyMuxer(mplex()) : steadyMuxer(yamux())],
    services: { identify: identify() }
  })
  t.after(() => node.stop())
  return node
}

const dedicated = (t: TestContext, carrier: TestCarrier, limits: Partial<SessionLimits>): Promise<TestNode> =>
  testNode(t, { carrier, listen: true, session: { dedicated: true }, limits })

async function dial(t: TestContext, a: TestNode, carrier: TestCarrier): Promise<Connection> {
  return await (await stranger(t, carrier)).dial(a.address)
}

for (const carrier of ['yamux', 'mplex'] as const) {
  describe(`a dedicated node over ${carrier}`, () => {
    it('ends a connection that has no Ergo stream in the time of a handshake', async (t) => {
      const a = await dedicated(t, carrier, { handshakeTimeoutMs: 150 })
      const connection = await dial(t, a, carrier)
      await until(() => a.sessions.handshaking === 1, 'waits')
      await until(() => connection.status !== 'open', 'ended')
      assert.equal(a.refused[0]!.refusal.code, 'HANDSHAKE_TIMEOUT')
      assert.match(a.refused[0]!.refusal.message, /no Ergo stream/)
      assert.deepEqual(a.penalties, [])
      assert.equal(a.sessions.handshaking, 0)
      assert.equal(a.node.getConnections().length, 0)
    })

    it('one that has its stream is a session and stays', async (t) => {
      const a = await dedicated(t, carrier, { handshakeTimeoutMs: 1_000 })
      const b = await testNode(t, { carrier, session: { dedicated: true }, limits: { handshakeTimeoutMs: 1_000 } })
      const session = await b.sessions.connect(a.address)
      await sleep(1_300)
      assert.equal(session.closed, undefined)
      assert.deepEqual([a.sessions.handshaking, b.sessions.handshaking], [0, 0])
      assert.equal(a.sessions.tableSizes.halfOpenIps, 0)
    })

    it('caps them by IP and in total, and those that had their time make room', async (t) => {
      const a = await dedicated(t, carrier, { maxHalfOpen: 3, maxHalfOpenPerIp: 2, halfOpenGraceMs: 10_000 })
      await dial(t, a, carrier)
      await dial(t, a, carrier)
      await until(() => a.sessions.handshaking === 2, 'two wait')
      const third = await dial(t, a, carrier)
      await until(() => third.status !== 'open', 'the third is refused')
      assert.equal(a.refused[0]!.refusal.code, 'HALF_OPEN_LIMIT')
      const full = await dedicated(t, carrier, { maxHalfOpen: 2, maxHalfOpenPerIp: 10, halfOpenGraceMs: 100 })
      const idle = [await dial(t, full, carrier), await dial(t, full, carrier)]
      await until(() => full.sessions.handshaking === 2, 'two wait')
      await sleep(120)
      const b = await testNode(t, { carrier })
      await b.sessions.connect(full.address)
      await until(() => full.opened.length === 1, 'the newcomer is in')
      await until(() => idle[0]!.status !== 'open', 'the oldest made room')
      assert.equal(idle[1]!.status, 'open')
    })

    it('an outbound connection to somebody who does not speak Ergo does not stay', async (t) => {
      const other = await createLibp2p({
        addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
        transports: [tcp()],
        connectionEncrypters: [noise()],
        streamMuxers: [carrier === 'mplex' ? steadyMuxer(mplex()) : steadyMuxer(yamux())],
        services: { identify: identify() }
      })
      t.after(() => other.stop())
      const a = await dedicated(t, carrier, { handshakeTimeoutMs: 150 })
      const signal = AbortSignal.timeout(5_000)
      await assert.rejects(a.sessions.connect(other.getMultiaddrs()[0]!, { signal }), { code: 'HANDSHAKE_TIMEOUT' })
      await until(() => a.node.getConnections().length === 0, 'ended')
    })

    const breaches: Array<[name: string, bytes: Uint8Array[], refused: string | undefined, penalty: string | undefined]> = [
      ['a stream and then silence', [], 'HANDSHAKE_TIMEOUT', undefined],
      ['half a handshake', [rawHandshake().subarray(0, 20)], 'HANDSHAKE_TIMEOUT', undefined],
      ['noise for a handshake', [new Uint8Array(40).fill(0xff)], 'HANDSHAKE_INVALID', undefined],
      [
        'a handshake without end',
        [new Uint8Array([1, 1, 65, 6, 0, 4, 0, 0, 127]), new Uint8Array(9_000).fill(100)],
        'HANDSHAKE_TOO_LARGE',
        undefined
      ],
      ['another network', [rawHandshake({ magic: Uint8Array.of(1, 0, 2, 4) })], 'OTHER_NETWORK', undefined],
      ['wrong magic', [rawHandshake(), new Uint8Array(9)], undefined, 'permanent'],
      ['wrong checksum', [rawHandshake(), Uint8Array.of(...TEST_MAGIC, 55, 0, 0, 0, 1, 9, 9, 9, 9, 1)], undefined, 'permanent'],
      ['negative length', [rawHandshake(), Uint8Array.of(...TEST_MAGIC, 33, 0xff, 0, 0, 0)], undefined, 'permanent'],
      ['length above the limit', [rawHandshake(), Uint8Array.of(...TEST_MAGIC, 33, 0, 0xfa, 0x12, 1)], undefined, 'permanent'],
      [
        'a payload that does not parse',
        [rawHandshake(), encodeFrame(TEST_MAGIC, 55, Uint8Array.of(101, 0))],
        undefined,
        'permanent'
      ]
    ]
    for (const [name, bytes, refused, penalty] of breaches) {
      it(`${name}: ${refused ?? penalty ?? 'no offence'}`, async (t) => {
        const a = await dedicated(t, carrier, { handshakeTimeoutMs: 300 })
        const connection = await dial(t, a, carrier)
        const stream = await connection.newStream(a.sessions.protocol)
        for (const part of bytes) {
          stream.send(part)
          await sleep(10)
        }
        await until(() => connection.status !== 'open', 'ended')
        assert.deepEqual(
          a.refused.map((r) => r.refusal.code),
          refused === undefined ? [] : [refused]
        )
        assert.deepEqual(
          a.penalties.map((p) => p.kind),
          penalty === undefined ? [] : [penalty]
        )
        assert.equal(a.sessions.all().length, 0)
        assert.equal(a.sessions.receivedBytes, 0)
      })
    }

    it('many that come and go leave nothing behind, in the peer store neither', async (t) => {
      const a = await dedicated(t, carrier, {})
      const before = (await a.node.peerStore.all()).length
      for (let i = 0; i < 30; i++) {
        const b = i % 2 === 0 ? await stranger(t, carrier) : (await testNode(t, { carrier })).node
        const connection = await b.dial(a.address)
        if (i % 3 === 0) await sleep(10)
        if (i % 3 === 2) await connection.close()
        else connection.abort(new Error('gone'))
        await b.stop()
      }
      await until(() => a.node.getConnections().length === 0, 'connections gone')
      await until(() => a.sessions.tableSizes.goneRecords === 0, 'records swept')
      assert.deepEqual(a.sessions.tableSizes, EMPTY_TABLES)
      await until(async () => (await a.node.peerStore.all()).length === before, 'peer store as before')
    })
  })
}

describe('a node with other services on its libp2p', () => {
  it('leaves their connections alone', async (t) => {
    const a = await testNode(t, { carrier: 'yamux', listen: true, limits: { handshakeTimeoutMs: 50, maxHalfOpen: 1 } })
    const connections = [await dial(t, a, 'yamux'), await dial(t, a, 'yamux')]
    await sleep(200)
    assert.deepEqual(
      connections.map((c) => c.status),
      ['open', 'open']
    )
    assert.deepEqual(a.refused, [])
  })
})
