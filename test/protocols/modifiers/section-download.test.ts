import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { ModifierSource, SectionDownloadLimits } from '../../../protocols/modifiers/index.ts'
import { toHex } from '../../../src/bytes/index.ts'
import { FakeBlockSink, SECTION_TYPES, type SinkBlock } from '../../support/block-sink.ts'
import { sleep, TEST_CARRIERS, until } from '../../support/libp2p-node.ts'
import { devnet } from '../../support/mine-headers.ts'
import { allBlocks, committedBlocks } from '../../support/recorded-blocks.ts'
import { PeerChain, ReferencePeer, type ReferencePeerInit } from '../../support/reference-peer/index.ts'
import { appendTo, referencePeer, type SectionNode, sectionNode } from '../../support/section-node.ts'
import { missing } from '../../support/vectors.ts'
import { madeBlocks, PROOFS, TX } from './simulation.ts'

const first = committedBlocks()

/** Timers short enough for tests. */
const QUICK: Partial<SectionDownloadLimits> = {
  startTimeoutMs: 400,
  hedgeAfterMs: 200,
  restTimeoutMs: 100,
  retryBaseMs: 100,
  maxUnitSections: 16
}

function assertDone(node: SectionNode, blocks: readonly SinkBlock[]): void {
  assert.equal(node.sink.height, blocks.at(-1)!.height)
  assert.deepEqual(node.faults, [])
  const { waitingFor, window, inFlight, pending } = node.sections.snapshot()
  assert.deepEqual({ waitingFor, window, inFlight, pending }, { waitingFor: '', window: undefined, inFlight: 0, pending: 0 })
}

const sourceOf = (blocks: readonly SinkBlock[]): ModifierSource => {
  const all = new Map(blocks.flatMap((b) => b.sections.map((s) => [`${s.typeId}:${toHex(s.id)}`, s.bytes] as const)))
  return { get: (typeId, id) => all.get(`${typeId}:${toHex(id)}`) }
}

describe('download of recorded blocks', () => {
  it('from one peer: every section once, no penalty on either side', async (t) => {
    const peer = await referencePeer(t, first)
    const node = await sectionNode(t, new FakeBlockSink(first))
    await node.dial(peer)
    await until(() => node.sink.height === first.length, 'download')
    assertDone(node, first)
    peer.assertNoFault()
    assert.deepEqual(node.penalties, [])
    const { received, sectionsRequested, duplicates } = node.sections.counters
    assert.deepEqual([received, sectionsRequested, duplicates], [3 * first.length, 3 * first.length, 0])
  })

  it('1,541 blocks from three peers, 40 ms away', { skip: missing('devnet/v4/chain.jsonl.gz') }, async (t) => {
    const blocks = allBlocks()
    const served: number[] = [0, 0, 0]
    const peers = await Promise.all(
      served.map(async (_, i) => {
        const peer = await referencePeer(t, blocks, { latencyMs: 40 })
        peer.onServe = () => void served[i]!++
        return peer
      })
    )
    const node = await sectionNode(t, new FakeBlockSink(blocks))
    await Promise.all(peers.map((peer) => node.dial(peer)))
    await until(() => node.sink.height === blocks.length, 'download', 30_000)
    assertDone(node, blocks)
    for (const peer of peers) peer.assertNoFault()
    assert.deepEqual(node.penalties, [])
    for (const count of served) assert.ok(count > blocks.length / 4, `shares: ${served}`)
  })

  for (const carrier of TEST_CARRIERS) {
    it(`between two of our nodes over ${carrier}`, async (t) => {
      const server = await sectionNode(t, new FakeBlockSink([]), { carrier, listen: true, source: sourceOf(first) })
      const node = await sectionNode(t, new FakeBlockSink(first), { carrier })
      await node.sessions.connect(server.address)
      await until(() => node.sink.height === first.length, 'download')
      assertDone(node, first)
      assert.deepEqual([node.penalties, server.penalties], [[], []])
    })
  }

  it('follows blocks as they are announced, header before or behind the sections', async (t) => {
    const peer = await referencePeer(t, first.slice(0, 40), { latencyMs: 10 })
    const node = await sectionNode(t, new FakeBlockSink(first, { known: 40 }))
    await node.dial(peer)
    await until(() => node.sink.height === 40, 'catching up')
    for (const block of first.slice(40, 60)) {
      const early = block.height % 2 === 0
      if (early) node.sink.learn(block)
      appendTo(peer.chain, block)
      for (const { typeId, id } of [...block.sections].reverse()) peer.announce(typeId, [id])
      if (!early) setTimeout(() => node.sink.learn(block), 15)
      await until(() => node.sink.height === block.height, `block ${block.height}`, 1_000)
    }
    peer.assertNoFault()
    assert.deepEqual(node.penalties, [])
    assert.equal(node.sections.counters.sectionsRequested, 180, 'nothing was asked twice')
  })

  it('a block announced a moment before its sections are stored', async (t) => {
    const peer = await referencePeer(t, first.slice(0, 40))
    const node = await sectionNode(t, new FakeBlockSink(first, { known: 40 }))
    await node.dial(peer)
    await until(() => node.sink.height === 40, 'catching up')
    for (const block of first.slice(40, 43)) {
      node.sink.learn(block)
      for (const { typeId, id } of block.sections) peer.announce(typeId, [id])
      setTimeout(() => appendTo(peer.chain, block), 20)
      await until(() => node.sink.height === block.height, `block ${block.height}`, 1_500)
    }
    peer.assertNoFault()
    assert.deepEqual(node.penalties, [])
  })
})

