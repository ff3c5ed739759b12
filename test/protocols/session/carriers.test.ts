/** One suite over every carrier: what a session promises must not depend on what carries it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Session } from '../../../protocols/session/index.ts'
import type { Inv, Message, Modifiers } from '../../../src/wire/index.ts'
import { sleep, TEST_CARRIERS, testNode, until } from '../../support/libp2p-node.ts'

const id = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const inv = (...ns: number[]): Inv => ({ type: 'Inv', typeId: 101, ids: ns.map(id) })

for (const carrier of TEST_CARRIERS) {
  describe(`session over ${carrier}`, () => {
    it('opens on both sides with the parsed handshake of the other', async (t) => {
      const a = await testNode(t, { carrier, listen: true, agentName: 'alice' })
      const b = await testNode(t, { carrier, agentName: 'bob' })
      const out = await b.sessions.connect(a.address)
      await until(() => a.opened.length === 1, 'inbound session')
      const inn = a.opened[0]!
      assert.equal(out.peer.agentName, 'alice')
      assert.equal(inn.peer.agentName, 'bob')
      assert.deepEqual([out.direction, inn.direction], ['outbound', 'inbound'])
      assert.equal(out.carrier, carrier === 'native' ? 'native' : 'libp2p')
      assert.equal(inn.carrier, out.carrier)
      assert.equal(inn.remote.ip, '127.0.0.1')
      assert.equal(inn.remote.isLocal, true)
      assert.equal(out.remote.port, a.port)
      assert.equal(a.sessions.all().length, 1)
      assert.equal(a.sessions.handshaking, 0)
      // Exactly one stream each, whoever opened the connection.
      await sleep(50)
      assert.equal(a.opened.length, 1)
      assert.equal(b.opened.length, 1)
      assert.equal(b.refused.length, 0)
    })

    it('carries messages both ways, in order, to every handler of their type', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier })
      const got: Message[] = []
      let second = 0
      a.sessions.router.on('Inv', (session, message) => {
        got.push(message)
        session.send({ type: 'RequestModifier', typeId: message.typeId, ids: message.ids })
      })
      const remove = a.sessions.router.on('Inv', () => void second++)
      const answers: Message[] = []
      b.sessions.router.on('RequestModifier', (_, message) => void answers.push(message))
      const session = await b.sessions.connect(a.address)
      for (let i = 0; i < 100; i++) session.send(inv(i))
      await until(() => answers.length === 100, 'answers')
      assert.deepEqual(
        answers.map((m) => (m as Inv).ids[0]![0]),
        Array.from({ length: 100 }, (_, i) => i)
      )
      assert.equal(second, 100)
      remove()
      session.send(inv(1))
      await until(() => got.length === 101, 'one more')
      assert.equal(second, 100)
      assert.equal(session.counters.messagesOut, 101)
      assert.equal(a.opened[0]!.counters.messagesIn, 101)
      assert.equal(a.opened[0]!.counters.bytesIn, session.counters.bytesOut)
      assert.deepEqual([a.penalties, b.penalties], [[], []])
    })

    it('carries a frame of 8 MB', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier })
      const received: Modifiers[] = []
      a.sessions.router.on('Modifiers', (_, message) => void received.push(message))
      const session = await b.sessions.connect(a.address)
      const bytes = new Uint8Array(8_000_000).map((_, i) => i * 31)
      session.send({ type: 'Modifiers', typeId: 104, modifiers: [{ id: id(1), bytes }] })
      await until(() => received.length === 1, 'big frame', 20_000)
      assert.deepEqual(received[0]!.modifiers[0]!.bytes.subarray(0, 100), bytes.subarray(0, 100))
      assert.equal(Buffer.compare(received[0]!.modifiers[0]!.bytes, bytes), 0)
    })

    it('broadcast encodes once and reaches all that pass the filter', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier })
      const c = await testNode(t, { carrier })
      let heard = 0
      for (const n of [b, c]) n.sessions.router.on('Inv', () => void heard++)
      await b.sessions.connect(a.address)
      await c.sessions.connect(a.address)
      await until(() => a.opened.length === 2, 'both in')
      assert.equal(a.sessions.broadcast(inv(1, 2)), 2)
      await until(() => heard === 2, 'both heard')
      assert.equal(a.sessions.broadcast(inv(3), { filter: (s) => s.id === a.opened[0]!.id }), 1)
      await until(() => heard === 3, 'one heard')
    })

    it('a graceful close delivers what was sent before, and tells both sides who closed', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier })
      let heard = 0
      a.sessions.router.on('Inv', () => void heard++)
      const session = await b.sessions.connect(a.address)
      await until(() => a.opened.length === 1, 'in')
      session.send(inv(1))
      await session.close('enough')
      await until(() => a.closed.length === 1, 'close seen')
      assert.equal(heard, 1)
      assert.deepEqual(session.closed, { code: 'LOCAL_CLOSED', by: 'local', message: 'enough' })
      assert.equal(session.signal.aborted, true)
      assert.equal(session.send(inv(2)), false)
      const reason = a.closed[0]!.reason
      assert.equal(reason.by, 'remote')
      assert.equal(reason.code, 'REMOTE_CLOSED')
      await until(() => a.node.getConnections().length === 0 && b.node.getConnections().length === 0, 'connections gone')
    })

    it('an abort ends both sides and their connections', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier })
      const session = await b.sessions.connect(a.address)
      await until(() => a.opened.length === 1, 'in')
      session.abort(new Error('no more'))
      assert.equal(session.closed?.code, 'ABORTED')
      await until(() => a.closed.length === 1, 'close seen')
      assert.equal(a.closed[0]!.reason.by, 'remote')
      await until(() => a.node.getConnections().length === 0 && b.node.getConnections().length === 0, 'connections gone')
      assert.equal(a.sessions.all().length + b.sessions.all().length, 0)
    })

    it('stopping a node closes its sessions with a reason of its own', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier })
      await b.sessions.connect(a.address)
      await until(() => a.opened.length === 1, 'in')
      const started = Date.now()
      await a.stop()
      assert.ok(Date.now() - started < 3_000, 'stop is quick')
      assert.equal(a.closed[0]!.reason.code, 'STOPPED')
      await until(() => b.closed.length === 1, 'other side')
      assert.equal(b.closed[0]!.reason.by, 'remote')
    })

    it('a peer whose session was closed can be dialled again', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier })
      const first = await b.sessions.connect(a.address)
      await first.close('once more')
      await until(() => b.node.getConnections().length === 0 && a.sessions.all().length === 0, 'gone')
      const second: Session = await b.sessions.connect(a.address)
      assert.notEqual(second.id, first.id)
      await until(() => a.opened.length === 2, 'again')
    })

    it('topologies of other services hear of the peer after its handshake and at its end', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier })
      const events: string[] = []
      await a.node.register(a.sessions.protocol, {
        onConnect: () => void events.push('connect'),
        onDisconnect: () => void events.push('disconnect')
      })
      const session = await b.sessions.connect(a.address)
      await until(() => events.length === 1, 'connect')
      await session.close('done')
      await until(() => events.length === 2, 'disconnect')
      assert.deepEqual(events, ['connect', 'disconnect'])
    })
  })
}
