import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { toHex } from '../../src/bytes/index.ts'
import type { Header } from '../../src/chain/index.ts'
import { OrphanBuffer } from '../../src/history/index.ts'
import { plainHeader } from '../support/headers.ts'

/** Bytes that one of the headers below takes, with what is around it. */
const COST = plainHeader({ height: 1000 }).size + 600

const numbered = (n: number): Uint8Array => {
  const out = new Uint8Array(32)
  new DataView(out.buffer).setUint32(0, n)
  return out
}

/** Headers of 2 bytes of height, each of a parent of its own unless one is given. */
const header = (height: number, n: number, parentId = numbered(n)): Header =>
  plainHeader({ height, parentId, extensionRoot: numbered(n) })

describe('headers that wait for their parents', () => {
  it('never take more bytes than told, nor one sender more than half', () => {
    const step = fc.record({
      height: fc.integer({ min: 1000, max: 1040 }),
      source: fc.constantFrom('a', 'b', 'c'),
      drop: fc.nat(9)
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const buffer = new OrphanBuffer(20 * COST)
        const held = new Map<string, { header: Header; source: string }>()
        for (const [n, { height, source, drop }] of steps.entries()) {
          const orphan = { header: header(height, n), source }
          const dropped = buffer.add(orphan)
          held.set(orphan.header.idHex, orphan)
          for (const id of dropped) held.delete(id)
          if (drop === 0) {
            buffer.removeSource(source)
            for (const [id, other] of held) if (other.source === source) held.delete(id)
          } else if (drop === 1) {
            const children = buffer.takeChildren(toHex(orphan.header.parentId))
            assert.deepEqual(
              children.map((c) => c.header.idHex),
              held.delete(orphan.header.idHex) ? [orphan.header.idHex] : []
            )
          }
          assert.equal(buffer.size, held.size)
          assert.equal(buffer.bytes, held.size * COST)
          for (const id of held.keys()) assert.ok(buffer.has(id))
          for (const s of ['a', 'b', 'c']) {
            const mine = [...held.values()].filter((o) => o.source === s)
            assert.ok(mine.length <= 10)
            assert.deepEqual(new Set(buffer.missingParentsOf(s, 100)), new Set(mine.map((o) => toHex(o.header.parentId))))
          }
          assert.deepEqual(
            buffer.missingParents(100).map((m) => m.height),
            [...held.values()].map((o) => o.header.height - 1).sort((x, y) => x - y)
          )
        }
      })
    )
  })

  it('give way when others need the room: who holds most, from the top', () => {
    const buffer = new OrphanBuffer(10 * COST)
    const most = [5, 9, 7, 6, 8].map((n) => header(1000 + n, n))
    for (const h of most) assert.deepEqual(buffer.add({ header: h, source: 'most' }), [])
    // Half is all that one may have.
    const sixth = header(1001, 20)
    assert.deepEqual(buffer.add({ header: sixth, source: 'most' }), [sixth.idHex])
    for (let n = 0; n < 5; n++) assert.deepEqual(buffer.add({ header: header(1100 + n, 30 + n), source: n < 3 ? 'a' : 'b' }), [])
    const dropped = [1500, 1501].flatMap((height) => buffer.add({ header: header(height, height), source: 'c' }))
    assert.deepEqual(dropped, [most[1]!.idHex, most[4]!.idHex])
    // Of equals what lies highest, be it the newcomer.
    const equal = new OrphanBuffer(2 * COST)
    equal.add({ header: header(1001, 1), source: 'a' })
    const high = header(1003, 2)
    equal.add({ header: high, source: 'b' })
    const higher = header(1004, 3)
    assert.deepEqual(equal.add({ header: higher, source: 'c' }), [higher.idHex])
    assert.deepEqual(equal.add({ header: header(1002, 4), source: 'c' }), [high.idHex])
  })

  it('ask for each missing parent of one sender that waits for it, and for none that is here', () => {
    const buffer = new OrphanBuffer(100 * COST)
    const parent = header(1001, 1)
    const first = header(1002, 2, parent.id)
    const second = header(1002, 3, parent.id)
    buffer.add({ header: first, source: 'a' })
    buffer.add({ header: second, source: 'b' })
    assert.deepEqual([buffer.missingParentsOf('a', 9), buffer.missingParentsOf('b', 9)], [[parent.idHex], []])
    buffer.removeSource('a')
    assert.deepEqual(buffer.missingParentsOf('b', 9), [parent.idHex])
    buffer.add({ header: parent, source: 'c' })
    assert.deepEqual(buffer.missingParentsOf('b', 9), [])
    assert.deepEqual(buffer.missingParentsOf('c', 9), [toHex(parent.parentId)])
    assert.deepEqual(
      buffer.takeChildren(parent.idHex).map((o) => o.source),
      ['b']
    )
  })

  it('cost others no time, however far apart two peers say that their heights are', () => {
    const buffer = new OrphanBuffer(1000 * COST)
    // Difficulty 1 at any height: such headers are made for nothing.
    for (const source of ['x', 'y'])
      for (let n = 0; n < 500; n++) buffer.add({ header: header(1000 + (n % 7), n + (source === 'x' ? 0 : 500)), source })
    const began = performance.now()
    for (let n = 0; n < 400; n++)
      buffer.add({ header: plainHeader({ height: 2 ** 31 - 1 - n, parentId: numbered(9000 + n) }), source: 'honest' })
    for (let n = 0; n < 100; n++) {
      buffer.add({ header: plainHeader({ height: 2 ** 31 - 1, parentId: numbered(20_000 + n) }), source: 'z' })
      buffer.removeSource('z')
    }
    // Counting down from one height to another would take minutes.
    assert.ok(performance.now() - began < 2_000)
    assert.ok(buffer.size > 900)
  })
})
