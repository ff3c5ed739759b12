import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type JsonObject, type JsonValue, parseJson, stringifyJson, toHex } from '../../src/bytes/index.ts'
import {
  boxToJson,
  JsonFieldError,
  TransactionDecoder,
  transactionFromJson,
  transactionToJson
} from '../../src/transaction/index.ts'
import { committed, missing, readBytes, readJson, shared } from '../support/vectors.ts'
import { readCases } from './support.ts'

const V3 = { activated: 3, tree: 3 }
const cases = readCases(committed('transaction/cases.jsonl.gz')).filter(({ result }) => result.stage !== 'parse')

/** The same value whatever the order of keys; numbers as text. */
function sorted(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!(value instanceof Map)) return typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  return Object.fromEntries([...value].map(([key, item]) => [key, sorted(item)] as const).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function text(path: string): string {
  return new TextDecoder().decode(readBytes(path))
}

/** A transaction as JSON, with one field set or (undefined) left out. */
function changed(json: JsonValue, path: readonly (string | number)[], value: JsonValue | undefined): JsonValue {
  const [key, ...rest] = path
  if (key === undefined) return value!
  if (typeof key === 'number')
    return (json as readonly JsonValue[]).map((item, i) => (i === key ? changed(item, rest, value) : item))
  const out = new Map(json as JsonObject)
  if (rest.length === 0 && value === undefined) out.delete(key)
  else out.set(key, changed(out.get(key)!, rest, value))
  return out
}

describe('transactions as JSON', () => {
  it('come back with the same bytes', () => {
    const decoder = new TransactionDecoder()
    for (const { tx: bytes, name } of cases) {
      const tx = decoder.decodeTransaction(bytes, V3)
      const again = transactionFromJson(parseJson(stringifyJson(transactionToJson(tx))), V3)
      assert.equal(toHex(again.bytes), toHex(tx.bytes), name)
      assert.equal(again.idHex, tx.idHex)
    }
  })

  const rest = 'mainnet/rest-blocks-700000-700004.json.gz'
  it('have the shape of full blocks of a reference node', { skip: missing(rest) }, () => {
    const blocks = parseJson(text(shared(rest)))
    const list = (Array.isArray(blocks) ? blocks : [...(blocks as JsonObject).values()]) as JsonObject[]
    let seen = 0
    for (const block of list) {
      const { transactions } = Object.fromEntries(block.get('blockTransactions') as JsonObject) as { transactions: JsonValue[] }
      for (const json of transactions) {
        const tx = transactionFromJson(json)
        assert.equal(tx.idHex, (json as JsonObject).get('id'))
        assert.deepEqual(sorted(parseJson(stringifyJson(transactionToJson(tx)))), sorted(json))
        seen++
      }
    }
    assert.ok(seen > 20, String(seen))
  })

  const answers = 'devnet/v4/rest.json.gz'
  it('have the shape of blocks and boxes that a reference node answered with', { skip: missing(answers) }, () => {
    let blocks = 0
    let boxes = 0
    const decoder = new TransactionDecoder()
    const recorded = readJson<{ method: string; path: string; status: number; answer: string }[]>(shared(answers))
    const bytesOf = new Map<string, string>()
    for (const { path, answer } of recorded) {
      const match = /byIdBinary\/([0-9a-f]{64})/.exec(path)
      if (match !== null) bytesOf.set(match[1]!, (JSON.parse(answer) as { bytes: string }).bytes)
    }
    for (const { method, path, status, answer } of recorded) {
      if (method !== 'GET' || status !== 200) continue
      const box = /^\/utxo\/(withPool\/)?byId\/([0-9a-f]{64})/.exec(path)
      if (box !== null) {
        const bytes = bytesOf.get(box[2]!)
        if (bytes === undefined) continue
        const json = boxToJson(decoder.decodeBox(Uint8Array.from(Buffer.from(bytes, 'hex'))))
        assert.deepEqual(sorted(parseJson(stringifyJson(json))), sorted(parseJson(answer)))
        boxes++
      }
      if (/^\/blocks\/[0-9a-f]{64}\/transactions/.test(path)) {
        const { transactions } = Object.fromEntries(parseJson(answer) as JsonObject) as { transactions: JsonValue[] }
        for (const json of transactions) {
          const tx = transactionFromJson(json, V3)
          assert.deepEqual(sorted(parseJson(stringifyJson(transactionToJson(tx)))), sorted(json))
        }
        blocks++
      }
    }
    assert.ok(blocks > 0 && boxes > 0, `${blocks} blocks, ${boxes} boxes`)
  })

  it('take amounts as strings, and ignore what follows from the rest', () => {
    const tx = new TransactionDecoder().decodeTransaction(cases[0]!.tx, V3)
    const json = parseJson(stringifyJson(transactionToJson(tx)))
    const value = String(tx.outputs[0]!.value)
    assert.equal(transactionFromJson(changed(json, ['outputs', 0, 'value'], value), V3).idHex, tx.idHex)
    assert.equal(transactionFromJson(changed(json, ['id'], undefined), V3).idHex, tx.idHex)
    assert.equal(transactionFromJson(changed(json, ['outputs', 0, 'boxId'], 'ff'), V3).idHex, tx.idHex)
  })

  it('name the field that is missing or wrong', () => {
    const recorded = cases.find(({ tx }) => {
      const { outputs, inputs } = new TransactionDecoder().decodeTransaction(tx, V3)
      return inputs.length > 0 && (outputs[0]?.tokens.length ?? 0) > 0
    })!
    const json = parseJson(stringifyJson(transactionToJson(new TransactionDecoder().decodeTransaction(recorded.tx, V3))))
    const wrong: [path: (string | number)[], value: JsonValue | undefined, field: string][] = [
      [['inputs'], undefined, 'inputs'],
      [['outputs'], new Map(), 'outputs'],
      [['inputs', 0, 'boxId'], '00', 'inputs[0].boxId'],
      [['inputs', 0, 'spendingProof'], undefined, 'inputs[0].spendingProof'],
      [['inputs', 0, 'spendingProof', 'proofBytes'], 'xy', 'inputs[0].spendingProof.proofBytes'],
      [['inputs', 0, 'spendingProof', 'extension'], new Map([['128', '0402']]), 'inputs[0].spendingProof.extension.128'],
      [['inputs', 0, 'spendingProof', 'extension'], new Map([['1', 'a3']]), 'inputs[0].spendingProof.extension.1'],
      [['outputs', 0, 'value'], 1.5, 'outputs[0].value'],
      [['outputs', 0, 'value'], 2n ** 63n, 'outputs[0].value'],
      [['outputs', 0, 'ergoTree'], '00', 'outputs[0].ergoTree'],
      [['outputs', 0, 'creationHeight'], -1, 'outputs[0].creationHeight'],
      [['outputs', 0, 'assets', 0, 'tokenId'], 'aa', 'outputs[0].assets[0].tokenId'],
      [['outputs', 0, 'additionalRegisters'], new Map([['R3', '0402']]), 'outputs[0].additionalRegisters.R3'],
      [['outputs', 0, 'additionalRegisters'], new Map([['R5', '0402']]), 'outputs[0].additionalRegisters']
    ]
    for (const [path, value, field] of wrong) {
      assert.throws(
        () => transactionFromJson(changed(json, path, value), V3),
        (error: unknown) => error instanceof JsonFieldError && error.field === field,
        field
      )
    }
    assert.throws(() => transactionFromJson('a'), { code: 'JSON_FIELD', field: '(whole)' })
  })

  it('keep the order of context variables', () => {
    const json = parseJson(stringifyJson(transactionToJson(new TransactionDecoder().decodeTransaction(cases[0]!.tx, V3))))
    const inputs = (json as JsonObject).get('inputs') as JsonValue[]
    if (inputs.length === 0) return
    const extension = new Map([
      ['7', '0402'],
      ['3', '0404']
    ])
    const tx = transactionFromJson(changed(json, ['inputs', 0, 'spendingProof', 'extension'], extension), V3)
    assert.deepEqual([...tx.inputs[0]!.variables.keys()], [7, 3])
    assert.ok(stringifyJson(transactionToJson(tx)).includes('"extension":{"7":"0402","3":"0404"}'))
  })
})
