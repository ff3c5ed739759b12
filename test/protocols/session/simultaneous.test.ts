/** Two nodes that dial each other at the same moment end up with one session, whoever hears of which connection first. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { AdmissionPolicy, LocalPeer, Session } from '../../../protocols/session/index.ts'
import type { SocketAddress } from '../../../src/wire/index.ts'
import { ergoDialAddress } from '../../../transports/ergo-tcp/index.ts'
import { sleep, type TestCarrier, type TestNode, testNode, until } from '../../support/libp2p-node.ts'
import { RawPeer, rawHandshake, rawServer } from '../../support/raw-peer.ts'

const ROUNDS = 25
/** How long both connections may live: the default is for round trips around the world. */
const CONTEST_MS = 60

const local = (declaredAddress?: SocketAddress): LocalPeer => ({
  agentName: 'ergo-libp2p-test',
  version: { major: 6, minor: 0, patch: 4 },
  nodeName: 'test',
  mode: { kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 },
  ...(declaredAddress === undefined ? {} : { declaredAddress })
})

async function listening(t: TestContext, carrier: TestCarrier, declares: boolean): Promise<TestNode> {
  let address: SocketAddress | undefined
  const node = await testNode(t, {
    carrier,
    listen: true,
    limits: { contestMs: CONTEST_MS },
    session: { localPeer: () => local(address) }
  })
  if (declares) address = { ip: '127.0.0.1', port: node.port }
  return node
}

const cases: Array<[carrier: TestCarrier, declares: boolean]> = [
  ['native', true],
  ['native', false],
  ['yamux', true],
  ['yamux', false],
  ['mplex', false]
]

for (const [carrier, declares] of cases) {
  describe(`dialling each other over ${carrier}, ${declares ? 'with' : 'without'} declared addresses`, () => {
    it(`leaves exactly one session, ${ROUNDS} times`, async (t) => {
      const [a, b] = await Promise.all([listening(t, carrier, declares), listening(t, carrier, declares)])
      let crossed = 0
      for (let round = 0; round < ROUNDS; round++) {
        const before = a.refused.length + b.refused.length + a.closed.length + b.closed.length
        const dial = async (from: TestNode, to: TestNode, delayMs: number): Promise<unknown> => {
          if (delayMs > 0) await sleep(delayMs)
          return await from.sessions.connect(to.address).catch((error: unknown) => error)
        }
        await Promise.all([dial(a, b, round % 4 === 1 ? 1 : 0), dial(b, a, round % 4 === 2 ? 1 : 0)])
        const settled = (): boolean =>
          a.sessions.all().length === 1 &&
          b.sessions.all().length === 1 &&
          a.node.getConnections().length === 1 &&
          b.node.getConnections().length === 1 &&
          a.sessions.handshaking + b.sessions.handshaking === 0
        await until(settled, `one session in round ${round}`)
        await sleep(10)
        assert.ok(settled(), `one session stays in round ${round}`)
        const [mine, theirs] = [a.sessions.all()[0]!, b.sessions.all()[0]!]
        assert.notEqual(mine.direction, theirs.direction, 'both ends kept the same connection')
        if (a.refused.length + b.refused.length + a.closed.length + b.closed.length > before) crossed++
        mine.abort(new Error('next round'))
        await until(
          () => a.node.getConnections().length + b.node.getConnections().length + b.sessions.all().length === 0,
          'nothing left'
        )
      }
      assert.ok(crossed > 0, 'two connections never met')
      assert.deepEqual([a.penalties, b.penalties], [[], []])
    })
  })
}

