/** The double of the reference node itself: that it answers as a live one was seen to, and finds fault where that one would. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { concatBytes, toHex } from '../../../src/bytes/index.ts'
import type { Header } from '../../../src/chain/index.ts'
import { encodeFrame, type Message, ModifierType, type SyncInfo } from '../../../src/wire/index.ts'
import { sleep, until } from '../../support/libp2p-node.ts'
import { devnet, mineHeaders } from '../../support/mine-headers.ts'
import { type RawHandshakeOptions, rawHandshake } from '../../support/raw-peer.ts'
import { PeerChain, ReferencePeer } from '../../support/reference-peer/index.ts'
import { ScriptedPeer } from '../../support/scripted-peer.ts'

const headers = mineHeaders({ count: 700 })
const foreign = mineHeaders({ count: 1, salt: 9 })[0]!
const MAGIC = devnet.magic

async function double(t: TestContext): Promise<ReferencePeer & { clock: number }> {
  const peer = new ReferencePeer({ magic: MAGIC, chain: PeerChain.ofHeaders(headers.map((h) => h.bytes)), syncIntervalMs: 0 })
  await peer.listen()
  t.after(() => peer.close())
  const state = Object.assign(peer, { clock: 1_000 })
  state.now = () => state.clock
  return state
}

const v2 = (...list: Header[]): SyncInfo => ({ type: 'SyncInfo', version: 2, headers: list.map((h) => h.bytes) })
const v1 = (...list: Header[]): SyncInfo => ({ type: 'SyncInfo', version: 1, headerIds: list.map((h) => h.id) })
const modifiers = (...list: Header[]): Message => ({
  type: 'Modifiers',
  typeId: ModifierType.Header,
  modifiers: list.map(({ id, bytes }) => ({ id, bytes }))
})

describe('the double of the reference node', () => {
  it('answers SyncInfo 105 ms apart, and of ten that are 90 ms apart the first', async (t) => {
    for (const [gap, answers] of [
      [105, 10],
      [90, 1]
    ] as const) {
      const peer = await double(t)
      const us = await ScriptedPeer.dial(t, peer.port, { magic: MAGIC })
      for (let i = 0; i < 10; i++) {
        peer.clock += gap
        us.send(v2(headers[99]!))
        await until(() => peer.counter('received:SyncInfo') === i + 1, 'question')
      }
      await sleep(50)
      const invs = us.all('Inv')
      assert.equal(invs.length, answers)
      assert.equal(peer.counter('syncIgnored'), 10 - answers)
      for (const { ids } of invs)
        assert.deepEqual(
          ids.map(toHex),
          headers.slice(100, 499).map((h) => h.idHex)
        )
      peer.assertNoFault()
    }
  })

  it('one id of version 1: 400 ids, itself the first, and its own thousand', async (t) => {
    const peer = await double(t)
    const us = await ScriptedPeer.dial(t, peer.port, { magic: MAGIC })
    us.send(v1(headers[199]!))
    const { ids } = await us.waitFor('Inv')
    assert.deepEqual(
      ids.map(toHex),
      headers.slice(199, 599).map((h) => h.idHex)
    )
    const own = await us.waitFor('SyncInfo')
    assert.ok(own.version === 1)
    assert.equal(own.headerIds.length, 701)
  })

  it('an id of version 1 that it does not know: it takes us for ahead, and asks us for the header', async (t) => {
    const peer = await double(t)
    const us = await ScriptedPeer.dial(t, peer.port, { magic: MAGIC })
    us.send(v1(foreign))
    assert.deepEqual((await us.waitFor('RequestModifier')).ids.map(toHex), [foreign.idHex])
  })

  it('three requests of 400 at once are all served; what it lacks is left out; an id asked three times comes once', async (t) => {
    const peer = await double(t)
    const us = await ScriptedPeer.dial(t, peer.port, { magic: MAGIC })
    const ask = (ids: Uint8Array[]): boolean => us.send({ type: 'RequestModifier', typeId: ModifierType.Header, ids })
    for (let i = 0; i < 3; i++) ask(headers.slice(i * 100, i * 100 + 400).map((h) => h.id))
    await us.waitFor('Modifiers', 3)
    ask([headers[0]!.id, foreign.id, headers[0]!.id, headers[0]!.id])
    assert.equal((await us.waitFor('Modifiers', 4)).modifiers.length, 1)
    peer.assertNoFault()
  })

  const faults: Array<[name: string, penalty: string, act: (us: ScriptedPeer) => void]> = [
    ['headers that it did not ask for', 'spam', (us) => us.send(modifiers(headers[0]!))],
    ['an empty Inv', 'permanent', (us) => us.write(encodeFrame(MAGIC, 55, Uint8Array.of(101, 0)))],
    ['another magic', 'permanent', (us) => us.write(encodeFrame(Uint8Array.of(1, 2, 3, 4), 1, new Uint8Array(0)))],
    [
      'a SyncInfo with a header that does not parse',
      'permanent',
      (us) => us.send({ type: 'SyncInfo', version: 2, headers: [new Uint8Array(50)] })
    ],
    [
      'a header under the id of another',
      'misbehavior',
      (us) => {
        us.on('RequestModifier', ({ ids }) =>
          us.send({ type: 'Modifiers', typeId: ModifierType.Header, modifiers: [{ id: ids[0]!, bytes: headers[0]!.bytes }] })
        )
        us.send({ type: 'Inv', typeId: ModifierType.Header, ids: [foreign.id] })
      }
    ],
    [
      'an answer given twice',
      'spam',
      (us) => {
        us.on('RequestModifier', () => {
          us.send(modifiers(foreign))
          us.send(modifiers(foreign))
        })
        us.send({ type: 'Inv', typeId: ModifierType.Header, ids: [foreign.id] })
      }
    ]
  ]
  for (const [name, penalty, act] of faults) {
    it(`${name}: ${penalty}`, async (t) => {
      const peer = await double(t)
      const us = await ScriptedPeer.dial(t, peer.port, { magic: MAGIC })
      await until(() => peer.counter('handshakes') === 1, 'handshake')
      act(us)
      await until(() => peer.penalties.length > 0, 'penalty')
      assert.deepEqual(
        peer.penalties.map((p) => p.kind),
        [penalty]
      )
      assert.throws(() => peer.assertNoFault(), new RegExp(penalty))
      if (penalty === 'permanent') await until(() => us.closed, 'connection closed')
    })
  }

  it('an unknown code: nothing after it is heard', async (t) => {
    const peer = await double(t)
    const us = await ScriptedPeer.dial(t, peer.port, { magic: MAGIC })
    us.write(encodeFrame(MAGIC, 100, new Uint8Array(3)))
    us.send({ type: 'GetPeers' })
    await until(() => peer.violations.length === 1, 'violation')
    await sleep(50)
    assert.equal(us.received.length, 0)
    assert.throws(() => peer.assertNoFault(), /unknown message code 100/)
  })

  const handshakes: Array<[name: string, bytes: Uint8Array, fault: RegExp]> = [
    ['a frame behind it', concatBytes(shake(), encodeFrame(MAGIC, 1, new Uint8Array(0))), /9 bytes behind the handshake/],
    ['half of it', shake().subarray(0, 20), /not whole in one read/],
    ['no features', shake({ features: [] }), /without Mode/],
    ['a version before EIP-37', shake({ version: { major: 4, minor: 0, patch: 99 } }), /before EIP-37/],
    ['a version to come', shake({ version: { major: 6, minor: 5, patch: 0 } }), /input blocks/],
    ['another network', rawHandshake(), /another network/]
  ]
  for (const [name, bytes, fault] of handshakes) {
    it(`a handshake with ${name} is a fault`, async (t) => {
      const peer = await double(t)
      const socket = connect(peer.port, '127.0.0.1')
      socket.on('error', () => {})
      t.after(() => socket.destroy())
      socket.write(bytes)
      await until(() => peer.violations.length > 0, 'violation')
      assert.throws(() => peer.assertNoFault(), fault)
    })
  }
})

function shake(options: RawHandshakeOptions = {}): Uint8Array {
  return rawHandshake({ magic: MAGIC, ...options })
}
