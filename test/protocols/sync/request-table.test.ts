import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Session } from '../../../protocols/session/index.ts'
import { PeerSlot } from '../../../protocols/sync/header-download/peer-slot.ts'
import { RequestTable } from '../../../protocols/sync/header-download/request-table.ts'

const slot = (id: number): PeerSlot => new PeerSlot({ id, peer: { features: [] } } as unknown as Session)

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