describe('bad company', () => {
  it('one lies, one is silent, one is slow, one is honest', async (t) => {
    const blocks = first
    let lies = 0
    const liar = await referencePeer(t, blocks, {
      garble: (typeId, _id, bytes) => (lies++ % 2 === 0 ? bytes.slice(0, -1) : new Uint8Array(typeId))
    })
    const silent = await referencePeer(t, blocks, { silent: true })
    const slow = await referencePeer(t, blocks, { latencyMs: 900, bytesPerSecond: 20_000 })
    const node = await sectionNode(t, new FakeBlockSink(blocks), { limits: QUICK })
    await Promise.all([liar, silent, slow].map((peer) => node.dial(peer)))
    await sleep(300)
    const honest = await referencePeer(t, blocks, { latencyMs: 20 })
    await node.dial(honest)
    await until(() => node.sink.height === blocks.length, 'download', 15_000)
    honest.assertNoFault()
    for (const peer of [liar, silent, slow]) assert.deepEqual(peer.violations, [])
    const kinds = new Map(node.penalties.map((p) => [p.session.remote.port, p.kind]))
    assert.equal(kinds.get(liar.port), 'misbehavior')
    for (const { session, kind } of node.penalties) {
      if (kind === 'misbehavior') assert.equal(session.remote.port, liar.port)
      else assert.equal(kind, 'nonDelivery')
    }
    assert.deepEqual(node.faults, [])
  })

  it('right bytes for the id, wrong for the block: found late, paid for, fetched elsewhere', async (t) => {
    const liar = await referencePeer(t, first, {
      garble: (typeId, _id, bytes) => (typeId === PROOFS ? bytes.slice(0, -1) : bytes)
    })
    const node = await sectionNode(t, new FakeBlockSink(first, { lazy: true }), { limits: QUICK })
    await node.dial(liar)
    await until(() => node.penalties.length > 0, 'penalty')
    const honest = await referencePeer(t, first)
    await node.dial(honest)
    await until(() => node.sink.height === first.length, 'download', 15_000)
    assertDone(node, first)
    for (const { session, kind } of node.penalties) assert.deepEqual([session.remote.port, kind], [liar.port, 'misbehavior'])
    honest.assertNoFault()
  })

  it('a peer that disconnects in the middle of an answer', async (t) => {
    const leaving = await referencePeer(t, first, { bytesPerSecond: 30_000 })
    const node = await sectionNode(t, new FakeBlockSink(first))
    await node.dial(leaving)
    await until(() => node.sections.snapshot().inFlight > 0, 'a request')
    const honest = await referencePeer(t, first, { latencyMs: 30 })
    await node.dial(honest)
    await sleep(50)
    await leaving.close()
    await until(() => node.sink.height === first.length, 'download', 3_000)
    assertDone(node, first)
    assert.deepEqual(node.penalties, [])
  })

  it('floods of announcements do not hold up the download, nor lead to requests without end', async (t) => {
    const flooding = await referencePeer(t, [])
    const honest = await referencePeer(t, first, { latencyMs: 20 })
    const node = await sectionNode(t, new FakeBlockSink(first))
    await node.dial(flooding)
    await until(() => flooding.counter('handshakes') === 1, 'handshake')
    const [connection] = flooding.connections
    for (let i = 0; i < 500; i++) {
      const ids = Array.from({ length: 400 }, (_, k) =>
        new Uint8Array(32)
          .fill(k)
          .fill(i, 0, 2)
          .fill(i >> 8, 2, 3)
      )
      connection!.send({ type: 'Inv', typeId: SECTION_TYPES[i % 3]!, ids })
    }
    await node.dial(honest)
    await until(() => node.sink.height === first.length, 'download', 5_000)
    assert.ok(flooding.counter('received:RequestModifier') < 40, `${flooding.counter('received:RequestModifier')} requests`)
    await until(() => node.sections.snapshot().inFlight === 0, 'all requests run out', 10_000)
    assertDone(node, first)
    honest.assertNoFault()
    assert.deepEqual(flooding.violations, [])
    assert.deepEqual(node.penalties, [])
  })

  it('unrequested sections, again and again, cost their sender 25 points a message and us nothing', async (t) => {
    // Without Mode nothing is asked of it.
    const spammer = await referencePeer(t, first, { mode: false })
    const honest = await referencePeer(t, first, { latencyMs: 20 })
    const node = await sectionNode(t, new FakeBlockSink(first))
    await node.dial(spammer)
    await until(() => spammer.counter('handshakes') === 1, 'handshake')
    const [connection] = spammer.connections
    const spam = (blocks: readonly SinkBlock[]): void => {
      for (const { sections } of blocks) {
        for (const { typeId, id, bytes } of sections) connection!.send({ type: 'Modifiers', typeId, modifiers: [{ id, bytes }] })
      }
    }
    spam(first.slice(0, 5))
    await until(() => node.penalties.length === 15, 'penalties')
    assert.equal(node.sink.heldBytes, 0)
    const unknown = { sections: [{ typeId: TX, id: new Uint8Array(32), bytes: new Uint8Array(1000) }] } as unknown as SinkBlock
    const timer = setInterval(() => spam([unknown]), 2)
    t.after(() => clearInterval(timer))
    await node.dial(honest)
    await until(() => node.sink.height === first.length, 'download', 15_000)
    assertDone(node, first)
    assert.equal(node.sink.heldBytes, 0)
    const blamed = new Set(node.penalties.map((p) => `${p.kind} ${p.session.remote.port}`))
    assert.deepEqual([...blamed], [`spam ${spammer.port}`])
    assert.ok(node.penalties.length > 15)
    honest.assertNoFault()
  })

  it('nobody has what is needed: says so, and asks seldom', async (t) => {
    const peers = await Promise.all([1, 2].map(() => referencePeer(t, first, { withhold: (typeId) => typeId === TX })))
    const node = await sectionNode(t, new FakeBlockSink(first.slice(0, 20)), { limits: QUICK })
    await Promise.all(peers.map((peer) => node.dial(peer)))
    const reason = /^transactions of block 1\b.* 2 of 2 peers did not deliver it so far/
    await until(() => reason.test(node.sections.snapshot().waitingFor), 'the reason', 10_000)
    for (const peer of peers) peer.assertNoFault()
    for (const { kind } of node.penalties) assert.equal(kind, 'nonDelivery')
  })

  it('a pruned peer is asked for the last blocks only', async (t) => {
    const asked: number[] = []
    const heights = new Map(first.flatMap((b) => b.sections.map((s) => [toHex(s.id), b.height] as const)))
    const pruned = await referencePeer(t, first, { mode: { blocksToKeep: 20 } })
    pruned.onServe = (_typeId, id) => void asked.push(heights.get(toHex(id))!)
    const full = await referencePeer(t, first, { latencyMs: 200 })
    const node = await sectionNode(t, new FakeBlockSink(first))
    await Promise.all([pruned, full].map((peer) => node.dial(peer)))
    await until(() => node.sink.height === first.length, 'download')
    assert.ok(asked.length > 0 && asked.every((h) => h > first.length - 20), `${Math.min(...asked)}`)
    assert.deepEqual(node.penalties, [])
  })
})

