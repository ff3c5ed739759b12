/**
 * What has happened: the tree of headers, which of its branches is the best, and the way of new headers into it.
 *
 * @packageDocumentation
 */

export type { AppliedEvent, BlockEvents, RejectedEvent, SectionOutcome } from './blocks/block-events.ts'
export type { BlockVerifier } from './blocks/block-pipeline.ts'
export { BlockProcessor, type BlockProcessorInit } from './blocks/block-processor.ts'
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
  type SubmittedHeader,
  type UnreadableHeader
} from './header-processor.ts'
export { OrphanBuffer } from './orphan-buffer.ts'
export type { ScoredHeader } from './pending-headers.ts'
export { storeInspector } from './store-inspector.ts'
