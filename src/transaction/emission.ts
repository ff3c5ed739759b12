import type { MonetarySettings } from '../chain/index.ts'

/** nanoERG in one ERG. */
export const NANO_ERG = 1_000_000_000n

/** Coins that EIP-27 moves from a block's emission to re-emission, in ERG (`ReemissionRules.basicChargeAmount`). */
const BASIC_CHARGE_ERG = 12n

/** Coins a block under re-emission, and what is always left to the miner, in ERG. */
const REEMISSION_REWARD_ERG = 3n

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n
}

/** Emission epoch of a height: 0 before the first reduction. */
function epochOf(settings: MonetarySettings, height: number): bigint {
  if (height < settings.fixedRatePeriod) return 0n
  return BigInt(1 + Math.floor((height - settings.fixedRatePeriod) / settings.epochLength))
}

/** Coins issued at `height`, miner and foundation together. */
export function emissionAtHeight(settings: MonetarySettings, height: number): bigint {
  return positive(settings.fixedRate - settings.oneEpochReduction * epochOf(settings, height))
}

/** Part of the emission that goes to the miner, before EIP-27. */
export function minersRewardAtHeight(settings: MonetarySettings, height: number): bigint {
  if (height < settings.fixedRatePeriod + 2 * settings.epochLength) return settings.fixedRate - settings.foundersInitialReward
  return emissionAtHeight(settings, height)
}

/** Part of the emission that goes to the foundation. */
export function foundationRewardAtHeight(settings: MonetarySettings, height: number): bigint {
  const epoch = epochOf(settings, height)
  return epoch > 2n ? 0n : settings.foundersInitialReward - settings.oneEpochReduction * epoch
}

/** Coins issued up to and including `height`. */
export function issuedCoinsAfterHeight(settings: MonetarySettings, height: number): bigint {
  const { fixedRatePeriod, epochLength, fixedRate } = settings
  if (height < fixedRatePeriod) return fixedRate * BigInt(height)
  const perEpoch = BigInt(epochLength)
  let issued = fixedRate * BigInt(fixedRatePeriod - 1)
  let epochStart = fixedRatePeriod
  while (epochStart + epochLength <= height) {
    const rate = emissionAtHeight(settings, epochStart)
    if (rate === 0n) return issued
    issued += rate * perEpoch
    epochStart += epochLength
  }
  return issued + emissionAtHeight(settings, epochStart) * BigInt(height - epochStart + 1)
}

/** All coins that will ever be issued, and the last height that issues some. */
export function totalEmission(settings: MonetarySettings): { readonly coins: bigint; readonly lastHeight: number } {
  let lastHeight = settings.fixedRatePeriod - 1
  while (emissionAtHeight(settings, lastHeight + 1) > 0n) lastHeight += settings.epochLength
  return { coins: issuedCoinsAfterHeight(settings, lastHeight), lastHeight }
}

/** Coins that must stay in the foundation box at `height`. */
export function remainingFoundationRewardAtHeight(settings: MonetarySettings, height: number): bigint {
  let remaining = 0n
  for (let epoch = 0; epoch <= 2; epoch++) {
    const end = settings.fixedRatePeriod + epoch * settings.epochLength
    const start = epoch === 0 ? 0 : end - settings.epochLength
    const blocks = end - Math.max(start, height + 1)
    const rate = settings.foundersInitialReward - settings.oneEpochReduction * BigInt(epoch)
    if (blocks > 0) remaining += rate * BigInt(blocks)
  }
  return remaining
}

/** Coins of the genesis emission box. */
export function minersCoinsTotal(settings: MonetarySettings): bigint {
  return totalEmission(settings).coins - remainingFoundationRewardAtHeight(settings, 0)
}

/** Re-emission tokens that go from the emission contract to the miner's output at `height` (EIP-27). */
export function reemissionForHeight(settings: MonetarySettings, activationHeight: number, height: number): bigint {
  if (height < activationHeight) return 0n
  const emission = emissionAtHeight(settings, height)
  if (emission >= (BASIC_CHARGE_ERG + REEMISSION_REWARD_ERG) * NANO_ERG) return BASIC_CHARGE_ERG * NANO_ERG
  return positive(emission - REEMISSION_REWARD_ERG * NANO_ERG)
}

/** Numbers of a height as `/emission/at/{height}` reports them, in nanoERG. */
export interface EmissionInfo {
  readonly height: number
  /** What the miner gets after re-emission is put aside. */
  readonly minerReward: bigint
  readonly totalCoinsIssued: bigint
  readonly totalRemainCoins: bigint
  readonly reemitted: bigint
}

/** Emission summary of a height (`EmissionApiRoute.emissionInfoAtHeight`). */
export function emissionInfo(settings: MonetarySettings, activationHeight: number, height: number): EmissionInfo {
  const reemitted = reemissionForHeight(settings, activationHeight, height)
  const totalCoinsIssued = issuedCoinsAfterHeight(settings, height)
  return {
    height,
    minerReward: minersRewardAtHeight(settings, height) - reemitted,
    totalCoinsIssued,
    totalRemainCoins: totalEmission(settings).coins - totalCoinsIssued,
    reemitted
  }
}
