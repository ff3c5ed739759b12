import { bytesEqual, DecodeError, toHex } from '../bytes/index.ts'
import {
  adProofsRoot,
  BLOCK_RULES,
  decodeAdProofs,
  decodeExtension,
  type Extension,
  extensionRoot,
  type Header,
  type RuleFailure,
  ruleFailure,
  unnumberedFailure
} from '../chain/index.ts'
import {
  blockTransactionsRoot,
  decodeBlockTransactions,
  type Transaction,
  type TransactionDecoder
} from '../transaction/index.ts'

/** Sections of a block as they travel and are stored; each starts with the header's id. */
export interface BlockSections {
  readonly transactions: Uint8Array
  readonly extension: Uint8Array
  /** Undefined where the state does not need it. */
  readonly adProofs?: Uint8Array | undefined
}

/** A block with all that was read of it. */
export interface Block {
  readonly header: Header
  readonly transactions: readonly Transaction[]
  /** Version by the marker of the transactions section. */
  readonly transactionsVersion: number
  /** Bytes that the transactions section took (rule 306). */
  readonly transactionsSize: number
  readonly extension: Extension
  readonly proof: Uint8Array | undefined
}

export type DecodedBlock = { readonly ok: true; readonly block: Block } | { readonly ok: false; readonly failure: RuleFailure }

/** Rule 302: a section belongs to the header and has the root that the header says. */
function checkSection(header: Header, name: string, headerId: Uint8Array, root: Uint8Array, expected: Uint8Array) {
  const { sectionCorrespondsToHeader } = BLOCK_RULES
  if (!bytesEqual(headerId, header.id)) {
    return ruleFailure(sectionCorrespondsToHeader, `The ${name} section is of header ${toHex(headerId)}, not ${header.idHex}`)
  }
  if (bytesEqual(root, expected)) return undefined
  return ruleFailure(sectionCorrespondsToHeader, `The ${name} section has root ${toHex(root)} where ${toHex(expected)} is due`)
}

/**
 * Reads the sections of a block and checks that they are those that its header commits to (rule 302).
 *
 * @param decoder keeps what it learns from one block to the next
 */
export function decodeBlock(header: Header, sections: BlockSections, decoder: TransactionDecoder): DecodedBlock {
  try {
    const section = decodeBlockTransactions(sections.transactions, decoder)
    // A copy: states keep the fields, and should not keep the message that they came in.
    const extension = decodeExtension(sections.extension.slice())
    const proofs = sections.adProofs === undefined ? undefined : decodeAdProofs(sections.adProofs)
    const failure =
      checkSection(header, 'transactions', section.headerId, blockTransactionsRoot(section), header.transactionsRoot) ??
      checkSection(header, 'extension', extension.headerId, extensionRoot(extension.fields), header.extensionRoot) ??
      (proofs && checkSection(header, 'AD-proofs', proofs.headerId, adProofsRoot(proofs.proof), header.adProofsRoot))
    if (failure !== undefined) return { ok: false, failure }
    return {
      ok: true,
      block: {
        header,
        transactions: section.transactions,
        transactionsVersion: section.version,
        transactionsSize: section.size,
        extension,
        proof: proofs?.proof
      }
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return {
      ok: false,
      failure: unnumberedFailure('SECTION_UNREADABLE', `A section of the block cannot be read: ${error.message}`)
    }
  }
}