describe('memory', () => {
  it('large sections and slow application: no more is held or asked for than allowed', async (t) => {
    const blocks = madeBlocks(60, (h) => ({ transactions: 100_000 + (h % 5) * 50_000, adProofs: 300_000 }))
    const chain = new PeerChain()
    for (const { sections } of blocks) for (const { typeId, id, bytes } of sections) chain.put(typeId, id, bytes)
    const make = async (init: Partial<ReferencePeerInit>): Promise<ReferencePeer> => {
      const peer = await new ReferencePeer({ magic: devnet.magic, chain, syncIntervalMs: 0, ...init }).listen()
      t.after(() => peer.close())
      return peer
    }
    const peers = [await make({}), await make({ latencyMs: 20 })]
    const maxHeldBytes = 6 << 20
    const sink = new FakeBlockSink(blocks, { maxHeldBytes, applyMs: 5 })
    const node = await sectionNode(t, sink)
    await Promise.all(peers.map((peer) => node.dial(peer)))
    let peak = 0
    await until(
      () => {
        const { heldBytes, inFlightBytes } = node.sections.snapshot()
        peak = Math.max(peak, heldBytes + inFlightBytes)
        return sink.height === blocks.length
      },
      'download',
      20_000
    )
    assert.ok(sink.peakBytes <= maxHeldBytes + 650_000, `${sink.peakBytes} held`)
    assert.ok(peak <= 1.5 * maxHeldBytes, `${peak} held and asked for`)
    for (const peer of peers) peer.assertNoFault()
    assert.deepEqual(node.penalties, [])
  })
})

describe('life of the service', () => {
  it('stops in the middle of a download, and nothing runs on', async (t: TestContext) => {
    const peer = await referencePeer(t, first, { latencyMs: 50 })
    const node = await sectionNode(t, new FakeBlockSink(first))
    await node.dial(peer)
    await until(() => node.sections.snapshot().inFlight > 0, 'a request')
    await node.stop()
    const { requests } = node.sections.counters
    node.sections.poke()
    await sleep(200)
    assert.equal(node.sections.counters.requests, requests)
    assert.equal(node.sections.snapshot().peers, 0)
    assert.deepEqual(node.faults, [])
  })

  it('a fault of the sink is reported, not blamed on the peer', async (t) => {
    const peer = await referencePeer(t, first)
    const sink = new FakeBlockSink(first)
    sink.submit = () => {
      throw new Error('disk full')
    }
    const node = await sectionNode(t, sink)
    await node.dial(peer)
    await until(() => node.faults.length > 0, 'the fault')
    assert.match(String(node.faults[0]), /disk full/)
    assert.deepEqual(node.penalties, [])
  })
})
