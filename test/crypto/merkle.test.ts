import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blake2b } from '@noble/hashes/blake2.js'
import fc from 'fast-check'
import { concatBytes, DecodeError, fromHex, toHex } from '../../src/bytes/index.ts'
import { createBlake2b } from '../../src/crypto/blake2b.ts'
import {
  type BatchMerkleProof,
  batchMerkleProof,
  decodeBatchMerkleProof,
  encodeBatchMerkleProof,
  type MerkleProof,
  merkleProof,
  merkleRoot,
  merkleTreeRoot,
  verifyBatchMerkleProof,
  verifyMerkleProof
} from '../../src/crypto/index.ts'
import { missing, readJson, shared } from '../support/vectors.ts'

const H = (...parts: Uint8Array[]): Uint8Array => blake2b(concatBytes(...parts), { dkLen: 32 })
const ZERO = Uint8Array.of(0)
const ONE = Uint8Array.of(1)

/** The tree as a recursion from the top, the other way round from the code under test: `depth` levels over all leaves. */
function expectedRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const depth = Math.max(1, Math.ceil(Math.log2(leaves.length)))
  const node = (level: number, index: number): Uint8Array => {
    if (level === 0) return index < leaves.length ? H(ZERO, leaves[index]!) : new Uint8Array(0)
    if (index * 2 ** level >= leaves.length) return new Uint8Array(0)
    return H(ONE, node(level - 1, 2 * index), node(level - 1, 2 * index + 1))
  }
  return node(depth, 0)
}

const createdWasm = createBlake2b('wasm')!
const createdNoble = createBlake2b('noble')!

const leafLists = fc.array(fc.uint8Array({ maxLength: 70 }), { minLength: 1, maxLength: 40 })

/** Mainnet block 700000 (version 2): three transaction ids, three witness ids; root in its header. */
const ROOT_700000 = 'e95c99bcf2ffe6c9e882c8ef52e5762ab9ca2d42357a87b601ae668d782283bf'
/** What the reference's REST interface answers for the third transaction. */
const PROOF_LEVELS: ReadonlyArray<readonly [string, 0 | 1]> = [
  ['165acf47053d386366a509a4a6c0ac25d3c2c46da692dc8a22df4e611894dc95', 0],
  ['53c5c298da5cd45f6d9f385c0a3a83599efe55c3a14d01c85f5df182e295860e', 1],
  ['23b1697459fa82692a4cfad36d53b1d1f27b3a9b89904fdf381089190a80082a', 0]
]

