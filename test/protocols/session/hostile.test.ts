/** Native peers on bare sockets that get it wrong: what each wrong costs, and that it costs us nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes } from '../../../src/bytes/index.ts'
import { encodeFrame, encodeHandshake } from '../../../src/wire/index.ts'
import { sleep, TEST_MAGIC, type TestNode, testNode, until } from '../../support/libp2p-node.ts'
import { RawPeer, rawFrame, rawHandshake } from '../../support/raw-peer.ts'

const id = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const INV = rawFrame({ type: 'Inv', typeId: 101, ids: [id(1)] })
const GET_PEERS = rawFrame({ type: 'GetPeers' })

/** Head of a frame with any length and checksum. */
function head(magic: Uint8Array, code: number, length: number, checksum?: Uint8Array): Uint8Array {
  const h = new Uint8Array(9)
  h.set(magic)
  h[4] = code
  new DataView(h.buffer).setInt32(5, length)
  return checksum === undefined ? h : concatBytes(h, checksum)
}

function assertNothingLeft(a: TestNode): void {
  const { goneRecords, ...tables } = a.sessions.tableSizes
  assert.deepEqual(tables, { sessions: 0, addresses: 0, connections: 0, handshakes: 0, halfOpenIps: 0 })
  assert.equal(a.sessions.receivedBytes, 0)
}

describe('frames that end a session', () => {
  const wrong: Array<[name: string, bytes: Uint8Array, code: string]> = [
    ['wrong magic', encodeFrame(Uint8Array.of(1, 0, 2, 4), 55, new Uint8Array(40)), 'FRAME_MAGIC'],
    ['wrong checksum', concatBytes(head(TEST_MAGIC, 55, 34, new Uint8Array(4)), new Uint8Array(34)), 'FRAME_CHECKSUM'],
    ['negative length', head(TEST_MAGIC, 55, -1), 'FRAME_LENGTH'],
    ['length above the frame limit', head(TEST_MAGIC, 33, 16_388_609), 'FRAME_LENGTH'],
    ['length of 2 GB, checked before anything is allocated', head(TEST_MAGIC, 33, 0x7fffffff), 'FRAME_LENGTH'],
    ['checksum after an empty payload', concatBytes(GET_PEERS, Uint8Array.of(0x0e, 0x57, 0x51, 0xc0), GET_PEERS), 'FRAME_MAGIC'],
    ['payload that does not parse', encodeFrame(TEST_MAGIC, 55, Uint8Array.of(101, 0)), 'PAYLOAD_INVALID'],
    // Every message that can fail, whether or not this node does anything with it.
    ['Peers with an empty agent name', encodeFrame(TEST_MAGIC, 2, Uint8Array.of(1, 0, 6, 0, 4, 0, 0, 0)), 'PAYLOAD_INVALID'],
    ['RequestModifier without ids', encodeFrame(TEST_MAGIC, 22, Uint8Array.of(101, 0)), 'PAYLOAD_INVALID'],
    ['Modifiers without objects', encodeFrame(TEST_MAGIC, 33, Uint8Array.of(101, 0)), 'PAYLOAD_INVALID'],
    ['SyncInfo of an unknown version', encodeFrame(TEST_MAGIC, 65, Uint8Array.of(0, 0xfe, 0)), 'PAYLOAD_INVALID'],
    ['GetSnapshotsInfo of 100 bytes', encodeFrame(TEST_MAGIC, 76, new Uint8Array(100)), 'FRAME_LENGTH'],
    ['SnapshotsInfo cut short', encodeFrame(TEST_MAGIC, 77, Uint8Array.of(1, 2)), 'PAYLOAD_INVALID'],
    ['GetManifest cut short', encodeFrame(TEST_MAGIC, 78, new Uint8Array(31)), 'PAYLOAD_INVALID'],
    ['Manifest shorter than it says', encodeFrame(TEST_MAGIC, 79, Uint8Array.of(9, 1)), 'PAYLOAD_INVALID'],
    ['GetUtxoSnapshotChunk cut short', encodeFrame(TEST_MAGIC, 80, new Uint8Array(31)), 'PAYLOAD_INVALID'],
    ['UtxoSnapshotChunk shorter than it says', encodeFrame(TEST_MAGIC, 81, Uint8Array.of(9, 1)), 'PAYLOAD_INVALID'],
    ['GetNipopowProof without pad length', encodeFrame(TEST_MAGIC, 90, Uint8Array.of(12, 20, 0)), 'PAYLOAD_INVALID'],
    ['NipopowProof without pad length', encodeFrame(TEST_MAGIC, 91, Uint8Array.of(1, 7)), 'PAYLOAD_INVALID'],
    ['a chunk announced longer than any', head(TEST_MAGIC, 81, 4_000_001), 'FRAME_LENGTH'],
    ['GetPeers with a payload', encodeFrame(TEST_MAGIC, 1, Uint8Array.of(1)), 'FRAME_LENGTH']
  ]
  for (const [name, bytes, code] of wrong) {
    it(`${name}: permanent penalty, connection reset`, async (t) => {
      const a = await testNode(t, { listen: true })
      a.sessions.router.on('Inv', () => {})
      a.sessions.router.on('GetPeers', () => {})
      const peer = await RawPeer.connect(t, a.port)
      await peer.shakeHands()
      peer.send(bytes)
      await peer.ended()
      assert.equal(a.penalties.length, 1)
      assert.equal(a.penalties[0]!.kind, 'permanent')
      assert.equal(a.penalties[0]!.session, a.opened[0])
      const { reason } = a.closed[0]!
      assert.equal(reason.code, 'WIRE_ERROR')
      assert.equal((reason.error as { code?: string }).code, code)
      assertNothingLeft(a)
    })
  }

  it('messages before the wrong bytes are delivered, those after are not', async (t) => {
    const a = await testNode(t, { listen: true })
    let heard = 0
    a.sessions.router.on('Inv', () => void heard++)
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    peer.send(concatBytes(INV, INV, Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9, 9), INV))
    await peer.ended()
    assert.equal(heard, 2)
  })

  it('a sink that closes the session itself does not change the reason', async (t) => {
    const a = await testNode(t, {
      listen: true,
      session: { penalties: { penalize: (session) => session.abort(new Error('banned')) } }
    })
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    peer.send(head(TEST_MAGIC, 55, -5))
    await peer.ended()
    assert.equal(a.closed[0]!.reason.code, 'WIRE_ERROR')
  })
})

