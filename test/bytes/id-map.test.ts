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

  it('is not slowed down by ids made to begin alike, and holds them like any others', () => {
    const count = 40_000
    const ids = Array.from({ length: count }, (_, i) => {
      const id = new Uint8Array(32).fill(7)
      new DataView(id.buffer).setUint32(28, i)
      return id
    })
    const began = performance.now()
    const map = new IdMap<number>()
    for (const [i, id] of ids.entries()) map.set(id, i)
    for (const [i, id] of ids.entries()) assert.equal(map.get(id), i)
    // One after the other would be 1.6 thousand million steps.
    assert.ok(performance.now() - began < 2_000)
    assert.equal(map.size, count)
    assert.equal(map.delete(ids[5]!), true)
    assert.equal(map.delete(ids[5]!), false)
    assert.equal(map.set(ids[6]!, -1).get(ids[6]!), -1)
    assert.deepEqual([map.has(ids[5]!), map.size, [...map.values()].length], [false, count - 1, count - 1])
  })
})
