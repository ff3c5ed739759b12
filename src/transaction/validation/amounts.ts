import { toHex } from '../../bytes/index.ts'
import type { BoxToken } from '../../ergotree/index.ts'

const MAX_LONG = 0x7fff_ffff_ffff_ffffn
const MIN_LONG = -0x8000_0000_0000_0000n

/** Sum of two signed 64-bit numbers; undefined when it is none itself (`Math.addExact`). */
export function addExact(a: bigint, b: bigint): bigint | undefined {
  const sum = a + b
  return sum > MAX_LONG || sum < MIN_LONG ? undefined : sum
}

/** Sum of all values, step by step; undefined on overflow. */
export function sumExact(values: readonly bigint[]): bigint | undefined {
  let sum: bigint | undefined = 0n
  for (const value of values) {
    sum = addExact(sum, value)
    if (sum === undefined) return undefined
  }
  return sum
}

/** Tokens that a box may have (`ErgoBoxAssetExtractor.MaxAssetsPerBox`). */
export const MAX_TOKENS_PER_BOX = 255

/** Tokens of a list of boxes (`ErgoBoxAssetExtractor.extractAssets`). */
export interface Assets {
  /** Amounts by hex id. */
  readonly amounts: ReadonlyMap<string, bigint>
  /** Token entries in all boxes, repeated ids counted again. */
  readonly entries: number
}

const NO_ASSETS: Assets = { amounts: new Map(), entries: 0 }

/** Tokens by id; undefined when a sum overflows or a box has more than {@link MAX_TOKENS_PER_BOX}. */
export function assetsOf(boxes: readonly { readonly tokens: readonly BoxToken[] }[]): Assets | undefined {
  let amounts: Map<string, bigint> | undefined
  let entries = 0
  for (const { tokens } of boxes) {
    if (tokens.length > MAX_TOKENS_PER_BOX) return undefined
    entries += tokens.length
    for (const { id, amount } of tokens) {
      amounts ??= new Map()
      const key = toHex(id)
      const sum = addExact(amounts.get(key) ?? 0n, amount)
      if (sum === undefined) return undefined
      amounts.set(key, sum)
    }
  }
  return amounts === undefined ? NO_ASSETS : { amounts, entries }
}
