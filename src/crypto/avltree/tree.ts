import { blake2b256 } from '../blake2b.ts'
import { AvlError } from './errors.ts'
import { type AvlFullNode, AvlInternal, AvlLeaf, type AvlNode, digestOf, type LabelHash, type Owner } from './node.ts'
import { type AvlOperation, type AvlTreeParameters, checkKey, checkValue, MAX_HEIGHT } from './operation.ts'
import { removeLeaf, type TreeAccess } from './removal.ts'
import { doubleLeft, doubleRight, renewInternal, renewLeaf, toByte } from './rotation.ts'

/**
 * Operations on an authenticated AVL+ tree of objects (the reference's `AuthenticatedTreeOps.scala`): search, insertion with
 * rebalancing, removal. Nodes of earlier batches are left as they are. How a step's direction is found, what a leaf proves, and
 * whether nodes are marked for a proof is up to who works on the tree. The verifier, which needs no earlier state and has a block's
 * time to do it in, does the same on arrays.
 */
export abstract class AvlTree implements TreeAccess {
  /** Bytes of every key. */
  readonly keyLength: number
  /** Bytes of every value, when fixed. */
  readonly valueLength: number | undefined
  readonly hash: LabelHash
  owner: Owner
  protected root: AvlNode | undefined
  protected treeHeight: number
  // Path of the running operation, root first; kept between operations to spare allocations.
  readonly #path: AvlInternal[] = []
  readonly #wentLeft: boolean[] = []

  constructor(parameters: AvlTreeParameters, root: AvlNode | undefined, height: number, owner: Owner) {
    this.keyLength = parameters.keyLength
    this.valueLength = parameters.valueLength
    this.hash = parameters.hash ?? blake2b256
    this.root = root
    this.treeHeight = height
    this.owner = owner
  }

  /** Height of the tree; what the starting digest says until an operation changes it. */
  get height(): number {
    return this.treeHeight
  }

  /** Takes the next step of a search: true is left. */
  protected abstract goesLeft(key: Uint8Array, node: AvlInternal): boolean
  /** Whether the leaf that a search ended at holds the key. */
  protected abstract matches(key: Uint8Array, leaf: AvlLeaf): boolean
  abstract replay(step: number): number
  abstract expand(node: AvlNode): AvlFullNode
  abstract visit(node: AvlNode): void

  /**
   * Digest after all operations so far; undefined when there is no tree (bad proof, failed operation).
   *
   * @throws AvlError AVL_HEIGHT when the height is not within 0..255: the reference throws there too
   */
  digest(): Uint8Array | undefined {
    if (this.root === undefined) return undefined
    if (this.treeHeight < 0 || this.treeHeight > MAX_HEIGHT) {
      throw new AvlError('AVL_HEIGHT', `tree height ${this.treeHeight} does not fit a digest`)
    }
    return digestOf(this.root, this.treeHeight, this.hash)
  }

  /**
   * Runs one operation; returns the value that the key had before it.
   *
   * @throws AvlError
   */
  protected apply(operation: AvlOperation): Uint8Array | undefined {
    if (this.root === undefined) throw new AvlError('AVL_NO_TREE', 'the proof or an earlier operation failed')
    const { key } = operation
    checkKey(key, this)
    const leaf = this.#descend(key)
    const present = this.matches(key, leaf)
    const { value } = leaf
    switch (operation.kind) {
      case 'lookup':
        this.#visitPath(leaf)
        break
      case 'remove':
        if (!present) throw new AvlError('AVL_KEY_ABSENT', 'key to remove is absent')
        this.#visitPath(leaf)
        this.#remove()
        break
      default:
        if (present && operation.kind === 'insert') throw new AvlError('AVL_KEY_EXISTS', 'key to insert is present')
        if (!present && operation.kind === 'update') throw new AvlError('AVL_KEY_ABSENT', 'key to update is absent')
        checkValue(operation.value, this)
        this.#visitPath(leaf)
        if (present) this.#replace(renewLeaf(this.owner, leaf, leaf.key, operation.value, leaf.nextKey), false)
        else this.#replace(this.#split(leaf, key, operation.value), true)
    }
    return present ? value : undefined
  }

  #descend(key: Uint8Array): AvlLeaf {
    const path = this.#path
    const wentLeft = this.#wentLeft
    path.length = 0
    wentLeft.length = 0
    let node = this.expand(this.root!)
    while (node.kind === 'internal') {
      const left = this.goesLeft(key, node)
      path.push(node)
      wentLeft.push(left)
      node = this.expand(left ? node.left : node.right)
    }
    return node
  }

  #visitPath(leaf: AvlLeaf): void {
    this.visit(leaf)
    for (const node of this.#path) this.visit(node)
  }

  /** Inner node over `leaf` and a new leaf behind it. */
  #split(leaf: AvlLeaf, key: Uint8Array, value: Uint8Array): AvlInternal {
    const { nextKey } = leaf
    const left = renewLeaf(this.owner, leaf, leaf.key, leaf.value, key)
    return new AvlInternal(key, left, new AvlLeaf(key, value, nextKey, this.owner), 0, this.owner)
  }

  /** Puts `subtree` where the search ended and rebalances up to the root; `grew`: it is one higher than what was there. */
  #replace(subtree: AvlFullNode, grew: boolean): void {
    const owner = this.owner
    let below: AvlFullNode = subtree
    let higher = grew
    for (let i = this.#path.length - 1; i >= 0; i--) {
      const node = this.#path[i]!
      const left = this.#wentLeft[i]!
      const { balance } = node
      if (higher && (left ? balance < 0 : balance > 0)) {
        // Only an inner node can have grown, so `below` is one.
        below = left ? rotateRight(owner, node, below as AvlInternal) : rotateLeft(owner, node, below as AvlInternal)
        higher = false
      } else {
        const newBalance = higher ? toByte(balance + (left ? -1 : 1)) : balance
        below = left
          ? renewInternal(owner, node, below, node.right, newBalance)
          : renewInternal(owner, node, node.left, below, newBalance)
        higher = higher && balance === 0
      }
    }
    if (higher) this.treeHeight++
    this.root = below
  }

  #remove(): void {
    const root = this.#path[0]
    if (root === undefined) throw new AvlError('AVL_STRUCTURE', 'the only leaf of a tree cannot be removed')
    const result = removeLeaf(this, root)
    if (result.lower) this.treeHeight--
    this.root = result.node
  }
}

/** Rotation after an insertion below `child`, the grown left child of `node`. */
function rotateRight(owner: Owner, node: AvlInternal, child: AvlInternal): AvlInternal {
  if (child.balance >= 0) return doubleRight(owner, node, child, node.right)
  const lowered = renewInternal(owner, node, child.right, node.right, 0)
  return renewInternal(owner, child, child.left, lowered, 0)
}

/** Rotation after an insertion below `child`, the grown right child of `node`. */
function rotateLeft(owner: Owner, node: AvlInternal, child: AvlInternal): AvlInternal {
  if (child.balance <= 0) return doubleLeft(owner, node, node.left, child)
  const lowered = renewInternal(owner, node, node.left, child.left, 0)
  return renewInternal(owner, child, lowered, child.right, 0)
}
