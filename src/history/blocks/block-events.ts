import type { Header } from '../../chain/index.ts'
import type { BlockFailure } from '../../state/index.ts'
import type { BlockTimes } from './block-writer.ts'
import type { SectionType } from './section-cache.ts'

/** What became of a section. */
export type SectionOutcome =
  | { readonly status: 'accepted' | 'known' }
  /** No use for it by a rule of sections on receipt (301, 303, 304, 305), or no room, or no section of blocks at all. */
  | { readonly status: 'unwanted'; readonly rule?: number }
  /** Its bytes are not what its id says. */
  | { readonly status: 'invalid'; readonly message: string }

export interface AppliedEvent {
  readonly header: Header
  readonly transactions: number
  /** Inputs of all of them: as many scripts were run. */
  readonly inputs: number
  readonly cost: number
  readonly times: BlockTimes
}

export interface RejectedEvent {
  readonly header: Header
  readonly failure: BlockFailure
  /** Who sent its sections. */
  readonly sources: readonly string[]
}

export interface BlockEvents {
  readonly onApplied?: (event: AppliedEvent) => void
  readonly onRejected?: (event: RejectedEvent) => void
  /** Blocks were undone, down to `fork`. */
  readonly onRollback?: (event: { readonly fork: Header | undefined; readonly undone: readonly Header[] }) => void
  /** A section does not belong to the header it came for: its sender is at fault, not the block. */
  readonly onBadSection?: (event: {
    readonly header: Header
    readonly type: SectionType
    readonly source: string
    readonly message: string
  }) => void
  /** The better branch forks below what can be rolled back. */
  readonly onDeepFork?: (event: { readonly fork: Header | undefined; readonly depth: number }) => void
}
