import { bytesEqual, compareBytes } from '../../bytes/index.ts'
import { type ArenaLeaf, AvlArena, grown, NODE } from './arena.ts'
import { removeFromArena } from './arena-removal.ts'
import { rotateLeft, rotateRight } from './arena-rotation.ts'
import { AvlError } from './errors.ts'
import { DIGEST_BYTES, LABEL_BYTES } from './node.ts'
import { type AvlOperation, type AvlTreeParameters, checkKey, checkValue, MAX_HEIGHT } from './operation.ts'
import { invalid, maxProofNodes, unpackProof } from './proof.ts'

/** The tree of all boxes has some thirty levels. */
const FIRST_LEVELS = 64

/** How one operation ended. `value` is what the key had before it; a view of the proof or of an operation's value. */
export type AvlResult =
  | { readonly ok: true; readonly value: Uint8Array | undefined }
  | { readonly ok: false; readonly error: AvlError }

export interface AvlVerifierInit extends AvlTreeParameters {
  /**
   * Number of operations that the proof is for: caps its nodes. Block proofs pass it; script proofs must not, as the
   * reference sets no cap there.
   */
  readonly maxOperations?: number | undefined
  /** Where to keep the tree. It is taken from the verifier that used it before, which must not be used any more. */
  readonly arena?: AvlArena | undefined
}

/**
 * Checks a batch of operations on an authenticated tree of which only the digest is known (`BatchAVLVerifier.scala`).
 *
 * A bad proof is not an exception: there is no tree then, and every operation fails. After one failure all later
 * operations fail too and {@link digest} is undefined. Bytes behind the directions that are used are not looked at.
 *
 * @example
 * ```ts
 * const verifier = new AvlVerifier(digest, proof, { keyLength: 32 })
 * const removed = verifier.perform({ kind: 'remove', key })
 * const after = verifier.digest()
 * ```
 */
export class AvlVerifier {
  /** Why the proof was refused; undefined when it holds. */
  readonly proofError: AvlError | undefined
  /** Height by the starting digest, 0..255, whether the proof is good or not; 0 when the digest or a length is impossible. */
  readonly startHeight: number
  readonly #parameters: AvlTreeParameters
  readonly #proof: Uint8Array
  readonly #arena: AvlArena
  /** Undefined when there is no tree: a bad proof, or an operation that failed. */
  #root: number | undefined
  #height: number
  // Path of the running operation, root first; a node that was left to the left as its complement.
  #path = new Int32Array(FIRST_LEVELS)
  #depth = 0
  #bit = 0
  #firstBit = 0
  // As in the reference it survives the operation, and starts at a bit that no operation uses.
  #lastRightBit = 0

  constructor(digest: Uint8Array, proof: Uint8Array, init: AvlVerifierInit) {
    const { keyLength, valueLength, maxOperations, hash, arena = new AvlArena() } = init
    this.#parameters = init
    this.#proof = proof
    this.#arena = arena
    const possible = keyLength > 0 && (valueLength === undefined || valueLength >= 0) && digest.length === DIGEST_BYTES
    this.startHeight = possible ? digest[LABEL_BYTES]! : 0
    this.#height = this.startHeight
    if (!possible) {
      this.proofError = new AvlError('AVL_PROOF_INVALID', 'AVL digest, key length or value length is impossible')
      return
    }
    const maxNodes = maxOperations === undefined ? Number.POSITIVE_INFINITY : maxProofNodes(maxOperations, this.startHeight)
    try {
      arena.reset(hash)
      this.#bit = unpackProof(proof, init, maxNodes, arena)
      arena.labelAll()
      const root = arena.nodes - 1
      if (!bytesEqual(arena.labelOf(root), digest.subarray(0, LABEL_BYTES))) throw invalid('is of a tree with another root')
      this.#root = root
    } catch (error) {
      if (!(error instanceof AvlError)) throw error
      this.proofError = error
    }
  }

  /** Height of the tree; what the starting digest says until an operation changes it. */
  get height(): number {
    return this.#height
  }

