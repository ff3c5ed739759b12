import { AvlError } from './errors.ts'
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

/** A digest has one byte for the height. */
export const MAX_HEIGHT = 255

/** @throws AvlError AVL_KEY_INVALID unless the key has the right length and lies between the sentinels */
export function checkKey(key: Uint8Array, { keyLength }: AvlTreeParameters): void {
  if (key.length === keyLength && !isAll(key, 0) && !isAll(key, 0xff)) return
  throw new AvlError('AVL_KEY_INVALID', `key must have ${keyLength} bytes and lie between the sentinels`)
}

/** @throws AvlError AVL_VALUE_LENGTH unless the value has the right length */
export function checkValue(value: Uint8Array, { valueLength }: AvlTreeParameters): void {
  if (valueLength === undefined || value.length === valueLength) return
  throw new AvlError('AVL_VALUE_LENGTH', `value must have ${valueLength} bytes, has ${value.length}`)
}

/** True when every byte of `key` is `byte`. */
function isAll(key: Uint8Array, byte: number): boolean {
  for (let i = 0; i < key.length; i++) if (key[i] !== byte) return false
  return true
}
