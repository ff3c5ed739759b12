import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeBlockSink, type FakeSinkOptions } from '../../support/block-sink.ts'
import { EXT, madeBlocks, PROOFS, type SimPeerInit, Simulation, type Sizes, TX } from './simulation.ts'

interface Setup extends FakeSinkOptions {
  readonly blocks: number
  readonly sizeOf?: (height: number) => Partial<Sizes>
  readonly peers: readonly SimPeerInit[]
}

function simulate({ blocks, sizeOf, peers, ...options }: Setup): Simulation {
  const list = madeBlocks(blocks, sizeOf)
  const sim = new Simulation(new FakeBlockSink(list, options), list)
  for (const [i, peer] of peers.entries()) sim.addPeer(i + 1, peer)
  return sim
}

const done = (sim: Simulation, blocks: number) => () => sim.sink.height === blocks

describe('cutting work into requests', () => {
  it('one type a request, neighbouring heights, at most 64', () => {
    const sim = simulate({ blocks: 1000, peers: [{}, {}, {}] })
    assert.ok(sim.runUntil(done(sim, 1000), 60_000))
    for (const { heights } of sim.sent) {
      assert.ok(heights.length <= 64)
      for (const [i, h] of heights.entries()) if (i > 0) assert.equal(h, heights[i - 1]! + 1)
    }
    assert.equal(
      sim.sent.reduce((sum, s) => sum + s.ids.length, 0),
      3000,
      'nothing is asked twice when everybody delivers'
    )
    assert.deepEqual(sim.penalties, [])
  })

  it('large sections: the answer to one request stays around two megabytes', () => {
    const sim = simulate({
      blocks: 200,
      sizeOf: (h) => ({ transactions: 150_000 + 1000 * (h % 7), adProofs: 400_000 }),
      peers: [{ bytesPerMs: 20_000 }, { bytesPerMs: 20_000 }]
    })
    assert.ok(sim.runUntil(done(sim, 200), 120_000))
    const late = sim.sent.filter((s) => s.heights[0]! > 60)
    for (const { typeId, ids } of late) {
      if (typeId === TX) assert.ok(ids.length * 150_000 <= 2_000_000, `${ids.length} transactions`)
      if (typeId === PROOFS) assert.ok(ids.length * 400_000 <= 2_000_000, `${ids.length} proofs`)
    }
    assert.ok(late.some((s) => s.typeId === EXT && s.ids.length >= 16))
  })

  it('a slow line gets smaller requests than a fast one', () => {
    const sizeOf = (): Partial<Sizes> => ({ transactions: 60_000, adProofs: 60_000 })
    const sim = simulate({ blocks: 600, sizeOf, peers: [{ bytesPerMs: 60 }, { bytesPerMs: 1000 }] })
    assert.ok(sim.runUntil(done(sim, 600), 300_000))
    const mean = (peer: number): number => {
      const big = sim.to(peer).filter((s) => s.typeId !== EXT && s.at > 30_000)
      return big.reduce((sum, s) => sum + s.ids.length, 0) / big.length
    }
    assert.ok(mean(2) > 3 * mean(1), `${mean(1)} and ${mean(2)} sections`)
    assert.ok(sim.delivered.get(2)! > 5 * sim.delivered.get(1)!)
  })

  it('few missing blocks are shared in requests worth their round trip', () => {
    const sim = simulate({ blocks: 20, peers: [{}, {}, {}, {}] })
    assert.ok(sim.runUntil(done(sim, 20), 5_000))
    assert.ok(sim.sent.length <= 9, `${sim.sent.length} requests`)
  })

  it('starts with one request a peer and goes up to three', () => {
    const sim = simulate({ blocks: 2000, peers: [{ latencyMs: 200 }] })
    sim.advance(10)
    assert.equal(sim.sent.length, 1)
    sim.runUntil(done(sim, 2000), 60_000)
    let open = 0
    let most = 0
    // Every request is answered by one message here.
    const events = sim.sent.flatMap((s) => [
      [s.at, 1],
      [s.at + 200, -1]
    ])
    for (const [, delta] of events.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!)) {
      open += delta!
      most = Math.max(most, open)
    }
    assert.equal(most, 3)
  })
})

