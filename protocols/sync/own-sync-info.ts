import type { SyncInfo } from '../../src/wire/index.ts'
import { PRE_GENESIS_ID, V1_IDS, V2_OFFSETS } from './constants.ts'
import type { SyncChain } from './interface.ts'

/** More headers than this only repeat what the exponential steps below already pin down. */
const MAX_LOCATOR_HEADERS = 24

/**
 * Our SyncInfo, version 2: the headers the reference sends (0, 16, 128 and 512 below the tip), then steps that double down to the
 * first header, so that a fork of any depth has a common header in it.
 */
export function fullSyncInfo(chain: SyncChain): SyncInfo {
  const headers: Uint8Array[] = []
  const add = (height: number): void => {
    const id = height >= 1 ? chain.idAt(height) : undefined
    const bytes = id === undefined ? undefined : chain.bytesOf(id)
    if (bytes !== undefined) headers.push(bytes)
  }
  for (const back of V2_OFFSETS) add(chain.height - back)
  for (let back = 1024; headers.length < MAX_LOCATOR_HEADERS && chain.height - back > 1; back *= 2) add(chain.height - back)
  if (chain.height > 513) add(1)
  return { type: 'SyncInfo', version: 2, headers }
}

/** Our SyncInfo, version 1, for peers that asked in it: ids of the last thousand headers, oldest first. */
export function idSyncInfo(chain: SyncChain): SyncInfo {
  const from = Math.max(1, chain.height - V1_IDS + 1)
  const headerIds: Uint8Array[] = chain.height > 0 && from === 1 ? [PRE_GENESIS_ID] : []
  for (let height = from; height <= chain.height; height++) {
    const id = chain.idAt(height)
    if (id !== undefined) headerIds.push(id)
  }
  return { type: 'SyncInfo', version: 1, headerIds }
}
