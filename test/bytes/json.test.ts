import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { JsonError, type JsonInput, type JsonValue, parseJson, stringifyJson } from '../../src/bytes/index.ts'

/** The same value with plain objects and doubles, for comparison with the platform's reader. */
function plain(value: JsonValue): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  const out: Record<string, unknown> = {}
  for (const [key, item] of value) Object.defineProperty(out, key, { value: plain(item), enumerable: true, configurable: true })
  return out
}

describe('lossless JSON', () => {
  it('keeps integers that a double cannot hold', () => {
    // The genesis emission box and its neighbour, which JSON.parse maps to the same number.
    assert.equal(parseJson('93409132500000001'), 93409132500000001n)
    assert.equal(parseJson('-9007199254740992'), -9007199254740992n)
    assert.equal(parseJson('9007199254740991'), 9007199254740991)
    assert.equal(stringifyJson({ value: 93409132500000001n }), '{"value":93409132500000001}')
    const d = '115792089237316195423570985008687907852837564279074904382605163141518161494336'
    assert.equal(stringifyJson(parseJson(`{"d":${d}}`)), `{"d":${d}}`)
  })

  it('keeps the order of keys that look like numbers', () => {
    const text = '{"5":1,"0":2,"-3":3,"__proto__":4}'
    assert.equal(stringifyJson(parseJson(text)), text)
  })

  it('takes the last of repeated keys at the place of the first', () => {
    assert.equal(stringifyJson(parseJson('{"a":1,"b":2,"a":3}')), '{"a":3,"b":2}')
  })

  it('reads what the platform reads, and refuses what it refuses', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        assert.deepEqual(plain(parseJson(text)), JSON.parse(text))
        assert.deepEqual(JSON.parse(stringifyJson(parseJson(text), indent)), JSON.parse(text))
      })
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:0123456789-+.eEtruefalsn \\u\n'), maxLength: 12 }), (text) => {
        let expected: unknown
        try {
          expected = JSON.parse(text)
        } catch {
          assert.throws(() => parseJson(text), JsonError)
          return
        }
        assert.deepEqual(plain(parseJson(text)), expected)
      }),
      { numRuns: 2000 }
    )
  })

  it('names the place of an error', () => {
    for (const [text, offset] of [
      ['', 0],
      ['{"a" 1}', 5],
      ['[1,]', 3],
      ['"a\nb"', 2],
      ['"\\x"', 0],
      ['1 2', 2],
      ['01', 1],
      ['nul', 0]
    ] as const) {
      assert.throws(
        () => parseJson(text),
        (e: unknown) => e instanceof JsonError && e.offset === offset && e.code === 'JSON_SYNTAX'
      )
    }
  })

  it('bounds nesting and numbers', () => {
    assert.throws(() => parseJson('['.repeat(100_000)), JsonError)
    assert.throws(() => parseJson('9'.repeat(100_000)), JsonError)
    assert.throws(() => stringifyJson(Number.NaN), RangeError)
  })

  it('writes plain objects without undefined members', () => {
    const value: JsonInput = { a: undefined, b: [null, true, 1.5, 'ü"'], c: {} }
    assert.equal(stringifyJson(value), '{"b":[null,true,1.5,"ü\\""],"c":{}}')
    assert.equal(stringifyJson({ a: [1] }, 2), '{\n  "a": [\n    1\n  ]\n}')
  })
})
