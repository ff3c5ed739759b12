import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runMutations } from './hostile.ts'

const COUNT = 1_000_000
const SEED = Number(process.env.SEED ?? 2)

describe('hostile trees', () => {
  it(`${COUNT} mutations of recorded trees: a verdict or a clear error, soon`, (t) => {
    const { faults, ...counts } = runMutations(SEED, COUNT)
    const megabytes = Math.round(process.memoryUsage().rss / 2 ** 20)
    t.diagnostic(JSON.stringify({ ...counts, megabytes }))
    assert.deepEqual(faults, [])
    assert.ok(counts.slowestMs < 10_000)
    assert.ok(megabytes < 1000)
  })
})
