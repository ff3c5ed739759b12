import '../../transports/polyfill.ts'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tellBlockStory } from '../../src/cli/demo/block-story.ts'
import { Stage } from '../../src/cli/demo/stage.ts'

interface Ending {
  readonly ok: boolean
  readonly height: number
  readonly forged: { height: number; rule: number | null }
  readonly peers: { name: string; sectionsSent: number; penalty: number }[]
}

describe('demo blocks', () => {
  it('gets past a liar and a silent peer by the slow and honest one, whom it does not blame', async () => {
    const stage = new Stage({
      stream: { write: () => {} },
      paced: false,
      env: {},
      signal: new AbortController().signal,
      now: () => performance.now()
    })
    const end = (await tellBlockStory(stage)) as unknown as Ending
    assert.equal(end.ok, true)
    assert.equal(end.height, 200)
    assert.deepEqual([end.forged.height, end.forged.rule], [191, 116])
    const [liar, silent, slow] = end.peers
    assert.ok(liar!.penalty > 0)
    assert.equal(silent!.sectionsSent, 0)
    assert.equal(slow!.penalty, 0)
  })
})
