import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'
import { DEFAULT_VERSIONS, ErgoBox, parseBox, type Versions, writeBox } from '../../src/ergotree/index.ts'
import { committed, missing, readJson, readJsonLines, shared } from '../support/vectors.ts'
import { readTransaction, writeTransaction } from './transaction-reader.ts'

/** Sections of later block versions start with this number plus the version (reference: `BlockTransactions.scala`). */
const VERSION_MARK = 10_000_000

const EMISSION_BOX_ID = 'b69575e11c5c43400bfead5976ee0d6245a1168396b2e2a4f384691f275d501c'

/** Reads one transaction; it must come back from its parts, and each output from its bytes as a box. */
function checkTransaction(r: Reader, versions: Versions): number {
  const start = r.position
  const tx = readTransaction(r, versions)
  const bytes = r.buffer.subarray(start, r.position)
  assert.equal(toHex(writeTransaction(tx, versions)), toHex(bytes))
  const id = blake2b256(writeTransaction({ ...tx, inputs: tx.inputs.map((i) => ({ ...i, proof: new Uint8Array(0) })) }, versions))
  for (const [i, output] of tx.outputs.entries()) checkBox(new ErgoBox(output, id, i).bytes)
  return tx.outputs.length
}

function checkBox(bytes: Uint8Array): ErgoBox {
  const box = parseBox(bytes, DEFAULT_VERSIONS)
  assert.equal(box.bytes.length, bytes.length)
  const w = new Writer()
  writeBox(w, box, DEFAULT_VERSIONS)
  assert.equal(toHex(w.toBytes()), toHex(bytes))
  return box
}

/** Number of outputs in a transactions section. */
function checkSection(hex: string): number {
  const r = new Reader(fromHex(hex))
  r.skip(32)
  let count = r.uint()
  let versions = DEFAULT_VERSIONS
  if (count > VERSION_MARK) {
    const activated = count - VERSION_MARK - 1
    if (activated >= 3) versions = { activated, tree: activated }
    count = r.uint()
  }
  let outputs = 0
  for (let i = 0; i < count; i++) outputs += checkTransaction(r, versions)
  r.expectEnd('transactions section')
  return outputs
}

function checkBlocks(path: string): number {
  return readJsonLines<{ transactions: string }>(path).reduce((sum, block) => sum + checkSection(block.transactions), 0)
}

describe('transactions and boxes of real chains come back from their parts', () => {
  it('blocks of the recorded devnets, committed part', () => {
    assert.ok(checkBlocks(committed('devnet/v4-64.jsonl.gz')) > 60)
    assert.ok(checkBlocks(committed('devnet/vote-200.jsonl.gz')) > 200)
  })

  for (const path of ['devnet/v4/chain.jsonl.gz', 'devnet/vote/chain.jsonl.gz', 'mainnet/blocks-1795968-1796087.jsonl.gz']) {
    it(`all blocks of ${path}`, { skip: missing(path) }, () => assert.ok(checkBlocks(shared(path)) > 500))
  }

  const first = 'mainnet/transactions-1-1000.jsonl.gz'
  it('the first thousand transactions of mainnet, ids included', { skip: missing(first) }, () => {
    for (const tx of readJsonLines<{ id: string; bytes: string }>(shared(first))) {
      const parsed = readTransaction(new Reader(fromHex(tx.bytes)), DEFAULT_VERSIONS)
      const unsigned = { ...parsed, inputs: parsed.inputs.map((i) => ({ ...i, proof: new Uint8Array(0) })) }
      assert.equal(toHex(blake2b256(writeTransaction(unsigned, DEFAULT_VERSIONS))), tx.id)
      checkTransaction(new Reader(fromHex(tx.bytes)), DEFAULT_VERSIONS)
    }
  })

  const recent = 'mainnet/boxes-recent.json'
  it('recent boxes of mainnet have their ids', { skip: missing(recent) }, () => {
    for (const { boxId, bytes, ergoTree } of readJson<{ boxId: string; bytes: string; ergoTree: string }[]>(shared(recent))) {
      const box = checkBox(fromHex(bytes))
      assert.equal(toHex(box.id), boxId)
      assert.equal(toHex(box.tree.bytes), ergoTree)
    }
  })
})

describe('the emission box of mainnet', () => {
  it('has its id', () => {
    const emission =
      '101004020e36100204a00b08cd0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798ea02d192a39a8cc7a7017300730110010204020404040004c0fd4f05808c82f5f6030580b8c9e5ae040580f882ad16040204c0944004c0f407040004000580f882ad16d19683030191a38cc7a7019683020193c2b2a57300007473017302830108cdeeac93a38cc7b2a573030001978302019683040193b1a5730493c2a7c2b2a573050093958fa3730673079973089c73097e9a730a9d99a3730b730c0599c1a7c1b2a5730d00938cc7b2a5730e0001a390c1a7730f'
    const w = new Writer().ulong(93_409_132_500_000_000n).bytes(fromHex(emission)).u8(0).u8(0).u8(0)
    const bytes = w.bytes(new Uint8Array(33)).toBytes()
    assert.equal(toHex(checkBox(bytes).id), EMISSION_BOX_ID)
  })
})
