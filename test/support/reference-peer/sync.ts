import { bytesEqual } from '../../../src/bytes/index.ts'
import { type Header, scanHeader } from '../../../src/chain/index.ts'
import type { SyncInfo } from '../../../src/wire/index.ts'
import type { PeerChain } from './chain.ts'

export type PeerStatus = 'Unknown' | 'Equal' | 'Older' | 'Younger' | 'Fork'

const ZERO_ID = new Uint8Array(32)
const V2_OFFSETS = [0, 16, 128, 512]

/** `ErgoHistoryReader.compareV1` and `compareV2`: what the reference takes the sender of a SyncInfo for. */
export function compareSyncInfo(chain: PeerChain, info: SyncInfo): PeerStatus {
  const tip = chain.tip
  if (info.version === 1) {
    const ids = info.headerIds
    if (tip === undefined) return ids.length === 0 ? 'Equal' : 'Older'
    if (ids.length === 0) return 'Younger'
    if (bytesEqual(ids.at(-1)!, tip.id)) return 'Equal'
    if (ids.some((id) => bytesEqual(id, tip.id))) return 'Older'
    if (ids.some((id) => bytesEqual(id, ZERO_ID) || chain.header(id) !== undefined)) return 'Fork'
    return 'Older'
  }
  const headers = info.headers.map((bytes) => scanHeader(bytes))
  if (tip === undefined) return headers.length === 0 ? 'Equal' : 'Older'
  if (headers.length === 0) return 'Younger'
  const theirs = headers[0]!
  if (theirs.height === tip.height) {
    if (bytesEqual(theirs.id, tip.id)) return 'Equal'
    return headers.slice(1).some((h) => chain.header(h.id) !== undefined) ? 'Fork' : 'Unknown'
  }
  return theirs.height > tip.height ? 'Older' : 'Younger'
}

/** `continuationIds` of the reference: 399 ids after the newest common header (V2), 400 from the branching point on (V1). */
export function continuationIds(chain: PeerChain, info: SyncInfo): Uint8Array[] {
  const range = (from: number, to: number): Uint8Array[] => {
    const out: Uint8Array[] = []
    for (let h = from; h <= Math.min(to, chain.height); h++) {
      const header = chain.at(h)
      if (header !== undefined) out.push(header.id)
    }
    return out
  }
  if (info.version === 1) {
    const ids = info.headerIds
    if (chain.tip === undefined) return [...ids]
    if (ids.length === 0) return range(1, 400)
    const branch = ids.findLast((id) => chain.isBest(id))
    // The header before the first has no height of its own there: it counts as the first.
    const height = branch === undefined ? 1 : chain.header(branch)!.height
    return branch !== undefined || ids.some((id) => bytesEqual(id, ZERO_ID)) ? range(height, height + 399) : []
  }
  if (info.headers.length === 0) return range(1, 400)
  const common = info.headers.map((bytes): Header => scanHeader(bytes)).find((h) => chain.header(h.id) !== undefined)
  return common === undefined ? [] : range(common.height + 1, common.height + 399)
}

/** The peer's own SyncInfo, in the version it was asked in; undefined when its chain is empty. */
export function ownSyncInfo(chain: PeerChain, version: 1 | 2): SyncInfo | undefined {
  const { tip } = chain
  if (tip === undefined) return undefined
  if (version === 2) {
    const headers = V2_OFFSETS.map((back) => chain.at(tip.height - back)).filter((h) => h !== undefined)
    return { type: 'SyncInfo', version: 2, headers: headers.map((h) => h.bytes) }
  }
  const from = Math.max(tip.height - 999, 1)
  const headerIds: Uint8Array[] = from === 1 ? [ZERO_ID] : []
  for (let h = from; h <= tip.height; h++) headerIds.push(chain.at(h)!.id)
  return { type: 'SyncInfo', version: 1, headerIds }
}
