/** Flow control both ways: whoever is slow slows down only itself, and nothing grows without bound. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes } from '../../../src/bytes/index.ts'
import { encodeMessage, frameParts, type Modifiers, messageCode } from '../../../src/wire/index.ts'
import { ergoDialAddress } from '../../../transports/ergo-tcp/index.ts'
import { sleep, TEST_MAGIC, testNode, until } from '../../support/libp2p-node.ts'
import { RawPeer, rawFrame, rawHandshake, rawServer } from '../../support/raw-peer.ts'

const id = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const modifiers = (size: number, n = 0): Modifiers => ({
  type: 'Modifiers',
  typeId: 102,
  modifiers: [{ id: id(n), bytes: new Uint8Array(size).fill(n) }]
})
const INV = rawFrame({ type: 'Inv', typeId: 101, ids: [id(1)] })
const GET_PEERS = rawFrame({ type: 'GetPeers' })
const MIB = 1 << 20

/** Samples a value every few milliseconds until stopped. */
function peakOf(sample: () => number): () => number {
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, sample())
  }, 2)
  return () => {
    clearInterval(timer)
    return Math.max(peak, sample())
  }
}

for (const carrier of ['native', 'yamux'] as const) {
  describe(`flow over ${carrier}`, () => {
    it('a slow handler slows the sender, loses nothing and holds little', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier })
      const seen: number[] = []
      a.sessions.router.on('Modifiers', async (_, message) => {
        seen.push(message.modifiers[0]!.bytes[0]!)
        await sleep(3)
      })
      const session = await b.sessions.connect(a.address)
      const peakHeld = peakOf(() => a.sessions.receivedBytes)
      const peakQueued = peakOf(() => session.sendQueueBytes)
      const count = 120
      for (let i = 0; i < count; i++) {
        session.send(modifiers(256 << 10, i))
        await session.drained()
      }
      await until(() => seen.length === count, 'all handled', 30_000)
      assert.deepEqual(
        seen,
        Array.from({ length: count }, (_, i) => i)
      )
      assert.ok(peakHeld() < 4 * MIB, `receiver held ${peakHeld()}`)
      assert.ok(peakQueued() < 2 * MIB, `sender held ${peakQueued()}`)
      assert.equal(a.closed.length + b.closed.length, 0)
    })

    it('a handler that never returns: the sender stops, its announcements are dropped, and it gives up in time', async (t) => {
      // A paused socket does not hear of the other side's end: what ends the session here is the lack of messages.
      const a = await testNode(t, { carrier, listen: true, limits: { inactivityTimeoutMs: 2_500 } })
      const b = await testNode(t, { carrier, limits: { stallTimeoutMs: 250, sendDropBytes: 256 << 10 } })
      a.sessions.router.on('Modifiers', () => new Promise(() => {}))
      const session = await b.sessions.connect(a.address)
      for (let i = 0; i < 40; i++) session.send(modifiers(500_000, i))
      await sleep(100)
      const inv = { type: 'Inv', typeId: 2, ids: [id(9)] } as const
      assert.equal(a.opened[0]!.busy?.type, 'Modifiers')
      assert.equal(session.send(inv, { droppable: true }), false)
      assert.equal(session.counters.droppedOut, 1)
      assert.ok(session.sendQueueBytes > 8 * MIB, 'most of it waits at the sender')
      assert.ok(a.sessions.receivedBytes < 4 * MIB, `receiver holds ${a.sessions.receivedBytes}`)
      let released = false
      void session.drained().then(() => {
        released = true
      })
      await until(() => session.closed !== undefined, 'gives up')
      assert.equal(session.closed?.code, 'STALLED')
      await until(() => released, 'waiters are woken')
      await until(() => a.closed.length === 1, 'seen')
      assert.equal(a.sessions.receivedBytes, 0)
    })
  })
}

