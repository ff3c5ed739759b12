import assert from 'node:assert/strict'
import { WorkerPool } from '../../../src/workers/index.ts'
import { packPowJob } from '../../../src/workers/jobs/pow.ts'
import type { MeasuredCase } from '../../harness.ts'
import { devnetChain } from '../../support/chain.ts'
import { Child } from '../../support/child.ts'
import { overRounds, spent } from '../../support/rounds.ts'

const HEADERS = 4_000
const BATCH = 200
/** The control does about as much: 33 hashes for each header. */
const CONTROL_HASHES = HEADERS * 33
const ROUNDS = 5

export const bench: MeasuredCase = {
  name: 'header/workers',
  workload: `proofs of work of ${HEADERS} headers in batches of ${BATCH} over a pool of threads, by wall clock: how much faster two threads are than one, against how much faster two processes do twice a fixed task of native code than one (*control*)`,
  async measure() {
    // Verified over and over: what a header costs does not depend on which it is.
    const some = devnetChain(BATCH, true).slice(1)
    const batch = Array.from({ length: BATCH }, (_, i) => some[i % some.length]!)
    const pools = [new WorkerPool({ size: 1 }), new WorkerPool({ size: 2 })] as const
    const processes = [new Child('spin-process'), new Child('spin-process')] as const
    const own = async (pool: WorkerPool, count: number): Promise<number> => {
      const { wall } = await spent(async () => {
        const batches = Array.from({ length: count / BATCH }, () => pool.run('pow', packPowJob(batch)))
        for (const verdicts of await Promise.all(batches)) assert.ok(verdicts.every((v) => v > 0))
      })
      return wall
    }
    const control = async (count: number, hashes: number): Promise<number> => {
      const { wall } = await spent(() => Promise.all(processes.slice(0, count).map((p) => p.ask(hashes))))
      return wall
    }
    try {
      for (const pool of pools) await own(pool, 5 * BATCH)
      await control(2, 1000)
      const scaling: number[] = []
      const controls: number[] = []
      const rates: number[] = []
      for (let i = 0; i < ROUNDS; i++) {
        const one = await own(pools[0], HEADERS)
        const controlOne = await control(1, CONTROL_HASHES)
        const two = await own(pools[1], HEADERS)
        const controlTwo = await control(2, CONTROL_HASHES)
        scaling.push(one / two)
        controls.push((2 * controlOne) / controlTwo)
        rates.push((HEADERS / two) * 1000)
      }
      return {
        scaling: overRounds(
          scaling.map((s, i) => s / controls[i]!),
          'of the control'
        ),
        'own-scaling': overRounds(scaling, 'x one thread'),
        control: overRounds(controls, 'x one process'),
        rate: overRounds(rates, 'headers/s')
      }
    } finally {
      await Promise.all([...pools.map((p) => p.stop()), ...processes.map((p) => p.end())])
    }
  }
}
