import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FakeBlockSink } from '../../support/block-sink.ts'
import { madeBlocks, type SimPeerInit, Simulation } from './simulation.ts'

describe('any company of peers', () => {
  const honest = fc.record({
    latencyMs: fc.integer({ min: 1, max: 800 }),
    bytesPerMs: fc.integer({ min: 50, max: 5000 })
  })
  const bad = fc.record({
    latencyMs: fc.integer({ min: 1, max: 6000 }),
    bytesPerMs: fc.integer({ min: 5, max: 5000 }),
    kind: fc.constantFrom('silent', 'lossy', 'liar', 'pruned', 'drip'),
    seed: fc.nat(1000)
  })

  it('with one honest peer among them the chain is fetched, memory is kept, and only liars are punished', () => {
    fc.assert(
      fc.property(honest, fc.array(bad, { maxLength: 5 }), fc.integer({ min: 20, max: 300 }), (good, others, count) => {
        const maxHeldBytes = 4 << 20
        const liars = new Set<number>()
        const blocks = madeBlocks(count, (h) => ({ adProofs: 1000 + (h % 13) * 3000 }))
        const sim = new Simulation(new FakeBlockSink(blocks, { maxHeldBytes }), blocks)
        sim.addPeer(1, good)
        for (const [i, { kind, seed, latencyMs, bytesPerMs }] of others.entries()) {
          const chance = (h: number, t: number): number => ((h * 7919 + t * 31 + seed * 97) % 100) / 100
          if (kind === 'liar') liars.add(i + 2)
          sim.addPeer(i + 2, {
            latencyMs,
            bytesPerMs: kind === 'drip' ? 5 : bytesPerMs,
            answer: ({ height, typeId, bytes }) => {
              if (kind === 'silent') return false
              if (kind === 'lossy') return chance(height, typeId) < 0.5
              if (kind === 'pruned') return height > count / 2
              if (kind === 'liar' && chance(height, typeId) < 0.5) return bytes.slice(1)
              return true
            }
          })
        }
        assert.ok(
          sim.runUntil(() => sim.sink.height === count, 15 * 60_000),
          `at ${sim.sink.height} of ${count}: ${sim.scheduler.snapshot().waitingFor}`
        )
        assert.ok(sim.sink.peakBytes <= maxHeldBytes * 1.1)
        for (const { peer, kind } of sim.penalties) {
          if (kind === 'misbehavior') assert.ok(liars.has(peer))
          else assert.equal(kind, 'nonDelivery')
        }
        assert.equal(sim.scheduler.snapshot().inFlight <= 3 * count, true)
      }),
      { numRuns: 60 }
    )
  })

  const action = fc.record({
    at: fc.integer({ min: 0, max: 20_000 }),
    peer: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 60 }),
    what: fc.constantFrom('leave', 'join', 'announce', 'copy', 'evict', 'invalid', 'learn', 'reset', 'lie')
  })

  it('in any turmoil no state is left behind: an honest peer brings the rest', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), fc.array(bad, { minLength: 4, maxLength: 4 }), (actions, kinds) => {
        const list = madeBlocks(60)
        const sink = new FakeBlockSink(list, { known: 20, maxHeldBytes: 200_000, applyMs: 50, lazy: true })
        const sim = new Simulation(sink, list)
        const init = (i: number): SimPeerInit => {
          const { kind, seed, latencyMs, bytesPerMs } = kinds[i - 1]!
          return {
            latencyMs,
            bytesPerMs,
            answer: ({ height, typeId, bytes }) => {
              const chance = ((height * 7919 + typeId * 31 + seed * 97) % 100) / 100
              if (kind === 'silent') return false
              if (kind === 'liar' && chance < 0.3) return bytes.slice(1)
              return kind !== 'lossy' || chance < 0.5
            }
          }
        }
        let known = 20
        const present = new Set<number>()
        for (const { at, peer, height, what } of actions) {
          sim.at(at, () => {
            const block = list[height - 1]!
            const section = block.sections[height % 3]!
            if (what === 'join' && !present.has(peer)) sim.addPeer(peer, init(peer))
            if (what === 'join') present.add(peer)
            if (what === 'leave' && present.delete(peer)) sim.removePeer(peer)
            if (what === 'announce') sim.announce(peer, section.typeId, [section.id])
            if (what === 'copy' || what === 'lie') {
              const bytes = what === 'lie' ? section.bytes.slice(1) : section.bytes
              sim.deliver(peer, section.typeId, [{ id: section.id, bytes }])
            }
            if (what === 'evict' && height > sink.height + 1 && height <= known) sink.evict(height)
            if (what === 'invalid') sim.scheduler.onInvalidSection(String(peer), block.header.id, 'test')
            if (what === 'learn' && known < 60) sink.learn(list[known++]!)
            if (what === 'reset') sim.scheduler.reset()
          })
        }
        sim.advance(20_000)
        while (known < 60) sink.learn(list[known++]!)
        sim.addPeer(9, { latencyMs: 20 })
        assert.ok(
          sim.runUntil(() => sink.height === 60, 120_000),
          `at ${sink.height}: ${sim.scheduler.snapshot().waitingFor}`
        )
        for (const peer of present) sim.removePeer(peer)
        sim.advance(60_000)
        const { inFlight, inFlightBytes, pending, window } = sim.scheduler.snapshot()
        assert.deepEqual([inFlight, inFlightBytes, pending, window], [0, 0, 0, undefined])
      }),
      { numRuns: 100 }
    )
  })
})
