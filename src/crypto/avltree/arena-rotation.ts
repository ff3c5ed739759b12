import { type AvlArena, NODE } from './arena.ts'
import { AvlError } from './errors.ts'

/** Lifts `right.left` above `current` and `right`; `left` becomes the left child of `current`. */
export function doubleLeft(arena: AvlArena, current: number, left: number, right: number): number {
  const top = rotationTop(arena, arena.left[right]!)
  const balance = arena.balance[top]!
  const inner = arena.left[top]!
  const outer = arena.right[top]!
  arena.setInternal(current, left, inner, balance === 1 ? -1 : 0)
  arena.setInternal(right, outer, arena.right[right]!, balance === -1 ? 1 : 0)
  return arena.setInternal(top, current, right, 0)
}

/** Lifts `left.right` above `left` and `current`; `right` becomes the right child of `current`. */
export function doubleRight(arena: AvlArena, current: number, left: number, right: number): number {
  const top = rotationTop(arena, arena.right[left]!)
  const balance = arena.balance[top]!
  const outer = arena.left[top]!
  const inner = arena.right[top]!
  arena.setInternal(current, inner, right, balance === -1 ? 1 : 0)
  arena.setInternal(left, arena.left[left]!, outer, balance === 1 ? -1 : 0)
  return arena.setInternal(top, left, current, 0)
}

/** The node that a double rotation lifts; its balance decides those of the two halves. */
function rotationTop(arena: AvlArena, node: number): number {
  if (arena.kind[node] !== NODE.internal) {
    throw new AvlError('AVL_STRUCTURE', 'a rotation meets a leaf or a mere label where an inner node must be')
  }
  const balance = arena.balance[node]!
  if (balance < -1 || balance > 1) throw new AvlError('AVL_STRUCTURE', `no rotation for a balance of ${balance}`)
  return node
}

/** Rotation after an insertion below `child`, the grown left child of `node`. */
export function rotateRight(arena: AvlArena, node: number, child: number): number {
  if (arena.balance[child]! >= 0) return doubleRight(arena, node, child, arena.right[node]!)
  const lowered = arena.setInternal(node, arena.right[child]!, arena.right[node]!, 0)
  return arena.setInternal(child, arena.left[child]!, lowered, 0)
}

/** Rotation after an insertion below `child`, the grown right child of `node`. */
export function rotateLeft(arena: AvlArena, node: number, child: number): number {
  if (arena.balance[child]! <= 0) return doubleLeft(arena, node, arena.left[node]!, child)
  const lowered = arena.setInternal(node, arena.left[node]!, arena.left[child]!, 0)
  return arena.setInternal(child, lowered, arena.right[child]!, 0)
}
