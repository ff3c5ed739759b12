import type { ModifierSource } from '../../protocols/modifiers/index.ts'
import type { HeaderSink, SubmitOutcome, SyncChain } from '../../protocols/sync/index.ts'
import { DecodeError, fromHex } from '../bytes/index.ts'
import { MODIFIER_TYPES, scanHeader } from '../chain/index.ts'
import type { HeaderChain, HeaderProcessor } from '../history/index.ts'

/** The header chain as the sync service reads it. */
export function syncChainOf(chain: HeaderChain): SyncChain {
  return {
    get height() {
      return chain.height
    },
    idAt: (height) => chain.store.idAt(height),
    heightOf: (id) => chain.store.canonicalHeight(id) ?? chain.header(id)?.height,
    isBest: (id) => chain.isCanonical(id),
    bytesOf: (id) => chain.header(id)?.bytes,
    inspect: (bytes) => {
      try {
        const { id, parentId, height } = scanHeader(bytes)
        return { id, parentId, height }
      } catch (err) {
        if (err instanceof DecodeError) return undefined
        throw err
      }
    }
  }
}

/** The header processor as the sync service feeds it. */
export function headerSinkOf(processor: HeaderProcessor): HeaderSink {
  return {
    get queued() {
      return processor.queued
    },
    submit: async (headers, source) => {
      const { outcomes } = await processor.submit(headers, source)
      return outcomes.map((outcome): SubmitOutcome => {
        if (outcome.status === 'unreadable') return { status: 'unreadable', message: outcome.message }
        if (outcome.status !== 'invalid' && outcome.status !== 'later') return { status: outcome.status }
        return { status: outcome.status, rule: outcome.failure.rule, message: outcome.failure.message }
      })
    },
    missingParents: (limit) =>
      processor.orphans.missingParents(limit).map(({ idHex, height }) => ({ id: fromHex(idHex), height }))
  }
}

/** What peers may ask us for: headers that are not marked invalid. */
export function headerSourceOf(chain: HeaderChain): ModifierSource {
  return {
    get: (typeId, id) => {
      if (typeId !== MODIFIER_TYPES.header || chain.knownInvalid(id) !== undefined) return undefined
      return chain.header(id)?.bytes
    }
  }
}
