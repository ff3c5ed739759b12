import type { Severity } from '../chain/index.ts'
import type { HeaderRecord } from '../store/index.ts'

/** Why a header is not taken. */
export interface Rejection {
  /** Number of the rule it breaks; null when the failure has none. */
  readonly rule: number | null
  readonly code: string
  readonly severity: Severity
  readonly message: string
}

/** What became of one header. */
export type HeaderOutcome =
  | { readonly status: 'accepted'; readonly id: Uint8Array; readonly height: number }
  /** Stored before. */
  | { readonly status: 'known'; readonly id: Uint8Array; readonly height: number }
  /** Its parent is not stored: rule 204. */
  | { readonly status: 'orphan'; readonly id: Uint8Array; readonly height: number; readonly parentId: Uint8Array }
  /** No verdict now: rule 211, a clock ahead of ours; or a side branch at the edge of an epoch for which our chain starts too late. */
  | { readonly status: 'later'; readonly id: Uint8Array; readonly height: number; readonly failure: Rejection }
  /** Never valid. */
  | { readonly status: 'invalid'; readonly id: Uint8Array; readonly height: number; readonly failure: Rejection }

/** How the best chain moved in one commit. */
export interface HeaderChainChange {
  /** Height of the last header that stays. */
  readonly forkHeight: number
  /** Number of headers that left the best chain: the depth of the reorganisation. */
  readonly removed: number
  /** The best header of before, when it left the chain. */
  readonly oldTip: HeaderRecord | undefined
  /** Headers that joined it, ascending. */
  readonly added: readonly HeaderRecord[]
}

export interface AppendResult {
  /** One for each header given, in order. */
  readonly outcomes: HeaderOutcome[]
  /** Undefined when the best chain stayed. */
  readonly change: HeaderChainChange | undefined
}