  /**
   * Digest after all operations so far; undefined when there is no tree (bad proof, failed operation).
   *
   * @throws AvlError AVL_HEIGHT when the height is not within 0..255: the reference throws there too
   */
  digest(): Uint8Array | undefined {
    if (this.#root === undefined) return undefined
    if (this.#height < 0 || this.#height > MAX_HEIGHT) {
      throw new AvlError('AVL_HEIGHT', `tree height ${this.#height} does not fit a digest`)
    }
    const out = new Uint8Array(DIGEST_BYTES)
    out.set(this.#arena.labelOf(this.#root))
    out[LABEL_BYTES] = this.#height
    return out
  }

  /** Runs the next operation of the batch. Never throws for anything that digest, proof or operation hold. */
  perform(operation: AvlOperation): AvlResult {
    this.#firstBit = this.#bit
    try {
      return { ok: true, value: this.#apply(operation) }
    } catch (error) {
      if (!(error instanceof AvlError)) throw error
      this.#root = undefined
      return { ok: false, error }
    }
  }

  #apply(operation: AvlOperation): Uint8Array | undefined {
    if (this.#root === undefined) throw new AvlError('AVL_NO_TREE', 'the proof or an earlier operation failed')
    const { key } = operation
    checkKey(key, this.#parameters)
    const arena = this.#arena
    const node = this.#descend(this.#root)
    const leaf = arena.leaf(node)
    const present = matches(key, leaf)
    const { value, nextKey } = leaf
    switch (operation.kind) {
      case 'lookup':
        break
      case 'remove':
        if (!present) throw new AvlError('AVL_KEY_ABSENT', 'key to remove is absent')
        this.#remove()
        break
      default:
        if (present && operation.kind === 'insert') throw new AvlError('AVL_KEY_EXISTS', 'key to insert is present')
        if (!present && operation.kind === 'update') throw new AvlError('AVL_KEY_ABSENT', 'key to update is absent')
        checkValue(operation.value, this.#parameters)
        if (present) {
          this.#replace(arena.setLeaf(node, leaf.key, operation.value, nextKey), false)
        } else {
          // An inner node over the leaf and a new one behind it.
          arena.setLeaf(node, leaf.key, value, key)
          this.#replace(arena.addInternal(node, arena.addLeaf(key, operation.value, nextKey), 0), true)
        }
    }
    return present ? value : undefined
  }

  /** Follows the directions to a leaf. */
  #descend(root: number): number {
    const arena = this.#arena
    this.#depth = 0
    let node = arena.expand(root)
    while (arena.kind[node] === NODE.internal) {
      const left = this.#isLeft(this.#bit)
      if (!left) this.#lastRightBit = this.#bit
      this.#bit++
      if (this.#depth === this.#path.length) this.#path = grown(this.#path)
      this.#path[this.#depth++] = left ? ~node : node
      node = arena.expand(left ? arena.left[node]! : arena.right[node]!)
    }
    return node
  }

  #isLeft(bit: number): boolean {
    const byte = this.#proof[bit >>> 3]
    if (byte === undefined) throw new AvlError('AVL_STRUCTURE', 'AVL proof has no direction left')
    return (byte & (1 << (bit & 7))) !== 0
  }

  /** Puts `subtree` where the search ended and rebalances up to the root; `grew`: it is one higher than what was there. */
  #replace(subtree: number, grew: boolean): void {
    const arena = this.#arena
    let below = subtree
    let higher = grew
    for (let i = this.#depth - 1; i >= 0; i--) {
      const step = this.#path[i]!
      const left = step < 0
      const node = left ? ~step : step
      const balance = arena.balance[node]!
      if (higher && (left ? balance < 0 : balance > 0)) {
        below = left ? rotateRight(arena, node, below) : rotateLeft(arena, node, below)
        higher = false
      } else {
        const newBalance = higher ? balance + (left ? -1 : 1) : balance
        below = arena.setInternal(node, left ? below : arena.left[node]!, left ? arena.right[node]! : below, newBalance)
        higher = higher && balance === 0
      }
    }
    if (higher) this.#height++
    this.#root = below
  }

  #remove(): void {
    if (this.#depth === 0) throw new AvlError('AVL_STRUCTURE', 'the only leaf of a tree cannot be removed')
    const result = removeFromArena(this.#arena, this.#root!, (step) => this.#replay(step))
    if (result.lower) this.#height--
    this.#root = result.node
  }

  #replay(step: number): number {
    const bit = this.#firstBit + step
    if (bit === this.#lastRightBit) return 0
    return bit < this.#lastRightBit && !this.#isLeft(bit) ? 1 : -1
  }
}

function matches(key: Uint8Array, leaf: ArenaLeaf): boolean {
  const order = compareBytes(key, leaf.key)
  if (order === 0) return true
  if (order < 0 || compareBytes(key, leaf.nextKey) >= 0) {
    throw new AvlError('AVL_STRUCTURE', 'AVL proof leads to a leaf that says nothing about the key')
  }
  return false
}
