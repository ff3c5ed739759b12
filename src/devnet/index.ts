/**
 * A private network of one's own: blocks with transactions, made and mined in this process. Any block on any branch, valid or
 * broken in exactly one point, for tests and demonstrations.
 *
 * ```ts
 * import { DevnetKey, DevnetMiner, DevnetWallet } from '../devnet/index.ts'
 *
 * const key = DevnetKey.fromText('miner')
 * const miner = new DevnetMiner({ network, key })
 * miner.mine({ timestamp: Date.now() - 60_000 })
 * for (let i = 0; i < 3; i++) miner.mine()
 * const payment = new DevnetWallet(key).pay(miner.last, DevnetKey.fromText('alice').tree, 1_000_000_000n)
 * const { header, sections } = miner.mine({ transactions: [payment] })
 * const forged = miner.mine({ mutate: { proof: (bytes) => bytes.subarray(1) } })  // rule 113
 * ```
 *
 * @packageDocumentation
 */
export { type BlockMutation, type BlockPlan, buildBlock, type DevnetBlock, type Miner, planContext } from './block-builder.ts'
export { DevnetError, type DevnetErrorCode } from './errors.ts'
export { type UpcomingExtension, upcomingExtension } from './extension.ts'
export { DevnetKey, derivedNonces } from './key.ts'
export { DevnetMiner, type DevnetMinerInit, type MinePlan } from './miner.ts'
export { emissionTransaction, feeTransaction } from './rewards.ts'
export {
  type BlockParts,
  type BoxChanges,
  boxesOf,
  boxOf,
  changeBoxes,
  type DevnetState,
  genesisState,
  nextDifficulty,
  proverOf,
  stateAfter
} from './state.ts'
export { buildTransaction, type InputPlan, type OutputPlan, sectionVersions, type TransactionPlan } from './transactions.ts'
export { DEFAULT_FEE, DevnetWallet, NEW_TOKEN, type Payment, type SpendOptions } from './wallet.ts'