describe('memory', () => {
  it('asks for no more than fits, whatever the sizes', () => {
    const maxHeldBytes = 8 << 20
    /** Largest block here: the lowest one is let in though there is no room. */
    const BLOCK = 700_000
    const sim = simulate({
      blocks: 300,
      sizeOf: (h) => ({ transactions: 20_000 + (h % 3) * 100_000, adProofs: 50_000 + (h % 5) * 100_000 }),
      maxHeldBytes,
      applyMs: 50,
      peers: [{ bytesPerMs: 10_000 }, { bytesPerMs: 10_000 }, { bytesPerMs: 3_000 }]
    })
    let peak = 0
    const finished = sim.runUntil(() => {
      const { heldBytes, inFlightBytes } = sim.scheduler.snapshot()
      peak = Math.max(peak, heldBytes + inFlightBytes)
      return sim.sink.height === 300
    }, 120_000)
    assert.ok(finished)
    assert.ok(sim.sink.peakBytes <= maxHeldBytes + BLOCK, `${sim.sink.peakBytes} bytes held`)
    assert.ok(peak <= maxHeldBytes * 1.5, `${peak} bytes held and asked for`)
  })

  it('a full memory still lets the lowest block through', () => {
    const blocks = madeBlocks(50, () => ({ transactions: 300_000, adProofs: 300_000 }))
    const sink = new FakeBlockSink(blocks, { maxHeldBytes: 100_000 })
    const sim = new Simulation(sink, blocks)
    sim.addPeer(1)
    assert.ok(sim.runUntil(done(sim, 50), 120_000))
    assert.ok(sink.peakBytes <= 1_000_000, `${sink.peakBytes} bytes: one block at a time`)
  })

  it('what a full cache threw out is asked for again', () => {
    const sim = simulate({ blocks: 100, known: 100, peers: [{ latencyMs: 20, answer: ({ height }) => height !== 1 }] })
    sim.advance(1_000)
    assert.equal(sim.sink.height, 0)
    assert.equal(sim.sink.needed(200).length, 3)
    sim.sink.evict(50)
    sim.advance(2_000)
    assert.equal(sim.sink.needed(200).length, 3, 'block 50 is here again')
    assert.equal(sim.asked(50, TX).length, 2)
    assert.deepEqual(sim.penalties, [])
  })
})

