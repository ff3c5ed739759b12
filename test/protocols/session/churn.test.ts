/** Many connections that come and go leave nothing behind. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EMPTY_TABLES, sleep, testNode, until } from '../../support/libp2p-node.ts'
import { RawPeer, rawHandshake } from '../../support/raw-peer.ts'

describe('churn', () => {
  it('1,000 inbound connects and disconnects: every table returns to zero', async (t) => {
    const a = await testNode(t, { listen: true })
    const before = (await a.node.peerStore.all()).length
    const rounds = 25
    const width = 40
    for (let round = 0; round < rounds; round++) {
      const peers = await Promise.all(Array.from({ length: width }, () => RawPeer.connect(t, a.port)))
      for (const [i, peer] of peers.entries()) {
        // A fifth each: handshake and FIN, handshake and reset, nothing and FIN, nothing and reset, garbage.
        if (i % 5 < 2) peer.send(rawHandshake())
        if (i % 5 === 4) peer.send(new Uint8Array(50).fill(0xff))
      }
      await sleep(2)
      for (const [i, { socket }] of peers.entries()) {
        if (i % 2 === 0) socket.end()
        else socket.resetAndDestroy()
      }
      await until(() => peers.every((peer) => peer.socket.destroyed), 'sockets closed')
    }
    await until(() => a.transport.inbound.total === 0, 'sockets gone')
    assert.deepEqual([a.transport.inbound.pending, a.transport.inbound.addresses], [0, 0])
    await until(() => a.sessions.tableSizes.goneRecords === 0, 'records swept')
    assert.deepEqual(a.sessions.tableSizes, EMPTY_TABLES)
    assert.equal(a.sessions.receivedBytes, 0)
    assert.equal(a.node.getConnections().length, 0)
    assert.equal(a.node.getPeers().length, 0)
    await until(async () => (await a.node.peerStore.all()).length === before, 'peer store as before')
    assert.ok(a.opened.length > 0)
    assert.equal(a.opened.length, a.closed.length)
  })

  it('outbound: the record of a peer that is gone is dropped, unless it is tagged to be kept', async (t) => {
    const a = await testNode(t, { listen: true })
    const b = await testNode(t, {})
    const session = await b.sessions.connect(a.address)
    assert.equal(await b.node.peerStore.has(session.peerId), true)
    await session.close('bye')
    await until(async () => !(await b.node.peerStore.has(session.peerId)), 'record dropped')
  })

  it('a peer tagged to be kept alive is dialled again and shakes hands again', async (t) => {
    const a = await testNode(t, { listen: true })
    const b = await testNode(t, { libp2p: { connectionManager: { reconnectRetryInterval: 10 } } })
    const session = await b.sessions.connect(a.address)
    await b.node.peerStore.merge(session.peerId, { tags: { 'keep-alive-known': { value: 50 } } })
    await until(() => a.opened.length === 1, 'in')
    a.opened[0]!.abort(new Error('hiccup'))
    await until(() => b.opened.length === 2, 'again')
    assert.equal(await b.node.peerStore.has(session.peerId), true)
  })
})
