import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError, fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import { scanHeader } from '../../src/chain/index.ts'
import { HeaderValue, OP, readConstant, readValue, ScriptReader, type Versions, writeConstant } from '../../src/ergotree/index.ts'
import { committed, readJsonLines } from '../support/vectors.ts'

const V2: Versions = { activated: 3, tree: 2 }
const V3: Versions = { activated: 3, tree: 3 }

const blocks = readJsonLines<{ header: string; id: string; height: number }>(committed('devnet/v4-64.jsonl.gz'))
const later = readJsonLines<{ header: string; id: string; height: number }>(committed('devnet/vote-200.jsonl.gz'))

function header(hex: string, versions = V3): HeaderValue {
  const { value } = readConstant(new ScriptReader(new Reader(fromHex(`68${hex}`)), versions))
  assert.ok(value instanceof HeaderValue)
  return value
}

function rewritten(hex: string): string {
  const w = new Writer()
  writeConstant(w, readConstant(new ScriptReader(new Reader(fromHex(`68${hex}`)), V3)), V3)
  return toHex(w.toBytes()).slice(2)
}

/** Header with bytes put in, or others in their place, at a byte offset. */
function spliced(hex: string, at: number, remove: number, insert: string): string {
  return hex.slice(0, 2 * at) + insert + hex.slice(2 * (at + remove))
}

describe('headers as script data', () => {
  it('have their ids and come back, versions 1 to 4', () => {
    const versions = new Set<number>()
    for (const b of [...blocks, ...later]) {
      // Easy blocks of version 1 have distances that scripts cannot hold.
      if (scanHeader(fromHex(b.header)).powDistance >= 2n ** 255n) {
        assert.throws(() => header(b.header), DecodeError)
        continue
      }
      const { header: h } = header(b.header)
      assert.equal(toHex(h.id), b.id)
      assert.equal(h.height, b.height)
      versions.add(h.version)
      assert.equal(rewritten(b.header), b.header)
    }
    assert.ok(versions.has(1) && versions.has(3))
    assert.ok(versions.has(4))
  })

  it('are data in version 3 trees only', () => {
    const hex = `68${blocks[0]!.header}`
    assert.throws(() => readConstant(new ScriptReader(new Reader(fromHex(hex)), V2)), DecodeError)
    const node = readValue(new ScriptReader(new Reader(fromHex(hex)), V3))
    assert.equal(node.op, OP.Constant)
  })

  it('cut short are refused', () => {
    const bytes = fromHex(`68${later.at(-1)!.header}`)
    for (let end = 0; end < bytes.length; end++) {
      assert.throws(() => readConstant(new ScriptReader(new Reader(bytes.subarray(0, end)), V3)), DecodeError)
    }
  })

  it('with a length of new fields below version 5 have no new fields, another id, and lose the length', () => {
    const b = later.at(-1)!
    // Solution of version 2 and later: 33 bytes of key, 8 of nonce; the length stands in front of it.
    const lengthAt = b.header.length / 2 - 42
    assert.equal(b.header.slice(2 * lengthAt, 2 * lengthAt + 2), '00')
    const odd = spliced(b.header, lengthAt, 1, '07')
    assert.equal(header(odd).header.unparsedBytes.length, 0)
    assert.notEqual(toHex(header(odd).header.id), b.id)
    assert.equal(rewritten(odd), b.header)
  })

  it('of version 5 keep their new fields', () => {
    const b = later.at(-1)!
    const v5 = spliced(spliced(b.header, b.header.length / 2 - 42, 1, '02aabb'), 0, 1, '05')
    assert.equal(toHex(header(v5).header.unparsedBytes), 'aabb')
    assert.equal(rewritten(v5), v5)
  })

  it('with a key off the curve are refused', () => {
    const b = later.at(-1)!
    const bad = spliced(b.header, b.header.length / 2 - 41, 33, `02${'00'.repeat(32)}`)
    assert.throws(() => header(bad), DecodeError)
  })

  it('of version 1 with a distance of 2^255 are refused', () => {
    const b = later.at(-1)!
    const start = spliced(b.header, b.header.length / 2 - 42, 42, '').replace(/^../, '01')
    const pow = `${'00'.repeat(66)}${'00'.repeat(8)}`
    assert.equal(header(`${start}${pow}207f${'ff'.repeat(31)}`).header.powDistance, 2n ** 255n - 1n)
    assert.throws(() => header(`${start}${pow}2080${'00'.repeat(31)}`), DecodeError)
    assert.equal(rewritten(`${start}${pow}0100`), `${start}${pow}00`)
  })
})
