import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { MeasuredCase } from '../../harness.ts'
import { BIG_STORE_HEADERS, inFreshProcess, withBigStore } from '../../support/big-store.ts'
import { overRounds } from '../../support/rounds.ts'

const ROUNDS = 7

export const bench: MeasuredCase = {
  name: 'startup',
  workload: `a fresh process opens a store of ${BIG_STORE_HEADERS} headers, by wall clock, files in the page cache; *vs-sequential-read*: against a fresh process that reads the same bytes (the ids, 60 MB) with fs.readSync and keeps them; *vs-all-headers*: against one that reads all headers (437 MB) through one small buffer`,
  measure: () =>
    withBigStore(async (path) => {
      const open: number[] = []
      const ids: number[] = []
      const headers: number[] = []
      // The first start after the headers were written still tidies up behind them.
      for (let i = 0; i <= ROUNDS; i++) {
        const opened = await inFreshProcess({ task: 'open', path })
        assert.equal(opened.height, BIG_STORE_HEADERS)
        const kept = await inFreshProcess({ task: 'keep', path: join(path, 'header-ids') })
        assert.ok(kept.keptBytes > 60_000_000)
        const skimmed = await inFreshProcess({ task: 'skim', path: join(path, 'headers') })
        if (i === 0) continue
        open.push(opened.ms)
        ids.push(kept.ms)
        headers.push(skimmed.ms)
      }
      const times = (than: readonly number[]) =>
        overRounds(
          open.map((ms, i) => ms / than[i]!),
          'x'
        )
      return {
        'vs-sequential-read': times(ids),
        'vs-all-headers': times(headers),
        time: overRounds(open, 'ms')
      }
    })
}
