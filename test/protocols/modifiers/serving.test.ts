/** What a RequestModifier is answered with, over real sockets. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { toHex } from '../../../src/bytes/index.ts'
import { MODIFIERS_TARGET_BYTES, type Modifiers, ModifierType } from '../../../src/wire/index.ts'
import { FakeBlockSink } from '../../support/block-sink.ts'
import { sleep, until } from '../../support/libp2p-node.ts'
import { devnet } from '../../support/mine-headers.ts'
import { numberedId } from '../../support/numbered-id.ts'
import { ScriptedPeer } from '../../support/scripted-peer.ts'
import { type SectionNode, sectionNode } from '../../support/section-node.ts'

const TX = ModifierType.BlockTransactions

/** A node with objects 0 to `count` - 1 of one type, and a peer that asks it. */
async function scene(
  t: TestContext,
  count: number,
  size: (n: number) => number
): Promise<{ node: SectionNode; peer: ScriptedPeer }> {
  const objects = new Map(
    Array.from({ length: count }, (_, n) => [toHex(numberedId(n)), new Uint8Array(size(n)).fill(n)] as const)
  )
  const source = { get: (typeId: number, of: Uint8Array) => (typeId === TX ? objects.get(toHex(of)) : undefined) }
  const node = await sectionNode(t, new FakeBlockSink([]), { listen: true, source })
  const peer = await ScriptedPeer.dial(t, node.port, { magic: devnet.magic })
  return { node, peer }
}

const ids = (answers: readonly Modifiers[]): string[] => answers.flatMap((m) => m.modifiers.map((o) => toHex(o.id)))

describe('serving', () => {
  it('a burst of 400 requests for one object each: 400 answers, each object once', async (t) => {
    const { node, peer } = await scene(t, 400, () => 100)
    for (let n = 0; n < 400; n++) peer.send({ type: 'RequestModifier', typeId: TX, ids: [numberedId(n)] })
    await peer.waitFor('Modifiers', 400)
    await sleep(50)
    const answers = peer.all('Modifiers')
    assert.equal(answers.length, 400)
    assert.deepEqual(
      ids(answers),
      Array.from({ length: 400 }, (_, n) => toHex(numberedId(n)))
    )
    assert.deepEqual(node.penalties, [])
  })

  it('an id three times in one request: the object once', async (t) => {
    const { peer } = await scene(t, 3, () => 10)
    peer.send({ type: 'RequestModifier', typeId: TX, ids: [numberedId(1), numberedId(1), numberedId(2), numberedId(1)] })
    assert.deepEqual(ids([await peer.waitFor('Modifiers')]), [toHex(numberedId(1)), toHex(numberedId(2))])
  })

  it('what is not there, or of another type, is left out without a word', async (t) => {
    const { node, peer } = await scene(t, 3, () => 10)
    peer.send({ type: 'RequestModifier', typeId: TX, ids: [numberedId(900), numberedId(901)] })
    peer.send({ type: 'RequestModifier', typeId: ModifierType.Extension, ids: [numberedId(1)] })
    peer.send({ type: 'RequestModifier', typeId: TX, ids: [numberedId(902), numberedId(2)] })
    await peer.waitFor('Modifiers')
    await sleep(50)
    assert.deepEqual(ids(peer.all('Modifiers')), [toHex(numberedId(2))], 'one message in all')
    assert.deepEqual(node.penalties, [])
  })

  it('a large answer is cut into messages below two megabytes; an object that is larger alone goes alone', async (t) => {
    const { peer } = await scene(t, 20, (n) => (n === 7 ? MODIFIERS_TARGET_BYTES + 5 : 300_000))
    peer.send({ type: 'RequestModifier', typeId: TX, ids: Array.from({ length: 20 }, (_, n) => numberedId(n)) })
    const got = (): Modifiers[] => peer.all('Modifiers')
    await until(() => ids(got()).length === 20, 'all objects')
    for (const { modifiers } of got()) {
      const size = modifiers.reduce((sum, m) => sum + 32 + 4 + m.bytes.length, 5)
      assert.ok(size < MODIFIERS_TARGET_BYTES || modifiers.length === 1, `${size} bytes in ${modifiers.length} objects`)
    }
    assert.ok(got().length >= 4)
    assert.equal(new Set(ids(got())).size, 20)
  })

  it('who asks and does not read holds up itself alone, and little of our memory', async (t) => {
    const { node, peer } = await scene(t, 400, () => 50_000)
    const greedy = await ScriptedPeer.dial(t, node.port, { magic: devnet.magic })
    greedy.socket.pause()
    const all = Array.from({ length: 400 }, (_, n) => numberedId(n))
    for (let i = 0; i < 50; i++) greedy.send({ type: 'RequestModifier', typeId: TX, ids: all })
    await sleep(200)
    for (let i = 0; i < 20; i++) {
      peer.send({ type: 'RequestModifier', typeId: TX, ids: [numberedId(i)] })
      await peer.waitFor('Modifiers', i + 1, 1_000)
    }
    // A gigabyte was asked for: no more waits than a message or two.
    const queued = node.sessions.all().map((s) => s.sendQueueBytes)
    assert.ok(Math.max(...queued) <= 3 * MODIFIERS_TARGET_BYTES, `${queued} bytes queued`)
    assert.ok(node.sessions.receivedBytes <= 4 << 20, `${node.sessions.receivedBytes} bytes of requests`)
    assert.deepEqual(node.penalties, [])
  })
})
