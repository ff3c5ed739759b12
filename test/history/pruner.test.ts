import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { MODIFIER_TYPES } from '../../src/chain/index.ts'
import { Pruner } from '../../src/history/blocks/pruner.ts'
import type { HeaderChain } from '../../src/history/index.ts'
import { BlockStore, Database } from '../../src/store/index.ts'
import { plainHeader } from '../support/headers.ts'
import { numberedId } from '../support/numbered-id.ts'
import { tempDir } from '../support/temp-dir.ts'

const KEPT = 1_500

/** Blocks 1..1500 are stored; their headers are known to nobody, so that only sweeps find their sections. */
async function open(
  t: TestContext,
  blocksToKeep: number
): Promise<{ store: BlockStore; apply(from: number, to: number): Promise<void> }> {
  const db = await Database.open(tempDir(t))
  t.after(() => db.close())
  const store = new BlockStore(db)
  for (let height = 1; height <= KEPT; height++) {
    const section = { type: MODIFIER_TYPES.extension, sectionId: numberedId(height), bytes: Uint8Array.of(1) }
    await db.commit('block', store.stageSections(height, numberedId(height), [section]))
  }
  const chain = { ancestorAt: () => undefined, ancestorIdAt: () => undefined, header: () => undefined } as unknown as HeaderChain
  const pruner = new Pruner({ store, chain, keepVersions: 200, blocksToKeep, adProofsToKeep: 1_000 })
  const apply = async (from: number, to: number): Promise<void> => {
    for (let height = from; height <= to; height++) await db.commit('block', await pruner.changesFor(plainHeader({ height })))
  }
  return { store, apply }
}

describe('pruning', () => {
  it('catches up when fewer blocks are to be kept than are there, some with each new block', async (t) => {
    const { store, apply } = await open(t, 300)
    await apply(KEPT + 1, KEPT + 1)
    // The sweep reaches 512 blocks below the edge at 1,201; the rest goes from below.
    assert.equal(await store.lowestSection(), 65)
    await apply(KEPT + 2, KEPT + 20)
    assert.equal(await store.lowestSection(), 1_202)
    for (const height of [1, 500, 1_201])
      assert.equal(store.section(height, numberedId(height), MODIFIER_TYPES.extension), undefined)
    assert.ok(store.section(1_202, numberedId(1_202), MODIFIER_TYPES.extension) !== undefined)
  })

  it('touches nothing when all are to be kept', async (t) => {
    const { store, apply } = await open(t, -1)
    await apply(KEPT + 1, KEPT + 30)
    assert.equal(await store.lowestSection(), 1)
    for (const height of [1, 64, 700, KEPT]) {
      assert.ok(store.section(height, numberedId(height), MODIFIER_TYPES.extension) !== undefined)
    }
  })
})