describe('flow over mplex, which has no flow control', () => {
  it('requests with bounded answers work behind a slow handler', async (t) => {
    const a = await testNode(t, { carrier: 'mplex', listen: true })
    const b = await testNode(t, { carrier: 'mplex' })
    let seen = 0
    a.sessions.router.on('Modifiers', async () => {
      await sleep(5)
      seen++
    })
    const session = await b.sessions.connect(a.address)
    for (let i = 0; i < 20; i++) session.send(modifiers(256 << 10, i))
    await until(() => seen === 20, 'all handled')
  })

  it('a flood behind a stuck handler ends the session, not the memory', async (t) => {
    const a = await testNode(t, { carrier: 'mplex', listen: true })
    const b = await testNode(t, { carrier: 'mplex', limits: { sendQueueBytes: 64 * MIB } })
    a.sessions.router.on('Modifiers', () => new Promise(() => {}))
    const session = await b.sessions.connect(a.address)
    for (let i = 0; i < 60; i++) session.send(modifiers(500_000, i))
    await until(() => a.closed.length === 1, 'ended')
    assert.equal(a.closed[0]!.reason.by, 'remote')
    assert.equal(a.sessions.receivedBytes, 0)
  })
})

describe('sending', () => {
  it('more queued than a peer may have waiting: closed', async (t) => {
    const a = await testNode(t, { listen: true })
    const b = await testNode(t, { limits: { sendQueueBytes: 2 * MIB } })
    a.sessions.router.on('Modifiers', () => new Promise(() => {}))
    const session = await b.sessions.connect(a.address)
    let accepted = 0
    for (let i = 0; i < 100 && session.send(modifiers(500_000, i)); i++) accepted++
    assert.equal(accepted, 4)
    assert.equal(session.closed?.code, 'SEND_OVERFLOW')
  })

  it('a peer that reads slowly gets everything, in order, and its queue stays short', async (t) => {
    const server = await rawServer(t, (peer) => peer.send(rawHandshake()))
    const b = await testNode(t, {})
    const session = await b.sessions.connect(ergoDialAddress('test', '127.0.0.1', server.port))
    const raw = server.peers[0]!
    raw.socket.pause()
    const frame = frameParts(TEST_MAGIC, messageCode('Modifiers'), encodeMessage(modifiers(MIB, 5)))
    const peak = peakOf(() => session.sendQueueBytes)
    let slow = true
    const reader = setInterval(() => {
      raw.socket.resume()
      setImmediate(() => {
        if (slow) raw.socket.pause()
      })
    }, 2)
    t.after(() => clearInterval(reader))
    for (let i = 0; i < 24; i++) {
      session.sendFrame(frame)
      await session.drained()
    }
    clearInterval(reader)
    slow = false
    raw.socket.resume()
    await until(() => raw.chunks.reduce((n, c) => n + c.length, 0) > 24 * MIB, 'all bytes')
    await sleep(20)
    assert.equal(raw.read()!.frames.length, 24)
    assert.ok(peak() <= 2 * MIB, `queue ${peak()}`)
  })

  it('frames of one turn leave in one write, small and large mixed', async (t) => {
    const server = await rawServer(t, (peer) => peer.send(rawHandshake()))
    const b = await testNode(t, {})
    const session = await b.sessions.connect(ergoDialAddress('test', '127.0.0.1', server.port))
    const raw = server.peers[0]!
    await until(() => raw.chunks.length === 1, 'handshake')
    assert.equal(raw.read()!.frames.length, 0)
    for (let i = 0; i < 50; i++) session.send({ type: 'GetPeers' })
    session.send(modifiers(20_000, 1))
    for (let i = 0; i < 50; i++) session.send({ type: 'GetPeers' })
    await until(() => raw.read()!.frames.length === 101, 'all frames')
    assert.ok(raw.chunks.length <= 3, `${raw.chunks.length} reads`)
    assert.equal(raw.read()!.frames[50]!.code, 33)
  })

  it('our handshake is alone in its write, and the first frame waits', async (t) => {
    const server = await rawServer(t)
    const b = await testNode(t, { limits: { firstFrameDelayMs: 120 } })
    b.sessions.addEventListener('session:open', (event) => event.detail.send({ type: 'GetPeers' }))
    const opening = b.sessions.connect(ergoDialAddress('test', '127.0.0.1', server.port))
    await until(() => server.peers[0]?.chunks.length === 1, 'handshake')
    const started = Date.now()
    const raw = server.peers[0]!
    await sleep(40)
    assert.equal(raw.chunks.length, 1, 'nothing before the peer has spoken')
    raw.send(rawHandshake())
    await opening
    await until(() => raw.chunks.length === 2, 'first frame')
    assert.ok(Date.now() - started >= 100, `first frame after ${Date.now() - started} ms`)
    assert.deepEqual(raw.chunks[1], GET_PEERS)
  })
})