describe('peers that do not deliver', () => {
  it('a silent peer costs some seconds, is avoided after four requests, and is given another chance', () => {
    const sim = simulate({
      blocks: 8000,
      applyMs: 0,
      sizeOf: () => ({ transactions: 20_000 }),
      peers: [{ answer: () => false }, { bytesPerMs: 500 }]
    })
    sim.advance(30_000)
    const early = sim.to(1).length
    assert.ok(early >= 4 && early <= 8, `${early} requests to the silent peer`)
    assert.ok(sim.delivered.get(2)! > 1500, `${sim.delivered.get(2)}`)
    sim.advance(90_000)
    assert.ok(sim.to(1).length - early <= 4)
    assert.ok(
      sim.to(1).some((s) => s.at > 60_000),
      'another chance'
    )
    assert.deepEqual(new Set(sim.penalties.map((p) => `${p.peer} ${p.kind}`)), new Set(['1 nonDelivery']))
  })

  it('what a silent peer was asked for goes to another after the timeout, the head of the line after 1.5 s', () => {
    const sim = simulate({ blocks: 40, peers: [{ latencyMs: 10, answer: () => false }] })
    sim.advance(5)
    sim.addPeer(2)
    assert.ok(
      sim.runUntil(() => sim.sink.height >= 8, 2_000),
      'the first eight heights are hedged'
    )
    assert.ok(sim.now >= 1_500 && sim.now < 1_800, `${sim.now} ms`)
    assert.ok(sim.runUntil(done(sim, 40), 3_500))
    assert.deepEqual(sim.penalties, [])
  })

  it('a peer on another branch is asked for what both have, for the rest only when nobody else is left, and never blamed for it', () => {
    const answer = ({ height }: { height: number }): boolean => height <= 30
    const peers = [{ forkHeight: 30, answer, latencyMs: 5 }, { latencyMs: 200 }]
    const sim = simulate({ blocks: 60, peers })
    assert.ok(sim.runUntil(done(sim, 60), 60_000))
    assert.ok(sim.delivered.get(1)! > 0)
    assert.ok(sim.to(1).every((s) => s.heights.every((h) => h <= 30)))
    assert.deepEqual(sim.penalties, [])
    const alone = simulate({ blocks: 60, peers: [{ forkHeight: 30, answer }] })
    alone.advance(120_000)
    assert.equal(alone.sink.height, 30)
    assert.ok(alone.to(1).some((s) => s.heights.some((h) => h > 30)))
    assert.deepEqual(alone.penalties, [])
  })

  it('what nobody is asked for any more reserves no memory', () => {
    const sim = simulate({ blocks: 40, peers: [{ answer: () => false }] })
    sim.advance(10)
    assert.ok(sim.scheduler.snapshot().inFlightBytes > 0)
    sim.advance(3_500)
    const { inFlight, inFlightBytes, pending } = sim.scheduler.snapshot()
    assert.equal(inFlightBytes === 0, inFlight === 0)
    assert.equal(inFlight + pending, 120)
    sim.removePeer(1)
    const after = sim.scheduler.snapshot()
    assert.deepEqual([after.inFlight, after.inFlightBytes, after.pending], [0, 0, 120])
    assert.equal(after.waitingFor, 'transactions of block 1 from a peer')
  })

  it('at most two second askings for one section', () => {
    const sim = simulate({ blocks: 40, peers: Array.from({ length: 6 }, () => ({ answer: () => false })) })
    sim.advance(2_900)
    for (let height = 1; height <= 8; height++) {
      for (const typeId of [TX, EXT, PROOFS]) assert.ok(sim.asked(height, typeId).length <= 3)
    }
    assert.ok(sim.asked(1, TX).length >= 2)
  })

  it('a late answer of the first asked is no fault, and costs nothing', () => {
    const sim = simulate({ blocks: 8, peers: [{ latencyMs: 4_000 }] })
    sim.advance(5)
    sim.addPeer(2)
    sim.advance(10_000)
    assert.equal(sim.sink.height, 8)
    assert.ok(sim.scheduler.counters.duplicates > 0)
    assert.deepEqual(sim.penalties, [])
  })

  it('a peer that leaves in the middle: the others take over at once', () => {
    const sim = simulate({ blocks: 100, peers: [{ latencyMs: 100 }, { latencyMs: 500 }] })
    sim.advance(10)
    assert.ok(sim.to(1).length > 0)
    sim.removePeer(1)
    assert.ok(sim.runUntil(done(sim, 100), 3_000), `at ${sim.sink.height}`)
    assert.deepEqual(sim.penalties, [])
  })

  it('the only peer, though it went silent for a while, is asked again', () => {
    const sim = simulate({ blocks: 64, peers: [{ answer: (_, now) => now > 20_000 }] })
    assert.ok(sim.runUntil(done(sim, 64), 120_000), sim.scheduler.snapshot().waitingFor)
    assert.ok(sim.now < 60_000, `${sim.now} ms`)
  })

  it('of what nobody has, requests become rare, and the snapshot says what is missing', () => {
    const lacks = { answer: ({ height, typeId }: { height: number; typeId: number }) => !(height === 5 && typeId === PROOFS) }
    const sim = simulate({ blocks: 20, peers: [lacks, lacks, lacks] })
    sim.advance(600_000)
    assert.equal(sim.sink.height, 4)
    const asked = sim.asked(5, PROOFS)
    assert.ok(asked.length < 60, `${asked.length} requests in ten minutes`)
    assert.ok(asked.some((s) => s.at > 500_000))
    const { waitingFor, window } = sim.scheduler.snapshot()
    assert.match(waitingFor, /^AD proofs of block 5/)
    assert.equal(window?.from, 5)
    assert.deepEqual(sim.penalties, [])
  })

  it('a peer without old AD proofs is not asked for ever lower ones, and still gives the rest', () => {
    const utxo: SimPeerInit = { latencyMs: 30, answer: ({ height, typeId }) => typeId !== PROOFS || height > 900 }
    const sim = simulate({ blocks: 1000, peers: [utxo, utxo, { latencyMs: 400 }] })
    assert.ok(sim.runUntil(done(sim, 1000), 120_000), sim.scheduler.snapshot().waitingFor)
    const wasted = sim.sent.filter((s) => s.peer !== 3 && s.typeId === PROOFS && s.heights[0]! <= 900 - 64).length
    assert.ok(wasted <= 12, `${wasted} useless requests`)
    assert.deepEqual(sim.penalties, [])
  })
})

