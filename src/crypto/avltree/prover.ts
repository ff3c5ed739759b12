import { compareBytes, Writer } from '../../bytes/index.ts'
import { AvlError } from './errors.ts'
import { type AvlFullNode, type AvlInternal, AvlLeaf, type AvlNode, labelOf } from './node.ts'
import type { AvlOperation, AvlTreeParameters } from './operation.ts'
import { END_ITEM, LABEL_ITEM, LEAF_ITEM } from './proof.ts'
import { AvlTree } from './tree.ts'
import type { AvlResult } from './verifier.ts'

/** A state of a prover's tree. Its nodes never change once the batch that made them was proved. */
export interface AvlVersion {
  readonly root: AvlNode
  readonly height: number
}

/** The empty tree: one leaf between the two sentinels, with a value of zeros when values have a fixed length. */
function emptyTree(parameters: AvlTreeParameters): AvlVersion {
  const lowest = new Uint8Array(parameters.keyLength)
  const highest = new Uint8Array(parameters.keyLength).fill(0xff)
  return { root: new AvlLeaf(lowest, new Uint8Array(parameters.valueLength ?? 0), highest, undefined), height: 0 }
}

/**
 * Holds a whole tree in memory, runs batches of operations on it and writes their proofs (`BatchAVLProver.scala`).
 *
 * Copy on write: a batch leaves the tree that it started from as it was, so an old {@link version} is a rollback, and a
 * second prover on the same version (for a block candidate) cannot disturb the first.
 */
export class AvlProver extends AvlTree {
  #start: AvlNode
  readonly #visited = new Set<AvlNode>()
  #directions = new Uint8Array(256)
  #bits = 0
  #firstBit = 0
  #lastRightBit = 0
  #found = false

  constructor(parameters: AvlTreeParameters, version: AvlVersion = emptyTree(parameters)) {
    super(parameters, version.root, version.height, {})
    this.#start = version.root
  }

  /** The tree after the last proof and the operations since; take it to keep only when all operations are proved. */
  get version(): AvlVersion {
    return { root: this.root!, height: this.treeHeight }
  }

  override digest(): Uint8Array {
    return super.digest()!
  }

  /** Runs one operation; one that fails leaves tree and proof as they were. */
  perform(operation: AvlOperation): AvlResult {
    this.#firstBit = this.#bits
    try {
      return { ok: true, value: this.apply(operation) }
    } catch (error) {
      if (!(error instanceof AvlError)) throw error
      this.#rewind()
      return { ok: false, error }
    }
  }

  /** Value of a key, outside of any proof. */
  get(key: Uint8Array): Uint8Array | undefined {
    let node = this.expand(this.root!)
    while (node.kind === 'internal') node = this.expand(compareBytes(key, node.key!) < 0 ? node.left : node.right)
    return compareBytes(key, node.key) === 0 ? node.value : undefined
  }

  /** Proof of all operations that succeeded since the last one; the next batch starts here. */
  prove(): Uint8Array {
    const out = new Writer(4096)
    let previousLeaf = false
    const pack = (node: AvlNode): void => {
      if (!this.#visited.has(node)) {
        out.u8(LABEL_ITEM).bytes(labelOf(node, this.hash))
        previousLeaf = false
      } else if (node.kind === 'leaf') {
        out.u8(LEAF_ITEM)
        if (!previousLeaf) out.bytes(node.key)
        out.bytes(node.nextKey)
        if (this.valueLength === undefined) out.i32be(node.value.length)
        out.bytes(node.value)
        previousLeaf = true
      } else if (node.kind === 'internal') {
        pack(node.left)
        pack(node.right)
        out.u8(node.balance)
      }
    }
    pack(this.#start)
    out.u8(END_ITEM).bytes(this.#directions.subarray(0, (this.#bits + 7) >>> 3))
    this.#start = this.root!
    this.#visited.clear()
    this.#bits = 0
    this.owner = {}
    return out.toBytes()
  }

  protected goesLeft(key: Uint8Array, node: AvlInternal): boolean {
    let left = true
    if (!this.#found) {
      const order = compareBytes(key, node.key!)
      if (order === 0) {
        this.#found = true
        this.#lastRightBit = this.#bits
      }
      left = order < 0
    }
    this.#writeDirection(left)
    return left
  }

  /** Takes back the directions of a failed operation; the padding of a proof must be zero. */
  #rewind(): void {
    this.#bits = this.#firstBit
    this.#found = false
    const at = this.#bits >>> 3
    if (at < this.#directions.length) this.#directions[at]! &= (1 << (this.#bits & 7)) - 1
  }

  #writeDirection(left: boolean): void {
    const at = this.#bits >>> 3
    const mask = 1 << (this.#bits & 7)
    if (at === this.#directions.length) {
      const grown = new Uint8Array(2 * at)
      grown.set(this.#directions)
      this.#directions = grown
    }
    // The byte may hold bits of a failed operation or of an earlier batch.
    const kept = this.#directions[at]! & (mask - 1)
    this.#directions[at] = left ? kept | mask : kept
    this.#bits++
  }

  protected matches(_key: Uint8Array, _leaf: AvlLeaf): boolean {
    const found = this.#found
    this.#found = false
    return found
  }

  replay(step: number): number {
    const bit = this.#firstBit + step
    if (bit === this.#lastRightBit) return 0
    return (this.#directions[bit >>> 3]! & (1 << (bit & 7))) === 0 ? 1 : -1
  }

  expand(node: AvlNode): AvlFullNode {
    if (node.kind === 'stub') throw new AvlError('AVL_STRUCTURE', 'a prover needs the whole tree')
    return node
  }

  visit(node: AvlNode): void {
    this.#visited.add(node)
  }
}
