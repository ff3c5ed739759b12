import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HeadersSynced } from '../../src/node/headers-synced.ts'

const START = 1_700_000_000_000
const FRESH_MS = 12_000_000

interface Scene {
  best: { height: number; timestamp: number } | undefined
  caughtUp: boolean
  now: number
}

function scene(): { at: Scene; headers: HeadersSynced } {
  const at: Scene = { best: undefined, caughtUp: false, now: START }
  const headers = new HeadersSynced({ best: () => at.best, caughtUp: () => at.caughtUp, freshMs: FRESH_MS, now: () => at.now })
  return { at, headers }
}

describe('rule 304: is the header chain synced?', () => {
  it('not while it is empty, whatever peers say', () => {
    const { at, headers } = scene()
    at.caughtUp = true
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

  it('when peers have no more of it, however old it is', () => {
    const { at, headers } = scene()
    at.best = { height: 5, timestamp: 0 }
    assert.equal(headers.look(), false)
    at.caughtUp = true
    assert.equal(headers.look(), true)
  })

  it('when claims of more come to nothing for half a minute; every header that comes starts that anew', () => {
    const { at, headers } = scene()
    for (let height = 1; height <= 10; height++) {
      at.best = { height, timestamp: 0 }
      at.now += 29_999
      assert.equal(headers.look(), false)
    }
    at.now += 29_999
    assert.equal(headers.look(), false)
    at.now += 1
    assert.equal(headers.look(), true)
  })
})
