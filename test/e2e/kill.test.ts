/** kill -9 at random moments of a sync: what is on disk is a tip that was committed, and the sync ends where its source stands. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { killRuns } from '../support/kill-runs.ts'
import { headerChain, sourceNode } from '../support/source-node.ts'

const KILLS = 20

describe('kill -9', () => {
  it(`${KILLS} times in syncs over native TCP and noise: a committed tip, never a step back, the same in the end`, async (t) => {
    const chain = headerChain(t)
    const { native, libp2p } = await sourceNode(t, chain)
    const result = await killRuns(t, { ...chain, sources: [native, libp2p], kills: KILLS })
    assert.equal(result.kills, KILLS)
    assert.ok(result.finished >= 2)
    t.diagnostic(`${result.kills} kills, ${result.midway} midway, ${result.finished} syncs finished`)
  })
})
