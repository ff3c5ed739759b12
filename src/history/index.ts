/**
 * What has happened: the tree of headers, which of its branches is the best, and the way of new headers into it.
 *
 * @packageDocumentation
 */

export type { BlockVerifier } from './blocks/block-pipeline.ts'
export {
  type AppliedEvent,
  type BlockEvents,
  BlockProcessor,
  type BlockProcessorInit,
  type RejectedEvent,
  type SectionOutcome
} from './blocks/block-processor.ts'
export { FullChain, type FullChainInit } from './blocks/full-chain.ts'
export {
  type CachedBlock,
  isSectionType,
  SECTION_TYPES,
  SectionCache,
  type SectionType,
  sectionIdOf
} from './blocks/section-cache.ts'
export { HeaderChain, type HeaderChainInit } from './header-chain.ts'
export type { AppendResult, HeaderChainChange, HeaderOutcome, Rejection } from './header-outcome.ts'
export {
  HeaderProcessor,
  type HeaderProcessorInit,
  MAX_ORPHAN_LEAD,
  type PowVerifier,
  type SubmitResult,
  type UnreadableHeader
} from './header-processor.ts'
export { OrphanBuffer } from './orphan-buffer.ts'
export type { ScoredHeader } from './pending-headers.ts'
export { storeInspector } from './store-inspector.ts'
