import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blake2b256 } from '../../../src/crypto/index.ts'
import { FakeBlockSink, type FakeSinkOptions, type SinkBlock } from '../../support/block-sink.ts'
import { EXT, madeBlock, madeBlocks, PROOFS, type SimPeerInit, Simulation, TX } from './simulation.ts'

/** A node that has the first blocks of a chain, and peers that have more. */
function atTip(
  count: number,
  peers: readonly SimPeerInit[],
  options: FakeSinkOptions = {}
): { sim: Simulation; next: SinkBlock } {
  const blocks = madeBlocks(count + 1)
  const sink = new FakeBlockSink(blocks, { known: count, from: count + 1, ...options })
  const sim = new Simulation(sink, blocks)
  for (const [i, peer] of peers.entries()) sim.addPeer(i + 1, peer)
  sim.advance(100)
  return { sim, next: blocks[count]! }
}

/** Announces all sections of a block in the order of the reference. */
function announce(sim: Simulation, peer: number, block: SinkBlock): void {
  for (const typeId of [PROOFS, TX, EXT]) sim.announce(peer, typeId, [idOf(block, typeId)])
}

const idOf = (block: SinkBlock, typeId: number): Uint8Array => block.sections.find((s) => s.typeId === typeId)!.id
const modifier = (block: SinkBlock, typeId: number): { id: Uint8Array; bytes: Uint8Array } =>
  block.sections.find((s) => s.typeId === typeId)!

