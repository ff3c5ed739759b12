import { fromHex } from '../../bytes/index.ts'
import type { LaunchParameters, MonetarySettings } from './types.ts'

/** The same on every network (`application.conf`, `chain.monetary`). */
export const MONETARY: MonetarySettings = {
  fixedRatePeriod: 525_600,
  fixedRate: 75_000_000_000n,
  foundersInitialReward: 7_500_000_000n,
  epochLength: 64_800,
  oneEpochReduction: 3_000_000_000n,
  minerRewardDelay: 720
}

/** The same on every network (`application.conf`, `chain.foundersPubkeys`). */
export const FOUNDERS_KEYS: readonly Uint8Array[] = [
  '039bb5fe52359a64c99a60fd944fc5e388cbdc4d37ff091cc841c3ee79060b8647',
  '031fb52cf6e805f80d97cde289f4f757d49accf0c83fb864b27d2cf982c37f9a8b',
  '0352ac2a471339b0d23b3d2c5ce0db0e81c969f77891b9edf0bda7fd39a78184e7'
].map(fromHex)

/** Of every network but mainnet (`application.conf`, `chain.noPremineProof`): headlines and block ids of March 2019. */
export const TEST_NO_PREMINE_PROOF: readonly string[] = [
  "'Chaos reigns': what the papers say about the no-deal Brexit vote",
  '习近平的两会时间|这里有份习近平两会日历，请查收！',
  'ТАСС сообщил об обнаружении нескольких майнинговых ферм на столичных рынках',
  '000000000000000000139a3e61bd5721827b51a5309a8bfeca0b8c4b5c060931',
  '0xef1d584d77e74e3c509de625dc17893b22b73d040b5d5302bbf832065f928d03'
]

/** Digest of the genesis state that the above make, with the monetary settings above. */
export const TEST_GENESIS_STATE_DIGEST = 'cb63aa99a3060f341781d8662b58bf18b9ad258db4fe88d09f8f71cb668cad4502'

/** `Parameters.DefaultParameters`: values by parameter id. */
const DEFAULT_VALUES: ReadonlyMap<number, number> = new Map([
  [1, 1_250_000],
  [2, 360],
  [3, 524_288],
  [4, 1_000_000],
  [5, 100],
  [6, 2_000],
  [7, 100],
  [8, 100]
])

/** Default parameters with this block version. */
export function launchParameters(blockVersion: number, proposedRulesToDisable: readonly number[] = []): LaunchParameters {
  return { blockVersion, values: DEFAULT_VALUES, proposedRulesToDisable }
}
