import { MODIFIER_TYPES } from '../../src/chain/index.ts'
import type { SectionType } from '../../src/history/index.ts'

/** A block as the recorded chains have it: hex. */
export interface BlockHex {
  readonly height: number
  readonly id: string
  readonly header: string
  readonly stateRoot: string
  readonly transactions: string
  readonly extension: string
  readonly adProofs: string
}

export function sectionHex(block: BlockHex, type: SectionType): string {
  if (type === MODIFIER_TYPES.blockTransactions) return block.transactions
  return type === MODIFIER_TYPES.extension ? block.extension : block.adProofs
}
