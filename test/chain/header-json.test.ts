import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EncodeError, fromHex, type JsonValue, parseJson, stringifyJson } from '../../src/bytes/index.ts'
import { HeaderJsonError, headerFromFields, headerFromJson, headerToJson, parseHeader } from '../../src/chain/index.ts'
import { committed, missing, readBytes, readJsonLines, shared } from '../support/vectors.ts'
import { KNOWN_HEADERS, knownBytes } from './known-headers.ts'

type JsonMap = ReadonlyMap<string, JsonValue>

function parsed(path: string): JsonValue {
  return parseJson(new TextDecoder().decode(readBytes(path)))
}

/** A JSON value with its objects' keys sorted, for comparison. */
function sorted(value: JsonValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...(value as JsonMap)].sort().map(([k, v]) => [k, sorted(v)]))
  return Array.isArray(value) ? value.map(sorted) : value
}

function text(header: Parameters<typeof headerToJson>[0], stored = true): string {
  return stringifyJson({ ...headerToJson(header, stored), powSolutions: { ...headerToJson(header).powSolutions } })
}

describe('header JSON', () => {
  it('keeps every digit of d of version 1', () => {
    const header = parseHeader(knownBytes(1))
    assert.match(text(header), /"d":46909460813884299753486408728361968139945651324239558400157099627\}/)
    assert.equal(headerFromJson(parseJson(text(header))).idHex, header.idHex)
  })

  it('shows the generator and 0 as w and d of later versions', () => {
    const json = headerToJson(parseHeader(knownBytes(1761000)))
    assert.equal(json.powSolutions.w, '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
    assert.equal(json.powSolutions.d, 0)
    assert.equal(json.unparsedBytes, '')
    assert.equal(typeof json.difficulty, 'string')
  })

  it('keeps timestamps above 2^53', () => {
    const header = headerFromFields({ ...parseHeader(knownBytes(1761000)).toFields(), timestamp: 4928911477310178288n })
    assert.match(text(header), /"timestamp":4928911477310178288,/)
    assert.equal(headerFromJson(parseJson(text(header))).timestampExact, 4928911477310178288n)
  })

  it('round trips known and recorded headers', () => {
    const recorded = readJsonLines<{ bytes: string }>(committed('chain/devnet-v4-headers.jsonl.gz')).map((line) => line.bytes)
    for (const bytes of [...KNOWN_HEADERS.map((known) => known.bytes), ...recorded]) {
      const header = parseHeader(fromHex(bytes))
      assert.deepEqual(headerFromJson(parseJson(text(header))).bytes, header.bytes)
    }
  })

  it('reads solutions without pk, w and d', () => {
    const json = new Map(parseJson(text(parseHeader(knownBytes(1761000)))) as JsonMap)
    json.set('powSolutions', new Map([['n', 'fed77aa9382649d8']]))
    json.set('unparsedBytes', null)
    const header = headerFromJson(json)
    assert.deepEqual(header.minerPk, new Uint8Array(33))
    assert.deepEqual(header.nonce, fromHex('fed77aa9382649d8'))
  })

  it('names the field that is wrong', () => {
    const good = parseJson(text(parseHeader(knownBytes(1)))) as JsonMap
    const fails = (field: string, value: JsonValue | undefined, named = field) => {
      const json = new Map(good)
      if (value === undefined) json.delete(field)
      else json.set(field, value)
      assert.throws(
        () => headerFromJson(json),
        (error: unknown) => error instanceof HeaderJsonError && error.field === named && error.code === 'HEADER_JSON'
      )
    }
    fails('votes', '0000')
    fails('votes', '00000g')
    fails('parentId', undefined)
    fails('parentId', 5)
    fails('stateRoot', '00'.repeat(32))
    fails('height', -1)
    fails('height', 1.5)
    fails('height', 2 ** 31)
    fails('nBits', 2 ** 32)
    fails('version', 128)
    fails('timestamp', 2n ** 63n)
    fails('timestamp', '5')
    fails('powSolutions', undefined)
    fails('powSolutions', 'x')
    fails('powSolutions', new Map([['n', '00']]), 'powSolutions.n')
    // A d that went through doubles has lost its digits.
    fails('powSolutions', new Map<string, JsonValue>([...(good.get('powSolutions') as JsonMap), ['d', 1.2e64]]), 'powSolutions.d')
    const offCurve = `02${'05'.padStart(64, '0')}`
    fails('powSolutions', new Map<string, JsonValue>([...(good.get('powSolutions') as JsonMap), ['pk', offCurve]]))
    assert.throws(() => headerFromJson([]), HeaderJsonError)
    const json = new Map(good)
    json.set('unparsedBytes', '00')
    assert.throws(() => headerFromJson(json), EncodeError)
  })

  const sets = [
    ['mainnet/rest-chainslice-417692-417891.json.gz', 200, true],
    ['testnet/rest-headers-442325-442334.json', 10, false]
  ] as const
  for (const [path, count, stored] of sets) {
    it(`gives what the reference showed: ${path}`, { skip: missing(path) }, () => {
      const answers = parsed(shared(path)) as readonly JsonMap[]
      assert.equal(answers.length, count)
      for (const answer of answers) {
        const header = headerFromJson(answer)
        assert.deepEqual(sorted(parseJson(text(header, stored))), sorted(answer))
      }
    })
  }
})
