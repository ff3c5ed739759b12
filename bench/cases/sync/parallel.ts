import { type Header, verifyPow } from '../../../src/chain/index.ts'
import type { PowVerifier } from '../../../src/history/index.ts'
import { PoolPowVerifier, WorkerPool } from '../../../src/workers/index.ts'
import type { MeasuredCase, MeasuredValue } from '../../harness.ts'
import { chainFile, devnetChain } from '../../support/chain.ts'
import { Child } from '../../support/child.ts'
import type { PeersReady, PeersReport, PeersRequest } from '../../support/peers-process.ts'
import { noPow, type SyncRun, syncFrom } from '../../support/sync-run.ts'

const FAR_MS = 150
const PEERS = [1, 2, 4, 8]
/** Syncs without anchors take as long whoever is there: one answer of 400 ids a round trip. */
const HEADERS = 8_000
const HEADERS_WITH_ANCHORS = 24_000
const ANCHOR_EVERY = 2_000
/** One answer to each question, and a question each 110 ms. */
const NEAR_BOUND_PER_S = 400 / 0.11
/** One answer in each round trip. */
const FAR_BOUND_PER_S = 400 / (FAR_MS / 1000)

interface Setting {
  readonly chain: readonly Header[]
  readonly path: string
  readonly latenciesMs: readonly number[]
  readonly pow?: PowVerifier
  readonly anchors?: boolean
}

/** One sync from strict doubles of the reference, which must not find any fault with it. */
async function sync({ chain, path, latenciesMs, pow = noPow, anchors = false }: Setting): Promise<SyncRun> {
  const peers = new Child('peers-process')
  try {
    const { ports } = await peers.ask<PeersReady>({ chain: path, latenciesMs } satisfies PeersRequest)
    const list = chain.filter((h) => h.height % ANCHOR_EVERY === 0).map(({ height, id }) => ({ height, id }))
    const run = await syncFrom(ports, chain, anchors ? { pow, anchors: list } : { pow })
    const report = await peers.ask<PeersReport>('report')
    const faults = report.peers.flatMap((peer) => peer.faults)
    if (faults.length > 0) throw new Error(`a peer found fault: ${faults[0]}`)
    const ignored = report.peers.reduce((sum, peer) => sum + (peer.counters.syncIgnored ?? 0), 0)
    if (ignored > 0) console.error(`${ignored} questions came too early and were ignored`)
    return run
  } finally {
    await peers.end()
  }
}

const rate = (run: SyncRun): number => (run.headers / run.wallMs) * 1000
const perSecond = (run: SyncRun): MeasuredValue => ({ value: rate(run), unit: 'headers/s' })

export const bench: MeasuredCase = {
  name: 'sync/parallel',
  workload: `headers from 1 to 8 strict doubles of the reference in another process, from the dial to the last one stored; *far-N*: ${FAR_MS} ms of round trip each, ${HEADERS} headers; with *anchors* every ${ANCHOR_EVERY}, ${HEADERS_WITH_ANCHORS} headers; *near*: one peer at 0 ms, against its limit of 400 ids in 110 ms; proofs of work are not looked at, but in *near-pow* (in the same thread). *gap*: longest time without a new header`,
  async measure() {
    const long = devnetChain(HEADERS_WITH_ANCHORS, false)
    const short = long.slice(0, HEADERS)
    const solved = devnetChain(HEADERS, true)
    const files = { long: chainFile(long), short: chainFile(short), solved: chainFile(solved) }
    try {
      const out: Record<string, MeasuredValue> = {}
      const near = await sync({ chain: short, path: files.short.path, latenciesMs: [0] })
      out.near = perSecond(near)
      out['near-of-bound'] = { value: rate(near) / NEAR_BOUND_PER_S, unit: 'x 400 ids in 110 ms' }
      out['near-gap'] = { value: near.longestGapMs, unit: 'ms' }
      const inThread = new PoolPowVerifier(new WorkerPool({ size: 0 }))
      if (!verifyPow(solved[1]!)) throw new Error('a proof of work fails')
      out['near-pow'] = perSecond(await sync({ chain: solved, path: files.solved.path, latenciesMs: [0], pow: inThread }))
      let gap = 0
      for (const count of PEERS) {
        const latenciesMs = new Array<number>(count).fill(FAR_MS)
        const run = await sync({ chain: short, path: files.short.path, latenciesMs })
        out[`far-${count}`] = perSecond(run)
        if (count === 1) out['far-of-bound'] = { value: rate(run) / FAR_BOUND_PER_S, unit: 'x 400 ids in a round trip' }
        const anchored = await sync({ chain: long, path: files.long.path, latenciesMs, anchors: true })
        out[`far-${count}-anchors`] = perSecond(anchored)
        gap = Math.max(gap, run.longestGapMs, anchored.longestGapMs)
      }
      out['far-gap'] = { value: gap, unit: 'ms' }
      return out
    } finally {
      for (const file of Object.values(files)) file.remove()
    }
  }
}
