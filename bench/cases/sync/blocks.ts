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
import { BenchUnavailable, type MeasuredCase } from '../../harness.ts'
import { BlockFloor } from '../../support/block-floor.ts'
import { overRounds, type Spent, spent } from '../../support/rounds.ts'

const ROUNDS = 15
/** Passes after which compilers have seen all there is. */
const WARM_UP_ROUNDS = 12
/** Blocks after which most contracts have been met, as those of the months before are by a node on its way. */
const WARM_UP_BLOCKS = 58

/** The blocks go into a fresh ledger, by the functions that peers' sections go through. */
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

export const bench: MeasuredCase = {
  name: 'sync/blocks',
  workload: 'x',
  async measure() {
    const absent = missingMainnetChain()
    if (absent !== false) throw new BenchUnavailable(absent)
    const chain = mainnetChain()
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
        'of CPU'
      ),
      'ledger-cpu': perBlock((r) => r.ledger.cpu),
      'ledger-wall': perBlock((r) => r.ledger.wall),
      'floor-scripts': perBlock((r) => r.scripts.cpu),
      'floor-hashes': perBlock((r) => r.hashes.cpu)
    }
  }
}
