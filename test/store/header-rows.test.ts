import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import { decodeHeaderRow, encodeHeaderRow, headerOfRow, readScore, writeScore } from '../../src/store/header-rows.ts'

/** The layout in other words: one byte of length, then as many hex digits as the number needs, in pairs. */
function scoreBytes(score: bigint): string {
  if (score === 0n) return '00'
  const digits = score.toString(16)
  const even = digits.length % 2 === 1 ? `0${digits}` : digits
  return (even.length / 2).toString(16).padStart(2, '0') + even
}

describe('rows of headers', () => {
  it('write a score of any size, as short as it can be', () => {
    const edges = [0n, ...Array.from({ length: 140 }, (_, bit) => [(1n << BigInt(bit)) - 1n, 1n << BigInt(bit)]).flat()]
    const check = (score: bigint): void => {
      const w = new Writer()
      writeScore(w, score)
      assert.equal(toHex(w.toBytes()), scoreBytes(score))
      assert.equal(readScore(new Reader(w.toBytes())), score)
    }
    for (const score of edges) check(score)
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 1n << 200n }), check))
  })

  it('give back each header and score, together or one by one', () => {
    const header = fc.uint8Array({ minLength: 0, maxLength: 400 })
    const entry = fc.tuple(header, fc.bigInt({ min: 0n, max: 1n << 100n }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000_000 }), fc.array(entry, { minLength: 1, maxLength: 32 }), (first, entries) => {
        const row = { first, headers: entries.map(([h]) => h), scores: entries.map(([, s]) => s) }
        const bytes = encodeHeaderRow(row)
        assert.deepEqual(decodeHeaderRow(bytes), row)
        entries.forEach(([h, score], i) => {
          assert.deepEqual(headerOfRow(bytes, first + i), { header: h, score })
        })
        assert.equal(headerOfRow(bytes, first - 1), undefined)
        assert.equal(headerOfRow(bytes, first + entries.length), undefined)
      })
    )
  })

  it('damaged give a header, none, or a DecodeError', () => {
    const headers = Array.from({ length: 32 }, (_, i) => new Uint8Array(100 + 5 * i).fill(0xff - i))
    const row = encodeHeaderRow({ first: 33, headers, scores: headers.map((_, i) => 1n << BigInt(3 * i)) })
    const harmless = (bytes: Uint8Array): void => {
      for (const read of [() => decodeHeaderRow(bytes), () => headerOfRow(bytes, 33), () => headerOfRow(bytes, 60)]) {
        try {
          read()
        } catch (err) {
          assert.ok(err instanceof DecodeError, String(err))
        }
      }
    }
    for (let size = 0; size < row.length; size++) harmless(row.subarray(0, size))
    fc.assert(
      fc.property(fc.nat(row.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = row.slice()
        damaged[at]! ^= flip
        harmless(damaged)
      }),
      { numRuns: 2000 }
    )
  })
})
