/**
 * Authenticated AVL+ tree (https://eprint.iacr.org/2016/994): a dictionary whose whole content is committed to by 33 bytes,
 * with proofs for batches of operations. The UTXO set, block proofs and the script type `AvlTree` are made of it.
 *
 * @packageDocumentation
 */
export { AvlArena } from './arena.ts'
export { AvlError, type AvlErrorCode } from './errors.ts'
export {
  type AvlFullNode,
  AvlInternal,
  AvlLeaf,
  type AvlNode,
  AvlStub,
  DIGEST_BYTES,
  digestOf,
  internalLabel,
  LABEL_BYTES,
  type LabelHash,
  labelOf,
  leafLabel
} from './node.ts'
export type { AvlOperation, AvlTreeParameters } from './operation.ts'
export { maxProofNodes } from './proof.ts'
export { AvlProver, type AvlVersion } from './prover.ts'
export { type AvlResult, AvlVerifier, type AvlVerifierInit } from './verifier.ts'
