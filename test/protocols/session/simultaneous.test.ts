/** Two nodes that dial each other at the same moment end up with one session, whoever hears of which connection first. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { AdmissionPolicy, LocalPeer, Session } from '../../../protocols/session/index.ts'
import type { SocketAddress } from '../../../src/wire/index.ts'
import { ergoDialAddress } from '../../../transports/ergo-tcp/index.ts'
import { sleep, type TestCarrier, type TestNode, testNode, until } from '../../support/libp2p-node.ts'
import { RawPeer, rawHandshake, rawServer } from '../../support/raw-peer.ts'

const ROUNDS = 25

const local = (declaredAddress?: SocketAddress): LocalPeer => ({
  agentName: 'ergo-libp2p-test',
  version: { major: 6, minor: 0, patch: 4 },
  nodeName: 'test',
  mode: { kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 },
  ...(declaredAddress === undefined ? {} : { declaredAddress })
})

async function listening(t: TestContext, carrier: TestCarrier, declares: boolean): Promise<TestNode> {
  let address: SocketAddress | undefined
  const node = await testNode(t, { carrier, listen: true, session: { localPeer: () => local(address) } })
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

  /** A peer that we have dialled, and that dials us afterwards, with a greater session id than ours. */
  async function dialledTwice(
    t: TestContext,
    options: {
      sessionId?: bigint
      from?: string
      /** Runs between the two. */
      meanwhile?: () => void
      now?: () => number
      admission?: AdmissionPolicy
    } = {}
  ): Promise<{ a: TestNode; first: Session; second: RawPeer; theirs: bigint }> {
    const theirs = 2_000n
    const server = await rawServer(t)
    const declaredAddress = { ip: '127.0.0.1', port: server.port }
    const { admission } = options
    const a = await testNode(t, {
      listen: '0.0.0.0',
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
      theirs,
      second: Object.assign(second, {
        hello: () => second.send(rawHandshake({ declaredAddress, sessionId: options.sessionId ?? theirs }))
      })
    }
  }
  const hello = (peer: RawPeer): void => (peer as RawPeer & { hello(): void }).hello()

  it('native: the one that the greater session id dialled takes the place of the other', async (t) => {
    const { a, first, second } = await dialledTwice(t)
    hello(second)
    await until(() => first.closed !== undefined, 'the first goes')
    assert.equal(first.closed?.code, 'SUPERSEDED')
    assert.deepEqual(
      a.sessions.all().map((s) => s.direction),
      ['inbound']
    )
  })

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
