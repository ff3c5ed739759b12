import { wholeDevnetFile } from '../../../test/support/anchored-chain.ts'
import { missing } from '../../../test/support/vectors.ts'
import { BenchUnavailable, type MeasuredCase } from '../../harness.ts'
import type { BlockSyncRun, BlocksServed, BlocksSynced, ServeBlocks, SyncBlocks } from '../../support/block-process.ts'
import { Child } from '../../support/child.ts'
import { overRounds } from '../../support/rounds.ts'

const ROUNDS = 3
const SMALL_BUFFER_MIB = 2
const LARGE_BUFFER_MIB = 64

/** A node in a process of its own, collecting garbage as ever, syncs all blocks. */
async function syncRun(from: string, bufferMiB: number): Promise<BlockSyncRun> {
  const client = new Child('block-process', ['--expose-gc'])
  try {
    const request: SyncBlocks = { task: 'sync', chain: 'devnet', from, workers: 0, rounds: 1, bufferMiB }
    return (await client.ask<BlocksSynced>(request)).runs[0]!
  } finally {
    await client.end()
  }
}

export const bench: MeasuredCase = {
  name: 'memory/blocks',
  workload: `a fresh whole node syncs the 1,541 blocks of the recorded devnet over a socket, with room for ${SMALL_BUFFER_MIB} and for ${LARGE_BUFFER_MIB} MiB of sections ahead of the state: *held* is the most that was held of them, as a share of the room; *growth* how far resident memory rose above what it was before the first block, database (write buffer of 64 MiB), code and garbage included`,
  async measure() {
    const absent = missing(wholeDevnetFile('v4'))
    if (absent !== false) throw new BenchUnavailable(absent)
    const server = new Child('block-process')
    try {
      const { native } = await server.ask<BlocksServed>({ task: 'serve', chain: 'devnet' } satisfies ServeBlocks)
      const small: BlockSyncRun[] = []
      const large: BlockSyncRun[] = []
      for (let i = 0; i < ROUNDS; i++) {
        small.push(await syncRun(native, SMALL_BUFFER_MIB))
        large.push(await syncRun(native, LARGE_BUFFER_MIB))
      }
      const held = (runs: readonly BlockSyncRun[], mib: number) =>
        overRounds(
          runs.map((run) => run.heldBytes / (mib << 20)),
          'of the room'
        )
      const growth = (runs: readonly BlockSyncRun[]) =>
        overRounds(
          runs.map((run) => (run.peakRssBytes - run.rssBytes) / 1e6),
          'MB'
        )
      return {
        'held-small': held(small, SMALL_BUFFER_MIB),
        'held-large': held(large, LARGE_BUFFER_MIB),
        'growth-small': growth(small),
        'growth-large': growth(large)
      }
    } finally {
      await server.end()
    }
  }
}
