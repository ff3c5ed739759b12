import { blake2b256 } from '../crypto/index.ts'
import { DIGEST_BYTES } from './constants.ts'

/** Length of what a section id hashes: type, header id, digest of the section. */
const PREIMAGE_BYTES = 1 + 2 * DIGEST_BYTES

/**
 * Id of a block section, known from the header alone (`NonHeaderBlockSection.computeId`).
 *
 * @param type 102 transactions, 104 AD proofs, 108 extension
 * @param digest the matching root of the header
 */
export function sectionId(type: number, headerId: Uint8Array, digest: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(PREIMAGE_BYTES)
  preimage[0] = type
  preimage.set(headerId, 1)
  preimage.set(digest, 1 + DIGEST_BYTES)
  return blake2b256(preimage)
}
