import assert from 'node:assert/strict'
import { blake2b } from '@noble/hashes/blake2.js'
import { blake2b256 } from '../../../src/crypto/index.ts'
import type { Candidate, Comparison, TimedCase } from '../../harness.ts'

/** An inner node, a header, an Autolykos element. */
const SIZES = [66, 220, 8200]

export const bench: TimedCase = {
  name: 'hash/vs-noble',
  workload: 'BLAKE2b-256 with a fresh result, against @noble/hashes',
  setup() {
    const inputs = SIZES.map((size) => new Uint8Array(size).fill(size))
    const run =
      (hash: (data: Uint8Array) => Uint8Array, input: Uint8Array): Candidate =>
      (n) => {
        let sink = 0
        for (let i = 0; i < n; i++) sink ^= hash(input)[i & 31]!
        return sink
      }
    const noble = (data: Uint8Array): Uint8Array => blake2b(data, { dkLen: 32 })
    const candidates: Record<string, Candidate> = {}
    const comparisons: Record<string, Comparison> = {}
    for (const input of inputs) {
      const of = `ours ${input.length}`
      const against = `noble ${input.length}`
      candidates[of] = run(blake2b256, input)
      candidates[against] = run(noble, input)
      comparisons[`${input.length}-bytes`] = { of, against, as: 'speed-up' }
    }
    return {
      verify() {
        for (const input of inputs) assert.deepEqual(blake2b256(input), noble(input))
      },
      candidates,
      comparisons
    }
  }
}
