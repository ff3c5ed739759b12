import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concatBytes, DecodeError, EncodeError, fromHex, Reader, toHex } from '../../src/bytes/index.ts'
import {
  type Header,
  type HeaderFields,
  parseHeader,
  readHeaderFields,
  scanHeader,
  serializeHeader
} from '../../src/chain/index.ts'
import { KNOWN_HEADERS, knownBytes } from './known-headers.ts'

/** Everything a header has, as one comparable value. */
function facts(h: Header): unknown {
  return { id: h.idHex, bytes: toHex(h.bytes), ...h.toFields() }
}

describe('header codec, properties', () => {
  const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const point = fc.tuple(fc.constantFrom(2, 3), digest).map(([tag, x]) => concatBytes(Uint8Array.of(tag), x))
  const arbitrary: fc.Arbitrary<HeaderFields> = fc
    .record({
      version: fc.integer({ min: -128, max: 127 }),
      parentId: digest,
      adProofsRoot: digest,
      transactionsRoot: digest,
      stateRoot: fc.uint8Array({ minLength: 33, maxLength: 33 }),
      timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      extensionRoot: digest,
      nBits: fc.integer({ min: 0, max: 0xffffffff }),
      height: fc.integer({ min: 0, max: 0x7fffffff }),
      votes: fc.uint8Array({ minLength: 3, maxLength: 3 }),
      unparsedBytes: fc.uint8Array({ maxLength: 255 }),
      pk: point,
      w: point,
      nonce: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      d: fc.bigInt({ min: 0n, max: 2n ** 2040n - 1n })
    })
    .map(({ pk, w, nonce, d, ...rest }) => {
      const v1 = rest.version === 1
      const solution = v1 ? { pk, w, nonce, d } : { pk, w: parseHeader(knownBytes(1761000)).powOneTimePk, nonce, d: 0n }
      return { ...rest, unparsedBytes: rest.version > 4 ? rest.unparsedBytes : new Uint8Array(0), powSolution: solution }
    })

  it('round trips any fields', () => {
    fc.assert(
      fc.property(arbitrary, (fields) => {
        const bytes = serializeHeader(fields)
        const header = scanHeader(bytes)
        assert.deepEqual(header.toFields(), fields)
        assert.deepEqual(header.bytes, bytes)
        assert.deepEqual(readHeaderFields(new Reader(bytes)), fields)
      })
    )
  })

  it('fails on every truncation', () => {
    for (const known of KNOWN_HEADERS) {
      const bytes = fromHex(known.bytes)
      for (let size = 0; size < bytes.length; size++) {
        assert.throws(() => scanHeader(bytes.subarray(0, size)), DecodeError, `${known.height} cut at ${size}`)
        // The same with more bytes in the buffer than may be read.
        assert.throws(() => scanHeader(bytes, 0, size), DecodeError)
      }
    }
  })

  it('gives a header or a DecodeError for any mutation, and a header that reads back the same', () => {
    const base = KNOWN_HEADERS.map((known) => fromHex(known.bytes))
    fc.assert(
      fc.property(
        fc.constantFrom(...base),
        fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (bytes, changes) => {
          const mutant = bytes.slice()
          for (const [at, value] of changes) mutant[at % mutant.length] = value
          let header: Header
          try {
            header = scanHeader(mutant)
          } catch (error) {
            assert.ok(error instanceof DecodeError)
            return
          }
          assert.deepEqual(scanHeader(header.bytes).bytes, header.bytes)
          assert.deepEqual(facts(scanHeader(header.bytes)), facts(header))
          // The eager reader sees the same fields in the bytes as they came.
          assert.deepEqual(readHeaderFields(new Reader(mutant)), header.toFields())
        }
      ),
      { numRuns: 1000 }
    )
  })

  it('does not run through a long buffer of continuation bytes', () => {
    const hostile = new Uint8Array(1 << 22).fill(0xff)
    const start = performance.now()
    for (let i = 0; i < 1000; i++) assert.throws(() => scanHeader(hostile, i, i + 300), DecodeError)
    // Without a bound these are 4 10^9 bytes.
    assert.ok(performance.now() - start < 2_000)
  })

  it('names the field that cannot be written', () => {
    const fields = parseHeader(knownBytes(1)).toFields()
    const wrong: ReadonlyArray<[Partial<HeaderFields>, RegExp]> = [
      [{ parentId: new Uint8Array(31) }, /parentId/],
      [{ stateRoot: new Uint8Array(32) }, /stateRoot/],
      [{ votes: new Uint8Array(2) }, /votes/],
      [{ version: 128 }, /version/],
      [{ height: -1 }, /height/],
      [{ nBits: 2 ** 32 }, /nBits/],
      [{ version: 4, unparsedBytes: Uint8Array.of(1) }, /new fields/],
      [{ powSolution: { ...fields.powSolution, d: -1n } }, /negative/],
      [{ powSolution: { ...fields.powSolution, d: 2n ** 2040n } }, /powSolution.d/],
      [{ powSolution: { ...fields.powSolution, pk: fromHex(`04${'00'.repeat(32)}`) } }, /powSolution.pk/],
      [{ powSolution: { ...fields.powSolution, nonce: new Uint8Array(7) } }, /nonce/]
    ]
    for (const [change, pattern] of wrong) {
      assert.throws(
        () => serializeHeader({ ...fields, ...change }),
        (error: unknown) => error instanceof EncodeError && pattern.test(error.message)
      )
    }
  })
})
