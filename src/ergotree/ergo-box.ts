import type { BoxCandidate } from './box.ts'

/** Box with its place in the chain (reference: `ErgoBox.scala`). Bytes and id are computed on first use. */
export interface ErgoBox extends BoxCandidate {
  /** 32 bytes. */
  readonly transactionId: Uint8Array
  /** Signed 16 bits, as the reference keeps it. */
  readonly index: number
  /** As received when parsed on its own; else written anew under the default versions. */
  readonly bytes: Uint8Array
  /** blake2b-256 of `bytes`. */
  readonly id: Uint8Array
}
