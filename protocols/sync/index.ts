/**
 * SyncInfo and header download, as a libp2p service that depends on the session service.
 *
 * ```ts
 * const node = await createLibp2p({ services: { session: session(sessionInit), sync: sync({ chain, sink, penalties }) } })
 * node.services.sync.snapshot().waitingFor
 * ```
 *
 * @packageDocumentation
 */
import type { SyncComponents, SyncInit } from './interface.ts'
import { Sync } from './sync.ts'

export { compareChains, continuationIds, type ReadSyncInfo } from './compare.ts'
export { DEFAULT_LIMITS as SYNC_DEFAULT_LIMITS } from './constants.ts'
export type {
  HeaderAnchor,
  HeaderDownloadSnapshot,
  HeaderInfo,
  HeaderSink,
  PeerChainStatus,
  PeerChainView,
  SubmitOutcome,
  SyncChain,
  SyncComponents,
  SyncInit,
  SyncLimits,
  SyncService
} from './interface.ts'
export { fullSyncInfo, idSyncInfo } from './own-sync-info.ts'
export { Sync } from './sync.ts'

/** Service factory. */
export function sync(init: SyncInit): (components: SyncComponents) => Sync {
  return (components) => new Sync(components, init)
}