describe('receiving', () => {
  it('a flood of small frames from one peer does not keep another waiting', async (t) => {
    const a = await testNode(t, { listen: true })
    let floods = 0
    let doneAt = 0
    let atOther = -1
    const total = 200_000
    a.sessions.router.on('GetPeers', () => {
      if (++floods === total) doneAt = Date.now()
    })
    a.sessions.router.on('Inv', () => {
      atOther = floods
    })
    const flooder = await RawPeer.connect(t, a.port)
    const other = await RawPeer.connect(t, a.port)
    await flooder.shakeHands()
    await other.shakeHands()
    const block = concatBytes(...Array.from({ length: 1000 }, () => GET_PEERS))
    for (let i = 0; i < total / 1000; i++) flooder.send(block)
    await until(() => floods > 0, 'flood begins')
    other.send(INV)
    await until(() => doneAt > 0, 'flood handled', 30_000)
    assert.ok(atOther >= 0 && atOther < total / 2, `the other was heard after ${atOther} frames of the flood`)
    assert.deepEqual(a.penalties, [])
  })

  it('a frame that comes in a hundred pieces is one frame', async (t) => {
    const a = await testNode(t, { listen: true })
    let size = 0
    a.sessions.router.on('Modifiers', (_, message) => {
      size = message.modifiers[0]!.bytes.length
    })
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    const bytes = rawFrame(modifiers(3_000_000, 3))
    for (let at = 0; at < bytes.length; at += 30_000) {
      peer.send(bytes.subarray(at, at + 30_000))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => size === 3_000_000, 'frame')
  })

  it('partial frames of all peers together are bounded: the largest holder goes, the others stay', async (t) => {
    const a = await testNode(t, { listen: true, limits: { maxReceiveTotalBytes: 6 * MIB } })
    const frame = rawFrame(modifiers(8_000_000, 3))
    const peers = await Promise.all(Array.from({ length: 3 }, () => RawPeer.connect(t, a.port)))
    for (const peer of peers) await peer.shakeHands()
    peers[0]!.send(frame.subarray(0, MIB))
    peers[1]!.send(frame.subarray(0, 2 * MIB))
    await until(() => a.sessions.receivedBytes >= 3 * MIB - 64, 'both buffered')
    peers[2]!.send(frame.subarray(0, 7_000_000))
    await peers[2]!.ended()
    assert.equal(a.closed[0]!.reason.code, 'RECEIVE_OVERFLOW')
    assert.equal(a.sessions.all().length, 2)
    assert.ok(a.sessions.receivedBytes <= 3 * MIB)
  })

  it('what a peer sent in order before its FIN is delivered', async (t) => {
    const a = await testNode(t, { listen: true })
    let heard = 0
    a.sessions.router.on('Inv', () => void heard++)
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    peer.socket.end(concatBytes(INV, INV, INV))
    await until(() => a.closed.length === 1, 'closed')
    assert.equal(heard, 3)
    assert.deepEqual([a.closed[0]!.reason.code, a.closed[0]!.reason.by], ['REMOTE_CLOSED', 'remote'])
  })

  it('a reset is a loss of the connection, not an offence', async (t) => {
    const a = await testNode(t, { listen: true })
    const peer = await RawPeer.connect(t, a.port)
    await peer.shakeHands()
    await until(() => a.opened.length === 1, 'open')
    peer.socket.resetAndDestroy()
    await until(() => a.closed.length === 1, 'closed')
    const { reason } = a.closed[0]!
    assert.deepEqual([reason.code, reason.by], ['CONNECTION_LOST', 'remote'])
    assert.equal((reason.error as { code?: string }).code, 'ECONNRESET')
    assert.deepEqual(a.penalties, [])
  })
})
