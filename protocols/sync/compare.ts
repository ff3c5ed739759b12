import { bytesEqual } from '../../src/bytes/index.ts'
import { CONTINUATION_IDS, PRE_GENESIS_ID } from './constants.ts'
import type { HeaderInfo, PeerChainStatus, SyncChain } from './interface.ts'

/** A peer's SyncInfo with its headers read. */
export type ReadSyncInfo =
  | { readonly version: 1; readonly ids: readonly Uint8Array[] }
  /** Newest first. */
  | { readonly version: 2; readonly headers: readonly HeaderInfo[] }

/** How the sender's chain compares with ours (`ErgoHistoryReader.compareV1`, `compareV2`): the first row that fits decides. */
export function compareChains(chain: SyncChain, info: ReadSyncInfo): PeerChainStatus {
  return info.version === 1 ? compareV1(chain, info.ids) : compareV2(chain, info.headers)
}

function compareV2(chain: SyncChain, headers: readonly HeaderInfo[]): PeerChainStatus {
  const tip = headers[0]
  if (chain.height === 0) return tip === undefined ? 'equal' : 'older'
  if (tip === undefined) return 'younger'
  if (tip.height > chain.height) return 'older'
  if (tip.height < chain.height) return 'younger'
  if (bytesEqual(tip.id, chain.idAt(chain.height)!)) return 'equal'
  return headers.slice(1).some((h) => chain.heightOf(h.id) !== undefined) ? 'fork' : 'unknown'
}

function compareV1(chain: SyncChain, ids: readonly Uint8Array[]): PeerChainStatus {
  const last = ids.at(-1)
  if (chain.height === 0) return last === undefined ? 'equal' : 'older'
  if (last === undefined) return 'younger'
  const best = chain.idAt(chain.height)!
  if (bytesEqual(last, best)) return 'equal'
  if (ids.some((id) => bytesEqual(id, best))) return 'older'
  return ids.some((id) => bytesEqual(id, PRE_GENESIS_ID) || chain.heightOf(id) !== undefined) ? 'fork' : 'older'
}

/**
 * How high the chain of a peer is at least that is ahead by its version 1 SyncInfo: the best header of ours and what it names behind
 * it, or just more than we have when our best header is not among its last thousand.
 */
export function claimOfIds(chain: SyncChain, ids: readonly Uint8Array[]): number {
  if (chain.height === 0) return ids.filter((id) => !bytesEqual(id, PRE_GENESIS_ID)).length
  const best = chain.idAt(chain.height)!
  const at = ids.findLastIndex((id) => bytesEqual(id, best))
  return chain.height + (at === -1 ? 1 : ids.length - 1 - at)
}

/**
 * Ids that a peer behind us is to be told (`ErgoHistoryReader.continuationIds`): 399 after the newest common header of a version 2
 * SyncInfo, 400 from the branching point on, itself included, of a version 1. Empty when there is nothing in common.
 */
export function continuationIds(chain: SyncChain, info: ReadSyncInfo): Uint8Array[] {
  if (info.version === 2) {
    if (info.headers.length === 0) return bestIds(chain, 1, CONTINUATION_IDS)
    for (const header of info.headers) {
      const common = chain.heightOf(header.id)
      if (common !== undefined) return bestIds(chain, common + 1, CONTINUATION_IDS - 1)
    }
    return []
  }
  if (chain.height === 0) return [...info.ids]
  if (info.ids.length === 0) return bestIds(chain, 1, CONTINUATION_IDS)
  const branching = info.ids.findLast((id) => chain.isBest(id))
  if (branching !== undefined) return bestIds(chain, chain.heightOf(branching)!, CONTINUATION_IDS)
  return info.ids.some((id) => bytesEqual(id, PRE_GENESIS_ID)) ? bestIds(chain, 1, CONTINUATION_IDS) : []
}

function bestIds(chain: SyncChain, from: number, count: number): Uint8Array[] {
  const out: Uint8Array[] = []
  const to = Math.min(chain.height, from + count - 1)
  for (let height = from; height <= to; height++) {
    const id = chain.idAt(height)
    if (id !== undefined) out.push(id)
  }
  return out
}
