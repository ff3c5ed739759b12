import { blake2b256Into } from '../blake2b.ts'
import { AvlError } from './errors.ts'
import { INTERNAL_PREFIX, LABEL_BYTES, type LabelHash, leafMessage } from './node.ts'

/** What a node of an {@link AvlArena} is. */
export const NODE = { stub: 0, leaf: 1, internal: 2 } as const

const FIRST_NODES = 64
const LABEL_WORDS = LABEL_BYTES / 4

// A message that is hashed: two bytes of room, so that both labels begin at whole words; prefix and balance; the labels.
const messageWords = new Int32Array(1 + 2 * LABEL_WORDS)
const messageBytes = new Uint8Array(messageWords.buffer)
const PREFIX_AT = 2
const BALANCE_AT = 3
const internalMessage = messageBytes.subarray(PREFIX_AT)
messageBytes[PREFIX_AT] = INTERNAL_PREFIX

/** Content of a leaf; keys and value are views of wherever they came from. */
export interface ArenaLeaf {
  key: Uint8Array
  value: Uint8Array
  nextKey: Uint8Array
}

/**
 * Nodes of one tree by number, in a few arrays: a block's proof has some thousand nodes, and as objects with a label each they cost
 * several times what hashing them does. Can be used again for another tree, which takes it over.
 */
export class AvlArena {
  /** One of {@link NODE}. */
  kind = new Uint8Array(FIRST_NODES)
  /** Height of the right subtree minus that of the left one; a signed byte. */
  balance = new Int8Array(FIRST_NODES)
  /** Children of inner nodes; of a leaf `left` is its place among the leaves. */
  left = new Int32Array(FIRST_NODES)
  right = new Int32Array(FIRST_NODES)
  /** 1 where the label is known. */
  #labelled = new Uint8Array(FIRST_NODES)
  #labelWords = new Int32Array(LABEL_WORDS * FIRST_NODES)
  #labels = new Uint8Array(this.#labelWords.buffer)
  readonly #leaves: ArenaLeaf[] = []
  readonly #path: number[] = []
  #hash: LabelHash | undefined
  #nodes = 0

  /** Number of nodes. */
  get nodes(): number {
    return this.#nodes
  }

  /** Forgets the tree that was here. */
  reset(hash: LabelHash | undefined): void {
    this.#nodes = 0
    this.#leaves.length = 0
    this.#hash = hash
  }

  /** Node of which only the label is known, 32 bytes from `at`. */
  addStub(bytes: Uint8Array, at: number): number {
    const node = this.#add(NODE.stub)
    const labels = this.#labels
    for (let i = 0, to = LABEL_BYTES * node; i < LABEL_BYTES; i++) labels[to + i] = bytes[at + i]!
    this.#labelled[node] = 1
    return node
  }

  addLeaf(key: Uint8Array, value: Uint8Array, nextKey: Uint8Array): number {
    const node = this.#add(NODE.leaf)
    this.left[node] = this.#leaves.push({ key, value, nextKey }) - 1
    return node
  }

  addInternal(left: number, right: number, balance: number): number {
    return this.setInternal(this.#add(NODE.internal), left, right, balance)
  }

  leaf(node: number): ArenaLeaf {
    return this.#leaves[this.left[node]!]!
  }

  setLeaf(node: number, key: Uint8Array, value: Uint8Array, nextKey: Uint8Array): number {
    const leaf = this.leaf(node)
    leaf.key = key
    leaf.value = value
    leaf.nextKey = nextKey
    this.#labelled[node] = 0
    return node
  }

  /** Gives an inner node other children and another balance, which wraps to a signed byte as that of hostile proofs does. */
  setInternal(node: number, left: number, right: number, balance: number): number {
    this.left[node] = left
    this.right[node] = right
    this.balance[node] = balance
    this.#labelled[node] = 0
    return node
  }

  /** @throws AvlError AVL_STRUCTURE when the node's content is not at hand */
  expand(node: number): number {
    if (this.kind[node] === NODE.stub)
      throw new AvlError('AVL_STRUCTURE', 'AVL proof does not hold a node that an operation needs')
    return node
  }

  /** @throws AvlError AVL_STRUCTURE when the node is no inner one */
  expandInternal(node: number): number {
    if (this.kind[this.expand(node)] === NODE.internal) return node
    throw new AvlError('AVL_STRUCTURE', 'an operation meets a leaf where an inner node must be')
  }

  /** Labels all nodes; children must have lower numbers than their parents. */
  labelAll(): void {
    for (let node = 0; node < this.#nodes; node++) if (this.#labelled[node] === 0) this.#computeLabel(node)
  }

  /**
   * Label of a node, a copy; computes what is missing below it.
   * Iterative: the depth of a tree that a stranger's proof describes is bounded by the proof's length only.
   */
  labelOf(root: number): Uint8Array {
    const labelled = this.#labelled
    const path = this.#path
    if (labelled[root] === 0) path.push(root)
    while (path.length > 0) {
      const node = path[path.length - 1]!
      if (this.kind[node] === NODE.internal) {
        const left = this.left[node]!
        const right = this.right[node]!
        if (labelled[left] === 0 || labelled[right] === 0) {
          path.push(labelled[left] === 0 ? left : right)
          continue
        }
      }
      this.#computeLabel(node)
      path.pop()
    }
    return this.#labels.slice(LABEL_BYTES * root, LABEL_BYTES * (root + 1))
  }

  #computeLabel(node: number): void {
    const message = this.kind[node] === NODE.leaf ? this.#leafMessage(node) : this.#internalMessage(node)
    const at = LABEL_BYTES * node
    if (this.#hash === undefined) blake2b256Into(message, this.#labels, at)
    else this.#labels.set(this.#hash(message), at)
    this.#labelled[node] = 1
  }

  #leafMessage(node: number): Uint8Array {
    const { key, value, nextKey } = this.leaf(node)
    return leafMessage(key, value, nextKey)
  }

  /** What is hashed for the label of an inner node: 1, balance, labels of its children; put together by words. */
  #internalMessage(node: number): Uint8Array {
    const words = this.#labelWords
    const left = LABEL_WORDS * this.left[node]!
    const right = LABEL_WORDS * this.right[node]!
    for (let i = 0; i < LABEL_WORDS; i++) {
      messageWords[1 + i] = words[left + i]!
      messageWords[1 + LABEL_WORDS + i] = words[right + i]!
    }
    messageBytes[BALANCE_AT] = this.balance[node]!
    return internalMessage
  }

  #add(kind: number): number {
    if (this.#nodes === this.kind.length) this.#grow()
    const node = this.#nodes++
    this.kind[node] = kind
    this.#labelled[node] = 0
    return node
  }

  #grow(): void {
    this.kind = grown(this.kind)
    this.balance = grown(this.balance)
    this.left = grown(this.left)
    this.right = grown(this.right)
    this.#labelled = grown(this.#labelled)
    this.#labelWords = grown(this.#labelWords)
    this.#labels = new Uint8Array(this.#labelWords.buffer)
  }
}

/** The same with room for as much again. */
export function grown<T extends Uint8Array | Int8Array | Int32Array>(from: T): T {
  const to = new (from.constructor as new (length: number) => T)(2 * from.length)
  to.set(from)
  return to
}
