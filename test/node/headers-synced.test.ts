import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HeadersSynced, type Testimony } from '../../src/node/headers-synced.ts'

const START = 1_700_000_000_000
const FRESH_MS = 12_000_000

interface Scene {
  best: { height: number; timestamp: number } | undefined
  peers: Testimony
  now: number
}

function scene(): { at: Scene; headers: HeadersSynced } {
  const at: Scene = { best: undefined, peers: { heard: 0, claimedHeight: 0 }, now: START }
  const now = (): number => at.now
  const headers = new HeadersSynced({ best: () => at.best, testimony: () => at.peers, witnesses: 2, freshMs: FRESH_MS, now })
  return { at, headers }
}

describe('rule 304: is the header chain synced?', () => {
  it('not while it is empty, whatever peers say', () => {
    const { at, headers } = scene()
    at.peers = { heard: 5, claimedHeight: 0 }
    assert.equal(headers.look(), false)
    at.now += 1e9
    assert.equal(headers.look(), false)
    assert.equal(headers.synced, false)
  })

  it('when its best header is fresh, as the reference has it: said once, and for good', () => {
    const { at, headers } = scene()
    at.best = { height: 5, timestamp: START - FRESH_MS }
    assert.equal(headers.look(), false)
    at.best = { height: 6, timestamp: START - FRESH_MS + 1 }
    assert.equal(headers.look(), true)
    assert.equal(headers.look(), false)
    at.now += 1e9
    headers.look()
    assert.equal(headers.synced, true)
  })

  it('when two peers have no more of it, however old it is', () => {
    const { at, headers } = scene()
    at.best = { height: 5, timestamp: 0 }
    at.peers = { heard: 1, claimedHeight: 5 }
    assert.equal(headers.look(), false)
    at.peers = { heard: 2, claimedHeight: 6 }
    assert.equal(headers.look(), false)
    at.peers = { heard: 2, claimedHeight: 5 }
    assert.equal(headers.look(), true)
  })

  for (const [what, claimedHeight, ms] of [
    ['the only peer has no more of it', 0, 3_000],
    ['claims of more come to nothing', 1e9, 30_000]
  ] as const) {
    it(`when ${what} for ${ms / 1000} s; every header that comes, or being alone, starts that anew`, () => {
      const { at, headers } = scene()
      at.peers = { heard: 1, claimedHeight }
      const wait = (by: number): boolean => {
        at.now += by
        return headers.look()
      }
      for (let height = 1; height <= 10; height++) {
        at.best = { height, timestamp: 0 }
        assert.equal(wait(0), false)
        assert.equal(wait(ms - 1), false)
      }
      at.peers = { heard: 0, claimedHeight }
      assert.equal(wait(1), false)
      assert.equal(wait(1e9), false)
      at.peers = { heard: 1, claimedHeight }
      assert.equal(wait(0), false)
      assert.equal(wait(ms - 1), false)
      assert.equal(wait(1), true)
    })
  }
})
