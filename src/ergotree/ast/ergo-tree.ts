import type { ValidationRuleError } from '../validation-rules.ts'
import type { ConstantNode, Node } from './nodes.ts'

/** What a parsed and a degraded tree have in common. */
interface ErgoTreeBase {
  /** Bytes as received (`propositionBytes`). Writing a parsed tree anew may give others, see {@link writeErgoTree}. */
  readonly bytes: Uint8Array
}

/** Tree that was understood. */
export interface ParsedErgoTree extends ErgoTreeBase {
  readonly kind: 'parsed'
  /** First byte, all eight bits. */
  readonly header: number
  /** Low three bits of the header. */
  readonly version: number
  readonly hasSize: boolean
  readonly isSegregated: boolean
  /** Empty unless segregated. */
  readonly constants: readonly ConstantNode[]
  /** Expression, with placeholders. */
  readonly root: Node
  /** A DeserializeContext or DeserializeRegister node was seen: substitution comes before evaluation. */
  readonly hasDeserialize: boolean
  readonly usesBlockchainContext: boolean
}

/** Tree with a size whose body broke a numbered rule: kept as bytes, counted as version 0 in all checks. */
export interface UnparsedErgoTree extends ErgoTreeBase {
  readonly kind: 'unparsed'
  readonly header: 0
  readonly version: 0
  readonly error: ValidationRuleError
}

export type ErgoTree = ParsedErgoTree | UnparsedErgoTree

/** Limit of one tree, in bytes from its first (reference: `MaxPropositionBytes`). Checked before each read. */
export const MAX_TREE_BYTES = 4096

export const TREE_VERSION_MASK = 0x07
export const TREE_SIZE_FLAG = 0x08
export const TREE_SEGREGATION_FLAG = 0x10
