import assert from 'node:assert/strict'
import sodium from 'sodium-native'
import { blake2b256, blake2b256Into } from '../../../src/crypto/index.ts'
import type { TimedCase } from '../../harness.ts'

/** Size of an AVL+ or Merkle inner node. */
const SIZE = 66

export const bench: TimedCase = {
  name: 'hash/one-block',
  workload: `BLAKE2b-256 of ${SIZE} bytes; *fresh*: both make a new array for the result; *in-memory*: both write into one that is there`,
  setup() {
    const inputs = Array.from({ length: 64 }, (_, i) => new Uint8Array(SIZE).fill(i))
    const out = new Uint8Array(32)
    return {
      verify() {
        for (const input of inputs) {
          const expected = new Uint8Array(32)
          sodium.crypto_generichash(expected, input)
          assert.deepEqual(blake2b256(input), expected)
          blake2b256Into(input, out)
          assert.deepEqual(out, expected)
        }
      },
      candidates: {
        'ours fresh'(n) {
          let sink = 0
          for (let i = 0; i < n; i++) sink ^= blake2b256(inputs[i & 63]!)[i & 31]!
          return sink
        },
        'sodium fresh'(n) {
          let sink = 0
          for (let i = 0; i < n; i++) {
            const fresh = new Uint8Array(32)
            sodium.crypto_generichash(fresh, inputs[i & 63]!)
            sink ^= fresh[i & 31]!
          }
          return sink
        },
        'ours in place'(n) {
          let sink = 0
          for (let i = 0; i < n; i++) {
            blake2b256Into(inputs[i & 63]!, out)
            sink ^= out[i & 31]!
          }
          return sink
        },
        'sodium in place'(n) {
          let sink = 0
          for (let i = 0; i < n; i++) {
            sodium.crypto_generichash(out, inputs[i & 63]!)
            sink ^= out[i & 31]!
          }
          return sink
        }
      },
      comparisons: {
        fresh: { of: 'ours fresh', against: 'sodium fresh', as: 'ratio' },
        'in-memory': { of: 'ours in place', against: 'sodium in place', as: 'ratio' }
      }
    }
  }
}
