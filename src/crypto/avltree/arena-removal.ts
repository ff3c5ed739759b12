import { type ArenaLeaf, type AvlArena, grown, NODE } from './arena.ts'
import { doubleLeft, doubleRight } from './arena-rotation.ts'
import { AvlError } from './errors.ts'

/** A subtree after a removal. */
export interface RemovedNode {
  readonly node: number
  /** It lost one level. */
  readonly lower: boolean
}

// The way down of the removal at hand. Functions are synchronous, so sharing is safe.
let path = new Int32Array(64)
let directions = new Int32Array(64)

/** Two's complement wrap to a signed byte: balances of hostile proofs do wrap in the reference. */
function toByte(value: number): number {
  return (value << 24) >> 24
}

/** Rebuilds one spine of `root` around its last leaf, which `change` renews; the right spine or the left one. */
function renewSpine(arena: AvlArena, root: number, right: boolean, change: (leaf: number) => void): number {
  let node = arena.expand(root)
  while (arena.kind[node] === NODE.internal) {
    const { left, right: rights, balance } = arena
    // In place: what changes is that its label is void.
    arena.setInternal(node, left[node]!, rights[node]!, balance[node]!)
    node = arena.expand(right ? rights[node]! : left[node]!)
  }
  change(node)
  return root
}

/** Links the greatest leaf below `root` to another successor. */
function relinkMax(arena: AvlArena, root: number, nextKey: Uint8Array): number {
  return renewSpine(arena, root, true, (leaf) => {
    const { key, value } = arena.leaf(leaf)
    arena.setLeaf(leaf, key, value, nextKey)
  })
}

/** Moves another record into the smallest leaf below `root`, which keeps its successor. */
function overwriteMin(arena: AvlArena, root: number, { key, value }: ArenaLeaf): number {
  return renewSpine(arena, root, false, (leaf) => arena.setLeaf(leaf, key, value, arena.leaf(leaf).nextKey))
}

/** Puts the lowered or unchanged `left` below `node` and rebalances. */
function joinLeft(arena: AvlArena, node: number, left: number, lower: boolean): RemovedNode {
  const right = arena.right[node]!
  const before = arena.balance[node]!
  if (!lower || before <= 0) {
    const balance = toByte(before + (lower ? 1 : 0))
    return { node: arena.setInternal(node, left, right, balance), lower: lower && balance === 0 }
  }
  const balance = arena.balance[arena.expandInternal(right)]!
  if (balance < 0) {
    arena.expand(arena.left[right]!)
    return { node: doubleLeft(arena, node, left, right), lower: true }
  }
  const lowered = arena.setInternal(node, left, arena.left[right]!, 1 - balance)
  const top = arena.setInternal(right, lowered, arena.right[right]!, balance - 1)
  return { node: top, lower: arena.balance[top] === 0 }
}

/** Mirror of {@link joinLeft}. */
function joinRight(arena: AvlArena, node: number, right: number, lower: boolean): RemovedNode {
  const left = arena.left[node]!
  const before = arena.balance[node]!
  if (!lower || before >= 0) {
    const balance = toByte(before - (lower ? 1 : 0))
    return { node: arena.setInternal(node, left, right, balance), lower: lower && balance === 0 }
  }
  const balance = arena.balance[arena.expandInternal(left)]!
  if (balance > 0) {
    arena.expand(arena.right[left]!)
    return { node: doubleRight(arena, node, left, right), lower: true }
  }
  const lowered = arena.setInternal(node, arena.right[left]!, right, -balance - 1)
  const top = arena.setInternal(left, arena.left[left]!, lowered, 1 + balance)
  return { node: top, lower: arena.balance[top] === 0 }
}

/**
 * Removes the leaf that the search just replayed found below `root`, an inner node.
 *
 * Four cases at the node whose key was found: its right child is the leaf to go; its left child is a leaf, which then moves into the
 * place of the record (the smallest of the right subtree); else the greatest leaf of the left subtree is cut out and moved there.
 *
 * @param replay result of the comparison of the key with the node at a step of the search: negative left, 0 found, positive right
 */
export function removeFromArena(arena: AvlArena, root: number, replay: (step: number) => number): RemovedNode {
  let depth = 0
  /** The greatest leaf of the left subtree, once it was cut out. */
  let saved: ArenaLeaf | undefined
  let cuttingMax = false
  let node = root
  let result: RemovedNode | undefined
  for (let step = 0; result === undefined; step++) {
    const direction = cuttingMax ? 1 : replay(step)
    const child = arena.expand(direction < 0 ? arena.left[node]! : arena.right[node]!)
    if (arena.kind[child] === NODE.leaf) {
      if (direction < 0) throw new AvlError('AVL_STRUCTURE', 'a removal goes left into a leaf')
      if (cuttingMax) {
        saved = arena.leaf(child)
        result = { node: arena.left[node]!, lower: true }
      } else if (direction === 0) {
        result = { node: relinkMax(arena, arena.left[node]!, arena.leaf(child).nextKey), lower: true }
      } else {
        throw new AvlError('AVL_STRUCTURE', 'a removal ends at a key that it did not find')
      }
    } else if (direction === 0) {
      const left = arena.expand(arena.left[node]!)
      if (arena.kind[left] === NODE.leaf) {
        result = { node: overwriteMin(arena, arena.right[node]!, arena.leaf(left)), lower: true }
      } else {
        depth = remember(depth, node, 0)
        cuttingMax = true
        node = left
      }
    } else {
      depth = remember(depth, node, direction)
      node = child
    }
  }
  while (depth > 0) {
    const parent = path[--depth]!
    if (directions[depth]! > 0) {
      result = joinRight(arena, parent, result.node, result.lower)
    } else {
      if (directions[depth] === 0) overwriteMin(arena, arena.right[parent]!, saved!)
      result = joinLeft(arena, parent, result.node, result.lower)
    }
  }
  return result
}

/** Notes a step of the way down. @returns the next depth */
function remember(depth: number, node: number, direction: number): number {
  if (depth === path.length) {
    path = grown(path)
    directions = grown(directions)
  }
  path[depth] = node
  directions[depth] = direction
  return depth + 1
}
