import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AnyNodeEvent, NodeEvents } from '../../src/telemetry/index.ts'

const block = (height: number): { height: number; headerId: string } => ({ height, headerId: 'ab' })

const rethrow = (error: unknown): never => {
  throw error
}

describe('events', () => {
  it('are numbered, stamped and reach listeners of their type and subscribers of all', () => {
    let now = 100
    const events = new NodeEvents({ now: () => now++, onError: rethrow })
    const typed: number[] = []
    const all: AnyNodeEvent[] = []
    events.addEventListener('header:best', (e) => typed.push(e.detail.detail.height))
    const unsubscribe = events.subscribe((e) => all.push(e))
    events.publish('header:best', block(1))
    events.publish('tx:removed', { id: 'cd', reason: 'confirmed' })
    unsubscribe()
    events.publish('header:best', block(2))
    assert.deepEqual(typed, [1, 2])
    assert.deepEqual(all, [
      { seq: 1, time: 100, type: 'header:best', detail: block(1) },
      { seq: 2, time: 101, type: 'tx:removed', detail: { id: 'cd', reason: 'confirmed' } }
    ])
    assert.equal(events.seq, 3)
  })

  it('can be caught up with, and say when that is no longer possible', () => {
    const events = new NodeEvents({ now: () => 0, onError: rethrow })
    assert.deepEqual(events.since(0), { events: [], incomplete: false })
    for (let i = 1; i <= 8192; i++) events.publish('header:best', block(i))
    assert.equal(events.since(0).incomplete, false)
    assert.equal(events.since(0).events.length, 8192)
    for (let i = 8193; i <= 10_000; i++) events.publish('header:best', block(i))
    const missed = events.since(9_998)
    assert.deepEqual(
      missed.events.map((e) => e.seq),
      [9_999, 10_000]
    )
    assert.equal(missed.incomplete, false)
    const late = events.since(5)
    assert.equal(late.incomplete, true)
    assert.deepEqual([late.events.length, late.events[0]!.seq, late.events.at(-1)!.seq], [8192, 1809, 10_000])
    assert.equal(events.since(1808).incomplete, false)
    assert.equal(events.since(1807).incomplete, true)
    // A number from before a restart of the node.
    assert.deepEqual(events.since(20_000), { events: [], incomplete: true })
  })

  it('are not stopped by a subscriber that fails', () => {
    const failures: unknown[] = []
    const events = new NodeEvents({ now: () => 0, onError: (error) => failures.push(error) })
    const seen: number[] = []
    const failure = new Error('subscriber')
    events.subscribe(() => {
      throw failure
    })
    events.subscribe((e) => seen.push(e.seq))
    events.publish('header:best', block(1))
    assert.deepEqual([seen, failures], [[1], [failure]])
  })
})
