import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concatBytes, DecodeError, fromHex, Reader, toHex, Writer } from '../../src/bytes/index.ts'
import {
  adProofsRoot,
  decodeAdProofs,
  encodeAdProofs,
  parseHeader,
  parseVersionsOf,
  readTransactionsFrame,
  type TransactionsFrame,
  transactionsRoot,
  writeTransactionsFrame
} from '../../src/chain/index.ts'
import { committed, readJsonLines } from '../support/vectors.ts'

const ID = new Uint8Array(32).fill(7)

function frame(hex: string): TransactionsFrame {
  return readTransactionsFrame(new Reader(concatBytes(ID, fromHex(hex))))
}

function written(version: number, count: number): string {
  const w = new Writer()
  writeTransactionsFrame(w, { headerId: ID, version, count })
  return toHex(w.toBytes().subarray(32))
}

describe('AD-proofs section', () => {
  it('is written as it was read and has the root of its header', () => {
    for (const block of readJsonLines<{ header: string; adProofs: string }>(committed('devnet/v4-64.jsonl.gz'))) {
      const bytes = fromHex(block.adProofs)
      const section = decodeAdProofs(bytes)
      const header = parseHeader(fromHex(block.header))
      assert.deepEqual(section.headerId, header.id)
      assert.deepEqual(adProofsRoot(section.proof), header.adProofsRoot)
      assert.deepEqual(encodeAdProofs(section), bytes)
      assert.deepEqual(decodeAdProofs(concatBytes(bytes, ID)), section)
    }
  })

  it('is refused when it is cut, and never read by a length it does not have', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (proof) => {
        const bytes = encodeAdProofs({ headerId: ID, proof })
        for (let size = 0; size < bytes.length; size++) {
          assert.throws(() => decodeAdProofs(bytes.subarray(0, size)), DecodeError)
        }
      }),
      { numRuns: 20 }
    )
    assert.throws(() => decodeAdProofs(concatBytes(ID, fromHex('ffffffff07'))), DecodeError)
    assert.throws(() => decodeAdProofs(concatBytes(ID, fromHex('8080808008'))), DecodeError)
  })
})

describe('front of a transactions section', () => {
  it('has a marker of 10 000 000 + version above version 1', () => {
    assert.equal(written(1, 3), '03')
    assert.equal(written(2, 3), '82ade20403')
    assert.equal(written(3, 3), '83ade20403')
    assert.equal(written(4, 3), '84ade20403')
    assert.deepEqual(frame('03'), { headerId: ID, version: 1, count: 3 })
    assert.deepEqual(frame('84ade20403'), { headerId: ID, version: 4, count: 3 })
  })

  it('takes 10 000 000 itself for a count, and the version for a signed byte', () => {
    assert.deepEqual(frame('80ade204'), { headerId: ID, version: 1, count: 10_000_000 })
    assert.equal(frame('81ade20401').version, 1)
    assert.equal(frame('c8aee20401').version, -56)
  })

  it('is refused without a transaction', () => {
    assert.throws(() => frame('00'), DecodeError)
    assert.throws(() => frame('84ade20400'), DecodeError)
    assert.throws(() => frame('84ade204'), DecodeError)
  })

  it('tells the script versions to parse with: the default below 4, and for one block of the testnet', () => {
    const headerId = ID
    assert.deepEqual(parseVersionsOf({ headerId, version: 1, count: 1 }), { activated: 1, tree: 1 })
    assert.deepEqual(parseVersionsOf({ headerId, version: 3, count: 1 }), { activated: 1, tree: 1 })
    assert.deepEqual(parseVersionsOf({ headerId, version: -56, count: 1 }), { activated: 1, tree: 1 })
    assert.deepEqual(parseVersionsOf({ headerId, version: 4, count: 1 }), { activated: 3, tree: 3 })
    const exception = fromHex('3f5a4acbdfd76a97f2fdf387559c2a67b4ea5f9e9bcf66ef079cde766c6e9398')
    assert.deepEqual(parseVersionsOf({ headerId: exception, version: 4, count: 1 }), { activated: 1, tree: 1 })
  })
})

describe('transactions root', () => {
  // Mainnet block 1.
  const id = fromHex('4c6282be413c6e300a530618b37790be5f286ded758accc2aebd41554a1be308')

  it('is over the ids alone in version 1', () => {
    const root = '93fb06aa44413ff57ac878fda9377207d5db0e78833556b331b4d9727b3153ba'
    assert.equal(toHex(transactionsRoot(1, [id], [new Uint8Array(31)])), root)
  })

  it('is over ids and witness ids in every other version', () => {
    const witness = new Uint8Array(31).fill(1)
    assert.notDeepEqual(transactionsRoot(2, [id], [witness]), transactionsRoot(1, [id], [witness]))
    assert.deepEqual(transactionsRoot(0, [id], [witness]), transactionsRoot(4, [id], [witness]))
  })
})
