import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ledger } from '../../../src/node/index.ts'
import {
  type AnchoredChain,
  assertAtEnd,
  feedBlocks,
  mainnetChain,
  missingMainnetChain,
  seedLedger
} from '../../../test/support/anchored-chain.ts'
import { BenchUnavailable, type MeasuredCase, type MeasuredValue } from '../../harness.ts'
import { BlockFloor } from '../../support/block-floor.ts'
import type { BlockSyncRun, BlocksServed, BlocksSynced, ServeBlocks, SyncBlocks } from '../../support/block-process.ts'
import { Child } from '../../support/child.ts'
import { overRounds, type Spent, spent } from '../../support/rounds.ts'
import { median } from '../../timing.ts'

const ROUNDS = 15
/** Passes after which compilers have seen all there is. */
const WARM_UP_ROUNDS = 12
/** Blocks after which most contracts have been met, as those of the months before are by a node on its way. */
const WARM_UP_BLOCKS = 58
/** Syncs over a socket, the first of which warm up. */
const SOCKET_ROUNDS = 8
const SOCKET_WARM_UP_ROUNDS = 3
const BUFFER_MIB = 64

/** The later blocks go into a ledger that has seen the earlier ones, by the functions that peers' sections go through. */
async function ledgerRun(chain: AnchoredChain): Promise<Spent> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ergo-bench-'))
  try {
    const ledger = await Ledger.open({ network: chain.network, dataDir, stateType: 'digest', workers: 0 })
    await seedLedger(ledger, chain)
    await feedBlocks(ledger, chain.blocks.slice(0, WARM_UP_BLOCKS))
    const time = await spent(() => feedBlocks(ledger, chain.blocks.slice(WARM_UP_BLOCKS)))
    assertAtEnd(ledger, chain)
    await ledger.close()
    return time
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function inThisThread(chain: AnchoredChain): Promise<Record<string, MeasuredValue>> {
  const floor = new BlockFloor(chain, WARM_UP_BLOCKS)
  const rounds: Array<{ ledger: Spent; scripts: Spent; hashes: Spent }> = []
  for (let i = 0; i < WARM_UP_ROUNDS + ROUNDS; i++) {
    const scripts = await spent(() => floor.runScripts())
    const hashes = await spent(() => floor.runHashes())
    const ledger = await ledgerRun(chain)
    if (i >= WARM_UP_ROUNDS) rounds.push({ ledger, scripts, hashes })
  }
  const perBlock = (of: (r: (typeof rounds)[number]) => number) =>
    overRounds(
      rounds.map((r) => of(r) / (chain.blocks.length - WARM_UP_BLOCKS)),
      'ms a block'
    )
  return {
    'share-of-floor': overRounds(
      rounds.map((r) => (r.scripts.cpu + r.hashes.cpu) / r.ledger.cpu),
      'of CPU time'
    ),
    cpu: perBlock((r) => r.ledger.cpu),
    'floor-scripts': perBlock((r) => r.scripts.cpu),
    'floor-hashes': perBlock((r) => r.hashes.cpu)
  }
}

async function overSocket(from: string, workers: number): Promise<readonly BlockSyncRun[]> {
  const client = new Child('block-process')
  try {
    const request: SyncBlocks = {
      task: 'sync',
      chain: 'mainnet',
      from,
      workers,
      rounds: SOCKET_ROUNDS,
      bufferMiB: BUFFER_MIB
    }
    const { runs } = await client.ask<BlocksSynced>(request)
    return runs.slice(SOCKET_WARM_UP_ROUNDS)
  } finally {
    await client.end()
  }
}

async function overSockets(chain: AnchoredChain): Promise<Record<string, MeasuredValue>> {
  const floor = new BlockFloor(chain, 0)
  const floors: number[] = []
  const server = new Child('block-process')
  try {
    const { native, libp2p } = await server.ask<BlocksServed>({ task: 'serve', chain: 'mainnet' } satisfies ServeBlocks)
    for (let i = 0; i < WARM_UP_ROUNDS; i++) {
      const time = await spent(() => floor.runScripts() + floor.runHashes())
      if (i >= WARM_UP_ROUNDS / 2) floors.push(time.cpu)
    }
    const alone = await overSocket(native, 0)
    const withWorker = await overSocket(native, 1)
    const noise = await overSocket(libp2p, 0)
    const rate = (runs: readonly BlockSyncRun[]) =>
      overRounds(
        runs.map((run) => (run.blocks / 2 / run.secondHalfMs) * 1000),
        'blocks/s'
      )
    return {
      'share-over-socket': overRounds(
        alone.map((run) => median(floors) / run.cpuMs),
        'of CPU time'
      ),
      'rate-over-socket': rate(alone),
      'rate-with-worker': rate(withWorker),
      'rate-over-noise-yamux': rate(noise)
    }
  } finally {
    await server.end()
  }
}

export const bench: MeasuredCase = {
  name: 'sync/blocks',
  workload: `mainnet blocks of 2026 from bytes to disk, all checks, headers included, one thread, through the functions that peers' data goes through: *share-of-floor* is the CPU time of what cannot be done without (scripts and proofs on objects made beforehand, new public keys decoded, every message that must be hashed hashed once) over that of the process, in a ledger that has seen the ${WARM_UP_BLOCKS} blocks before; *share-over-socket* the same of a whole node that gets all 118 from another over native TCP on loopback, headers and handshake included, no block seen before; *rate-…* by wall clock over the second half of them, with all in one thread, with one worker thread, and over noise and yamux`,
  async measure() {
    const absent = missingMainnetChain()
    if (absent !== false) throw new BenchUnavailable(absent)
    const chain = mainnetChain()
    return { ...(await inThisThread(chain)), ...(await overSockets(chain)) }
  }
}
