/**
 * A full node, put together: `createErgoNode()` wires ledger, peers and telemetry.
 *
 * ```ts
 * import { loadConfig } from 'ergo-libp2p/config'
 * import { createErgoNode, resolveNetwork } from 'ergo-libp2p/node'
 * import { LogSink } from 'ergo-libp2p/telemetry'
 *
 * const { config } = loadConfig({ flags: { testnet: true }, env: process.env })
 * const log = new LogSink({ level: 'info', format: 'plain', write: console.error, now: Date.now })
 * const node = await createErgoNode({ config, network: resolveNetwork(config.network), dataDir: './data', log })
 * await node.start()
 * console.log(node.progress())
 * await node.stop()
 * ```
 *
 * @packageDocumentation
 */
export { blockSinkOf, headerSinkOf, modifierSourceOf, syncChainOf } from './chain-adapters.ts'
export { createErgoNode } from './create-ergo-node.ts'
export type { ErgoNode, ErgoNodeInit } from './ergo-node.ts'
export { NodeError, type NodeErrorCode } from './errors.ts'
export { databasePath, Ledger, type LedgerInit } from './ledger.ts'
export { ledgerSettingsOf } from './ledger-settings.ts'
export { resolveNetwork } from './network.ts'
export { type Stall, Watchdog, type WatchdogInit, type WatchdogView } from './watchdog.ts'
