import assert from 'node:assert/strict'
import { blake2b } from '@noble/hashes/blake2.js'
import { type AvlOperation, AvlProver, AvlVerifier, type LabelHash } from '../../../src/crypto/avltree/index.ts'
import { blake2b256 } from '../../../src/crypto/index.ts'
import type { Candidate, TimedCase } from '../../harness.ts'

const KEY_BYTES = 32
const LEAVES = 50_000
/** Mean size of a box that mainnet spends. */
const VALUE_BYTES = 290
/** Boxes that a mainnet block spends, and makes, on average. */
const CHANGES = 20
const BLOCKS = 8

const key = (n: number): Uint8Array => blake2b256(new TextEncoder().encode(`box ${n}`))
const value = (n: number): Uint8Array => new Uint8Array(VALUE_BYTES).fill(n)

interface ProvedBlock {
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly proof: Uint8Array
  readonly operations: readonly AvlOperation[]
}

/** Blocks on a state of {@link LEAVES} boxes, each with its proof. */
function provedBlocks(): ProvedBlock[] {
  const prover = new AvlProver({ keyLength: KEY_BYTES })
  for (let i = 0; i < LEAVES; i++) prover.perform({ kind: 'insert', key: key(i), value: value(i) })
  prover.prove()
  return Array.from({ length: BLOCKS }, (_, block) => {
    const before = prover.digest()
    const spread = Math.floor(LEAVES / (BLOCKS * CHANGES))
    const spent = (i: number): number => (block * CHANGES + i) * spread
    const operations: AvlOperation[] = [
      ...Array.from({ length: CHANGES }, (_, i): AvlOperation => ({ kind: 'remove', key: key(spent(i)) })),
      ...Array.from({ length: CHANGES }, (_, i): AvlOperation => {
        const n = LEAVES + block * CHANGES + i
        return { kind: 'insert', key: key(n), value: value(n) }
      })
    ]
    for (const operation of operations) assert.ok(prover.perform(operation).ok)
    const proof = prover.prove()
    return { before, after: prover.digest(), proof, operations }
  })
}

function digestAfter({ before, proof, operations }: ProvedBlock, hash?: LabelHash): Uint8Array | undefined {
  const verifier = new AvlVerifier(before, proof, { keyLength: KEY_BYTES, maxOperations: operations.length, hash })
  for (const operation of operations) verifier.perform(operation)
  return verifier.digest()
}

export const bench: TimedCase = {
  name: 'avl/verify',
  workload: `AD proofs of blocks with ${CHANGES} removals and ${CHANGES} insertions on a state of ${LEAVES} boxes`,
  setup() {
    const blocks = provedBlocks()
    const noble: LabelHash = (data) => blake2b(data, { dkLen: 32 })
    const run =
      (hash?: LabelHash): Candidate =>
      (n) => {
        let sink = 0
        for (let i = 0; i < n; i++) sink ^= digestAfter(blocks[i % BLOCKS]!, hash)![i & 31]!
        return sink
      }
    return {
      verify() {
        for (const block of blocks) {
          assert.deepEqual(digestAfter(block), block.after)
          assert.deepEqual(digestAfter(block, noble), block.after)
        }
      },
      candidates: { ours: run(), noble: run(noble) },
      comparisons: { 'vs-noble': { of: 'ours', against: 'noble', as: 'speed-up' } }
    }
  }
}