describe('frames that are skipped', () => {
  it('unknown code: skipped and counted, the next message is heard', async (t) => {
    const a = await testNode(t, { listen: true })
    let heard = 0
    a.sessions.router.on('Inv', () => void heard++)
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    peer.send(concatBytes(encodeFrame(TEST_MAGIC, 100, new Uint8Array(500)), encodeFrame(TEST_MAGIC, 75, new Uint8Array(0)), INV))
    await until(() => heard === 1, 'Inv')
    assert.equal(a.opened[0]!.counters.unknownIn, 2)
    assert.deepEqual(a.penalties, [])
  })

  it('known code without a handler: ignored as long as it parses', async (t) => {
    const a = await testNode(t, { listen: true })
    let heard = 0
    a.sessions.router.on('Inv', () => void heard++)
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    peer.send(concatBytes(encodeFrame(TEST_MAGIC, 91, Uint8Array.of(1, 7, 0)), INV))
    await until(() => heard === 1, 'Inv')
    assert.deepEqual(a.penalties, [])
    assert.deepEqual(
      a.sessions.traffic.entries().map(({ direction, message, messages, bytes }) => [direction, message, messages, bytes]),
      [
        ['in', 'Inv', 1, INV.length],
        ['in', 'NipopowProof', 1, 16]
      ]
    )
  })

  it('a handler that throws or rejects is our fault: no penalty, the session goes on', async (t) => {
    const a = await testNode(t, { listen: true })
    let heard = 0
    a.sessions.router.on('GetPeers', () => {
      throw new Error('bug')
    })
    a.sessions.router.on('GetPeers', async () => {
      await sleep(1)
      throw new Error('late bug')
    })
    a.sessions.router.on('Inv', () => void heard++)
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    peer.send(concatBytes(GET_PEERS, INV))
    await until(() => heard === 1, 'Inv')
    assert.deepEqual(a.penalties, [])
    assert.equal(a.closed.length, 0)
  })
})

