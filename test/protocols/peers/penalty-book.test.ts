/** Scores and bans as `PeerDatabase` of the reference keeps them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PERMANENT_BAN_MS, PenaltyBook } from '../../../protocols/peers/index.ts'
import type { PenaltyKind } from '../../../src/wire/index.ts'

const MINUTE = 60_000
const SAFE = 2 * MINUTE
const HOUR = 60 * MINUTE
const IP = '1.2.3.4'

const book = (init: Partial<ConstructorParameters<typeof PenaltyBook>[0]> = {}): PenaltyBook =>
  new PenaltyBook({ banMs: HOUR, safeIntervalMs: SAFE, threshold: 500, banned: [], ...init })

describe('penalties', () => {
  const scores: Array<[PenaltyKind, number]> = [
    ['nonDelivery', 2],
    ['misbehavior', 10],
    ['spam', 25]
  ]
  for (const [kind, score] of scores) {
    it(`${kind} counts ${score}`, () => {
      const b = book()
      assert.equal(b.penalize(IP, kind, '', 1_000_000), undefined)
      assert.equal(b.scoreOf(IP), score)
    })
  }

  it('one counts only when the last is more than two minutes ago, and each moves that time, counted or not', () => {
    const b = book()
    let now = 1_000_000
    b.penalize(IP, 'spam', '', now)
    b.penalize(IP, 'spam', '', (now += SAFE))
    assert.equal(b.scoreOf(IP), 25, 'exactly two minutes is not enough')
    b.penalize(IP, 'spam', '', (now += SAFE + 1))
    assert.equal(b.scoreOf(IP), 50)
    // Every minute for an hour: nothing of it counts, since the clock starts anew each time.
    for (let i = 0; i < 60; i++) b.penalize(IP, 'spam', '', (now += MINUTE))
    assert.equal(b.scoreOf(IP), 50)
    b.penalize(IP, 'spam', '', (now += SAFE + 1))
    assert.equal(b.scoreOf(IP), 75)
  })

  it('a score of 500 is no ban, one above is: 21 pieces of spam', () => {
    const b = book()
    let now = 1_000_000
    for (let i = 0; i < 20; i++) assert.equal(b.penalize(IP, 'spam', '', (now += SAFE + 1)), undefined)
    assert.equal(b.scoreOf(IP), 500)
    assert.equal(b.isBanned(IP, now), false)
    const ban = b.penalize(IP, 'nonDelivery', 'the last straw', (now += SAFE + 1))
    assert.deepEqual(ban, { key: IP, until: now + HOUR, reason: 'the last straw' })
    assert.equal(b.isBanned(IP, now + HOUR - 1), true)
    assert.equal(b.isBanned(IP, now + HOUR), false, 'the ban ends')
    assert.equal(b.scoreOf(IP), 0, 'the score was forgotten with the ban')
  })

  it('a penalty that does not count does not ban either, whatever the score', () => {
    const b = book()
    let now = 1_000_000
    for (let i = 0; i < 20; i++) b.penalize(IP, 'spam', '', (now += SAFE + 1))
    assert.equal(b.penalize(IP, 'spam', '', now + 1), undefined)
    assert.equal(b.isBanned(IP, now + 1), false)
  })

  it('permanent: at once, whenever the last one was, for 3,600 days', () => {
    const b = book()
    b.penalize(IP, 'nonDelivery', '', 1_000)
    const ban = b.penalize(IP, 'permanent', 'wrong checksum', 1_001)
    assert.equal(ban?.until, 1_001 + PERMANENT_BAN_MS)
    assert.equal(PERMANENT_BAN_MS, 3_600 * 24 * HOUR)
    assert.equal(b.isBanned(IP, 1_001 + PERMANENT_BAN_MS - 1), true)
  })

  it('a ban is not shortened by a lesser fault', () => {
    const b = book({ threshold: 1, banned: ['6.6.6.6'] })
    b.penalize(IP, 'permanent', '', 1_000)
    b.penalize(IP, 'spam', '', 2_000)
    b.penalize('6.6.6.6', 'permanent', '', 1_000)
    assert.equal(b.isBanned(IP, 1_000 + PERMANENT_BAN_MS - 1), true)
    assert.equal(b.isBanned('6.6.6.6', Number.MAX_SAFE_INTEGER), true)
  })

  it('one address is not another', () => {
    const b = book()
    b.penalize(IP, 'permanent', '', 1_000)
    assert.equal(b.isBanned('1.2.3.5', 1_000), false)
    assert.deepEqual(
      b.bans(1_000).map((ban) => ban.key),
      [IP]
    )
  })

  it('what the operator banned stays banned, and is listed', () => {
    const b = book({ banned: ['6.6.6.6'] })
    assert.equal(b.isBanned('6.6.6.6', Number.MAX_SAFE_INTEGER), true)
    assert.equal(b.bans(0).length, 1)
  })

  it('is bounded: old scores and bans make room, expired bans first, those of the operator never', () => {
    const b = book({ threshold: 1, banned: ['6.6.6.6'] })
    for (let i = 0; i < 9_000; i++) b.penalize(`old${i}`, 'spam', '', 0)
    for (let i = 0; i < 9_000; i++) b.penalize(`new${i}`, 'spam', '', 2 * HOUR)
    assert.equal(b.bans(2 * HOUR).filter((ban) => ban.key.startsWith('new')).length, 9_000, 'no new one went for an expired one')
    assert.ok(b.size <= 10_001, `${b.size} entries`)
    for (let i = 0; i < 9_000; i++) b.penalize(`more${i}`, 'spam', '', 2 * HOUR)
    assert.ok(b.size <= 10_001, `${b.size} entries`)
    assert.equal(b.isBanned('more8999', 2 * HOUR), true)
    assert.equal(b.isBanned('6.6.6.6', 2 * HOUR), true)
    const scores = book()
    for (let i = 0; i < 30_000; i++) scores.penalize(`k${i}`, 'spam', '', 0)
    assert.ok(scores.size <= 10_000, `${scores.size} entries`)
    assert.equal(scores.scoreOf('k29999'), 25)
  })
})
