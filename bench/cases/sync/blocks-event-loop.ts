import { monitorEventLoopDelay } from 'node:perf_hooks'
import { missingMainnetChain } from '../../../test/support/anchored-chain.ts'
import { BenchUnavailable, type MeasuredCase } from '../../harness.ts'
import type { BlocksServed, BlocksSynced, ServeBlocks, SyncBlocks } from '../../support/block-process.ts'
import { Child } from '../../support/child.ts'

const ROUNDS = 8
const RESOLUTION_MS = 2
const BUFFER_MIB = 64

export const bench: MeasuredCase = {
  name: 'event-loop/blocks',
  workload: `99th percentile and maximum of the delay of the event loop of a whole node while it syncs 118 mainnet blocks of 2026 from another over a socket, ${ROUNDS - 1} times after one to warm up: *p99-ms* with all in one thread, *p99-ms-worker* with one worker thread; *idle-ms* of a process with nothing to do at the same time, which is the machine's own part`,
  async measure() {
    const absent = missingMainnetChain()
    if (absent !== false) throw new BenchUnavailable(absent)
    // This process has nothing to do meanwhile: what delays it delays all.
    const idle = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    const server = new Child('block-process')
    try {
      const { native } = await server.ask<BlocksServed>({ task: 'serve', chain: 'mainnet' } satisfies ServeBlocks)
      const loop = async (workers: number): Promise<BlocksSynced> => {
        const client = new Child('block-process')
        idle.enable()
        try {
          const request = {
            task: 'sync',
            chain: 'mainnet',
            from: native,
            workers,
            rounds: ROUNDS,
            bufferMiB: BUFFER_MIB
          } as const
          return await client.ask<BlocksSynced>(request satisfies SyncBlocks)
        } finally {
          idle.disable()
          await client.end()
        }
      }
      const alone = await loop(0)
      const withWorker = await loop(1)
      return {
        'p99-ms': { value: alone.loopP99Ms, unit: 'ms' },
        'p99-ms-worker': { value: withWorker.loopP99Ms, unit: 'ms' },
        'idle-ms': { value: Math.max(0, idle.percentile(99) / 1e6 - RESOLUTION_MS), unit: 'ms' },
        'max-ms': { value: alone.loopMaxMs, unit: 'ms' },
        'max-ms-worker': { value: withWorker.loopMaxMs, unit: 'ms' }
      }
    } finally {
      await server.end()
    }
  }
}
