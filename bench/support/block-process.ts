/**
 * A process with a whole node of ours on recorded blocks: one that has them all and serves them, or one that starts at the anchor and
 * gets them from there, again and again. Speaks with its parent in the messages below.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { WorkerPool } from '../../src/workers/index.ts'
import { type AnchoredChain, devnetChain, mainnetChain, wholeDevnetChain } from '../../test/support/anchored-chain.ts'
import { type WholeNode, wholeNode } from '../../test/support/whole-node.ts'
import { cpuClock } from '../timing.ts'
import { Cleanup } from './cleanup.ts'

/** Which blocks: 118 of mainnet, the 1,541 of the recorded devnet, or its first 64. */
export type BlockChainName = 'mainnet' | 'devnet' | 'devnet-64'

export interface ServeBlocks {
  readonly task: 'serve'
  readonly chain: BlockChainName
}

/** Answer to {@link ServeBlocks}: native and libp2p address. */
export interface BlocksServed {
  readonly native: string
  readonly libp2p: string
}

export interface SyncBlocks {
  readonly task: 'sync'
  readonly chain: BlockChainName
  readonly from: string
  readonly workers: number
  readonly rounds: number
  /** Room for sections held before their blocks are applied. */
  readonly bufferMiB: number
}

/** One sync from the anchor to the end. */
export interface BlockSyncRun {
  readonly blocks: number
  /** From the dial to the last block, headers included. */
  readonly wallMs: number
  readonly cpuMs: number
  /** From the block in the middle to the last, when code and caches are warmer than at first. */
  readonly secondHalfMs: number
  /** The most that was held of sections. */
  readonly heldBytes: number
  /** Resident memory before, and the most there was of it. */
  readonly rssBytes: number
  readonly peakRssBytes: number
}

/** Answer to {@link SyncBlocks}. */
export interface BlocksSynced {
  readonly runs: readonly BlockSyncRun[]
  /** 99th percentile and maximum of how late the event loop was, over all runs but the first, milliseconds. */
  readonly loopP99Ms: number
  readonly loopMaxMs: number
}

const CHAINS: Record<BlockChainName, () => AnchoredChain> = {
  mainnet: mainnetChain,
  devnet: () => wholeDevnetChain('v4'),
  'devnet-64': devnetChain
}

const LOOP_RESOLUTION_MS = 2
const LOOK_EVERY_MS = 3
const TIMEOUT_MS = 120_000

process.on('message', (message: ServeBlocks | SyncBlocks) => {
  const answer = message.task === 'serve' ? serve(message) : sync(message)
  answer.then(
    (result) => process.send?.(result),
    (err) => {
      console.error(err)
      process.exit(1)
    }
  )
})
/** Block intervals. */
const FRESH_FOR_YEARS = 2 ** 40

process.on('disconnect', () => process.exit(0))

async function serve({ chain }: ServeBlocks): Promise<BlocksServed> {
  const node = await wholeNode(new Cleanup().context, { chain: CHAINS[chain](), full: true })
  return { native: String(node.address('native')), libp2p: String(node.address('libp2p')) }
}

async function sync(request: SyncBlocks): Promise<BlocksSynced> {
  const chain = CHAINS[request.chain]()
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  const runs: BlockSyncRun[] = []
  // One for all runs, so that its threads are as warm as those of a node that has run for a while.
  const workers = request.workers === 0 ? 0 : new WorkerPool({ size: request.workers })
  for (let i = 0; i < request.rounds; i++) {
    const cleanup = new Cleanup()
    try {
      const node = await wholeNode(cleanup.context, {
        // Old headers count as fresh here: who waits for a second witness of where they end measures patience.
        chain: { ...chain, network: { ...chain.network, headerChainDiff: FRESH_FOR_YEARS } },
        workers,
        flags: { 'block-buffer': `${request.bufferMiB}MiB` }
      })
      if (i > 0 || request.rounds === 1) loop.enable()
      runs.push(await syncOnce(node, chain, request.from))
      loop.disable()
    } finally {
      await cleanup.run()
    }
  }
  const late = (ns: number): number => Math.max(0, ns / 1e6 - LOOP_RESOLUTION_MS)
  return { runs, loopP99Ms: late(loop.percentile(99)), loopMaxMs: late(loop.max) }
}

async function syncOnce(node: WholeNode, chain: AnchoredChain, from: string): Promise<BlockSyncRun> {
  ;(globalThis as { gc?: () => void }).gc?.()
  const { cache, full } = node.node.ledger.blocks
  const tip = chain.blocks.at(-1)!.header.idHex
  const rssBytes = process.memoryUsage.rss()
  let peakRssBytes = rssBytes
  let heldBytes = 0
  const middle = full.height + (chain.blocks.length >> 1)
  let middleAt: number | undefined
  const start = performance.now()
  const cpu = cpuClock()
  const watch = (): boolean => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss())
    heldBytes = Math.max(heldBytes, cache.bytes)
    if (middleAt === undefined && full.height >= middle) middleAt = performance.now()
    return node.tip === tip || node.faults.length > 0
  }
  await node.node.services.session.connect(multiaddr(from))
  const deadline = start + TIMEOUT_MS
  while (!watch()) {
    if (performance.now() > deadline) throw new Error(`at height ${node.height}, waiting for ${node.node.waitingFor()}`)
    await sleep(LOOK_EVERY_MS)
  }
  if (node.faults.length > 0) throw node.faults[0]
  const end = performance.now()
  return {
    blocks: chain.blocks.length,
    wallMs: end - start,
    cpuMs: cpuClock() - cpu,
    secondHalfMs: end - (middleAt ?? start),
    heldBytes,
    rssBytes,
    peakRssBytes
  }
}
