import { type Header, verifyPow } from '../../../src/chain/index.ts'
import { PoolPowVerifier, WorkerPool } from '../../../src/workers/index.ts'
import type { MeasuredCase } from '../../harness.ts'
import { chainFile, devnetChain } from '../../support/chain.ts'
import { Child } from '../../support/child.ts'
import { overRounds, type Spent, spent } from '../../support/rounds.ts'
import type { ServerReady, ServerReport, ServerRequest } from '../../support/server-process.ts'
import { type SyncRun, syncFrom } from '../../support/sync-run.ts'

const HEADERS = 16_000
/** Enough for ids to come faster than two threads verify. */
const SERVERS = 3
const ROUNDS = 3
/** Headers verified on their own before and after each sync, to know the pace of the machine in just that time. */
const SAMPLE = 2_000

interface Round {
  readonly run: SyncRun
  /** Of one header, milliseconds. */
  readonly verify: Spent
}

async function round(ports: readonly number[], chain: readonly Header[], workers: number): Promise<Round> {
  const verify = (from: number): Promise<Spent> =>
    spent(() => {
      for (const header of chain.slice(from, from + SAMPLE)) if (!verifyPow(header)) throw new Error('a proof of work fails')
    })
  const pool = new WorkerPool({ size: workers })
  try {
    const before = await verify(1)
    const run = await syncFrom(ports, chain, { pow: new PoolPowVerifier(pool) })
    const after = await verify(1 + SAMPLE)
    return {
      run,
      verify: { wall: (before.wall + after.wall) / 2 / SAMPLE, cpu: (before.cpu + after.cpu) / 2 / SAMPLE }
    }
  } finally {
    await pool.stop()
  }
}

export const bench: MeasuredCase = {
  name: 'sync/loopback',
  workload: `${HEADERS} headers from ${SERVERS} nodes of ours in another process to one of ours in this, native protocol, all checks, stored; rate from the first headers stored to the last, by wall clock, as a share of what verifyPow alone does in this process before and after: *share-of-verify* with everything in one thread, *share-with-worker* with one worker thread, *cpu-share* verification's part of all CPU time of this process (one thread). One peer answers a question for 400 ids every 110 ms, 3,636 headers/s, which is less than one thread can verify: hence more than one`,
  async measure() {
    const chain = devnetChain(HEADERS, true)
    const file = chainFile(chain)
    const server = new Child('server-process')
    try {
      const { ports } = await server.ask<ServerReady>({ chain: file.path, nodes: SERVERS } satisfies ServerRequest)
      const alone: Round[] = []
      const withWorker: Round[] = []
      for (let i = 0; i < ROUNDS; i++) {
        alone.push(await round(ports, chain, 0))
        withWorker.push(await round(ports, chain, 1))
      }
      const { penalties } = await server.ask<ServerReport>('report')
      if (penalties.length > 0) throw new Error(`the server found fault: ${penalties[0]}`)
      const share = ({ run, verify }: Round): number => (verify.wall * run.steady.headers) / run.steady.wallMs
      const rate = ({ run }: Round): number => (run.steady.headers / run.steady.wallMs) * 1000
      return {
        'share-of-verify': overRounds(alone.map(share), 'x verifyPow alone'),
        'share-with-worker': overRounds(withWorker.map(share), 'x verifyPow alone'),
        'cpu-share': overRounds(
          alone.map(({ run, verify }) => (verify.cpu * run.headers) / run.cpuMs),
          'of CPU time'
        ),
        rate: overRounds(alone.map(rate), 'headers/s'),
        'rate-with-worker': overRounds(withWorker.map(rate), 'headers/s'),
        'verify-rate': overRounds(
          alone.map(({ verify }) => 1000 / verify.wall),
          'headers/s'
        )
      }
    } finally {
      await server.end()
      file.remove()
    }
  }
}
