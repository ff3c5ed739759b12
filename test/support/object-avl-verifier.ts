import { bytesEqual, compareBytes } from '../../src/bytes/index.ts'
import { AvlError } from '../../src/crypto/avltree/errors.ts'
import {
  type AvlFullNode,
  AvlInternal,
  AvlLeaf,
  type AvlNode,
  AvlStub,
  LABEL_BYTES,
  labelOf
} from '../../src/crypto/avltree/node.ts'
import type { AvlOperation } from '../../src/crypto/avltree/operation.ts'
import { END_ITEM, LABEL_ITEM, LEAF_ITEM, maxProofNodes } from '../../src/crypto/avltree/proof.ts'
import { AvlTree } from '../../src/crypto/avltree/tree.ts'
import type { AvlResult, AvlVerifierInit } from '../../src/crypto/avltree/verifier.ts'

/**
 * A second verifier, on the objects and tree operations of the prover, to compare the one on arrays with: two ways to the same
 * verdicts, for hostile proofs too.
 */
export class ObjectAvlVerifier extends AvlTree {
  readonly proofError: string | undefined
  readonly #proof: Uint8Array
  #bit = 0
  #firstBit = 0
  #lastRightBit = 0

  constructor(digest: Uint8Array, proof: Uint8Array, init: AvlVerifierInit) {
    super(init, undefined, 0, {})
    this.#proof = proof
    this.treeHeight = digest[LABEL_BYTES]!
    const { maxOperations } = init
    const maxNodes = maxOperations === undefined ? Number.POSITIVE_INFINITY : maxProofNodes(maxOperations, this.treeHeight)
    const root = this.#unpack(maxNodes)
    if (typeof root === 'string') this.proofError = root
    else if (!bytesEqual(labelOf(root, this.hash), digest.subarray(0, LABEL_BYTES))) this.proofError = 'another root'
    else this.root = root
  }

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

  #unpack(maxNodes: number): AvlNode | string {
    const proof = this.#proof
    const limit = Math.min(maxNodes, 2 * proof.length + 2)
    const stack: AvlNode[] = []
    let previous: AvlLeaf | undefined
    let nodes = 0
    let at = 0
    for (;;) {
      if (at < 0 || at >= proof.length) return 'too short'
      const item = proof[at++]!
      if (item === END_ITEM) break
      if (++nodes > limit) return 'too many nodes'
      if (item === LABEL_ITEM) {
        stack.push(new AvlStub(proof.subarray(at, (at += LABEL_BYTES))))
        previous = undefined
      } else if (item === LEAF_ITEM) {
        const key = previous?.nextKey ?? proof.subarray(at, (at += this.keyLength))
        const nextKey = proof.subarray(at, (at += this.keyLength))
        let length = this.valueLength
        if (length === undefined) {
          if (at + 4 > proof.length) return 'too short'
          length = new DataView(proof.buffer, proof.byteOffset).getInt32(at)
          at += 4
        }
        previous = new AvlLeaf(key, proof.subarray(at, at + Math.max(0, length)), nextKey, this.owner)
        at += length
        stack.push(previous)
      } else {
        const right = stack.pop()
        const left = stack.pop()
        if (left === undefined || right === undefined) return 'no children'
        stack.push(new AvlInternal(undefined, left, right, (item << 24) >> 24, this.owner))
      }
    }
    this.#bit = 8 * at
    return stack.length === 1 ? stack[0]! : 'not one tree'
  }

  #isLeft(bit: number): boolean {
    const byte = this.#proof[bit >>> 3]
    if (byte === undefined) throw new AvlError('AVL_STRUCTURE', 'no direction left')
    return (byte & (1 << (bit & 7))) !== 0
  }

  protected goesLeft(): boolean {
    const left = this.#isLeft(this.#bit)
    if (!left) this.#lastRightBit = this.#bit
    this.#bit++
    return left
  }

  protected matches(key: Uint8Array, leaf: AvlLeaf): boolean {
    const order = compareBytes(key, leaf.key)
    if (order === 0) return true
    if (order < 0 || compareBytes(key, leaf.nextKey) >= 0) throw new AvlError('AVL_STRUCTURE', 'a leaf that says nothing')
    return false
  }

  replay(step: number): number {
    const bit = this.#firstBit + step
    if (bit === this.#lastRightBit) return 0
    return bit < this.#lastRightBit && !this.#isLeft(bit) ? 1 : -1
  }

  expand(node: AvlNode): AvlFullNode {
    if (node.kind === 'stub') throw new AvlError('AVL_STRUCTURE', 'a node that the proof does not hold')
    return node
  }

  visit(): void {}
}
