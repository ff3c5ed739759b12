import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareMany } from './compare.ts'

const COUNT = 100_000
const SEED = Number(process.env.SEED ?? 2)

describe('sigmastate-js', () => {
  it(`agrees on verdict and cost of ${COUNT} random trees`, (t) => {
    const { different, ...counts } = compareMany(SEED, COUNT)
    t.diagnostic(JSON.stringify(counts))
    assert.deepEqual(different, [])
    assert.ok(counts.noAnswer < COUNT / 100)
  })
})