describe('a new block', () => {
  it('header first: all three sections are asked of the announcer at once', () => {
    const { sim, next } = atTip(100, [{ latencyMs: 5 }, { latencyMs: 80 }])
    sim.sink.learn(next)
    sim.scheduler.onInv(2, PROOFS, [idOf(next, PROOFS)])
    sim.scheduler.onInv(2, TX, [idOf(next, TX)])
    sim.announce(2, EXT, [idOf(next, EXT)])
    sim.advance(1)
    const sent = sim.sent.filter((s) => s.heights.includes(101))
    assert.deepEqual(
      sent.map((s) => [s.peer, s.typeId]).sort(),
      [
        [2, TX],
        [2, PROOFS],
        [2, EXT]
      ].sort()
    )
    assert.ok(sim.runUntil(() => sim.sink.height === 101, 200))
    assert.deepEqual(sim.penalties, [])
  })

  it('sections announced before the header is here: asked for at once, kept, and used when it comes', () => {
    const { sim, next } = atTip(100, [{ latencyMs: 40 }])
    announce(sim, 1, next)
    sim.advance(100)
    assert.equal(sim.sent.length, 3)
    assert.equal(sim.sink.height, 100)
    sim.sink.learn(next)
    sim.advance(1)
    assert.equal(sim.sink.height, 101)
    assert.equal(sim.sent.length, 3, 'nothing is asked twice')
    assert.deepEqual(sim.penalties, [])
  })

  it('the header comes between request and answer', () => {
    const { sim, next } = atTip(100, [{ latencyMs: 40 }])
    announce(sim, 1, next)
    sim.advance(20)
    sim.sink.learn(next)
    sim.advance(40)
    assert.equal(sim.sink.height, 101)
    assert.equal(sim.sent.length, 3)
  })

  it('sections come in any order among headers', () => {
    const { sim, next } = atTip(100, [{ latencyMs: 40, answer: () => false }])
    announce(sim, 1, next)
    sim.deliver(1, EXT, [modifier(next, EXT)])
    sim.sink.learn(next)
    sim.deliver(1, PROOFS, [modifier(next, PROOFS)])
    sim.deliver(1, TX, [modifier(next, TX)])
    sim.advance(1)
    assert.equal(sim.sink.height, 101)
    assert.deepEqual(sim.penalties, [])
  })

  it('a section that came early is used when it is needed, though the chain cannot tell its header', () => {
    const { sim, next } = atTip(100, [{ latencyMs: 40 }])
    sim.sink.status = () => 'unknown'
    announce(sim, 1, next)
    sim.advance(100)
    assert.equal(sim.sent.length, 3)
    sim.sink.learn(next)
    sim.advance(1)
    assert.equal(sim.sink.height, 101)
    assert.equal(sim.sent.length, 3)
  })

  it('announced before it is stored: asked again within a second, without a penalty', () => {
    let stored = 0
    const { sim, next } = atTip(100, [{ latencyMs: 20, answer: ({ height }, now) => height <= 100 || now > stored }])
    stored = sim.now + 30
    sim.sink.learn(next)
    announce(sim, 1, next)
    assert.ok(
      sim.runUntil(() => sim.sink.height === 101, 1_000),
      'answered the second time'
    )
    assert.ok(sim.asked(101, TX).length === 2)
    assert.ok(sim.asked(101, TX)[1]!.at - sim.asked(101, TX)[0]!.at >= 250)
    sim.advance(30_000)
    assert.deepEqual(sim.penalties, [])
  })

  it('of several announcers the next is asked when the first is silent', () => {
    const { sim, next } = atTip(100, [{ answer: () => false }, { latencyMs: 30 }, { latencyMs: 30 }])
    sim.sink.learn(next)
    for (const peer of [1, 3]) announce(sim, peer, next)
    assert.ok(sim.runUntil(() => sim.sink.height === 101, 1_000))
    const second = sim.asked(101, TX)[1]!
    assert.equal(second.peer, 3)
    sim.advance(20_000)
    assert.deepEqual(sim.penalties, [])
  })

  it('a silent announcer alone: the others are asked after a second and a half', () => {
    const { sim, next } = atTip(100, [{ answer: () => false }, { latencyMs: 30 }])
    announce(sim, 1, next)
    sim.sink.learn(next)
    assert.ok(sim.runUntil(() => sim.sink.height === 101, 4_000))
    assert.deepEqual(sim.penalties, [])
  })

  it('an announcer without Mode is asked for what it announced, and for nothing else', () => {
    const { sim, next } = atTip(100, [{ mode: false }])
    sim.sink.learn(next)
    sim.advance(5_000)
    assert.equal(sim.sent.length, 0)
    announce(sim, 1, next)
    sim.advance(500)
    assert.equal(sim.sink.height, 101)
    assert.equal(sim.sent.length, 3)
  })

  it('both branches of a fork are fetched', () => {
    const { sim, next } = atTip(100, [{}, {}])
    const rival = madeBlock(101, {}, 7)
    sim.addBlocks([rival])
    sim.sink.learn(next)
    sim.sink.learn(rival, true)
    sim.advance(1_000)
    assert.ok(rival.sections.every((s) => sim.sink.has(s.typeId, s.id)))
    assert.equal(sim.sink.height, 101)
  })
})

