import { join } from 'node:path'
import { toHex } from '../bytes/index.ts'
import { type NetworkParameters, parametersAtLaunch } from '../chain/index.ts'
import {
  type BlockEvents,
  BlockProcessor,
  FullChain,
  HeaderChain,
  type HeaderChainChange,
  HeaderProcessor
} from '../history/index.ts'
import { blockOptions, genesisContext } from '../state/index.ts'
import { checkIdentity, Database, type DatabaseOptions } from '../store/index.ts'
import { PoolBlockVerifier, PoolPowVerifier, WorkerPool } from '../workers/index.ts'

export interface LedgerInit {
  readonly network: NetworkParameters
  /** Data directory of the node; each network has a folder of its own in it. */
  readonly dataDir: string
  readonly stateType: 'utxo' | 'digest'
  /** Threads that verify; default by processors. */
  readonly workers?: number
  /** Threads of somebody else's, e.g. shared by two nodes of a process, instead of own ones; they are not stopped here. */
  readonly pool?: WorkerPool
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly database?: DatabaseOptions
  /** States kept for rollbacks; default that of the network. */
  readonly keepVersions?: number
  /** Last blocks kept; negative, the default, for all. */
  readonly blocksToKeep?: number
  /** Last blocks whose AD proofs are kept. */
  readonly adProofsToKeep?: number
  /** Bytes of sections held before their blocks are applied. */
  readonly blockBufferBytes?: number
  /** Rule 304, for sections of peers; default: always. */
  readonly headersSynced?: () => boolean
  readonly onHeaders?: (change: HeaderChainChange) => void
  readonly onBlocks?: BlockEvents
}

/** As long as the reference keeps them (`adProofsSuffixLength`). */
const AD_PROOFS_SUFFIX = 114_688

/** About a minute of download at ten megabytes a second for two cores to work through. */
const DEFAULT_BLOCK_BUFFER_BYTES = 128 * 1024 * 1024

/** Blocks under way for each thread: the one it works on and one lined up, for most blocks are a single job. */
const BLOCKS_PER_THREAD = 2
/** And those that wait for a slow one before them to be written. */
const BLOCKS_BESIDE_THREADS = 4

/**
 * What a node knows, without any network: the database, the chain in it, and the way of new data into it. The commands that work on
 * files use it alone; the node puts peers around it.
 */
export class Ledger {
  readonly network: NetworkParameters
  readonly db: Database
  readonly chain: HeaderChain
  readonly headers: HeaderProcessor
  readonly blocks: BlockProcessor
  readonly pool: WorkerPool
  /** Proofs of work looked at, and the milliseconds that threads had them in hand. */
  readonly pow: Readonly<{ headers: number; ms: number }>

  readonly #ownsPool: boolean

  private constructor(
    parts: Pick<Ledger, 'network' | 'db' | 'chain' | 'headers' | 'blocks' | 'pool' | 'pow'>,
    ownsPool: boolean
  ) {
    this.network = parts.network
    this.db = parts.db
    this.chain = parts.chain
    this.headers = parts.headers
    this.blocks = parts.blocks
    this.pool = parts.pool
    this.pow = parts.pow
    this.#ownsPool = ownsPool
  }

  /**
   * Opens the data directory, or makes it.
   *
   * @throws StoreError when it is locked, damaged, or of another network, state type or layout
   */
  static async open(init: LedgerInit): Promise<Ledger> {
    const { network, stateType } = init
    const db = await Database.open(databasePath(init.dataDir, network), init.database)
    try {
      await checkIdentity(db, {
        network: network.name,
        magic: toHex(network.magic),
        genesisStateDigest: toHex(network.genesisStateDigest),
        stateType
      })
      // Rule 209 looks at the best full block, which is opened after the headers that it lies on.
      let full: FullChain | undefined
      const chain = await HeaderChain.open({
        db,
        network,
        now: init.now ?? (() => Date.now()),
        fullBlockHeight: () => full?.height ?? 0
      })
      full = FullChain.open({
        db,
        chain,
        genesis: genesisContext(network.genesisStateDigest, parametersAtLaunch(network.launchParameters)),
        keepVersions: init.keepVersions ?? network.keepVersions,
        blocksToKeep: init.blocksToKeep ?? -1,
        adProofsToKeep: init.adProofsToKeep ?? AD_PROOFS_SUFFIX
      })
      const pool = init.pool ?? new WorkerPool(init.workers === undefined ? {} : { size: init.workers })
      const pow = new PoolPowVerifier(pool)
      const headers: HeaderProcessor = new HeaderProcessor({
        chain,
        pow,
        onChange: (change) => {
          init.onHeaders?.(change)
          blocks.poke()
        }
      })
      const blocks = new BlockProcessor({
        ...init.onBlocks,
        headers,
        full,
        verifier: new PoolBlockVerifier(pool),
        options: blockOptions(network),
        ...(init.headersSynced === undefined ? {} : { headersSynced: init.headersSynced }),
        maxCacheBytes: init.blockBufferBytes ?? DEFAULT_BLOCK_BUFFER_BYTES,
        // What keeps a thread from it will keep it from its other jobs, too, and be told by those.
        ...(pool.size === 0 ? {} : { findLevels: (ahead) => void pow.verifyPow(ahead).catch(() => {}) }),
        pipelineDepth: pool.size === 0 ? 1 : BLOCKS_BESIDE_THREADS + BLOCKS_PER_THREAD * pool.size
      })
      return new Ledger({ network, db, chain, headers, blocks, pool, pow: pow.totals }, init.pool === undefined)
    } catch (err) {
      await db.close()
      throw err
    }
  }

  /** Waits for what is being written, then closes. */
  async close(): Promise<void> {
    await this.blocks.stop()
    await this.headers.idle()
    if (this.#ownsPool) await this.pool.stop()
    await this.db.close()
  }
}

/** Where the database of a network lies within a data directory. */
export function databasePath(dataDir: string, network: NetworkParameters): string {
  return join(dataDir, network.name, 'db')
}
