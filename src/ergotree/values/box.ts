import type { ErgoTree } from '../ast/ergo-tree.ts'
import type { EvaluatedNode } from '../ast/nodes.ts'

/** Token entry of a box. */
export interface BoxToken {
  /** 32 bytes. */
  readonly id: Uint8Array
  /** Signed 64 bits as the reference sees it; the wire does not check the range. */
  readonly amount: bigint
}

/** Output before it belongs to a transaction (reference: `ErgoBoxCandidate.scala`). */
export interface BoxCandidate {
  /** nanoERG; signed 64 bits as the reference sees it. */
  readonly value: bigint
  readonly tree: ErgoTree
  /** 0 .. 2^31-1 */
  readonly creationHeight: number
  readonly tokens: readonly BoxToken[]
  /** R4, R5, ... without gaps, as nodes: their kind (constant, tuple, collection) matters when written and when read. */
  readonly registers: readonly EvaluatedNode[]
}