describe('what peers say of themselves', () => {
  const tip = 200_000
  const at = (from: number, peers: readonly SimPeerInit[], types?: readonly number[]): Simulation => {
    const made = madeBlocksFrom(from, 40)
    const sim = new Simulation(new FakeBlockSink(made, { from, ...(types === undefined ? {} : { types }) }), made)
    for (const [i, peer] of peers.entries()) sim.addPeer(i + 1, { claims: tip, ...peer })
    sim.advance(8_000)
    return sim
  }

  it('pruned to n blocks: only asked for heights above tip - n', () => {
    const pruned: SimPeerInit = { mode: { blocksToKeep: 100_020 } }
    const sim = at(99_960, [pruned, { latencyMs: 900 }])
    assert.equal(sim.sink.height, 99_999)
    for (const { heights } of sim.to(1)) for (const h of heights) assert.ok(h > tip - 100_020, `${h}`)
    assert.ok(sim.to(1).length > 0)
  })

  it('only pruned peers, and old blocks wanted: nobody is asked, and the reason is named', () => {
    const sim = at(50_000, [{ mode: { blocksToKeep: 1000 } }])
    assert.equal(sim.sent.length, 0)
    assert.equal(
      sim.scheduler.snapshot().waitingFor,
      'transactions of block 50000: none of 1 peers has it by what it says of itself'
    )
  })

  it('headers only, or no Mode at all: never asked', () => {
    const sim = at(100_000, [{ mode: { verifyingTransactions: false } }, { mode: false }, {}])
    assert.equal(sim.to(1).length, 0)
    assert.equal(sim.to(2).length, 0)
    assert.equal(sim.sink.height, 100_039)
  })

  const withoutOld: SimPeerInit = { mode: { blocksToKeep: -2 }, latencyMs: 10, answer: ({ height }) => height > tip - 52_224 }

  it('begun with a snapshot: recent blocks as from anybody, old ones only when the others are busy, and not again in vain', () => {
    const recent = at(tip - 1000, [withoutOld, { latencyMs: 900 }])
    assert.ok(recent.to(1).length > 0)
    const old = at(100_000, [withoutOld, { latencyMs: 900 }])
    assert.equal(old.sent[0]!.peer, 2)
    assert.ok(old.to(1).length <= 3, `${old.to(1).length}`)
    assert.equal(old.sink.height, 100_039)
    const alone = at(100_000, [{ mode: { blocksToKeep: -2 } }])
    assert.equal(alone.sink.height, 100_039)
  })

  it('old AD proofs are asked of nodes that verify by them first, of others once to see, and of those that have them', () => {
    const digest: SimPeerInit = { mode: { stateType: 'digest' }, latencyMs: 500 }
    const lacking = at(50_000, [{ latencyMs: 10, answer: ({ typeId }) => typeId !== PROOFS }, digest])
    const proofs = lacking.sent.filter((s) => s.typeId === PROOFS)
    assert.equal(proofs[0]!.peer, 2)
    assert.ok(proofs.filter((s) => s.peer === 1).length <= 2)
    assert.ok(lacking.to(1).some((s) => s.typeId === TX))
    assert.equal(lacking.sink.height, 50_039)
    const having = at(50_000, [{ latencyMs: 10 }, digest])
    assert.ok(
      having.to(1).some((s) => s.typeId === PROOFS),
      'it turned out to have them'
    )
    const recent = at(150_000, [{ latencyMs: 10 }, { ...digest, latencyMs: 5000 }])
    assert.ok(recent.to(1).some((s) => s.typeId === PROOFS))
  })

  it('without AD proofs on the list of needs nobody is asked for them', () => {
    const sim = at(100_000, [{}], [TX, EXT])
    assert.equal(sim.sink.height, 100_039)
    assert.ok(sim.sent.every((s) => s.typeId !== PROOFS))
  })
})

function madeBlocksFrom(from: number, count: number): ReturnType<typeof madeBlocks> {
  return madeBlocks(count).map((block) => ({ ...block, height: block.height + from - 1 }))
}
