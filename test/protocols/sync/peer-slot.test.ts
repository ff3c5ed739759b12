import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Session } from '../../../protocols/session/index.ts'
import { PeerSlot } from '../../../protocols/sync/header-download/peer-slot.ts'

const slot = (): PeerSlot => new PeerSlot({ id: 1, peer: { features: [] } } as unknown as Session)

/** One question and its answer. */
function exchange(peer: PeerSlot, sentAt: number, answeredAt: number): number {
  peer.lastSyncSentAt = sentAt
  peer.scoutAnswered(sentAt, answeredAt)
  return peer.maySyncAt(110)
}

describe('pace of questions to a peer', () => {
  it('goes by the moment at which the peer handled the last one, as late as that can have been', () => {
    const peer = slot()
    // The session held the first question back: 120 ms are not the round trip.
    assert.equal(exchange(peer, 0, 120), 230)
    // Answered late: it may have been handled just before, so the peer takes the next from 270 + 110 on.
    assert.equal(exchange(peer, 230, 270), 380)
    // The shortest answer took 40 ms before, so the next question may be half of that under way.
    assert.equal(exchange(peer, 380, 390), 490)
    // Since 10 ms are known to be possible, all above is time at the peer.
    assert.equal(exchange(peer, 490, 560), 660)
  })

  it('a far peer is asked again as soon as it answers', () => {
    const peer = slot()
    exchange(peer, 0, 250)
    assert.equal(exchange(peer, 360, 510), 620)
    assert.equal(exchange(peer, 620, 770), 730)
  })
})
