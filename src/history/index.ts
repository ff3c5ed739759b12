/**
 * What has happened: the tree of headers, which of its branches is the best, and the way of new headers into it.
 *
 * @packageDocumentation
 */
export type { ScoredHeader } from './header-cache.ts'
export {
  type AppendResult,
  HeaderChain,
  type HeaderChainChange,
  type HeaderChainInit,
  type HeaderOutcome,
  type Rejection
} from './header-chain.ts'
export {
  HeaderProcessor,
  type HeaderProcessorInit,
  MAX_ORPHAN_LEAD,
  type PowVerifier,
  type SubmitResult,
  type UnreadableHeader
} from './header-processor.ts'
export { OrphanBuffer } from './orphan-buffer.ts'