describe('announcements that lead nowhere', () => {
  const random = (n: number): Uint8Array[] => Array.from({ length: n }, (_, i) => blake2b256(Uint8Array.of(9, i >> 8, i)))

  it('of ids that belong to nothing few are asked for, ever fewer, and no more is kept than fits', () => {
    const { sim } = atTip(100, [{}])
    for (let round = 0; round < 50; round++) {
      sim.announce(1, TX, random(400))
      sim.advance(1_000)
    }
    const asked = sim.sent.reduce((sum, s) => sum + s.ids.length, 0)
    assert.ok(asked <= 60, `${asked} ids asked for`)
    assert.deepEqual(sim.penalties, [])
  })

  it('sections without a header are dropped after half a minute', () => {
    const { sim, next } = atTip(100, [{ latencyMs: 10 }])
    announce(sim, 1, next)
    sim.advance(31_000)
    sim.sink.learn(next)
    sim.advance(1)
    assert.equal(sim.sink.height, 100)
    assert.ok(
      sim.runUntil(() => sim.sink.height === 101, 2_000),
      'asked for again once they are needed'
    )
    assert.deepEqual(sim.penalties, [])
  })

  it('large sections without a header have little room', () => {
    const blocks = Array.from({ length: 10 }, (_, i) => madeBlock(102, { transactions: 3_000_000 }, i + 1))
    const { sim } = atTip(
      100,
      Array.from({ length: 10 }, () => ({ bytesPerMs: 100_000 }))
    )
    sim.addBlocks(blocks)
    for (const [i, block] of blocks.entries()) sim.announce(i + 1, TX, [idOf(block, TX)])
    sim.advance(2_000)
    assert.equal(sim.sent.length >= 5, true)
    for (const block of blocks) sim.sink.learn(block, true)
    sim.advance(0)
    const kept = blocks.filter((b) => sim.sink.has(TX, idOf(b, TX))).length
    assert.ok(kept >= 5 && kept * 3_000_000 <= 16 << 20, `${kept} kept`)
  })

  it('far from the tip nothing is asked for ahead of its turn', () => {
    const blocks = madeBlocks(2_000)
    const sim = new Simulation(new FakeBlockSink(blocks, { known: 1_000 }), blocks)
    sim.addPeer(1, { latencyMs: 400 })
    sim.advance(50)
    const before = sim.sent.length
    announce(sim, 1, blocks[1_500]!)
    announce(sim, 1, blocks[400]!)
    sim.advance(10)
    assert.equal(sim.sent.length, before)
  })

  it('types that blocks do not need here are not asked for', () => {
    const { sim, next } = atTip(100, [{}], { types: [TX, EXT] })
    sim.sink.learn(next)
    announce(sim, 1, next)
    sim.announce(1, 103, random(3))
    sim.advance(2_000)
    assert.equal(sim.sink.height, 101)
    assert.ok(sim.sent.every((s) => s.typeId === TX || s.typeId === EXT))
  })

  it('a flood of announcements is looked at only so far', () => {
    const { sim } = atTip(100, [{}])
    let looks = 0
    const status = sim.sink.status.bind(sim.sink)
    sim.sink.status = (...args) => {
      looks++
      return status(...args)
    }
    for (let i = 0; i < 1000; i++) sim.scheduler.onInv(1, TX, random(400))
    assert.ok(looks <= 200, `${looks} looks`)
  })
})

