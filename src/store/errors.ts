/** Why a store could not be used. Stable: the command line and tests branch on it. */
export type StoreErrorCode =
  /** Another process has the data directory open. */
  | 'STORE_LOCKED'
  /** Written by an incompatible version of this program. */
  | 'STORE_SCHEMA'
  /** Belongs to another network, genesis or state type. */
  | 'STORE_MISMATCH'
  /** The database reports damage, or a record contradicts another. */
  | 'STORE_CORRUPT'
  /** The disk refused: full, read-only, gone. */
  | 'STORE_IO'
  /** Used after `close()`. */
  | 'STORE_CLOSED'

/** A fault of ours or of the disk, never a verdict about a block: the node stops and says so. */
export class StoreError extends Error {
  static override readonly name: string = 'StoreError'
  override readonly name: string = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
