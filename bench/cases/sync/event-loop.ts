import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Header } from '../../../src/chain/index.ts'
import { PoolPowVerifier, WorkerPool } from '../../../src/workers/index.ts'
import type { MeasuredCase } from '../../harness.ts'
import { chainFile, devnetChain } from '../../support/chain.ts'
import { Child } from '../../support/child.ts'
import type { PeersReady, PeersRequest } from '../../support/peers-process.ts'
import { overRounds } from '../../support/rounds.ts'
import { syncFrom } from '../../support/sync-run.ts'

const HEADERS = 10_000
const ROUNDS = 3
const RESOLUTION_MS = 2
const IDLE_MS = 2_000

/** 99th percentile of how late the loop was in coming round, milliseconds. */
async function lateness(work: () => Promise<unknown>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  await work()
  histogram.disable()
  // The histogram holds the time between two looks, each of which is meant to be one period of the timer after the other.
  return Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS)
}

async function whileSyncing(port: number, chain: readonly Header[], workers: number): Promise<number> {
  const pool = new WorkerPool({ size: workers })
  try {
    return await lateness(() => syncFrom([port], chain, { pow: new PoolPowVerifier(pool) }))
  } finally {
    await pool.stop()
  }
}

export const bench: MeasuredCase = {
  name: 'event-loop',
  workload: `99th percentile of the delay of the event loop while ${HEADERS} headers are synced from one near peer, proofs of work checked; *p99-ms* with all in one thread, *p99-ms-worker* with one worker thread, *idle-ms* with nothing to do`,
  async measure() {
    const chain = devnetChain(HEADERS, true)
    const file = chainFile(chain)
    const peers = new Child('peers-process')
    try {
      const { ports } = await peers.ask<PeersReady>({ chain: file.path, latenciesMs: [0] } satisfies PeersRequest)
      const alone: number[] = []
      const withWorker: number[] = []
      const idle: number[] = []
      for (let i = 0; i < ROUNDS; i++) {
        alone.push(await whileSyncing(ports[0]!, chain, 0))
        withWorker.push(await whileSyncing(ports[0]!, chain, 1))
        idle.push(await lateness(() => new Promise((resolve) => setTimeout(resolve, IDLE_MS))))
      }
      return {
        'p99-ms': overRounds(alone, 'ms'),
        'p99-ms-worker': overRounds(withWorker, 'ms'),
        'idle-ms': overRounds(idle, 'ms')
      }
    } finally {
      await peers.end()
      file.remove()
    }
  }
}