describe('a second connection with the same peer', () => {
  const us = 1_000n

  /** A peer that we have dialled, and that dials us afterwards; with a greater session id than ours unless told otherwise. */
  async function dialledTwice(
    t: TestContext,
    options: {
      theirs?: bigint
      /** Session id of its second handshake. */
      sessionId?: bigint
      from?: string
      /** Runs between the two. */
      meanwhile?: () => void
      now?: () => number
      admission?: AdmissionPolicy
    } = {}
  ): Promise<{ a: TestNode; first: Session; second: RawPeer; accepted: RawPeer }> {
    const { theirs = 2_000n } = options
    const server = await rawServer(t)
    const declaredAddress = { ip: '127.0.0.1', port: server.port }
    const { admission } = options
    const a = await testNode(t, {
      listen: '0.0.0.0',
      limits: { contestMs: CONTEST_MS },
      session: {
        sessionId: us,
        ...(options.now === undefined ? {} : { clock: { now: options.now } }),
        ...(admission === undefined ? {} : { admission })
      }
    })
    const dialling = a.sessions.connect(ergoDialAddress('test', '127.0.0.1', server.port))
    await until(() => server.peers.length === 1, 'socket')
    server.peers[0]!.send(rawHandshake({ declaredAddress, sessionId: theirs }))
    const first = await dialling
    options.meanwhile?.()
    const second = await RawPeer.connect(t, a.port, '127.0.0.1', options.from ?? '127.0.0.1')
    return {
      a,
      first,
      accepted: server.peers[0]!,
      second: Object.assign(second, {
        hello: () => second.send(rawHandshake({ declaredAddress, sessionId: options.sessionId ?? theirs }))
      })
    }
  }
  const hello = (peer: RawPeer): void => (peer as RawPeer & { hello(): void }).hello()

  it('native: that which the greater session id dialled stays, once it is seen that the peer keeps both', async (t) => {
    const { a, first, second } = await dialledTwice(t)
    hello(second)
    await until(() => a.opened.length === 2, 'both live')
    assert.equal(first.closed, undefined)
    await until(() => first.closed !== undefined, 'the first goes')
    assert.equal(a.closed[0]!.reason.code, 'SUPERSEDED')
    await sleep(2 * CONTEST_MS)
    assert.deepEqual(
      a.sessions.all().map((s) => s.direction),
      ['inbound']
    )
    assert.equal(a.sessions.ofAddress(first.address!), a.opened[1], 'found by its address from now on')
    a.opened[1]!.abort(new Error('enough'))
    assert.equal(a.sessions.tableSizes.addresses, 0)
  })

  it('native: the first stays when it was dialled by the greater session id', async (t) => {
    const { a, first, second } = await dialledTwice(t, { theirs: 500n })
    hello(second)
    await until(() => a.opened.length === 2, 'both live')
    await second.ended()
    assert.equal(first.closed, undefined)
    assert.equal(a.closed[0]!.reason.code, 'SUPERSEDED')
    assert.equal(a.sessions.ofAddress(first.address!), first)
  })

  for (const theirs of [500n, 2_000n]) {
    it(`a peer that ends what it accepted, as the reference does, keeps what it dialled: session id ${theirs}`, async (t) => {
      const { a, first, second, accepted } = await dialledTwice(t, { theirs })
      hello(second)
      await until(() => a.opened.length === 2, 'both live')
      accepted.socket.resetAndDestroy()
      await until(() => first.closed !== undefined, 'the first is gone')
      await sleep(3 * CONTEST_MS)
      assert.deepEqual(
        a.sessions.all().map((s) => s.direction),
        ['inbound']
      )
    })

    it(`the same when its own connection was complete before ours: session id ${theirs}`, async (t) => {
      const server = await rawServer(t)
      const a = await testNode(t, { listen: true, session: { sessionId: us }, limits: { contestMs: CONTEST_MS } })
      const handshake = rawHandshake({ declaredAddress: { ip: '127.0.0.1', port: server.port }, sessionId: theirs })
      const dialling = a.sessions.connect(ergoDialAddress('test', '127.0.0.1', server.port)).catch(() => undefined)
      await until(() => server.peers.length === 1, 'socket')
      const second = await RawPeer.connect(t, a.port)
      second.send(handshake)
      await until(() => a.opened.length === 1, 'inbound')
      server.peers[0]!.socket.end(handshake)
      await dialling
      await sleep(3 * CONTEST_MS)
      assert.deepEqual(
        a.sessions.all().map((s) => s.direction),
        ['inbound']
      )
      assert.equal(second.end, undefined)
    })
  }

  const kept: Array<[string, Parameters<typeof dialledTwice>[1]]> = [
    ['from another IP that only repeats the session id', { from: '127.0.0.2' }],
    ['that has another session id', { sessionId: 3_000n }]
  ]
  for (const [name, options] of kept) {
    it(`${name}: refused`, async (t) => {
      const { a, first, second } = await dialledTwice(t, options)
      hello(second)
      await second.ended()
      assert.equal(a.refused[0]!.refusal.code, 'DUPLICATE')
      assert.equal(first.closed, undefined)
    })
  }

  it('when the first is no longer young: refused, as the reference does', async (t) => {
    let now = 1_000_000
    const meanwhile = (): void => {
      now += 10_001
    }
    const { a, first, second } = await dialledTwice(t, { now: () => now, meanwhile })
    hello(second)
    await second.ended()
    assert.equal(a.refused[0]!.refusal.code, 'DUPLICATE')
    assert.equal(first.closed, undefined)
  })

  it('admission is told whose place is taken, so that a full house is no reason to lose both', async (t) => {
    const replaced: Array<number | undefined> = []
    const { first, second } = await dialledTwice(t, {
      admission: {
        admit: ({ replaces }) => {
          replaced.push(replaces?.id)
          return undefined
        }
      }
    })
    hello(second)
    await until(() => first.closed !== undefined, 'the first goes')
    assert.deepEqual(replaced, [undefined, first.id])
  })
})
