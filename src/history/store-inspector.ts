import { bytesEqual, DecodeError } from '../bytes/index.ts'
import {
  decodeCompact,
  decodeExtension,
  type Header,
  MODIFIER_TYPES,
  type NetworkParameters,
  scanHeader
} from '../chain/index.ts'
import { appendBlock, blockOptions, contextStateRoot, decodeContext, encodeContext } from '../state/index.ts'
import type { InspectedHeader, StoreInspector } from '../store/index.ts'
import { TransactionDecoder } from '../transaction/index.ts'
import { isSectionType, sectionIdOf } from './blocks/section-cache.ts'
import { sectionFits } from './blocks/section-check.ts'

/** What a look through the store needs to know of headers, sections and states. */
export function storeInspector(network: NetworkParameters): StoreInspector {
  const { voting } = blockOptions(network)
  const decoder = new TransactionDecoder()
  return {
    keptSections: [MODIFIER_TYPES.blockTransactions, MODIFIER_TYPES.extension],
    extensionType: MODIFIER_TYPES.extension,
    header: (bytes) => readable(() => inspect(scanHeader(bytes), bytes, decoder)),
    state: (bytes) =>
      readable(() => {
        const context = decodeContext(bytes)
        const last = context.lastHeaders[0]
        return last === undefined ? undefined : { root: contextStateRoot(context), headerId: last.id }
      }),
    nextState: (before, header, extension) =>
      readable(() => {
        const next = appendBlock(decodeContext(before), scanHeader(header), decodeExtension(extension), 0, { voting })
        return next.ok ? encodeContext(next.context) : undefined
      })
  }
}

function inspect(header: Header, bytes: Uint8Array, decoder: TransactionDecoder): InspectedHeader | undefined {
  // Stored headers are canonical and end where their row says.
  if (!bytesEqual(header.bytes, bytes)) return undefined
  const { id, parentId, height, nBits, stateRoot } = header
  return {
    id,
    parentId,
    height,
    difficulty: decodeCompact(nBits),
    stateRoot,
    sectionId: (type) => (isSectionType(type) ? sectionIdOf(header, type) : undefined),
    fits: (type, section) => isSectionType(type) && sectionFits(header, type, section, decoder)
  }
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (err) {
    if (err instanceof DecodeError) return undefined
    throw err
  }
}
