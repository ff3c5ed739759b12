/**
 * Objects of the chain between peers: serving what they ask for, fetching the sections of blocks, announcing new blocks.
 *
 * ```ts
 * const node = await createLibp2p({
 *   services: {
 *     session: session(sessionInit),
 *     modifiers: modifierServer(source),
 *     sections: sectionDownload({ sink, penalties }),
 *     announcer: blockAnnouncer({ source })
 *   }
 * })
 * chain.onChange(() => node.services.sections.poke())
 * node.services.sections.snapshot().waitingFor // "transactions of block 812 from 203.0.113.7:9030, asked 320 ms ago"
 * ```
 *
 * @packageDocumentation
 */
import { BlockAnnouncer } from './block-announcer.ts'
import type { BlockAnnouncerInit, ModifierComponents, ModifierSource, SectionDownloadInit } from './interface.ts'
import { ModifierServer } from './modifier-server.ts'
import { SectionDownload } from './section-download/section-download.ts'

export { BlockAnnouncer } from './block-announcer.ts'
export { DELIVERY_LIMITS, type DeliveryLimits } from './delivery-limits.ts'
export {
  type Arrival,
  type Delivery,
  type DeliveryStatus,
  DeliveryTracker,
  DeliveryTransitionError,
  deliveryKey
} from './delivery-tracker.ts'
export type {
  AppliedBlock,
  BlockAnnouncerInit,
  BlockAnnouncerService,
  BlockSink,
  ModifierComponents,
  ModifierSource,
  NeededSection,
  SectionDownloadCounters,
  SectionDownloadInit,
  SectionDownloadLimits,
  SectionDownloadService,
  SectionDownloadSnapshot,
  SubmitSectionOutcome
} from './interface.ts'
export { ModifierServer, type ServedCounters } from './modifier-server.ts'
export { SECTION_DOWNLOAD_LIMITS } from './section-download/constants.ts'
export { SectionDownload } from './section-download/section-download.ts'

/** Service factory: answers RequestModifier from a source. */
export function modifierServer(source: ModifierSource): (components: ModifierComponents) => ModifierServer {
  return (components) => new ModifierServer(components, source)
}

/** Service factory: fetches sections of blocks. */
export function sectionDownload(init: SectionDownloadInit): (components: ModifierComponents) => SectionDownload {
  return (components) => new SectionDownload(components, init)
}

/** Service factory: tells peers of new blocks. */
export function blockAnnouncer(init: BlockAnnouncerInit): (components: ModifierComponents) => BlockAnnouncer {
  return (components) => new BlockAnnouncer(components, init)
}
