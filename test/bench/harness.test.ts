import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BenchCase, runCase } from '../../bench/harness.ts'
import { judge } from '../../bench/report.ts'
import { meets, readTargets } from '../../bench/targets.ts'
import { median } from '../../bench/timing.ts'

/** Work that takes time in proportion to `units`. */
function spin(units: number): number {
  let x = 1
  for (let i = 0; i < units * 400; i++) x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
  return x
}

describe('bench harness', () => {
  it('finds the ratio of two known amounts of work, both ways', async () => {
    const log: string[] = []
    const bench: BenchCase = {
      name: 'test/spin',
      workload: 'known amounts of work',
      setup: () => ({
        verify: () => void log.push('verify'),
        candidates: {
          one(n) {
            let sink = 0
            for (let i = 0; i < n; i++) sink ^= spin(1)
            return sink
          },
          four(n) {
            let sink = 0
            for (let i = 0; i < n; i++) sink ^= spin(4)
            return sink
          }
        },
        comparisons: {
          ratio: { of: 'one', against: 'four', as: 'ratio' },
          speedup: { of: 'one', against: 'four', as: 'speed-up' }
        },
        close: () => void log.push('close')
      })
    }
    const result = await runCase(bench, (n) => spin(n), 3)
    assert.deepEqual(log, ['verify', 'close'])
    assert.equal(result.rounds, 3)
    // Other processes share the machine: wide bounds still tell 1/4 from 1 and from 1/16.
    assert.ok(result.metrics.ratio!.value > 0.12 && result.metrics.ratio!.value < 0.5, `ratio ${result.metrics.ratio!.value}`)
    assert.ok(result.metrics.speedup!.value > 2 && result.metrics.speedup!.value < 8, `speed-up ${result.metrics.speedup!.value}`)
    assert.ok(result.times.one!.ns < result.times.four!.ns)
  })

  it('does not time candidates whose answers are wrong, and closes what it opened', async () => {
    let closed = false
    const bench: BenchCase = {
      name: 'test/wrong',
      workload: 'nothing',
      setup: () => ({
        verify() {
          throw new Error('answers differ')
        },
        candidates: { never: () => assert.fail('timed') },
        comparisons: {},
        close() {
          closed = true
        }
      })
    }
    await assert.rejects(
      runCase(bench, (n) => spin(n), 1),
      /answers differ/
    )
    assert.equal(closed, true)
  })

  it('judges values by their targets', () => {
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([4, 1, 2, 3]), 2.5)
    assert.equal(meets(1, '<= 1.0'), true)
    assert.equal(meets(1.01, '<= 1.0'), false)
    assert.equal(meets(16, '>= 16'), true)
    assert.throws(() => meets(1, '< 1'))
    const target = { must: '>= 10', moonshot: '>= 15' }
    assert.deepEqual(
      [9, 10, 15].map((v) => judge(v, target)),
      ['missed', 'must', 'moonshot']
    )
    assert.equal(judge(1, undefined), 'no target')
  })

  it('has a readable bound for every target', () => {
    for (const [name, metrics] of Object.entries(readTargets())) {
      for (const [metric, { must, moonshot }] of Object.entries(metrics)) {
        for (const bound of [must, moonshot]) assert.doesNotThrow(() => meets(1, bound), `${name} ${metric}`)
      }
    }
  })
})
