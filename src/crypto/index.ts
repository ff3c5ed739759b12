/**
 * Hashes, the secp256k1 group and Merkle trees, as pure functions of bytes.
 *
 * ```ts
 * import { blake2b256, merkleRoot, secp256k1 } from '../crypto/index.ts'
 *
 * const id = blake2b256(headerBytes)                    // 32 bytes
 * const root = merkleRoot(transactionIds)               // 32 bytes
 * const commitment = secp256k1.schnorrCommitment(z, e, publicKey)
 * ```
 *
 * @packageDocumentation
 */
export {
  type AutolykosV2Query,
  autolykosV1Sum,
  autolykosV2Hit,
  autolykosV2HitForMessage
} from './autolykos-kernel.ts'
export { blake2b256, blake2b256Concat, blake2b256Into, blake2b256Pair, blake2b256Prefixed, HASH_BYTES } from './blake2b.ts'
export { merkleRoot, merkleTreeRoot } from './merkle.ts'
export {
  type BatchMerkleProof,
  batchMerkleProof,
  decodeBatchMerkleProof,
  encodeBatchMerkleProof,
  verifyBatchMerkleProof
} from './merkle-batch-proof.ts'
export { type MerkleProof, type MerkleProofLevel, merkleProof, verifyMerkleProof } from './merkle-proof.ts'
export { Point, PointError, type PointErrorCode, type Scalar } from './point.ts'
export { secp256k1 } from './secp256k1.ts'
export type { Secp256k1 } from './secp256k1-types.ts'
export { sha256 } from './sha256.ts'
