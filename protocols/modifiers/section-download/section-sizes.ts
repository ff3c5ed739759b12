import { ModifierType } from '../../../src/wire/index.ts'

/** Weights of the newest size in the running mean and in the running deviation. */
const MEAN_WEIGHT = 1 / 16
const DEVIATION_WEIGHT = 1 / 8

/** Guesses before the first section came: blocks of the busy years of mainnet. */
const INITIAL_BYTES = new Map<number, number>([
  [ModifierType.BlockTransactions, 40_000],
  [ModifierType.AdProofs, 60_000],
  [ModifierType.Extension, 1_000]
])

const OTHER_BYTES = 40_000

/** Nothing is expected to be smaller: the overhead of an entry. */
const LEAST_BYTES = 64

/** How large sections of each type are expected to be: their mean and twice their deviation, as neighbours in the chain are alike. */
export class SectionSizes {
  readonly #types = new Map<number, { mean: number; deviation: number }>()

  note(typeId: number, bytes: number): void {
    const known = this.#types.get(typeId)
    if (known === undefined) {
      this.#types.set(typeId, { mean: bytes, deviation: bytes / 2 })
      return
    }
    const error = bytes - known.mean
    known.mean += MEAN_WEIGHT * error
    known.deviation += DEVIATION_WEIGHT * (Math.abs(error) - known.deviation)
  }

  expected(typeId: number): number {
    const known = this.#types.get(typeId)
    if (known === undefined) return INITIAL_BYTES.get(typeId) ?? OTHER_BYTES
    return Math.max(LEAST_BYTES, Math.ceil(known.mean + 2 * known.deviation))
  }
}
