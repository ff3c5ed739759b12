import { bytesEqual, toHex } from '../bytes/index.ts'
import { AvlArena, type AvlOperation, AvlVerifier } from '../crypto/avltree/index.ts'
import { BOX_ID_BYTES } from './genesis.ts'

/** Values that a proof shows, in the order of the operations that found one; or why it does not prove them. */
export type AdProofResult =
  | { readonly ok: true; readonly values: readonly Uint8Array[] }
  | { readonly ok: false; readonly reason: string }

/** Where the tree of the proof at hand lies. The functions here are synchronous, so one is enough. */
const arena = new AvlArena()

/**
 * Checks that a block's operations lead from one state to another (`ADProofs.verify`).
 *
 * @param before digest of the state before the block, 33 bytes
 * @param after what its header says of the state after it
 * @returns what lookups and removals found: serialized boxes
 */
export function verifyAdProof(
  before: Uint8Array,
  after: Uint8Array,
  proof: Uint8Array,
  operations: readonly AvlOperation[]
): AdProofResult {
  const verifier = new AvlVerifier(before, proof, { keyLength: BOX_ID_BYTES, maxOperations: operations.length, arena })
  if (verifier.proofError !== undefined) return { ok: false, reason: verifier.proofError.message }
  const values: Uint8Array[] = []
  for (const operation of operations) {
    const result = verifier.perform(operation)
    if (!result.ok) return { ok: false, reason: `${operation.kind} of ${toHex(operation.key)}: ${result.error.message}` }
    if (result.value !== undefined) values.push(result.value)
  }
  // No operation failed, so there is a digest; only a height outside of 0..255 makes it throw, which no honest root has.
  if (verifier.height < 0 || verifier.height > 0xff) return { ok: false, reason: `tree height becomes ${verifier.height}` }
  const digest = verifier.digest()!
  if (!bytesEqual(digest, after)) return { ok: false, reason: `the operations lead to ${toHex(digest)}` }
  return { ok: true, values }
}
