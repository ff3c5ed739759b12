import { bytesEqual, DecodeError } from '../../bytes/index.ts'
import { adProofsRoot, decodeAdProofs, decodeExtension, extensionRoot, type Header, MODIFIER_TYPES } from '../../chain/index.ts'
import { blockTransactionsRoot, decodeBlockTransactions, type TransactionDecoder } from '../../transaction/index.ts'
import type { SectionType } from './section-cache.ts'

/** Can the section be read, and does the header commit to it (rule 302)? What does not fit is the sender's fault, not the block's. */
export function sectionFits(header: Header, type: SectionType, bytes: Uint8Array, decoder: TransactionDecoder): boolean {
  try {
    if (type === MODIFIER_TYPES.extension) {
      const { headerId, fields } = decodeExtension(bytes)
      return bytesEqual(headerId, header.id) && bytesEqual(extensionRoot(fields), header.extensionRoot)
    }
    if (type === MODIFIER_TYPES.adProofs) {
      const { headerId, proof } = decodeAdProofs(bytes)
      return bytesEqual(headerId, header.id) && bytesEqual(adProofsRoot(proof), header.adProofsRoot)
    }
    const section = decodeBlockTransactions(bytes, decoder)
    return bytesEqual(section.headerId, header.id) && bytesEqual(blockTransactionsRoot(section), header.transactionsRoot)
  } catch (err) {
    if (err instanceof DecodeError) return false
    throw err
  }
}
