import type { RawValue } from './kinds.ts'

/** Kind of source, weakest last. */
export type SourceKind = 'flag' | 'env' | 'file' | 'default'

/** Where a setting's value comes from. */
export interface Origin {
  readonly source: SourceKind
  /** `--max-peers`, `ERGO_NETWORK`, `ergo.toml:12`, `default`. */
  readonly where: string
}

/** What one source says of a setting. */
export interface Given {
  readonly value: RawValue
  readonly origin: Origin
}

/** What one source says, by full name of the setting. */
export type Layer = ReadonlyMap<string, Given>
