import { bytesEqual } from '../bytes/index.ts'
import { merkleLeafHash, merkleNodeHash, merkleParents } from './merkle.ts'

const EMPTY = new Uint8Array(0)

/** One step from a leaf to the root. */
export interface MerkleProofLevel {
  /** Hash of the neighbour; empty where the tree has none. */
  sibling: Uint8Array
  /** Where the node under proof stands: 0 on the left of its neighbour, 1 on the right (scrypto `MerkleProof`). */
  side: 0 | 1
}

/** That a leaf is under a root; levels from the leaf upwards. */
export interface MerkleProof {
  leafData: Uint8Array
  levels: MerkleProofLevel[]
}

/**
 * Proof for the leaf at `index`. Unlike the reference, which counts leaves by distinct hash and so can miss some of them
 * in a tree with repeated leaves, every index has a proof.
 *
 * @throws RangeError when there is no such leaf
 */
export function merkleProof(leaves: readonly Uint8Array[], index: number): MerkleProof {
  const leafData = leaves[index]
  if (leafData === undefined) throw new RangeError(`no leaf ${index} among ${leaves.length}`)
  const levels: MerkleProofLevel[] = []
  let level = leaves.map(merkleLeafHash)
  let at = index
  do {
    levels.push({ sibling: level[at ^ 1] ?? EMPTY, side: at % 2 === 0 ? 0 : 1 })
    level = merkleParents(level)
    at >>>= 1
  } while (level.length > 1)
  return { leafData, levels }
}

/** True when the proof leads from its leaf to `root`. */
export function verifyMerkleProof(proof: MerkleProof, root: Uint8Array): boolean {
  let hash = merkleLeafHash(proof.leafData)
  for (const { sibling, side } of proof.levels) {
    hash = side === 0 ? merkleNodeHash(hash, sibling) : merkleNodeHash(sibling, hash)
  }
  return bytesEqual(hash, root)
}
