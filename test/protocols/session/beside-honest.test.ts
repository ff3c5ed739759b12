/** Peers that break the wire protocol beside an honest one: what it costs them, and that sync from the honest one goes on. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { concatBytes } from '../../../src/bytes/index.ts'
import { encodeFrame, encodeMessage, ModifierType, messageCode, type PenaltyKind } from '../../../src/wire/index.ts'
import { type HostileScene, hostileScene, repeatedly } from '../../support/hostile-scene.ts'
import { sleep, until } from '../../support/libp2p-node.ts'
import { devnet, mineHeaders } from '../../support/mine-headers.ts'
import { RawPeer, rawHandshake } from '../../support/raw-peer.ts'

const headers = mineHeaders({ count: 900 })
const { magic } = devnet
const MIB = 1 << 20

function head(code: number, length: number): Uint8Array {
  const bytes = new Uint8Array(9)
  bytes.set(magic)
  bytes[4] = code
  new DataView(bytes.buffer).setInt32(5, length)
  return bytes
}
const inv = encodeMessage({ type: 'Inv', typeId: ModifierType.Header, ids: [headers[0]!.id] })
const wrongChecksum = encodeFrame(magic, 55, inv)
wrongChecksum[9]! ^= 1

function assertBounded({ node }: HostileScene): void {
  assert.ok(node.sessions.receivedBytes <= 20 * MIB, `${node.sessions.receivedBytes} bytes received`)
  for (const session of node.sessions.all())
    assert.ok(session.sendQueueBytes <= 4 * MIB, `${session.sendQueueBytes} bytes to send`)
}

describe('bytes that are no frame of ours, beside an honest peer', () => {
  const faults: Array<[name: string, bytes: Uint8Array, penalty: PenaltyKind | undefined]> = [
    ['wrong magic', encodeFrame(Uint8Array.of(1, 0, 2, 4), 55, inv), 'permanent'],
    ['wrong checksum', wrongChecksum, 'permanent'],
    ['negative length', head(33, -1), 'permanent'],
    ['length above the limit', head(33, 16_388_609), 'permanent'],
    ['a payload that does not parse', encodeFrame(magic, 55, Uint8Array.of(101, 0)), 'permanent'],
    [
      'an Inv of 401 ids',
      encodeFrame(magic, 55, concatBytes(Uint8Array.of(101, 0x91, 3), new Uint8Array(401 * 32))),
      'permanent'
    ],
    ['a SyncInfo whose header is none', encodeFrame(magic, 65, Uint8Array.of(0, 0xff, 1, 3, 1, 2, 3)), 'permanent'],
    ['unknown codes', concatBytes(...[75, 100, 255].map((code) => encodeFrame(magic, code, new Uint8Array(1_000)))), undefined]
  ]
  for (const [name, bytes, penalty] of faults) {
    it(`${name}: ${penalty ?? 'no penalty, and the session goes on'}`, async (t) => {
      const scene = await hostileScene(t, headers)
      scene.hostile.write(bytes)
      await scene.sync()
      if (penalty === undefined) {
        assert.deepEqual(scene.penalties(), {})
        assert.equal(scene.node.opened[0]!.closed, undefined)
        assert.equal(scene.node.opened[0]!.counters.unknownIn, 3)
      } else {
        assert.deepEqual(scene.penalties(), { [penalty]: 1 })
        assert.notEqual(scene.node.opened[0]!.closed, undefined)
      }
      assertBounded(scene)
    })
  }
})

describe('slow peers beside an honest one', () => {
  it('a slow writer: a frame of 16 MB, a little at a time', async (t) => {
    const scene = await hostileScene(t, headers)
    scene.hostile.write(head(33, 16_000_000))
    repeatedly(t, 2, () => scene.hostile.write(new Uint8Array(2_000)))
    await scene.sync()
    assert.deepEqual(scene.penalties(), {})
    assertBounded(scene)
  })

  it('a slow reader: asks for everything again and again, reads nothing, and is dropped', async (t) => {
    const scene = await hostileScene(t, headers, { sessionLimits: { stallTimeoutMs: 500 } })
    const { node, hostile } = scene
    await node.processor.submit(
      headers.slice(0, 400).map((h) => h.bytes),
      'test'
    )
    hostile.socket.pause()
    const ask = encodeFrame(
      magic,
      messageCode('RequestModifier'),
      encodeMessage({ type: 'RequestModifier', typeId: ModifierType.Header, ids: headers.slice(0, 400).map((h) => h.id) })
    )
    let peak = 0
    repeatedly(t, 1, () => {
      for (let i = 0; i < 5; i++) hostile.write(ask)
      peak = Math.max(peak, ...node.sessions.all().map((s) => s.sendQueueBytes), node.sessions.receivedBytes)
    })
    await scene.sync()
    await until(() => node.opened[0]!.closed !== undefined, 'dropped', 20_000)
    assert.equal(node.opened[0]!.closed!.code, 'STALLED')
    assert.deepEqual(scene.penalties(), {})
    assert.ok(peak <= 4 * MIB, `${peak} bytes held for it`)
  })
})

describe('handshakes that are none, beside an honest peer', () => {
  // 127 features of 100 bytes.
  const fill = new Uint8Array(9_000).fill(100)
  const peers: Array<[name: string, act: (peer: RawPeer) => void, code: string]> = [
    ['silence', () => {}, 'HANDSHAKE_TIMEOUT'],
    ['half of one', (peer) => peer.send(rawHandshake({ magic }).subarray(0, 15)), 'HANDSHAKE_TIMEOUT'],
    [
      'one that never ends',
      (peer) => peer.send(concatBytes(Uint8Array.of(1, 1, 65, 6, 0, 4, 0, 0, 127), fill)),
      'HANDSHAKE_TOO_LARGE'
    ],
    ['noise', (peer) => peer.send(new Uint8Array(40).fill(0xff)), 'HANDSHAKE_INVALID'],
    ['another network', (peer) => peer.send(rawHandshake({ magic: Uint8Array.of(1, 0, 2, 4) })), 'OTHER_NETWORK']
  ]
  for (const [name, act, code] of peers) {
    it(`${name}: closed without a penalty`, async (t) => {
      const scene = await hostileScene(t, headers, { sessionLimits: { handshakeTimeoutMs: 300 } })
      const visitors = await Promise.all(Array.from({ length: 10 }, () => RawPeer.connect(t, scene.node.port)))
      for (const visitor of visitors) act(visitor)
      await scene.sync()
      for (const visitor of visitors) await visitor.ended()
      const refusals = scene.node.refused.map((r) => r.refusal.code)
      assert.equal(refusals.length, 10)
      assert.ok(
        refusals.every((c) => c === code),
        refusals.join()
      )
      assert.deepEqual(scene.node.penalties, [])
      assert.equal(scene.node.sessions.tableSizes.handshakes, 0)
    })
  }

  it('one in pieces is complete in the end, and then its silence costs nothing', async (t) => {
    const scene = await hostileScene(t, headers)
    const visitor = await RawPeer.connect(t, scene.node.port)
    for (const byte of rawHandshake({ magic })) {
      visitor.send(Uint8Array.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => scene.node.opened.length === 2, 'session')
    await scene.sync()
    assert.deepEqual(scene.node.penalties, [])
  })
})

describe('connections that come and go beside an honest peer', () => {
  it('1,000 of them: sync goes on, and nothing of them is left', async (t) => {
    const scene = await hostileScene(t, headers)
    let done = 0
    const visit = async (test: TestContext): Promise<void> => {
      while (done < 1_000) {
        const n = done++
        const peer = await RawPeer.connect(test, scene.node.port)
        if (n % 2 === 0) peer.send(rawHandshake({ magic }))
        if (n % 4 < 2) peer.socket.end()
        else peer.socket.resetAndDestroy()
        await until(() => peer.socket.destroyed, 'socket closed')
      }
    }
    const visits = Promise.all(Array.from({ length: 8 }, () => visit(t)))
    await scene.sync()
    await visits
    await until(() => scene.node.sessions.all().length === 2, 'only two are left', 20_000)
    await until(() => scene.node.sessions.tableSizes.handshakes === 0, 'no handshake is left')
    await sleep(20)
    assert.deepEqual(scene.node.penalties, [])
    assert.equal(scene.node.transport.inbound.total, 1)
  })
})
