import assert from 'node:assert/strict'
import ergoLib from 'ergo-lib-wasm-nodejs'
import { toHex } from '../../../src/bytes/index.ts'
import { type Transaction, TransactionDecoder } from '../../../src/transaction/index.ts'
import type { TimedCase } from '../../harness.ts'
import { mainnetTransactions, type RawTransaction } from './support.ts'

export const bench: TimedCase = {
  name: 'tx/parse',
  workload:
    'all transactions of mainnet blocks 1-1000, 700000-700010 and 120 blocks of 2026, bytes to objects with ids; *cold* forgets known trees after each pass',
  setup() {
    const { first, middle, recent } = mainnetTransactions()
    const all = [...first, ...middle, ...recent]
    const decoder = new TransactionDecoder()
    /** A pass makes all transactions with their ids, and keeps them until the next. */
    let kept: Transaction[] = []
    const pass = (by: () => TransactionDecoder, list: readonly RawTransaction[]) => (n: number) => {
      let sink = 0
      for (let k = 0; k < n; k++) {
        const reader = by()
        kept = list.map(({ bytes, versions }) => reader.decodeTransaction(bytes, versions))
        for (const tx of kept) sink ^= tx.id[0]!
      }
      return sink
    }
    return {
      verify() {
        for (const { bytes, versions } of all) {
          const tx = decoder.decodeTransaction(bytes, versions)
          assert.equal(toHex(tx.bytes), toHex(bytes))
          const theirs = ergoLib.Transaction.sigma_parse_bytes(bytes)
          assert.equal(tx.idHex, theirs.id().to_str())
          theirs.free()
        }
      },
      unitsPerOperation: all.length,
      candidates: {
        ours: pass(() => decoder, all),
        cold: pass(() => new TransactionDecoder(), all),
        'ergo-lib'(n) {
          let sink = 0
          for (let k = 0; k < n; k++) {
            for (const { bytes } of all) {
              const tx = ergoLib.Transaction.sigma_parse_bytes(bytes)
              sink += 1
              tx.free()
            }
          }
          return sink
        }
      },
      comparisons: {
        'vs-ergo-lib': { of: 'ours', against: 'ergo-lib', as: 'speed-up' },
        'cold-vs-ergo-lib': { of: 'cold', against: 'ergo-lib', as: 'speed-up' }
      }
    }
  }
}
