import assert from 'node:assert/strict'
import { blake2b } from '@noble/hashes/blake2.js'
import sodium from 'sodium-native'
import { blake2b256, merkleRoot } from '../../../src/crypto/index.ts'
import type { Candidate, TimedCase } from '../../harness.ts'

const LEAVES = 64

type Hash = (data: Uint8Array) => Uint8Array

/** The same tree on any hash function: one buffer a message, nodes as arrays. */
function rootWith(hash: Hash, leaves: readonly Uint8Array[]): Uint8Array {
  const leaf = new Uint8Array(33)
  let level = leaves.map((data) => {
    leaf.set(data, 1)
    return hash(leaf)
  })
  const node = new Uint8Array(65)
  node[0] = 1
  while (level.length > 1) {
    const parents: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      node.set(level[i]!, 1)
      node.set(level[i + 1]!, 33)
      parents.push(hash(node))
    }
    level = parents
  }
  return level[0]!
}

export const bench: TimedCase = {
  name: 'merkle/root',
  workload: `Merkle root of ${LEAVES} transaction ids (127 hashes)`,
  setup() {
    const leaves = Array.from({ length: LEAVES }, (_, i) => blake2b256(Uint8Array.of(i)))
    const withSodium: Hash = (data) => {
      const out = new Uint8Array(32)
      sodium.crypto_generichash(out, data)
      return out
    }
    const withNoble: Hash = (data) => blake2b(data, { dkLen: 32 })
    const run =
      (root: () => Uint8Array): Candidate =>
      (n) => {
        let sink = 0
        for (let i = 0; i < n; i++) sink ^= root()[i & 31]!
        return sink
      }
    return {
      verify() {
        assert.deepEqual(merkleRoot(leaves), rootWith(withNoble, leaves))
        assert.deepEqual(merkleRoot(leaves), rootWith(withSodium, leaves))
      },
      candidates: {
        ours: run(() => merkleRoot(leaves)),
        sodium: run(() => rootWith(withSodium, leaves)),
        noble: run(() => rootWith(withNoble, leaves))
      },
      comparisons: {
        'vs-sodium': { of: 'ours', against: 'sodium', as: 'ratio' },
        'vs-noble': { of: 'ours', against: 'noble', as: 'ratio' }
      }
    }
  }
}
