import { join } from 'node:path'
import { toHex } from '../bytes/index.ts'
import type { NetworkParameters } from '../chain/index.ts'
import { HeaderChain, type HeaderChainChange, HeaderProcessor } from '../history/index.ts'
import { checkIdentity, Database, type DatabaseOptions } from '../store/index.ts'
import { PoolPowVerifier, WorkerPool } from '../workers/index.ts'

export interface LedgerInit {
  readonly network: NetworkParameters
  /** Data directory of the node; each network has a folder of its own in it. */
  readonly dataDir: string
  readonly stateType: 'utxo' | 'digest'
  /** Threads that verify; default by processors. */
  readonly workers?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly database?: DatabaseOptions
  readonly onHeaders?: (change: HeaderChainChange) => void
}

/**
 * What a node knows, without any network: the database, the chain in it, and the way of new data into it. The commands that work on
 * files use it alone; the node puts peers around it.
 */
export class Ledger {
  readonly network: NetworkParameters
  readonly db: Database
  readonly chain: HeaderChain
  readonly headers: HeaderProcessor
  readonly pool: WorkerPool

  private constructor(network: NetworkParameters, db: Database, chain: HeaderChain, headers: HeaderProcessor, pool: WorkerPool) {
    this.network = network
    this.db = db
    this.chain = chain
    this.headers = headers
    this.pool = pool
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
      const chain = await HeaderChain.open({ db, network, now: init.now ?? (() => Date.now()) })
      const pool = new WorkerPool(init.workers === undefined ? {} : { size: init.workers })
      const headers = new HeaderProcessor({
        chain,
        pow: new PoolPowVerifier(pool),
        ...(init.onHeaders === undefined ? {} : { onChange: init.onHeaders })
      })
      return new Ledger(network, db, chain, headers, pool)
    } catch (err) {
      await db.close()
      throw err
    }
  }

  /** Waits for what is being written, then closes. */
  async close(): Promise<void> {
    await this.headers.idle()
    await this.pool.stop()
    await this.db.close()
  }
}

/** Where the database of a network lies within a data directory. */
export function databasePath(dataDir: string, network: NetworkParameters): string {
  return join(dataDir, network.name, 'db')
}
