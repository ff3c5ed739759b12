import assert from 'node:assert/strict'
import { deserializeTransaction } from '@fleet-sdk/serializer'
import { TransactionDecoder } from '../../../src/transaction/index.ts'
import type { TimedCase } from '../../harness.ts'
import { mainnetTransactions, type RawTransaction } from './support.ts'

function fleetId({ bytes }: RawTransaction): string | undefined {
  try {
    return deserializeTransaction(bytes).id
  } catch {
    return undefined
  }
}

export const bench: TimedCase = {
  name: 'tx/parse-fleet',
  workload: 'the transactions of tx/parse that fleet can read (152 of 1792), bytes to objects with ids; fleet computes no id',
  setup() {
    const { first, middle, recent } = mainnetTransactions()
    const all = [...first, ...middle, ...recent]
    const subset = all.filter((raw) => fleetId(raw) !== undefined)
    const decoder = new TransactionDecoder()
    /** What the last pass made. */
    let kept: unknown[] = []
    return {
      verify() {
        assert.ok(subset.length > 0)
        for (const raw of subset) assert.equal(decoder.decodeTransaction(raw.bytes, raw.versions).idHex, fleetId(raw))
      },
      unitsPerOperation: subset.length,
      candidates: {
        ours(n) {
          let sink = 0
          for (let k = 0; k < n; k++) {
            const made = subset.map(({ bytes, versions }) => decoder.decodeTransaction(bytes, versions))
            for (const tx of made) sink ^= tx.id[0]!
            kept = made
          }
          return sink
        },
        fleet(n) {
          for (let k = 0; k < n; k++) kept = subset.map(({ bytes }) => deserializeTransaction(bytes))
          return kept.length
        }
      },
      comparisons: { 'vs-fleet': { of: 'ours', against: 'fleet', as: 'speed-up' } }
    }
  }
}
