import type { AvlArena } from './arena.ts'
import { AvlError } from './errors.ts'
import { LABEL_BYTES } from './node.ts'
import type { AvlTreeParameters } from './operation.ts'

/** Item of a packed tree: a visited leaf. Inner nodes are their balance byte. */
export const LEAF_ITEM = 2
/** Item of a packed tree: the label of a node that no operation touched. */
export const LABEL_ITEM = 3
/** End of the packed tree; the directions follow. */
export const END_ITEM = 4

/** Bytes of a value's length in front of it. */
const VALUE_LENGTH_BYTES = 4

/**
 * Most nodes that an honest proof of `operations` operations on a tree of this height can hold; bounds the work that a
 * forged one causes (https://eprint.iacr.org/2016/994 Appendix B, with the reference's rounding; every operation is
 * counted as a possible removal).
 */
export function maxProofNodes(operations: number, height: number): number {
  let levels = 0
  for (let n = 1; n < operations; n *= 2) levels++
  const grown = 1 + Math.max(height, levels)
  return 2 * operations * (2 * height + 1) + operations * (grown + Math.floor(grown / 2)) + 1
}

/**
 * Rebuilds the tree of a proof (post-order items, `BatchAVLVerifier.scala`), labels left out; its root is the last node.
 * Keys and values are views of `proof`.
 *
 * @returns index of the first direction, in bits of the proof
 * @throws AvlError AVL_PROOF_INVALID
 */
export function unpackProof(proof: Uint8Array, parameters: AvlTreeParameters, maxNodes: number, arena: AvlArena): number {
  const { keyLength, valueLength } = parameters
  const size = proof.length
  // Every item takes a byte, but a negative value length moves back: without a bound of our own that could loop for ever.
  const limit = Math.min(maxNodes, 2 * size + 2)
  const stack: number[] = []
  /** Successor that the leaf before names, which is the key of this one. */
  let nextKey: Uint8Array | undefined
  let at = 0
  for (;;) {
    // The reference slices without a check and stumbles over its next read: one check at each item is the same.
    if (at < 0 || at >= size) throw invalid('ends inside its tree')
    const item = proof[at++]!
    if (item === END_ITEM) break
    if (arena.nodes >= limit) throw invalid('holds more nodes than its operations can touch')
    if (item === LABEL_ITEM) {
      stack.push(arena.addStub(proof, at))
      at += LABEL_BYTES
      nextKey = undefined
    } else if (item === LEAF_ITEM) {
      let key = nextKey
      if (key === undefined) {
        key = proof.subarray(at, at + keyLength)
        at += keyLength
      }
      nextKey = proof.subarray(at, at + keyLength)
      at += keyLength
      let length = valueLength
      if (length === undefined) {
        if (at + VALUE_LENGTH_BYTES > size) throw invalid('ends inside a value length')
        length = (proof[at]! << 24) | (proof[at + 1]! << 16) | (proof[at + 2]! << 8) | proof[at + 3]!
        at += VALUE_LENGTH_BYTES
      }
      const value = length > 0 ? proof.subarray(at, at + length) : proof.subarray(0, 0)
      at += length
      stack.push(arena.addLeaf(key, value, nextKey))
    } else {
      const right = stack.pop()
      const left = stack.pop()
      if (left === undefined || right === undefined) throw invalid('has an inner node without children')
      stack.push(arena.addInternal(left, right, item))
    }
  }
  if (stack.length !== 1) throw invalid('does not hold exactly one tree')
  return 8 * at
}

export function invalid(what: string): AvlError {
  return new AvlError('AVL_PROOF_INVALID', `AVL proof ${what}`)
}