describe('what is wrong', () => {
  it('wrong bytes cost ten points each, and the section comes from another peer', () => {
    const liar: SimPeerInit = { latencyMs: 5, answer: ({ bytes }) => bytes.slice(1) }
    const { sim, next } = atTip(100, [liar, { latencyMs: 100 }])
    sim.sink.learn(next)
    assert.ok(sim.runUntil(() => sim.sink.height === 101, 1_000))
    assert.ok(sim.penalties.length >= 1 && sim.penalties.length <= 3)
    for (const { peer, kind } of sim.penalties) assert.deepEqual([peer, kind], [1, 'misbehavior'])
    for (const typeId of [TX, EXT, PROOFS]) assert.ok(sim.asked(101, typeId).filter((s) => s.peer === 1).length <= 1)
  })

  it('a liar is avoided for everything for a while', () => {
    const blocks = madeBlocks(1000)
    const sim = new Simulation(new FakeBlockSink(blocks), blocks)
    sim.addPeer(1, { latencyMs: 5, answer: ({ bytes }) => bytes.slice(1) })
    sim.addPeer(2, { latencyMs: 50, bytesPerMs: 2000 })
    assert.ok(sim.runUntil(() => sim.sink.height === 1000, 60_000))
    assert.ok(sim.to(1).length <= 2, `${sim.to(1).length} requests to the liar`)
  })

  it('a section found wrong when its block is put together: the sender pays, even when it is gone, and another is asked', () => {
    const liar: SimPeerInit = { latencyMs: 5, answer: ({ typeId, bytes }) => (typeId === TX ? bytes.slice(1) : true) }
    const { sim, next } = atTip(100, [liar], { lazy: true })
    sim.sink.learn(next)
    announce(sim, 1, next)
    sim.advance(20)
    assert.equal(sim.sink.height, 100)
    assert.deepEqual(
      sim.penalties.map((p) => [p.peer, p.kind]),
      [[1, 'misbehavior']]
    )
    sim.advance(5_000)
    assert.equal(sim.asked(101, TX).length, 1, 'not asked of the liar again')
    sim.addPeer(2, { latencyMs: 20 })
    assert.ok(sim.runUntil(() => sim.sink.height === 101, 2_000))
  })

  it('a section found wrong while it is handed in, and refused for it, costs ten points once', () => {
    const { sim, next } = atTip(100, [{ latencyMs: 5, answer: ({ typeId, bytes }) => (typeId === EXT ? bytes.slice(1) : true) }])
    const submit = sim.sink.submit.bind(sim.sink)
    sim.sink.submit = (typeId, id, bytes, source) => {
      const outcome = submit(typeId, id, bytes, source)
      if (outcome.status === 'invalid') sim.scheduler.onInvalidSection(source, next.header.id, 'found on the way in')
      return outcome
    }
    sim.sink.learn(next)
    sim.advance(2_000)
    assert.deepEqual(
      sim.penalties.map((p) => p.reason.split(': ')[1]),
      ['found on the way in']
    )
  })

  it('an invalid block is nobody’s fault, and its sections are not asked for again', () => {
    const { sim, next } = atTip(100, [{ latencyMs: 20, answer: ({ typeId }) => typeId !== EXT }])
    sim.sink.learn(next)
    sim.advance(500)
    assert.equal(sim.asked(101, TX).length, 1)
    sim.scheduler.onInvalidBlock(next.header.id)
    sim.sink.evict(101)
    sim.advance(10_000)
    assert.equal(sim.asked(101, TX).length, 1)
    assert.deepEqual(sim.penalties, [])
  })

  it('unrequested sections are spam, once a message; a second copy too; headers and transactions are not looked at', () => {
    const { sim, next } = atTip(100, [{ latencyMs: 20 }])
    sim.deliver(1, TX, [modifier(next, TX), { id: new Uint8Array(32), bytes: new Uint8Array(5) }])
    assert.deepEqual(
      sim.penalties.map((p) => p.kind),
      ['spam']
    )
    sim.deliver(1, 103, [{ id: new Uint8Array(32), bytes: new Uint8Array(5) }])
    assert.equal(sim.penalties.length, 2)
    sim.deliver(1, 101, [{ id: new Uint8Array(32), bytes: new Uint8Array(5) }])
    sim.deliver(1, 2, [{ id: new Uint8Array(32), bytes: new Uint8Array(5) }])
    assert.equal(sim.penalties.length, 2)
    sim.sink.learn(next)
    sim.advance(1_000)
    assert.equal(sim.sink.height, 101)
    sim.deliver(1, TX, [modifier(next, TX)])
    assert.equal(sim.penalties.length, 3)
  })

  it('a section sent twice in one message counts once, the last', () => {
    const { sim, next } = atTip(100, [{ answer: () => false }])
    sim.sink.learn(next)
    sim.advance(10)
    const right = modifier(next, TX)
    sim.deliver(1, TX, [{ id: right.id, bytes: right.bytes.slice(2) }, right])
    assert.ok(sim.sink.has(TX, right.id))
    assert.deepEqual(sim.penalties, [])
  })

  it('a fault of the sink is thrown, and the section is asked for again', () => {
    const { sim, next } = atTip(100, [{ answer: () => false }])
    sim.sink.learn(next)
    sim.advance(10)
    const submit = sim.sink.submit.bind(sim.sink)
    sim.sink.submit = () => {
      throw new Error('disk')
    }
    assert.throws(() => sim.deliver(1, TX, [modifier(next, TX)]), /disk/)
    sim.sink.submit = submit
    sim.addPeer(2)
    assert.ok(sim.runUntil(() => sim.sink.height === 101, 10_000))
    assert.deepEqual(sim.penalties, [])
  })

  it('reset starts over without punishing anybody for what is still on its way', () => {
    const blocks = madeBlocks(200)
    const sim = new Simulation(new FakeBlockSink(blocks), blocks)
    sim.addPeer(1, { latencyMs: 300 })
    sim.advance(150)
    sim.scheduler.reset()
    assert.ok(sim.runUntil(() => sim.sink.height === 200, 30_000))
    assert.deepEqual(sim.penalties, [])
  })
})
