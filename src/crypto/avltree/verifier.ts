import { compareBytes } from '../../bytes/index.ts'
import { AvlError } from './errors.ts'
import { type AvlFullNode, type AvlInternal, type AvlLeaf, type AvlNode, DIGEST_BYTES, LABEL_BYTES } from './node.ts'
import type { AvlOperation, AvlTreeParameters } from './operation.ts'
import { maxProofNodes, unpackProof } from './proof.ts'
import { AvlTree } from './tree.ts'

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
export class AvlVerifier extends AvlTree {
  /** Why the proof was refused; undefined when it holds. */
  readonly proofError: AvlError | undefined
  /** Height by the starting digest, 0..255, whether the proof is good or not; 0 when the digest or a length is impossible. */
  readonly startHeight: number
  readonly #proof: Uint8Array
  #bit = 0
  #firstBit = 0
  // As in the reference it survives the operation, and starts at a bit that no operation uses.
  #lastRightBit = 0

  constructor(digest: Uint8Array, proof: Uint8Array, init: AvlVerifierInit) {
    super(init, undefined, 0, {})
    this.#proof = proof
    const possible =
      this.keyLength > 0 && (this.valueLength === undefined || this.valueLength >= 0) && digest.length === DIGEST_BYTES
    this.startHeight = possible ? digest[LABEL_BYTES]! : 0
    this.treeHeight = this.startHeight
    if (!possible) {
      this.proofError = new AvlError('AVL_PROOF_INVALID', 'AVL digest, key length or value length is impossible')
      return
    }
    const { maxOperations } = init
    const maxNodes = maxOperations === undefined ? Number.POSITIVE_INFINITY : maxProofNodes(maxOperations, this.startHeight)
    try {
      const unpacked = unpackProof(proof, digest.subarray(0, LABEL_BYTES), this, maxNodes, this.owner)
      this.root = unpacked.root
      this.#bit = unpacked.directionsBit
    } catch (error) {
      if (!(error instanceof AvlError)) throw error
      this.proofError = error
    }
  }

  /** Runs the next operation of the batch. Never throws for anything that digest, proof or operation hold. */
  perform(operation: AvlOperation): AvlResult {
    this.#firstBit = this.#bit
    try {
      return { ok: true, value: this.apply(operation) }
    } catch (error) {
      if (!(error instanceof AvlError)) throw error
      this.root = undefined
      return { ok: false, error }
    }
  }

  #isLeft(bit: number): boolean {
    const byte = this.#proof[bit >>> 3]
    if (byte === undefined) throw new AvlError('AVL_STRUCTURE', 'AVL proof has no direction left')
    return (byte & (1 << (bit & 7))) !== 0
  }

  protected goesLeft(_key: Uint8Array, _node: AvlInternal): boolean {
    const left = this.#isLeft(this.#bit)
    if (!left) this.#lastRightBit = this.#bit
    this.#bit++
    return left
  }

  protected matches(key: Uint8Array, leaf: AvlLeaf): boolean {
    const order = compareBytes(key, leaf.key)
    if (order === 0) return true
    if (order < 0 || compareBytes(key, leaf.nextKey) >= 0) {
      throw new AvlError('AVL_STRUCTURE', 'AVL proof leads to a leaf that says nothing about the key')
    }
    return false
  }

  replay(step: number): number {
    const bit = this.#firstBit + step
    if (bit === this.#lastRightBit) return 0
    return bit < this.#lastRightBit && !this.#isLeft(bit) ? 1 : -1
  }

  expand(node: AvlNode): AvlFullNode {
    if (node.kind === 'stub') throw new AvlError('AVL_STRUCTURE', 'AVL proof does not hold a node that an operation needs')
    return node
  }

  /** Nothing to mark: there is no proof to write. */
  visit(_node: AvlNode): void {}
}
