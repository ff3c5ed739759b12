import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Session } from '../../../protocols/session/index.ts'
import { PeerSlot } from '../../../protocols/sync/header-download/peer-slot.ts'
import { RequestTable } from '../../../protocols/sync/header-download/request-table.ts'
import { Segment } from '../../../protocols/sync/header-download/segment.ts'

const slot = (id: number): PeerSlot => new PeerSlot({ id, peer: { features: [] } } as unknown as Session)

describe('headers that come late', () => {
  /** Two ids of one stretch, asked of a peer and given up. */
  function givenUp(): { table: RequestTable; segment: Segment; peer: PeerSlot } {
    const table = new RequestTable()
    const segment = new Segment({ id: '0', height: 0 })
    const peer = slot(1)
    table.want('a', 1, segment, peer)
    table.want('b', 2, segment, peer)
    segment.pending = []
    table.abandon(table.ask(peer, ['a', 'b'], 0, false))
    assert.deepEqual(segment.pending, ['a', 'b'])
    return { table, segment, peer }
  }

  it('one that waits to be asked for again is not asked for any more, and gone when it is verified', () => {
    const { table, segment } = givenUp()
    table.arrive(table.wanted.get('a')!)
    assert.deepEqual(segment.pending, ['b'])
    table.drop('a')
    table.drop('b')
    assert.deepEqual([segment.pending, segment.open, table.wanted.size], [[], 0, 0])
  })

  it('something else in its place: it is asked for again, once', () => {
    const { table, segment, peer } = givenUp()
    table.retry(table.wanted.get('b')!)
    assert.deepEqual(segment.pending, ['a', 'b'], 'it waits already')
    segment.pending = []
    table.ask(peer, ['a', 'b'], 10, false)
    table.ask(slot(2), ['b'], 20, true)
    table.answered(peer, 'b')
    table.retry(table.wanted.get('b')!)
    assert.deepEqual(segment.pending, [], 'another peer is asked for it')
    table.answered(peer, 'a')
    table.retry(table.wanted.get('a')!)
    assert.deepEqual(segment.pending, ['a'])
  })
})

describe('headers that a peer owes', () => {
  it('one that was asked for twice, because the answer was late, may come twice and no more', () => {
    const table = new RequestTable()
    const peer = slot(1)
    table.abandon(table.ask(peer, ['a', 'b'], 0, false))
    table.ask(peer, ['a'], 100, false)
    for (let answer = 0; answer < 2; answer++) {
      assert.equal(table.wasAsked(peer, 'a'), true)
      table.answered(peer, 'a')
    }
    assert.equal(table.wasAsked(peer, 'a'), false)
    // The other one is still owed, however late.
    assert.equal(table.wasAsked(peer, 'b'), true)
    table.answered(peer, 'b')
    assert.equal(table.wasAsked(peer, 'b'), false)
  })

  it('one that another peer was asked for is not', () => {
    const table = new RequestTable()
    const peer = slot(1)
    table.ask(peer, ['a'], 0, false)
    assert.equal(table.wasAsked(slot(2), 'a'), false)
    table.removePeer(peer)
    assert.equal(table.wasAsked(peer, 'a'), false)
  })
})
