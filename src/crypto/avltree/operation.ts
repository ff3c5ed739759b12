import type { LabelHash } from './node.ts'

/** One operation of a batch, as in the reference's `Operation.scala`. */
export type AvlOperation =
  /** Never fails for a valid key: proves presence or absence. */
  | { readonly kind: 'lookup'; readonly key: Uint8Array }
  /** Fails when the key is present. */
  | { readonly kind: 'insert'; readonly key: Uint8Array; readonly value: Uint8Array }
  /** Fails when the key is absent. */
  | { readonly kind: 'update'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'insertOrUpdate'; readonly key: Uint8Array; readonly value: Uint8Array }
  /** Fails when the key is absent. */
  | { readonly kind: 'remove'; readonly key: Uint8Array }

/** Shape of the keys and values of one tree. */
export interface AvlTreeParameters {
  /** Length of every key in bytes. */
  readonly keyLength: number
  /** Length of every value in bytes when it is fixed; then proofs carry no value lengths. */
  readonly valueLength?: number | undefined
  /** Another implementation of BLAKE2b-256 than the one of this project, to compare with. */
  readonly hash?: LabelHash | undefined
}
