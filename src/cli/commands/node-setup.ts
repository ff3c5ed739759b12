import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { HeaderContextError, type NetworkParameters } from '../../chain/index.ts'
import { type Config, defaultDataDir } from '../../config/index.ts'
import type { BlockEvents } from '../../history/index.ts'
import { databasePath, Ledger, ledgerSettingsOf, NodeError, resolveNetwork } from '../../node/index.ts'
import { StoreError } from '../../store/index.ts'
import type { CommandContext } from '../command.ts'
import { UsageError } from '../errors.ts'

/** Settings as the commands on a data directory use them. */
export interface NodeSetup {
  readonly config: Config
  readonly network: NetworkParameters
  readonly dataDir: string
}

/** @throws UsageError naming what is wrong with the settings */
export function nodeSetup(context: CommandContext): NodeSetup {
  const { config } = context.config()
  const dataDir = config.dataDir ?? defaultDataDir(process.platform, process.env, homedir())
  return { config, network: networkOf(config), dataDir }
}

function networkOf(config: Config): NetworkParameters {
  try {
    return resolveNetwork(config.network, config.networkFile)
  } catch (err) {
    if (err instanceof NodeError) throw new UsageError(err.message, { cause: err })
    throw err
  }
}

export interface LedgerUse {
  /** What to do when the data directory has no database: a mistyped name must not pass for an empty chain. */
  readonly missing: 'make' | 'refuse'
  readonly onBlocks?: BlockEvents
}

/** Opens the data directory for a command, closes it afterwards whatever happens. */
export async function withLedger<T>(
  context: CommandContext,
  { missing, onBlocks = {} }: LedgerUse,
  run: (ledger: Ledger, setup: NodeSetup) => Promise<T>
): Promise<T> {
  const setup = nodeSetup(context)
  const { config, network, dataDir } = setup
  const path = databasePath(dataDir, network)
  if (missing === 'refuse' && !existsSync(path)) throw new UsageError(`${path}: there is no database`)
  let ledger: Ledger
  try {
    ledger = await Ledger.open({ network, dataDir, ...ledgerSettingsOf(config), onBlocks })
  } catch (err) {
    if (err instanceof StoreError) throw new UsageError(err.message, { cause: err })
    throw err
  }
  try {
    return await run(ledger, setup)
  } finally {
    await ledger.close()
  }
}

/** A chain that starts too late to judge what is given to it: nothing is wrong with that, but with where the chain was started. */
export function explainMissingHeader(err: unknown): never {
  if (err instanceof HeaderContextError) throw new UsageError(err.message, { cause: err })
  throw err
}
