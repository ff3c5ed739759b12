import { INITIAL_VERSION } from '../constants.ts'

/** The parameters of the puzzle; every Ergo network uses {@link AUTOLYKOS}. */
export interface PowSettings {
  /** Elements summed in a solution. */
  readonly k: number
  /** log2 of the launch table size. */
  readonly n: number
}

export const AUTOLYKOS: PowSettings = { k: 32, n: 26 }

/** `N` of version 1, and of later versions up to the first increase: 2^26 (`AutolykosPowScheme.NBase`). */
export const TABLE_SIZE_BASE = 2 ** AUTOLYKOS.n

/** Height of the first increase, 600 * 1024 (`IncreaseStart`). */
const INCREASE_START_HEIGHT = 614_400

/** Blocks between two increases, 50 * 1024 (`IncreasePeriodForN`). */
const INCREASE_PERIOD_BLOCKS = 51_200

/** From here on the table stays at 2 143 944 600 elements, below 2^31 (`NIncreasementHeightMax`). */
const INCREASE_END_HEIGHT = 4_198_400

/** Table sizes by number of increases. Each adds 5 %, dividing first, so the sizes are not powers of 1.05. */
const sizes: readonly number[] = ((): number[] => {
  const out = [TABLE_SIZE_BASE]
  const increases = Math.floor((INCREASE_END_HEIGHT - INCREASE_START_HEIGHT) / INCREASE_PERIOD_BLOCKS) + 1
  for (let i = 0; i < increases; i++) out.push(Math.floor(out[i]! / 100) * 105)
  return out
})()

/**
 * Number of elements `N` of the table that a header's proof of work draws from (`AutolykosPowScheme.calcN`).
 *
 * Known answers (version 2): 614399 -> 67108864, 614400 -> 70464240, 700000 -> 73987410, 4198400 -> 2143944600.
 */
export function autolykosTableSize(version: number, height: number): number {
  if (version === INITIAL_VERSION) return TABLE_SIZE_BASE
  const h = Math.min(INCREASE_END_HEIGHT, height)
  if (h < INCREASE_START_HEIGHT) return TABLE_SIZE_BASE
  return sizes[Math.floor((h - INCREASE_START_HEIGHT) / INCREASE_PERIOD_BLOCKS) + 1]!
}
