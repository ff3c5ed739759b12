import assert from 'node:assert/strict'
import sodium from 'sodium-native'
import { blake2bBackend } from '../../../src/crypto/blake2b.ts'
import { autolykosConstant } from '../../../src/crypto/blake2b-backend.ts'
import { blake2b256 } from '../../../src/crypto/index.ts'
import type { TimedCase } from '../../harness.ts'

/** Elements of one solution. */
const ELEMENTS = 32

export const bench: TimedCase = {
  name: 'hash/8k',
  workload:
    'BLAKE2b-256 of 8,200 bytes; *whole*: any message; *elements*: the 32 elements of an Autolykos 2 solution, which our kernel makes without a copy',
  setup() {
    const height = Uint8Array.of(0, 26, 222, 232)
    const message = new Uint8Array(8200)
    message.set(height, 4)
    message.set(autolykosConstant(), 8)
    const indexes = Array.from({ length: ELEMENTS }, (_, i) => (i * 7_919_317) >>> 0)
    const out = new Uint8Array(32)
    const backend = blake2bBackend()
    const setIndex = (value: number): void => {
      new DataView(message.buffer).setUint32(0, value)
    }
    return {
      verify() {
        const elements = backend.elements({ version: 2, bytes: height }, indexes)
        indexes.forEach((index, i) => {
          setIndex(index)
          sodium.crypto_generichash(out, message)
          assert.deepEqual(elements.subarray(32 * i, 32 * i + 32), out)
          assert.deepEqual(blake2b256(message), out)
        })
      },
      unitsPerOperation: ELEMENTS,
      candidates: {
        'ours whole'(n) {
          let sink = 0
          for (let i = 0; i < n * ELEMENTS; i++) sink ^= blake2b256(message)[i & 31]!
          return sink
        },
        'ours elements'(n) {
          let sink = 0
          for (let i = 0; i < n; i++) sink ^= backend.elements({ version: 2, bytes: height }, indexes)[i & 1023]!
          return sink
        },
        sodium(n) {
          let sink = 0
          for (let i = 0; i < n * ELEMENTS; i++) {
            setIndex(indexes[i & 31]!)
            sodium.crypto_generichash(out, message)
            sink ^= out[i & 31]!
          }
          return sink
        }
      },
      comparisons: {
        whole: { of: 'ours whole', against: 'sodium', as: 'ratio' },
        elements: { of: 'ours elements', against: 'sodium', as: 'ratio' }
      }
    }
  }
}
