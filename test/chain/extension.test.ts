import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concatBytes, DecodeError, fromHex, toHex } from '../../src/bytes/index.ts'
import {
  checkExtensionForm,
  checkExtensionSize,
  decodeExtension,
  decodeSettingsUpdate,
  type ExtensionField,
  encodeExtension,
  extensionRoot,
  parseHeader,
  ValidationSettings
} from '../../src/chain/index.ts'
import { plainHeader } from '../support/headers.ts'
import { committed, missing, readJson, readJsonLines, shared } from '../support/vectors.ts'

const ID = new Uint8Array(32).fill(7)
const INITIAL = ValidationSettings.initial
/** Settings in which these rules are switched off. */
function without(...rules: number[]): ValidationSettings {
  return INITIAL.updated({ rulesToDisable: rules, statusUpdates: [] })
}

function field(key: string, value: string): ExtensionField {
  return { key: fromHex(key), value: fromHex(value) }
}

const arbitraryField = fc.record(
  {
    key: fc.uint8Array({ minLength: 2, maxLength: 2 }),
    value: fc.uint8Array({ maxLength: 255 })
  },
  { noNullPrototype: true }
)

describe('extension section', () => {
  it('has the roots of the recorded blocks and is written as it was read', () => {
    for (const file of ['devnet/v4-64.jsonl.gz', 'devnet/vote-200.jsonl.gz']) {
      for (const block of readJsonLines<{ header: string; extension: string }>(committed(file))) {
        const bytes = fromHex(block.extension)
        const extension = decodeExtension(bytes)
        const header = parseHeader(fromHex(block.header))
        assert.deepEqual(extension.headerId, header.id)
        assert.deepEqual(extensionRoot(extension.fields), header.extensionRoot)
        assert.deepEqual(encodeExtension(extension), bytes)
      }
    }
  })

  it('has the root of H("") without fields, as mainnet genesis', () => {
    assert.equal(toHex(extensionRoot([])), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8')
  })

  const BLOCKS = 'mainnet/blocks-1795968-1796087.jsonl.gz'
  it('has the roots of recent mainnet blocks', { skip: missing(BLOCKS) }, () => {
    for (const block of readJsonLines<{ header: string; extension: string }>(shared(BLOCKS))) {
      const extension = decodeExtension(fromHex(block.extension))
      assert.deepEqual(extensionRoot(extension.fields), parseHeader(fromHex(block.header)).extensionRoot)
    }
  })

  it('survives a round trip; cut anywhere it is refused; mutated it is a value or a DecodeError', () => {
    fc.assert(
      fc.property(fc.array(arbitraryField, { maxLength: 6 }), fc.nat(), fc.nat(255), (fields, at, byte) => {
        const bytes = encodeExtension({ headerId: ID, fields })
        assert.deepEqual(decodeExtension(bytes).fields, fields)
        assert.deepEqual(decodeExtension(concatBytes(bytes, ID)).fields, fields)
        for (let size = 0; size < bytes.length; size++) {
          assert.throws(() => decodeExtension(bytes.subarray(0, size)), DecodeError)
        }
        const mutated = bytes.slice()
        mutated[at % bytes.length] = byte
        try {
          decodeExtension(mutated)
        } catch (error) {
          assert.ok(error instanceof DecodeError)
        }
      }),
      { numRuns: 50 }
    )
  })

  it('drops the field that reaches 1 MiB and all after it, and does not look at them', () => {
    const fields = Array.from({ length: 5000 }, () => ({ key: Uint8Array.of(9, 9), value: new Uint8Array(255) }))
    const bytes = encodeExtension({ headerId: ID, fields })
    const kept = decodeExtension(bytes).fields.length
    // 34 bytes, then 258 a field: what would end at 1 048 576 or later is dropped.
    assert.equal(kept, Math.floor((1_048_575 - 34) / 258))
    assert.equal(decodeExtension(bytes.subarray(0, 34 + 258 * (kept + 1))).fields.length, kept)
  })

  it('rule 400 looks at the size up to the first field, so a received section always passes', () => {
    const fields = Array.from({ length: 1000 }, () => ({ key: Uint8Array.of(9, 9), value: new Uint8Array(64) }))
    const extension = decodeExtension(encodeExtension({ headerId: ID, fields }))
    assert.equal(extension.recordedSize, 32 + 2 + 2 + 1 + 64)
    assert.equal(checkExtensionSize(extension, INITIAL), undefined)
    assert.equal(checkExtensionSize({ ...extension, recordedSize: 32_768 }, INITIAL), undefined)
    assert.equal(checkExtensionSize({ ...extension, recordedSize: 32_769 }, INITIAL)?.rule, 400)
    assert.equal(checkExtensionSize({ ...extension, recordedSize: 32_769 }, without(400)), undefined)
  })

  const header = plainHeader()
  it('rule 403 wants keys of 2 bytes', () => {
    assert.equal(checkExtensionForm(header, [field('0909', '')], INITIAL), undefined)
    assert.equal(checkExtensionForm(header, [field('09', '')], INITIAL)?.rule, 403)
    assert.throws(() => decodeSettingsUpdate(fromHex('01930300')), DecodeError)
  })

  it('rule 404 wants values of at most 64 bytes', () => {
    assert.equal(checkExtensionForm(header, [field('0909', '00'.repeat(64))], INITIAL), undefined)
    assert.equal(checkExtensionForm(header, [field('0909', '00'.repeat(65))], INITIAL)?.rule, 404)
    assert.equal(checkExtensionForm(header, [field('0909', '00'.repeat(65))], without(404)), undefined)
  })

  it('rule 405 wants distinct keys', () => {
    assert.equal(checkExtensionForm(header, [field('0909', ''), field('0908', '')], INITIAL), undefined)
    assert.equal(checkExtensionForm(header, [field('0909', ''), field('0909', '00')], INITIAL)?.rule, 405)
    assert.equal(checkExtensionForm(header, [field('0909', ''), field('0909', '00')], without(405)), undefined)
  })

  it('rule 406 wants a field in every block but genesis', () => {
    assert.equal(checkExtensionForm(plainHeader({ height: 1 }), [], INITIAL), undefined)
    assert.equal(checkExtensionForm(header, [], INITIAL)?.rule, 406)
    assert.equal(checkExtensionForm(header, [], without(406)), undefined)
  })

  const EXTENSIONS = 'mainnet/extensions-700000-700200.json.gz'
  it('passes rules 403..406 on real mainnet extensions', { skip: missing(EXTENSIONS) }, () => {
    const blocks = readJson<{ fields: [string, string][] }[]>(shared(EXTENSIONS))
    for (const block of blocks) {
      assert.equal(
        checkExtensionForm(
          header,
          block.fields.map(([key, value]) => field(key, value)),
          INITIAL
        ),
        undefined
      )
    }
  })
})
