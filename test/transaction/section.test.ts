import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes, DecodeError, fromHex, toHex, Writer } from '../../src/bytes/index.ts'
import { parseHeader } from '../../src/chain/index.ts'
import {
  blockContext,
  blockTransactionsRoot,
  decodeBlockTransactions,
  encodeBlockTransactions,
  TransactionDecoder,
  upcomingContext
} from '../../src/transaction/index.ts'
import { committed, missing, readJsonLines, shared } from '../support/vectors.ts'
import { contextAt, readCases, readContexts } from './support.ts'

const cases = readCases(committed('transaction/cases.jsonl.gz')).filter(({ mutation }) => mutation === 'none')
const HEADER_ID = new Uint8Array(32).fill(5)

function section(version: number, ...transactions: Uint8Array[]): Uint8Array {
  const w = new Writer(256).bytes(HEADER_ID)
  if (version > 1) w.uint(10_000_000 + version)
  return concatBytes(w.uint(transactions.length).toBytes(), ...transactions)
}

describe('transactions section', () => {
  const decoder = new TransactionDecoder()
  const bytes = cases.map(({ tx }) => tx)

  it('reads and writes the marker of the block version', () => {
    for (const version of [1, 2, 3, 4]) {
      const raw = section(version, ...bytes)
      const block = decodeBlockTransactions(raw, decoder)
      assert.equal(block.version, version)
      assert.deepEqual(block.headerId, HEADER_ID)
      assert.equal(block.transactions.length, bytes.length)
      assert.equal(toHex(encodeBlockTransactions(block)), toHex(raw))
    }
  })

  it('is refused without a transaction, and where it ends early', () => {
    const raw = section(4, bytes[0]!)
    assert.throws(() => decodeBlockTransactions(section(4), decoder), DecodeError)
    for (let n = 0; n < raw.length; n += 7) assert.throws(() => decodeBlockTransactions(raw.subarray(0, n), decoder), DecodeError)
    assert.equal(decodeBlockTransactions(concatBytes(raw, raw), decoder).transactions.length, 1)
  })

  it('reads trees by the marker, not by the header', () => {
    // One output with a tree of version 4: above what version 4 activates, unknown content for the versions before.
    const tx = fromHex(`01${'11'.repeat(32)}0000000001c0843d0c0208d30a0000`)
    assert.throws(() => decodeBlockTransactions(section(4, tx), decoder), DecodeError)
    for (const version of [1, 2, 3]) {
      const { transactions } = decodeBlockTransactions(section(version, tx), decoder)
      assert.equal(transactions[0]!.outputs[0]!.tree.version, 4)
    }
    // A block of the public testnet, which reference nodes read as if it had an earlier version.
    const exception = section(4, tx)
    exception.set(fromHex('3f5a4acbdfd76a97f2fdf387559c2a67b4ea5f9e9bcf66ef079cde766c6e9398'))
    assert.equal(decodeBlockTransactions(exception, decoder).transactions.length, 1)
  })

  it('has witness ids under its root from block version 2 on', () => {
    const { transactions } = decodeBlockTransactions(section(1, bytes[0]!), decoder)
    const roots = [1, 2, 4].map((version) => toHex(blockTransactionsRoot({ version, transactions })))
    assert.notEqual(roots[0], roots[1])
    assert.equal(roots[1], roots[2])
    assert.equal(transactions[0]!.witnessId.length, 31)
  })

  for (const [path, count] of [
    ['mainnet/blocks-1795968-1796087.jsonl.gz', 120],
    ['devnet/v4/chain.jsonl.gz', 1541],
    ['devnet/vote/chain.jsonl.gz', 420]
  ] as const) {
    it(`has the root of its header in ${path}, and comes back byte for byte`, { skip: missing(path) }, () => {
      const lines = readJsonLines<{ header: string; transactions: string }>(shared(path))
      assert.equal(lines.length, count)
      for (const line of lines) {
        const block = decodeBlockTransactions(fromHex(line.transactions), decoder)
        const header = parseHeader(fromHex(line.header))
        assert.equal(toHex(block.headerId), header.idHex)
        assert.equal(toHex(blockTransactionsRoot(block)), toHex(header.transactionsRoot))
        assert.equal(toHex(encodeBlockTransactions(block)), line.transactions)
      }
    })
  }
})

describe('contexts', () => {
  const contexts = [...readContexts(committed('transaction/contexts.jsonl.gz')).values()]
  const { headers, settings } = contexts.find((context) => context.headers.length === 9)!
  const { parameters } = contextAt()
  const genesisStateDigest = new Uint8Array(33).fill(9)
  const chain = { lastHeaders: headers, genesisStateDigest, parameters, settings }
  const defaults = { initialNBits: 77, now: 5n }

  it('of a block take its fields from its header, and show scripts the headers before it', () => {
    const { block, headers: seen, previousStateDigest } = blockContext(chain)
    assert.equal(block.height, headers[0]!.height)
    assert.deepEqual(block.parentId, headers[0]!.parentId)
    assert.equal(block.timestamp, headers[0]!.timestampExact)
    assert.deepEqual(seen, headers.slice(1))
    assert.deepEqual(previousStateDigest, headers[1]!.stateRoot)
    assert.throws(() => blockContext({ ...chain, lastHeaders: [] }), RangeError)
    assert.deepEqual(blockContext({ ...chain, lastHeaders: headers.slice(0, 1) }).previousStateDigest, genesisStateDigest)
  })

  it('of the pool stand one block later', () => {
    const { block, headers: seen, previousStateDigest } = upcomingContext(chain, defaults)
    assert.equal(block.height, headers[0]!.height + 1)
    assert.deepEqual(block.parentId, headers[0]!.id)
    assert.equal(block.timestamp, headers[0]!.timestampExact + 1n)
    assert.equal(block.nBits, headers[0]!.nBits)
    assert.equal(block.votes.length, 0)
    assert.equal(toHex(block.minerPk), '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
    assert.equal(seen.length, 9)
    assert.deepEqual(previousStateDigest, headers[0]!.stateRoot)
  })

  it('of the pool work before the first block', () => {
    const { block, headers: seen, previousStateDigest } = upcomingContext({ ...chain, lastHeaders: [] }, defaults)
    assert.deepEqual([block.height, block.nBits, block.timestamp, block.version], [1, 77, 5n, parameters.blockVersion])
    assert.equal(seen.length, 0)
    assert.deepEqual(previousStateDigest, genesisStateDigest)
  })
})