describe('handshakes', () => {
  it('byte by byte: accepted', async (t) => {
    const a = await testNode(t, { listen: true })
    const peer = await RawPeer.connect(t, a.port)
    for (const byte of rawHandshake()) {
      peer.send(Uint8Array.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => a.opened.length === 1, 'session')
  })

  it('together with the first frames in one write: nothing is lost', async (t) => {
    const a = await testNode(t, { listen: true })
    let heard = 0
    a.sessions.router.on('Inv', () => void heard++)
    const peer = await RawPeer.connect(t, a.port)
    peer.send(concatBytes(rawHandshake(), INV, INV, INV.subarray(0, 20)))
    await until(() => heard === 2, 'two')
    peer.send(INV.subarray(20))
    await until(() => heard === 3, 'the third')
  })

  const refusals: Array<[name: string, bytes: Uint8Array, code: string, forget: boolean]> = [
    ['other network', rawHandshake({ magic: Uint8Array.of(1, 0, 2, 4) }), 'OTHER_NETWORK', true],
    ['version 4.0.99', rawHandshake({ version: { major: 4, minor: 0, patch: 99 } }), 'VERSION_TOO_OLD', true],
    ['our own session id', rawHandshake({ sessionId: 42n }), 'SELF', true],
    ['empty agent name', Uint8Array.of(1, 0, 6, 0, 4, 0, 0, 0), 'HANDSHAKE_INVALID', false],
    ['negative feature count', Uint8Array.of(1, 1, 65, 6, 0, 4, 0, 0, 0x80), 'HANDSHAKE_INVALID', false],
    ['an endless number', new Uint8Array(20).fill(0xff), 'HANDSHAKE_INVALID', false],
    ['a frame of mainnet instead', encodeFrame(Uint8Array.of(1, 0, 2, 4), 1, new Uint8Array(0)), 'HANDSHAKE_INVALID', false]
  ]
  for (const [name, bytes, code, forget] of refusals) {
    it(`${name}: refused without a penalty`, async (t) => {
      const a = await testNode(t, { listen: true, session: { sessionId: 42n } })
      const peer = await RawPeer.connect(t, a.port)
      peer.send(bytes)
      assert.equal(await peer.ended(), 'reset')
      assert.equal(a.refused.length, 1)
      assert.equal(a.refused[0]!.refusal.code, code)
      assert.equal(a.refused[0]!.refusal.forgetAddress, forget)
      assert.equal(a.refused[0]!.remote.ip, '127.0.0.1')
      assert.equal(a.opened.length, 0)
      assert.deepEqual(a.penalties, [])
      assertNothingLeft(a)
    })
  }

  it('version 4.0.100 without a session feature: accepted', async (t) => {
    const a = await testNode(t, { listen: true })
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands({ version: { major: 4, minor: 0, patch: 100 }, features: [] })
    await until(() => a.opened.length === 1, 'session')
  })

  it('larger than 8,096 bytes: refused once the limit is there, no more is kept', async (t) => {
    const a = await testNode(t, { listen: true })
    const peer = await RawPeer.connect(t, a.port)
    // Complete in itself, but too large: 127 features of 100 bytes.
    const features = Array.from({ length: 127 }, () => ({ kind: 'unknown', id: 77, body: new Uint8Array(100) }) as const)
    assert.throws(() => rawHandshake({ features }), /handshake of/)
    const start = encodeHandshake({
      time: 1n,
      peer: { agentName: 'a', version: { major: 6, minor: 0, patch: 4 }, nodeName: '', features: features.slice(0, 60) }
    })
    const bytes = concatBytes(
      start,
      ...Array.from({ length: 67 }, () => concatBytes(Uint8Array.of(77, 100), new Uint8Array(100)))
    )
    bytes[1 + 2 + 3 + 1 + 1] = 127
    peer.send(bytes)
    await peer.ended()
    assert.equal(a.refused[0]!.refusal.code, 'HANDSHAKE_TOO_LARGE')
  })

  it('none at all: aborted after the timeout, without a penalty', async (t) => {
    const a = await testNode(t, { listen: true, limits: { handshakeTimeoutMs: 60 } })
    const peer = await RawPeer.connect(t, a.port)
    assert.equal(await peer.ended(), 'reset')
    assert.equal(a.refused[0]!.refusal.code, 'HANDSHAKE_TIMEOUT')
    assert.deepEqual(a.penalties, [])
    await until(() => a.node.getConnections().length === 0, 'connection gone')
    assertNothingLeft(a)
  })

  it('half of one, then silence: the same', async (t) => {
    const a = await testNode(t, { listen: true, limits: { handshakeTimeoutMs: 60 } })
    const peer = await RawPeer.connect(t, a.port)
    peer.send(rawHandshake().subarray(0, 20))
    await peer.ended()
    assert.equal(a.refused[0]!.refusal.code, 'HANDSHAKE_TIMEOUT')
  })

  it('half of one, then gone: no trace', async (t) => {
    const a = await testNode(t, { listen: true })
    const peer = await RawPeer.connect(t, a.port)
    peer.send(rawHandshake().subarray(0, 20))
    await until(() => a.sessions.handshaking === 1, 'handshaking')
    peer.socket.destroy()
    await until(() => a.refused.length === 1, 'refused')
    assert.equal(a.refused[0]!.refusal.code, 'HANDSHAKE_CLOSED')
    await until(() => a.transport.inbound.total === 0, 'socket gone')
    assertNothingLeft(a)
  })

  it('a complete one, then silence: closed for inactivity', async (t) => {
    const a = await testNode(t, { listen: true, limits: { inactivityTimeoutMs: 80 } })
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    await peer.ended()
    assert.equal(a.closed[0]!.reason.code, 'INACTIVE')
    assert.deepEqual(a.penalties, [])
  })

  it('a complete one, then one frame that never ends, byte by byte: that is no sign of life', async (t) => {
    const a = await testNode(t, { listen: true, limits: { inactivityTimeoutMs: 200 } })
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    const frame = rawFrame({ type: 'Inv', typeId: 101, ids: Array.from({ length: 400 }, (_, i) => id(i)) })
    let at = 0
    const dribble = setInterval(() => peer.send(frame.subarray(at, ++at)), 5)
    t.after(() => clearInterval(dribble))
    await peer.ended()
    assert.equal(a.closed[0]!.reason.code, 'INACTIVE')
    assert.ok(at > 10, `${at} bytes were sent`)
    assert.equal(a.sessions.receivedBytes, 0)
    assert.deepEqual(a.penalties, [])
  })

  it('a second session of one declared address is refused while the first lives', async (t) => {
    const a = await testNode(t, { listen: true })
    const address = { ip: '203.0.113.7', port: 9030 }
    const first = await RawPeer.connect(t, a.port)
    await first.shakeHands({ declaredAddress: address })
    await until(() => a.opened.length === 1, 'first')
    assert.equal(a.sessions.ofAddress(address), a.opened[0])
    const second = await RawPeer.connect(t, a.port)
    second.send(rawHandshake({ declaredAddress: address }))
    await second.ended()
    assert.equal(a.refused[0]!.refusal.code, 'DUPLICATE')
    assert.equal(a.refused[0]!.refusal.forgetAddress, false)
    first.socket.destroy()
    await until(() => a.sessions.all().length === 0, 'first gone')
    const third = await RawPeer.connect(t, a.port)
    await third.shakeHands({ declaredAddress: address })
    await until(() => a.opened.length === 2, 'third')
  })

  it('a false claim of an address does not keep its true owner away', async (t) => {
    const a = await testNode(t, { listen: '0.0.0.0' })
    const address = { ip: '127.0.0.2', port: 9030 }
    const liar = await RawPeer.connect(t, a.port)
    await liar.shakeHands({ declaredAddress: address })
    await until(() => a.opened.length === 1, 'liar')
    const owner = await RawPeer.connect(t, a.port, '127.0.0.1', '127.0.0.2')
    await owner.shakeHands({ declaredAddress: address })
    await until(() => a.opened.length === 2, 'owner')
    await liar.ended()
    assert.equal(a.closed[0]!.reason.code, 'SUPERSEDED')
    assert.equal(a.sessions.ofAddress(address)?.remote.ip, '127.0.0.2')
  })

  it('several sessions from one IP without a declared address live side by side', async (t) => {
    const a = await testNode(t, { listen: true })
    for (let i = 0; i < 3; i++) await (await RawPeer.connect(t, a.port)).shakeHands()
    await until(() => a.opened.length === 3, 'three')
    assert.equal(a.sessions.ofIp('127.0.0.1').length, 3)
  })

  it('half-open limits, in total and per IP', async (t) => {
    const a = await testNode(t, { listen: '0.0.0.0', limits: { maxHalfOpen: 3, maxHalfOpenPerIp: 2 } })
    const from = (ip: string): Promise<RawPeer> => RawPeer.connect(t, a.port, '127.0.0.1', ip)
    const kept = [await from('127.0.0.2'), await from('127.0.0.2')]
    await until(() => a.sessions.handshaking === 2, 'two')
    assert.equal(await (await from('127.0.0.2')).ended(), 'reset')
    kept.push(await from('127.0.0.3'))
    await until(() => a.sessions.handshaking === 3, 'three')
    assert.equal(await (await from('127.0.0.4')).ended(), 'reset')
    assert.deepEqual(
      a.refused.map((r) => r.refusal.code),
      ['HALF_OPEN_LIMIT', 'HALF_OPEN_LIMIT']
    )
    assert.equal(a.sessions.tableSizes.halfOpenIps, 2)
    // A completed handshake frees its place.
    await kept[0]!.shakeHands()
    await until(() => a.sessions.handshaking === 2, 'one is a session')
    await from('127.0.0.2')
    await until(() => a.sessions.handshaking === 3, 'room again')
  })

  it('connections that had their time without a word make room when all places are taken', async (t) => {
    const a = await testNode(t, { listen: true, limits: { maxHalfOpen: 2, halfOpenGraceMs: 50 } })
    const silent = [await RawPeer.connect(t, a.port), await RawPeer.connect(t, a.port)]
    await until(() => a.sessions.handshaking === 2, 'both wait')
    assert.equal(await (await RawPeer.connect(t, a.port)).ended(), 'reset', 'not before their time is up')
    await sleep(60)
    const honest = await RawPeer.connect(t, a.port)
    await honest.shakeHands()
    await until(() => a.opened.length === 1, 'the newcomer is in')
    assert.equal(await silent[0]!.ended(), 'reset')
    assert.equal(silent[1]!.end, undefined)
  })

  it('a handshake of ours that cannot be made ends the attempt, not the node', async (t) => {
    const a = await testNode(t, {
      listen: true,
      session: {
        localPeer: () => {
          throw new Error('no settings')
        }
      }
    })
    const peer = await RawPeer.connect(t, a.port)
    await peer.ended()
    assert.equal(a.refused[0]!.refusal.code, 'STREAM_FAILED')
    assertNothingLeft(a)
  })

  it('the admission policy sees the peer before its session opens, and can refuse it', async (t) => {
    const seen: string[] = []
    const a = await testNode(t, {
      listen: true,
      session: {
        admission: {
          admit: (candidate) => {
            seen.push(`${candidate.direction} ${candidate.peer.agentName} ${candidate.address?.ip}`)
            return 'no slot'
          }
        }
      }
    })
    const peer = await RawPeer.connect(t, a.port)
    peer.send(rawHandshake())
    await peer.ended()
    assert.deepEqual(seen, ['inbound ergoref 127.0.0.1'])
    assert.equal(a.refused[0]!.refusal.code, 'NOT_ADMITTED')
    assert.equal(a.refused[0]!.refusal.message, 'no slot')
    assert.equal(a.opened.length, 0)
  })
})
