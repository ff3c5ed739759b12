import { AvlError } from './errors.ts'
import type { AvlFullNode, AvlInternal, AvlLeaf, AvlNode, Owner } from './node.ts'
import { doubleLeft, doubleRight, renewInternal, renewInternalKey, renewLeaf, toByte } from './rotation.ts'

/** What a removal needs of the tree that it works on. */
export interface TreeAccess {
  readonly owner: Owner
  /** Result of the comparison of the key with the node at `step` of the search: negative left, 0 found, positive right. */
  replay(step: number): number
  /** The node's content. @throws AvlError AVL_STRUCTURE when it is not at hand */
  expand(node: AvlNode): AvlFullNode
  /** Marks a node as part of the proof. */
  visit(node: AvlNode): void
}

export interface Removed {
  readonly node: AvlNode
  /** The subtree lost one level. */
  readonly lower: boolean
}

function expandInternal(tree: TreeAccess, node: AvlNode): AvlInternal {
  const full = tree.expand(node)
  if (full.kind === 'leaf') throw new AvlError('AVL_STRUCTURE', 'a removal meets a leaf where an inner node must be')
  return full
}

/** Rebuilds one spine of `root` around its last leaf, which `change` renews; the right spine or the left one. */
function renewSpine(tree: TreeAccess, root: AvlNode, right: boolean, change: (leaf: AvlLeaf) => AvlLeaf): AvlFullNode {
  const spine: AvlInternal[] = []
  let node = tree.expand(root)
  tree.visit(node)
  while (node.kind === 'internal') {
    spine.push(node)
    node = tree.expand(right ? node.right : node.left)
    tree.visit(node)
  }
  let below: AvlFullNode = change(node)
  for (let i = spine.length - 1; i >= 0; i--) {
    const n = spine[i]!
    below = right
      ? renewInternal(tree.owner, n, n.left, below, n.balance)
      : renewInternal(tree.owner, n, below, n.right, n.balance)
  }
  return below
}

/** Links the greatest leaf below `root` to another successor. */
function relinkMax(tree: TreeAccess, root: AvlNode, nextKey: Uint8Array): AvlFullNode {
  return renewSpine(tree, root, true, (leaf) => renewLeaf(tree.owner, leaf, leaf.key, leaf.value, nextKey))
}

/** Moves another record into the smallest leaf below `root`, which keeps its successor. */
function overwriteMin(tree: TreeAccess, root: AvlNode, record: AvlLeaf): AvlFullNode {
  return renewSpine(tree, root, false, (leaf) => renewLeaf(tree.owner, leaf, record.key, record.value, leaf.nextKey))
}

/** Puts the lowered or unchanged `left` below `node` and rebalances. */
function joinLeft(tree: TreeAccess, node: AvlInternal, left: AvlNode, lower: boolean): Removed {
  const { owner } = tree
  if (!lower || node.balance <= 0) {
    const balance = toByte(node.balance + (lower ? 1 : 0))
    return { node: renewInternal(owner, node, left, node.right, balance), lower: lower && balance === 0 }
  }
  const right = expandInternal(tree, node.right)
  tree.visit(right)
  const { balance } = right
  if (balance < 0) {
    tree.visit(tree.expand(right.left))
    return { node: doubleLeft(owner, node, left, right), lower: true }
  }
  const newLeft = renewInternal(owner, node, left, right.left, toByte(1 - balance))
  const top = renewInternal(owner, right, newLeft, right.right, toByte(balance - 1))
  return { node: top, lower: top.balance === 0 }
}

/** Mirror of {@link joinLeft}. */
function joinRight(tree: TreeAccess, node: AvlInternal, right: AvlNode, lower: boolean): Removed {
  const { owner } = tree
  if (!lower || node.balance >= 0) {
    const balance = toByte(node.balance - (lower ? 1 : 0))
    return { node: renewInternal(owner, node, node.left, right, balance), lower: lower && balance === 0 }
  }
  const left = expandInternal(tree, node.left)
  tree.visit(left)
  const { balance } = left
  if (balance > 0) {
    tree.visit(tree.expand(left.right))
    return { node: doubleRight(owner, node, left, right), lower: true }
  }
  const newRight = renewInternal(owner, node, left.right, right, toByte(-balance - 1))
  const top = renewInternal(owner, left, left.left, newRight, toByte(1 + balance))
  return { node: top, lower: top.balance === 0 }
}

/**
 * Removes the leaf that the search just replayed by `tree` found below `root`.
 *
 * Four cases at the node whose key was found: its right child is the leaf to go; its left child is a leaf, which then moves
 * into the place of the record (the smallest of the right subtree); else the greatest leaf of the left subtree is cut out
 * and moved there. Rotations on the way back touch nodes off the path, which count as visited.
 */
export function removeLeaf(tree: TreeAccess, root: AvlInternal): Removed {
  const path: AvlInternal[] = []
  const directions: number[] = []
  /** The greatest leaf of the left subtree, once it was cut out. */
  let saved: AvlLeaf | undefined
  let cuttingMax = false
  let node = root
  let result: Removed | undefined
  for (let step = 0; result === undefined; step++) {
    tree.visit(node)
    const direction = cuttingMax ? 1 : tree.replay(step)
    const child = tree.expand(direction < 0 ? node.left : node.right)
    if (child.kind === 'leaf') {
      if (direction < 0) throw new AvlError('AVL_STRUCTURE', 'a removal goes left into a leaf')
      tree.visit(child)
      if (cuttingMax) {
        saved = child
        result = { node: node.left, lower: true }
      } else if (direction === 0) {
        result = { node: relinkMax(tree, node.left, child.nextKey), lower: true }
      } else {
        throw new AvlError('AVL_STRUCTURE', 'a removal ends at a key that it did not find')
      }
    } else if (direction === 0) {
      const left = tree.expand(node.left)
      if (left.kind === 'leaf') {
        tree.visit(left)
        result = { node: overwriteMin(tree, node.right, left), lower: true }
      } else {
        path.push(node)
        directions.push(0)
        cuttingMax = true
        node = left
      }
    } else {
      path.push(node)
      directions.push(direction)
      node = child
    }
  }
  for (let i = path.length - 1; i >= 0; i--) {
    const parent = path[i]!
    if (directions[i]! > 0) {
      result = joinRight(tree, parent, result.node, result.lower)
    } else if (directions[i]! < 0) {
      result = joinLeft(tree, parent, result.node, result.lower)
    } else {
      const { key } = saved!
      const renamed = renewInternalKey(tree.owner, parent, key)
      const right = overwriteMin(tree, renamed.right, saved!)
      result = joinLeft(tree, renewInternal(tree.owner, renamed, renamed.left, right, renamed.balance), result.node, result.lower)
    }
  }
  return result
}
