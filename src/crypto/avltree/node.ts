import { blake2b256 } from '../blake2b.ts'

/** Bytes of a label: one blake2b-256 hash. */
export const LABEL_BYTES = 32
/** Bytes of a digest: the root's label and one unsigned byte for the height. */
export const DIGEST_BYTES = LABEL_BYTES + 1

const LEAF_PREFIX = 0
export const INTERNAL_PREFIX = 1

/** BLAKE2b-256 of bytes that are reused after the call. */
export type LabelHash = (data: Uint8Array) => Uint8Array

/** Identity of the batch that made a node: who holds it may change the node in place. */
export type Owner = object

/** Record of the tree; all leaves together form a list that is sorted by key. */
export class AvlLeaf {
  readonly kind = 'leaf'
  key: Uint8Array
  value: Uint8Array
  nextKey: Uint8Array
  label: Uint8Array | undefined
  owner: Owner | undefined

  constructor(key: Uint8Array, value: Uint8Array, nextKey: Uint8Array, owner: Owner | undefined) {
    this.key = key
    this.value = value
    this.nextKey = nextKey
    this.label = undefined
    this.owner = owner
  }
}

/** Inner node. Its key, the smallest of the right subtree, is known to a prover only and is not part of the label. */
export class AvlInternal {
  readonly kind = 'internal'
  key: Uint8Array | undefined
  left: AvlNode
  right: AvlNode
  /** Height of the right subtree minus that of the left one; a signed byte whose other values only hostile proofs have. */
  balance: number
  label: Uint8Array | undefined
  owner: Owner | undefined

  constructor(key: Uint8Array | undefined, left: AvlNode, right: AvlNode, balance: number, owner: Owner | undefined) {
    this.key = key
    this.left = left
    this.right = right
    this.balance = balance
    this.label = undefined
    this.owner = owner
  }
}

/** Node of which only the label is known. */
export class AvlStub {
  readonly kind = 'stub'
  readonly label: Uint8Array

  constructor(label: Uint8Array) {
    this.label = label
  }
}

export type AvlNode = AvlLeaf | AvlInternal | AvlStub
/** A node whose content is at hand. */
export type AvlFullNode = AvlLeaf | AvlInternal

// Hash inputs are composed here and hashed at once: no array per node. Functions are synchronous, so sharing is safe.
const internalInput = new Uint8Array(2 + 2 * LABEL_BYTES)
internalInput[0] = INTERNAL_PREFIX
let leafInput = new Uint8Array(1024)

/** What is hashed for the label of a leaf: 0, key, value, nextKey without length prefixes. Overwritten by the next call. */
export function leafMessage(key: Uint8Array, value: Uint8Array, nextKey: Uint8Array): Uint8Array {
  const size = 1 + key.length + value.length + nextKey.length
  if (size > leafInput.length) leafInput = new Uint8Array(2 * size)
  leafInput[0] = LEAF_PREFIX
  leafInput.set(key, 1)
  leafInput.set(value, 1 + key.length)
  leafInput.set(nextKey, 1 + key.length + value.length)
  return leafInput.subarray(0, size)
}

/** Label of a leaf: H(0 || key || value || nextKey). */
export function leafLabel(key: Uint8Array, value: Uint8Array, nextKey: Uint8Array, hash: LabelHash = blake2b256): Uint8Array {
  return hash(leafMessage(key, value, nextKey))
}

/** Label of an inner node: H(1 || balance || left label || right label). */
export function internalLabel(balance: number, left: Uint8Array, right: Uint8Array, hash: LabelHash = blake2b256): Uint8Array {
  internalInput[1] = balance
  internalInput.set(left, 2)
  internalInput.set(right, 2 + LABEL_BYTES)
  return hash(internalInput)
}

/**
 * Label of a node; computes and keeps what is missing below it.
 * Iterative: the depth of a tree that a stranger's proof describes is bounded by the proof's length only.
 */
export function labelOf(root: AvlNode, hash: LabelHash = blake2b256): Uint8Array {
  if (root.label !== undefined) return root.label
  const stack: AvlNode[] = [root]
  for (;;) {
    const node = stack[stack.length - 1]!
    if (node.kind === 'leaf') {
      node.label = leafLabel(node.key, node.value, node.nextKey, hash)
    } else if (node.kind === 'internal') {
      const { left, right } = node
      if (left.label === undefined) {
        stack.push(left)
        continue
      }
      if (right.label === undefined) {
        stack.push(right)
        continue
      }
      node.label = internalLabel(node.balance, left.label, right.label, hash)
    }
    stack.pop()
    if (node === root) return node.label!
  }
}

/** Digest: the root's label followed by the height. */
export function digestOf(root: AvlNode, height: number, hash: LabelHash = blake2b256): Uint8Array {
  const out = new Uint8Array(DIGEST_BYTES)
  out.set(labelOf(root, hash))
  out[LABEL_BYTES] = height
  return out
}
