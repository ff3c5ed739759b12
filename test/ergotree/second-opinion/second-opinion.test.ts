import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareMany } from './compare.ts'

const COUNT = 2000

describe('sigmastate-js', () => {
  it(`agrees on verdict and cost of ${COUNT} random trees`, () => {
    const { same, reduced, noAnswer, different } = compareMany(1, COUNT)
    assert.deepEqual(different, [])
    assert.equal(same + noAnswer, COUNT)
    assert.ok(noAnswer < COUNT / 100, `${noAnswer} without an answer`)
    assert.ok(reduced > COUNT / 2, `only ${reduced} trees reduced`)
  })
})