describe('Merkle trees', () => {
  it('give the transaction roots of mainnet blocks and the roots of nothing', () => {
    const first = fromHex('4c6282be413c6e300a530618b37790be5f286ded758accc2aebd41554a1be308')
    assert.equal(toHex(merkleRoot([first])), '93fb06aa44413ff57ac878fda9377207d5db0e78833556b331b4d9727b3153ba')
    assert.equal(toHex(merkleRoot([])), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8')
    assert.equal(toHex(merkleTreeRoot([])), '00'.repeat(32))
    assert.deepEqual(merkleTreeRoot([first]), merkleRoot([first]))
  })

  it('agree with their definition for any leaves, on both backends', () => {
    fc.assert(
      fc.property(leafLists, (leaves) => {
        const expected = toHex(expectedRoot(leaves))
        assert.equal(toHex(createdWasm.merkleRoot(leaves)), expected)
        assert.equal(toHex(createdNoble.merkleRoot(leaves)), expected)
      })
    )
  })

  it('hold trees wider than the kernel keeps, and leaves longer than its input', () => {
    const leaf = (i: number): Uint8Array => Uint8Array.of(i, i >>> 8, i >>> 16)
    for (const count of [2047, 2048, 2049, 5000]) {
      const leaves = Array.from({ length: count }, (_, i) => leaf(i))
      assert.equal(toHex(createdWasm.merkleRoot(leaves)), toHex(expectedRoot(leaves)), `${count} leaves`)
    }
    const long = [16_382, 16_383, 16_384, 40_000].map((size) => new Uint8Array(size).fill(3))
    assert.equal(toHex(createdWasm.merkleRoot(long)), toHex(expectedRoot(long)))
  })
})

describe('Merkle proofs of one leaf', () => {
  it('verify the proof that the reference gives for a transaction of block 700000', () => {
    const proof: MerkleProof = {
      leafData: fromHex('fe9b3f57f8415a88149ac9b313e7c6b997852aa6dd809d40cf22011b68a090f4'),
      levels: PROOF_LEVELS.map(([sibling, side]) => ({ sibling: fromHex(sibling), side }))
    }
    assert.equal(verifyMerkleProof(proof, fromHex(ROOT_700000)), true)
    for (const level of proof.levels) {
      const flipped = { ...proof, levels: proof.levels.map((l) => (l === level ? { ...l, side: (1 - l.side) as 0 | 1 } : l)) }
      assert.equal(verifyMerkleProof(flipped, fromHex(ROOT_700000)), false)
    }
  })

  it('lead from every leaf to the root and from no other leaf', () => {
    fc.assert(
      fc.property(leafLists, (leaves) => {
        const root = expectedRoot(leaves)
        leaves.forEach((_, i) => {
          const proof = merkleProof(leaves, i)
          assert.equal(verifyMerkleProof(proof, root), true)
          assert.equal(verifyMerkleProof({ ...proof, leafData: concatBytes(proof.leafData, ONE) }, root), false)
        })
        assert.throws(() => merkleProof(leaves, leaves.length), RangeError)
      }),
      { numRuns: 30 }
    )
  })
})

interface BatchFixture {
  label: string
  leaves: string[]
  indices: number[]
  expected_root: string
  expected_bytes: string
}

describe('batch Merkle proofs', () => {
  const file = 'mainnet/merkle-batch.json'

  it('are built and read byte for byte as by the reference', { skip: missing(file) }, () => {
    const { fixtures } = readJson<{ fixtures: BatchFixture[] }>(shared(file))
    assert.ok(fixtures.length > 0)
    for (const f of fixtures) {
      const proof = batchMerkleProof(f.leaves.map(fromHex), f.indices)
      assert.ok(proof)
      assert.equal(toHex(encodeBatchMerkleProof(proof)), f.expected_bytes, f.label)
      assert.equal(
        verifyBatchMerkleProof(decodeBatchMerkleProof(fromHex(f.expected_bytes)), fromHex(f.expected_root)),
        true,
        f.label
      )
    }
  })

  it('give the known answer for three of eight leaves', () => {
    const leaves = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => Uint8Array.of(i))
    const proof = batchMerkleProof(leaves, [5, 0, 3, 0])!
    assert.deepEqual(
      proof.leaves.map((l) => l.index),
      [0, 3, 5]
    )
    assert.deepEqual(
      proof.hashes.map((h) => h.side),
      [1, 0, 0, 1]
    )
    assert.equal(verifyBatchMerkleProof(proof, expectedRoot(leaves)), true)
  })

  const cases = fc
    .uniqueArray(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 30, selector: toHex })
    .chain((leaves) =>
      fc.tuple(fc.constant(leaves), fc.array(fc.nat({ max: leaves.length - 1 }), { minLength: 1, maxLength: 8 }))
    )

  it('lead to the root for any choice of leaves, survive the codec, and fail when a hash changes', () => {
    fc.assert(
      fc.property(cases, ([leaves, indices]) => {
        const root = expectedRoot(leaves)
        const proof = batchMerkleProof(leaves, indices)!
        assert.equal(verifyBatchMerkleProof(proof, root), true)
        const bytes = encodeBatchMerkleProof(proof)
        const read = decodeBatchMerkleProof(bytes)
        assert.deepEqual(read, proof)
        const wrong: BatchMerkleProof = { ...read, leaves: read.leaves.map((l, i) => (i === 0 ? { ...l, hash: root } : l)) }
        assert.equal(verifyBatchMerkleProof(wrong, root), false)
        const short: BatchMerkleProof = { ...read, hashes: read.hashes.slice(1) }
        if (read.hashes.length > 0) assert.equal(verifyBatchMerkleProof(short, root), false)
      })
    )
  })

  it('are undefined for no leaves and for leaves that are not there', () => {
    const leaves = [ZERO, ONE, ONE]
    assert.equal(batchMerkleProof(leaves, []), undefined)
    assert.equal(batchMerkleProof(leaves, [-1]), undefined)
    // Equal leaves count once, as in the reference, so there is no index 2 here.
    assert.equal(batchMerkleProof(leaves, [2]), undefined)
    assert.equal(verifyBatchMerkleProof({ leaves: [], hashes: [] }, H()), false)
  })

  it('never crash or hang the verifier, whatever indices and sides they claim', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const proofs = fc.record({
      leaves: fc.array(fc.record({ index: fc.integer(), hash }), { maxLength: 6 }),
      hashes: fc.array(fc.record({ hash, side: fc.nat({ max: 255 }) }), { maxLength: 6 })
    })
    fc.assert(fc.property(proofs, (proof) => assert.equal(verifyBatchMerkleProof(proof, ZERO), false)))
  })

  it('decode nothing that has the wrong length, at every truncation', () => {
    const bytes = encodeBatchMerkleProof(batchMerkleProof([ZERO, ONE], [0])!)
    for (let n = 0; n < bytes.length; n++) assert.throws(() => decodeBatchMerkleProof(bytes.subarray(0, n)), DecodeError)
    assert.throws(() => decodeBatchMerkleProof(concatBytes(bytes, ZERO)), DecodeError)
    assert.throws(() => decodeBatchMerkleProof(fromHex('ffffffff00000000')), DecodeError)
    assert.throws(() => decodeBatchMerkleProof(fromHex('7fffffff7fffffff')), DecodeError)
  })
})
