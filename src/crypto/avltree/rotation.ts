import { AvlError } from './errors.ts'
import { AvlInternal, AvlLeaf, type AvlNode, type Owner } from './node.ts'

/** Two's complement wrap to a signed byte: balances of hostile proofs do wrap in the reference. */
export function toByte(value: number): number {
  return (value << 24) >> 24
}

/** `node` with other children and balance: changed in place when `owner` made it, else a copy that `owner` owns. */
export function renewInternal(owner: Owner, node: AvlInternal, left: AvlNode, right: AvlNode, balance: number): AvlInternal {
  if (node.owner !== owner) return new AvlInternal(node.key, left, right, balance, owner)
  node.left = left
  node.right = right
  node.balance = balance
  node.label = undefined
  return node
}

/** `node` under another key. Its label stays: inner keys are not hashed. */
export function renewInternalKey(owner: Owner, node: AvlInternal, key: Uint8Array): AvlInternal {
  if (node.owner === owner) {
    node.key = key
    return node
  }
  const copy = new AvlInternal(key, node.left, node.right, node.balance, owner)
  copy.label = node.label
  return copy
}

/** `leaf` with other content: changed in place when `owner` made it, else a copy that `owner` owns. */
export function renewLeaf(owner: Owner, leaf: AvlLeaf, key: Uint8Array, value: Uint8Array, nextKey: Uint8Array): AvlLeaf {
  if (leaf.owner !== owner) return new AvlLeaf(key, value, nextKey, owner)
  leaf.key = key
  leaf.value = value
  leaf.nextKey = nextKey
  leaf.label = undefined
  return leaf
}

/** Balances of the two halves after a double rotation, by the balance of the node that moves to the top. */
function halfBalances(top: AvlInternal): readonly [left: number, right: number] {
  switch (top.balance) {
    case 0:
      return [0, 0]
    case -1:
      return [0, 1]
    case 1:
      return [-1, 0]
    default:
      throw new AvlError('AVL_STRUCTURE', `no rotation for a balance of ${top.balance}`)
  }
}

function asInternal(node: AvlNode): AvlInternal {
  if (node.kind === 'internal') return node
  throw new AvlError('AVL_STRUCTURE', `a rotation meets a ${node.kind} where an inner node must be`)
}

/** Lifts `right.left` above `current` and `right`; `left` becomes the left child of `current`. */
export function doubleLeft(owner: Owner, current: AvlInternal, left: AvlNode, right: AvlInternal): AvlInternal {
  const top = asInternal(right.left)
  const [leftBalance, rightBalance] = halfBalances(top)
  const { left: inner, right: outer } = top
  const newLeft = renewInternal(owner, current, left, inner, leftBalance)
  const newRight = renewInternal(owner, right, outer, right.right, rightBalance)
  return renewInternal(owner, top, newLeft, newRight, 0)
}

/** Lifts `left.right` above `left` and `current`; `right` becomes the right child of `current`. */
export function doubleRight(owner: Owner, current: AvlInternal, left: AvlInternal, right: AvlNode): AvlInternal {
  const top = asInternal(left.right)
  const [leftBalance, rightBalance] = halfBalances(top)
  const { left: outer, right: inner } = top
  const newRight = renewInternal(owner, current, inner, right, rightBalance)
  const newLeft = renewInternal(owner, left, left.left, outer, leftBalance)
  return renewInternal(owner, top, newLeft, newRight, 0)
}
