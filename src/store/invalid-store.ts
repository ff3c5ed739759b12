import { toHex } from '../bytes/index.ts'
import type { Change, Database } from './database.ts'
import { damage } from './errors.ts'
import { IdFilter } from './id-filter.ts'
import { bytesKey, TABLE, tableRange } from './keys.ts'

/** Why a header, or an ancestor of it, can never be part of a chain. */
export interface InvalidMark {
  readonly height: number
  /** Number of the rule that failed; null when the failure has none. */
  readonly rule: number | null
  readonly message: string
}

const utf8 = new TextEncoder()
const text = new TextDecoder()

/**
 * Verdicts that outlive a restart: ids of headers that failed a rule for good. Only definite verdicts come here; what could not
 * be verified is a fault of ours and is not remembered.
 */
export class InvalidStore {
  readonly #db: Database
  readonly #ids: IdFilter

  private constructor(db: Database, ids: IdFilter) {
    this.#db = db
    this.#ids = ids
  }

  static async load(db: Database): Promise<InvalidStore> {
    const ids = new IdFilter()
    for await (const key of db.keys(tableRange(TABLE.invalid))) ids.add(key.subarray(1))
    return new InvalidStore(db, ids)
  }

  get(id: Uint8Array): InvalidMark | undefined {
    const value = this.#row(id)
    return value === undefined ? undefined : readMark(id, value)
  }

  has(id: Uint8Array): boolean {
    return this.#row(id) !== undefined
  }

  stage(id: Uint8Array, mark: InvalidMark): Change {
    this.#ids.add(id)
    return { key: bytesKey(TABLE.invalid, id), value: utf8.encode(JSON.stringify(mark)) }
  }

  /** Takes a mark back: for operators who know better (`db rollback`). */
  stageRemoval(id: Uint8Array): Change {
    return { key: bytesKey(TABLE.invalid, id) }
  }

  #row(id: Uint8Array): Uint8Array | undefined {
    return this.#ids.mayHold(id) ? this.#db.get(bytesKey(TABLE.invalid, id)) : undefined
  }
}

/** @throws StoreError STORE_CORRUPT */
export function readMark(id: Uint8Array, value: Uint8Array): InvalidMark {
  try {
    const mark = JSON.parse(text.decode(value)) as Partial<InvalidMark> | null
    const { height, rule, message } = mark ?? {}
    const isRule = rule === null || Number.isSafeInteger(rule)
    if (Number.isSafeInteger(height) && isRule && typeof message === 'string') return mark as InvalidMark
  } catch {
    // No JSON: the same as JSON of something else.
  }
  throw damage(`the mark of the invalid header ${toHex(id)} cannot be read`)
}
