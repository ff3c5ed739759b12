/** The same as the test, for headers and for whole blocks, as often as there is time for. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { killRuns } from '../support/kill-runs.ts'
import { blockChain, headerChain, sourceNode } from '../support/source-node.ts'

/** In all; `SOAK_KILLS` overrides it. */
const KILLS = Number(process.env.SOAK_KILLS ?? 1_000)

describe(`kill -9, ${KILLS} times`, () => {
  for (const kind of ['headers', 'blocks'] as const) {
    it(kind, async (t) => {
      const chain = kind === 'headers' ? headerChain(t) : blockChain(true)
      const { native, libp2p } = await sourceNode(t, chain)
      const kills = Math.ceil(KILLS / 2)
      const result = await killRuns(t, { ...chain, sources: [native, libp2p], kills })
      assert.equal(result.kills, kills)
      t.diagnostic(`${result.kills} kills, ${result.midway} midway, ${result.finished} syncs finished`)
    })
  }
})
