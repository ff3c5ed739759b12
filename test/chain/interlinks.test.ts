import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import {
  checkInterlinks,
  decodeExtension,
  type ExtensionField,
  packInterlinks,
  parseHeader,
  unpackInterlinks,
  updateInterlinks,
  ValidationSettings
} from '../../src/chain/index.ts'
import { plainHeader } from '../support/headers.ts'
import { committed, missing, readJson, readJsonLines, shared } from '../support/vectors.ts'

const id = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const INITIAL = ValidationSettings.initial
function without(...rules: number[]): ValidationSettings {
  return INITIAL.updated({ rulesToDisable: rules, statusUpdates: [] })
}
const hex = (fields: readonly ExtensionField[]): string[][] => fields.map(({ key, value }) => [toHex(key), toHex(value)])

describe('interlinks', () => {
  it('are packed by runs, keyed by the index of the first', () => {
    const links = [id(1), id(2), id(2), id(2), id(3)]
    const fields = packInterlinks(links)
    assert.deepEqual(hex(fields), [
      ['0100', `01${'01'.repeat(32)}`],
      ['0101', `03${'02'.repeat(32)}`],
      ['0104', `01${'03'.repeat(32)}`]
    ])
    assert.deepEqual(unpackInterlinks(fields), links)
  })

  it('count all occurrences of an id when they are packed, as the reference does', () => {
    assert.deepEqual(hex(packInterlinks([id(1), id(2), id(1), id(3)])), [
      ['0100', `02${'01'.repeat(32)}`],
      ['0102', `02${'01'.repeat(32)}`]
    ])
  })

  it('are unpacked in field order whatever the index in the key says, other fields aside', () => {
    const fields = [
      { key: fromHex('0107'), value: fromHex(`02${'05'.repeat(32)}`) },
      { key: fromHex('0001'), value: fromHex('00000001') },
      { key: fromHex('0100'), value: fromHex(`00${'06'.repeat(32)}`) },
      { key: fromHex('0103'), value: fromHex(`01${'04'.repeat(32)}`) }
    ]
    assert.deepEqual(unpackInterlinks(fields), [id(5), id(5), id(4)])
    assert.equal(unpackInterlinks([{ key: fromHex('0100'), value: new Uint8Array(32) }]), undefined)
  })

  it('change by the level of the parent', () => {
    const parent = plainHeader({ height: 9 })
    const links = [id(1), id(2), id(3), id(4)]
    assert.deepEqual(
      updateInterlinks(plainHeader({ height: 1 }), [], () => 99),
      [plainHeader({ height: 1 }).id]
    )
    assert.deepEqual(
      updateInterlinks(parent, links, () => 0),
      links
    )
    assert.deepEqual(
      updateInterlinks(parent, links, () => -3),
      links
    )
    assert.deepEqual(
      updateInterlinks(parent, links, () => 1),
      [id(1), id(2), id(3), parent.id]
    )
    assert.deepEqual(
      updateInterlinks(parent, links, () => 5),
      [id(1), ...Array.from({ length: 5 }, () => parent.id)]
    )
    assert.equal(
      updateInterlinks(parent, [], () => 1),
      undefined
    )
  })

  it('of recorded blocks follow from one another', () => {
    const blocks = readJsonLines<{ header: string; extension: string }>(committed('devnet/v4-64.jsonl.gz'))
    let parent: ReturnType<typeof parseHeader> | undefined
    let links: readonly Uint8Array[] = []
    for (const block of blocks) {
      const { fields } = decodeExtension(fromHex(block.extension))
      if (parent !== undefined) links = updateInterlinks(parent, links)!
      assert.deepEqual(unpackInterlinks(fields), links)
      assert.deepEqual(hex(packInterlinks(links)), hex(fields.filter(({ key }) => key[0] === 1)))
      parent = parseHeader(fromHex(block.header))
    }
  })

  const INTERLINKS = 'mainnet/interlinks.json'
  it('of mainnet are packed as the reference packs them', { skip: missing(INTERLINKS) }, () => {
    for (const block of readJson<{ interlinks_fields: [string, string][] }[]>(shared(INTERLINKS))) {
      const fields = block.interlinks_fields.map(([key, value]) => ({ key: fromHex(key), value: fromHex(value) }))
      assert.deepEqual(hex(packInterlinks(unpackInterlinks(fields)!)), block.interlinks_fields)
    }
  })

  const parent = plainHeader({ height: 5 })
  const known = { header: parent, fields: packInterlinks([id(1), id(2)]) }
  const child = plainHeader({ height: 6 })
  const next = packInterlinks([id(1), parent.id])
  const one = (): number => 1

  it('rule 401 wants values of 33 bytes', () => {
    const short = [{ key: fromHex('0100'), value: new Uint8Array(32) }]
    assert.equal(checkInterlinks(child, next, known, INITIAL, one), undefined)
    assert.equal(checkInterlinks(child, short, known, INITIAL, one)?.rule, 401)
    assert.equal(checkInterlinks(child, short, known, without(401), one)?.rule, 402)
    assert.equal(checkInterlinks(child, short, known, without(401, 402), one), undefined)
  })

  it('rule 402 wants what follows from the parent', () => {
    assert.equal(checkInterlinks(child, next, known, INITIAL, one), undefined)
    assert.equal(checkInterlinks(child, known.fields, known, INITIAL, one)?.rule, 402)
    assert.equal(checkInterlinks(child, next, { header: parent, fields: [] }, INITIAL, one)?.rule, 402)
    assert.equal(checkInterlinks(child, known.fields, known, without(402), one), undefined)
    const bomb = Array.from({ length: 20_000 }, () => ({ key: fromHex('0100'), value: fromHex(`ff${'00'.repeat(32)}`) }))
    assert.equal(checkInterlinks(child, bomb, known, INITIAL, one)?.rule, 402)
  })

  it('rule 413 wants the parent header where its extension is known', () => {
    const { fields } = known
    assert.equal(checkInterlinks(child, next, { header: undefined, fields }, INITIAL)?.rule, 413)
    assert.equal(checkInterlinks(child, next, { header: undefined, fields }, INITIAL)?.severity, 'recoverable')
    assert.equal(checkInterlinks(child, next, { header: undefined, fields }, without(413)), undefined)
    assert.equal(checkInterlinks(child, next, { header: parent, fields: undefined }, INITIAL), undefined)
    assert.equal(checkInterlinks(plainHeader({ height: 1 }), [], { header: undefined, fields }, INITIAL), undefined)
  })
})
