import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BoundedMap } from '../../../protocols/modifiers/bounded-map.ts'
import { SECTION_DOWNLOAD_LIMITS as LIMITS } from '../../../protocols/modifiers/index.ts'
import { MissingRanges } from '../../../protocols/modifiers/section-download/missing-ranges.ts'
import { PeerSlot } from '../../../protocols/modifiers/section-download/peer-slot.ts'
import { SectionSizes } from '../../../protocols/modifiers/section-download/section-sizes.ts'
import type { ModeFeature } from '../../../src/wire/index.ts'
import { EXT, PROOFS, TX } from './simulation.ts'

describe('BoundedMap', () => {
  it('forgets the oldest; setting again makes young', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    map.set('c', 4)
    assert.deepEqual(
      [...map.entries()],
      [
        ['a', 3],
        ['c', 4]
      ]
    )
  })
})

describe('MissingRanges', () => {
  it('remembers for a time, twice as long when it proves right, up to a bound', () => {
    const ranges = new MissingRanges()
    ranges.add(10, 20, 0, 100, 350)
    assert.ok(ranges.has(10, 99) && ranges.has(20, 99))
    assert.ok(!ranges.has(9, 0) && !ranges.has(21, 0) && !ranges.has(15, 100))
    ranges.add(21, 30, 100, 100, 350)
    assert.ok(ranges.has(15, 299) && ranges.has(30, 299) && !ranges.has(30, 300))
    ranges.add(1, 15, 300, 100, 350)
    assert.ok(ranges.has(30, 649) && !ranges.has(30, 650))
  })

  it('what was delivered after all is believed', () => {
    const ranges = new MissingRanges()
    ranges.add(10, 20, 0, 100, 350)
    ranges.add(40, 50, 0, 100, 350)
    ranges.clear(12)
    assert.ok(!ranges.has(15, 1) && ranges.has(45, 1))
  })
})

describe('SectionSizes', () => {
  it('follows what comes, and stays above most of it', () => {
    const sizes = new SectionSizes()
    assert.ok(sizes.expected(PROOFS) > sizes.expected(EXT))
    for (let i = 0; i < 200; i++) sizes.note(TX, 1000)
    assert.ok(sizes.expected(TX) >= 1000 && sizes.expected(TX) < 1100)
    for (let i = 0; i < 200; i++) sizes.note(TX, i % 2 === 0 ? 1000 : 3000)
    assert.ok(sizes.expected(TX) >= 3000 && sizes.expected(TX) < 5000, `${sizes.expected(TX)}`)
  })
})

describe('PeerSlot', () => {
  const slot = (mode: Partial<ModeFeature> | undefined): PeerSlot => {
    const full = { kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1, ...mode } as const
    return new PeerSlot(1, 'peer', mode === undefined ? undefined : full, LIMITS)
  }

  it('capability by Mode, state type and height', () => {
    const tip = 1_000_000
    assert.equal(slot(undefined).capability(TX, tip, tip), 'no')
    assert.equal(slot({}).capability(TX, 1, tip), 'likely')
    assert.equal(slot({ verifyingTransactions: false }).capability(TX, tip, tip), 'no')
    assert.equal(slot({ blocksToKeep: 10 }).capability(TX, tip - 9, tip), 'likely')
    assert.equal(slot({ blocksToKeep: 10 }).capability(TX, tip - 10, tip), 'no')
    assert.equal(slot({ blocksToKeep: 0 }).capability(TX, tip, tip), 'no')
    assert.equal(slot({ blocksToKeep: -2 }).capability(TX, tip - 52_223, tip), 'likely')
    assert.equal(slot({ blocksToKeep: -2 }).capability(TX, tip - 52_224, tip), 'doubtful')
    assert.equal(slot({}).capability(PROOFS, tip - 114_687, tip), 'likely')
    assert.equal(slot({}).capability(PROOFS, tip - 114_688, tip), 'doubtful')
    assert.equal(slot({ stateType: 'digest' }).capability(PROOFS, 1, tip), 'likely')
    const proven = slot({})
    proven.has(PROOFS, 500)
    assert.equal(proven.capability(PROOFS, 500, tip), 'likely')
    assert.equal(proven.capability(PROOFS, 499, tip), 'doubtful')
  })

  it('timeout: at least 3 s, four round trips and the transfer, at most 15 s', () => {
    const peer = slot({})
    assert.equal(peer.timeoutMs(0, LIMITS), 3_000)
    peer.rttMs = 1_000
    peer.bytesPerMs = 100
    assert.equal(peer.timeoutMs(300_000, LIMITS), 7_000)
    assert.equal(peer.timeoutMs(9_000_000, LIMITS), 15_000)
  })

  it('window: one more after success, half after failure, never above three or below one', () => {
    const peer = slot({})
    assert.equal(peer.window, 1)
    for (let i = 0; i < 5; i++) peer.succeeded(LIMITS)
    assert.equal(peer.window, 3)
    peer.failed(0, LIMITS)
    assert.equal(peer.window, 1)
    peer.failed(0, LIMITS)
    assert.equal(peer.window, 1)
  })

  it('failing after four failures in a row, for a minute; any delivery clears it; a liar is avoided all the same', () => {
    const peer = slot({})
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => peer.failed(1_000, LIMITS)),
      [false, false, false, true, false]
    )
    assert.ok(peer.isFailing(60_999, LIMITS) && !peer.isFailing(61_000, LIMITS))
    peer.has(TX, 5)
    assert.ok(!peer.isFailing(2_000, LIMITS))
    peer.lied(2_000, LIMITS)
    peer.has(TX, 6)
    assert.ok(peer.isFailing(61_999, LIMITS) && !peer.isFailing(62_000, LIMITS))
    peer.lied(62_000, LIMITS)
    assert.ok(peer.isFailing(181_999, LIMITS), 'twice as long the second time')
  })

  it('announced ids: a budget that fills up again', () => {
    const peer = slot({})
    assert.equal(peer.invIds.take(400, 0), 200)
    assert.equal(peer.invIds.take(400, 100), 20)
    assert.equal(peer.invIds.take(5, 100), 0)
    assert.equal(peer.invIds.take(400, 60_000), 200)
  })
})
