import { bytesEqual, DecodeError, Reader, toHex, Writer } from '../bytes/index.ts'
import { HASH_BYTES } from './blake2b.ts'
import { merkleLeafHash, merkleNodeHash, merkleParents } from './merkle.ts'

const EMPTY = new Uint8Array(0)
/** Stands in encoded proofs for a neighbour that the tree does not have. */
const NO_DIGEST = new Uint8Array(HASH_BYTES)
/** index, digest */
const LEAF_ENTRY_BYTES = 4 + HASH_BYTES
/** digest, side */
const PROOF_ENTRY_BYTES = HASH_BYTES + 1

/** One proof for several leaves (scrypto `BatchMerkleProof`). */
export interface BatchMerkleProof {
  /** Index (signed 32 bits) and leaf hash of each proven leaf. */
  leaves: Array<{ index: number; hash: Uint8Array }>
  /**
   * Hashes to be supplied, in the order of use; empty where the tree has no node. Side 0: the supplied hash is the *left*
   * operand, anything else: the right one. This is the opposite of `MerkleProofLevel.side`.
   */
  hashes: Array<{ hash: Uint8Array; side: number }>
}

/**
 * Proof for the leaves at `indices` (any order, repetitions allowed), or `undefined` when there are none or one is out of
 * range. As in the reference, indices count distinct leaves: of equal ones only the last stays.
 */
export function batchMerkleProof(leafData: readonly Uint8Array[], indices: readonly number[]): BatchMerkleProof | undefined {
  let level = distinctLeafHashes(leafData)
  const hash = level
  if (indices.length === 0 || indices.some((i) => !(i >= 0 && i < hash.length))) return undefined
  let wanted = [...new Set(indices)].sort((a, b) => a - b)
  const leaves = wanted.map((index) => ({ index, hash: hash[index]! }))
  const hashes: BatchMerkleProof['hashes'] = []
  do {
    const known = new Set(wanted)
    const parents = [...new Set(wanted.map((i) => i >>> 1))]
    for (const parent of parents) {
      for (const child of [2 * parent, 2 * parent + 1]) {
        if (!known.has(child)) hashes.push({ hash: level[child] ?? EMPTY, side: child & 1 })
      }
    }
    wanted = parents
    level = merkleParents(level)
  } while (level.length > 1)
  return { leaves, hashes }
}

function distinctLeafHashes(leafData: readonly Uint8Array[]): Uint8Array[] {
  const hashes = leafData.map(merkleLeafHash)
  const lastIndex = new Map(hashes.map((h, i) => [toHex(h), i]))
  return hashes.filter((h, i) => lastIndex.get(toHex(h)) === i)
}

/** True when the proof leads from its leaves to `root`. A proof that ends too early is false, too. */
export function verifyBatchMerkleProof(proof: BatchMerkleProof, root: Uint8Array): boolean {
  let hashes = proof.leaves
    .slice()
    .sort((a, b) => a.index - b.index)
    .map((leaf) => leaf.hash)
  let parents = proof.leaves.map((leaf) => parentOf(leaf.index))
  let used = 0
  for (;;) {
    const next: Uint8Array[] = []
    for (let i = 0; i < parents.length; i++) {
      if (i + 1 < parents.length && parents[i] === parents[i + 1]) {
        next.push(merkleNodeHash(hashes[i]!, hashes[i + 1]!))
        i++
        continue
      }
      const supplied = proof.hashes[used++]
      if (supplied === undefined) return false
      next.push(supplied.side === 0 ? merkleNodeHash(supplied.hash, hashes[i]!) : merkleNodeHash(hashes[i]!, supplied.hash))
    }
    if (next.length === 0) return false
    if (used >= proof.hashes.length && next.length === 1) return bytesEqual(next[0]!, root)
    const nodes = [...new Set(parents)]
    hashes = next.slice(0, nodes.length)
    parents = nodes.map(parentOf)
  }
}

/** Pairs are (even, even + 1), which for a negative odd index is (index - 1, index): so this rounds down. */
function parentOf(index: number): number {
  return Math.floor(index / 2)
}

/** The layout of scrypto's `BatchMerkleProofSerializer`. */
export function encodeBatchMerkleProof(proof: BatchMerkleProof): Uint8Array {
  const w = new Writer(8 + proof.leaves.length * LEAF_ENTRY_BYTES + proof.hashes.length * PROOF_ENTRY_BYTES)
  w.i32be(proof.leaves.length).i32be(proof.hashes.length)
  for (const { index, hash } of proof.leaves) w.i32be(index).bytes(hash)
  for (const { hash, side } of proof.hashes) w.bytes(hash.length === 0 ? NO_DIGEST : hash).u8(side)
  return w.toBytes()
}

/**
 * Reads what {@link encodeBatchMerkleProof} writes; the whole input must be used.
 *
 * @throws DecodeError MALFORMED when the counts and the length disagree
 */
export function decodeBatchMerkleProof(bytes: Uint8Array): BatchMerkleProof {
  const r = new Reader(bytes)
  const leafCount = r.i32be()
  const hashCount = r.i32be()
  if (leafCount < 0 || hashCount < 0 || leafCount * LEAF_ENTRY_BYTES + hashCount * PROOF_ENTRY_BYTES !== r.remaining) {
    throw new DecodeError(
      'MALFORMED',
      `batch Merkle proof of ${leafCount} leaves and ${hashCount} hashes has the wrong length`,
      8
    )
  }
  const proof: BatchMerkleProof = { leaves: [], hashes: [] }
  for (let i = 0; i < leafCount; i++) proof.leaves.push({ index: r.i32be(), hash: r.bytes(HASH_BYTES) })
  for (let i = 0; i < hashCount; i++) {
    const hash = r.bytes(HASH_BYTES)
    proof.hashes.push({ hash: bytesEqual(hash, NO_DIGEST) ? EMPTY : hash, side: r.u8() })
  }
  return proof
}
