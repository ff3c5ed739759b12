import { DecodeError } from '../bytes/index.ts'

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

/** Something stored is not there, or not what was written. */
export function damage(what: string, cause?: unknown): StoreError {
  const why = cause === undefined ? '' : ` (${(cause as Error).message})`
  return new StoreError('STORE_CORRUPT', `${what}${why}. Restore the data directory from a copy, or remove it and sync again`, {
    cause
  })
}

/**
 * What `read` makes of stored bytes. That they cannot be read is a fault of ours: a {@link DecodeError} that got out of here would be
 * held against whatever peer is being served.
 *
 * @throws StoreError STORE_CORRUPT
 */
export function readStored<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (err) {
    throw asDamage(err, what)
  }
}

/** What to throw for an error of reading stored bytes: see {@link readStored}, which costs more than some reads. */
export function asDamage(err: unknown, what: string): unknown {
  return err instanceof DecodeError ? damage(`${what} cannot be read`, err) : err
}
