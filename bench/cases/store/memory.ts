import assert from 'node:assert/strict'
import type { MeasuredCase } from '../../harness.ts'
import { BIG_STORE_HEADERS, inFreshProcess, withBigStore } from '../../support/big-store.ts'
import { overRounds } from '../../support/rounds.ts'

const ROUNDS = 3

/** An id, and where its header is. */
const INDEX_BYTES = BIG_STORE_HEADERS * (32 + 4)

export const bench: MeasuredCase = {
  name: 'memory',
  workload: `resident memory of a process that opened a store of ${BIG_STORE_HEADERS} headers, less that of one that loaded the same code and opened nothing, against 36 bytes for each header`,
  measure: () =>
    withBigStore(async (path) => {
      const extra: number[] = []
      // The first start after the headers were written still tidies up behind them.
      for (let i = 0; i <= ROUNDS; i++) {
        const opened = await inFreshProcess({ task: 'open', path })
        assert.equal(opened.height, BIG_STORE_HEADERS)
        const empty = await inFreshProcess({ task: 'nothing', path })
        if (i > 0) extra.push(opened.rssBytes - empty.rssBytes)
      }
      return {
        'of-index': overRounds(
          extra.map((bytes) => bytes / INDEX_BYTES),
          'x index bytes'
        ),
        size: overRounds(
          extra.map((bytes) => bytes / 1e6),
          'MB'
        )
      }
    })
}
