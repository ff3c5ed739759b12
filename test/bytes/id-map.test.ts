import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { IdMap, toHex } from '../../src/bytes/index.ts'

describe('IdMap', () => {
  it('does what a Map of strings does, with ids that begin alike and short ones, too', () => {
    // Few different ids, most of which share their first bytes.
    const id = fc.array(fc.constantFrom(0, 1, 0x40, 0xff), { minLength: 0, maxLength: 6 }).map((bytes) => Uint8Array.from(bytes))
    const step = fc.record({ id, kind: fc.constantFrom('set', 'set', 'delete', 'get'), value: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const ours = new IdMap<number>()
        const model = new Map<string, number>()
        for (const { id, kind, value } of steps) {
          const key = toHex(id)
          if (kind === 'set') {
            ours.set(id, value)
            model.set(key, value)
          } else if (kind === 'delete') {
            assert.equal(ours.delete(id), model.delete(key))
          }
          assert.equal(ours.get(id), model.get(key))
          assert.equal(ours.has(id), model.has(key))
          assert.equal(ours.size, model.size)
        }
        assert.deepEqual([...ours.values()].sort(), [...model.values()].sort())
      })
    )
  })
})
