import { concatBytes, Reader, Writer } from '../bytes/index.ts'
import type { Change, Database } from './database.ts'
import { StoreError } from './errors.ts'
import { HeaderIndex } from './header-index.ts'
import {
  decodeForkRow,
  decodeHeaderRow,
  encodeForkRow,
  encodeHeaderRow,
  HEADERS_PER_ROW,
  type HeaderRow,
  headerOfRow,
  headerRowOf,
  ID_BYTES,
  IDS_PER_ROW,
  idRowOf,
  readScore,
  writeScore
} from './header-rows.ts'
import { bytesKey, metaKey, numberKey, TABLE, tableRange } from './keys.ts'

/** A header as the store holds it: canonical bytes, and the sum of difficulties up to it. */
export interface HeaderRecord {
  readonly id: Uint8Array
  readonly height: number
  readonly bytes: Uint8Array
  readonly score: bigint
}

/** What one commit does to the headers. Either part may be empty. */
export interface HeaderChange {
  /** Height after which the best chain is replaced; its present tip when it only grows. */
  readonly keep: number
  /** New best chain from `keep + 1` on, ascending, without gaps. */
  readonly canonical: readonly HeaderRecord[]
  /** Ids among `canonical` that were stored off the best chain until now. */
  readonly promoted?: readonly Uint8Array[]
  /** Headers off the best chain to add. */
  readonly forks?: readonly HeaderRecord[]
}

/** A change ready to be committed: rows for the batch, and what to do in memory once it is on disk. */
export interface Staged {
  readonly changes: Change[]
  readonly apply: () => void
}

const TIP = metaKey('headers')

/**
 * Headers on disk, and the ids of the best chain in memory.
 *
 * Reads are synchronous. Writing is in two steps, so that headers can share an atomic batch with other parts of the store:
 * {@link stage} gives the rows, `apply` moves the memory after the commit. There is one writer.
 */
export class HeaderStore {
  readonly #db: Database
  readonly #index = new HeaderIndex()
  /** The last row of the best chain, decoded: each new header is appended to it. */
  #tailRow: HeaderRow | undefined
  #bestScore = 0n

  private constructor(db: Database) {
    this.#db = db
  }

  /**
   * Reads the index of the best chain.
   *
   * @throws StoreError STORE_CORRUPT when rows contradict each other
   */
  static async load(db: Database): Promise<HeaderStore> {
    const store = new HeaderStore(db)
    const tip = db.get(TIP)
    if (tip === undefined) return store
    const r = new Reader(tip)
    const base = r.uint('base')
    const height = r.uint('height')
    store.#bestScore = readScore(r)
    store.#index.startAt(base)
    store.#index.reserve(height - base + 1)
    for await (const [, ids] of db.scan(tableRange(TABLE.ids))) store.#index.append(ids)
    if (store.#index.height !== height) {
      throw new StoreError('STORE_CORRUPT', `the header index ends at ${store.#index.height}, the tip is ${height}`)
    }
    return store
  }

  /** Height of the best header; one below the base when there is none (0 unless started at an anchor). */
  get height(): number {
    return this.#index.height
  }

  /** Height of the first header of the best chain. */
  get base(): number {
    return this.#index.base
  }

  get bestId(): Uint8Array | undefined {
    return this.#index.idAt(this.#index.height)
  }

  /** Sum of difficulties of the best chain. */
  get bestScore(): bigint {
    return this.#bestScore
  }

  /** Lets an empty chain start above height 1. */
  startAt(height: number): void {
    this.#index.startAt(height)
  }

  /** Id of the best chain at a height. A view: copy it to keep it. */
  idAt(height: number): Uint8Array | undefined {
    return this.#index.idAt(height)
  }

  /** Height of an id on the best chain, without touching the disk. */
  canonicalHeight(id: Uint8Array): number | undefined {
    return this.#index.heightOf(id)
  }

  /** Is the header stored, on the best chain or off it? */
  has(id: Uint8Array): boolean {
    return this.#index.heightOf(id) !== undefined || this.#db.get(bytesKey(TABLE.forks, id)) !== undefined
  }

  /** Header of the best chain at a height. */
  at(height: number): HeaderRecord | undefined {
    const id = this.#index.idAt(height)
    if (id === undefined) return undefined
    const row = this.#db.get(numberKey(TABLE.headers, headerRowOf(height)))
    const found = row === undefined ? undefined : headerOfRow(row, height)
    if (found === undefined) throw new StoreError('STORE_CORRUPT', `no header row for height ${height}`)
    return { id, height, bytes: found.header, score: found.score }
  }

  /** Any stored header. */
  get(id: Uint8Array): HeaderRecord | undefined {
    const height = this.#index.heightOf(id)
    if (height !== undefined) return this.at(height)
    const fork = this.#db.get(bytesKey(TABLE.forks, id))
    if (fork === undefined) return undefined
    const row = decodeForkRow(fork)
    return { id, height: row.height, bytes: row.header, score: row.score }
  }

  /** Headers off the best chain, in no order. */
  async *forks(): AsyncGenerator<HeaderRecord> {
    for await (const [key, value] of this.#db.scan(tableRange(TABLE.forks))) {
      const row = decodeForkRow(value)
      yield { id: key.slice(1), height: row.height, bytes: row.header, score: row.score }
    }
  }

  /** Headers of the best chain of heights `from..to`, ascending, a row at a time. */
  *range(from: number, to: number): Generator<HeaderRecord> {
    const last = Math.min(to, this.height)
    for (let height = Math.max(from, this.base); height <= last; ) {
      const row = this.#rowAt(height)
      for (let i = height - row.first; i < row.headers.length && height <= last; i++, height++) {
        yield { id: this.#index.idAt(height)!, height, bytes: row.headers[i]!, score: row.scores[i]! }
      }
    }
  }

  /** Rows of a change, and its effect on the memory. Nothing changes until `apply` is called. */
  stage(change: HeaderChange): Staged {
    const changes: Change[] = []
    const oldHeight = this.height
    const { keep, canonical } = change
    const newHeight = keep + canonical.length
    for (let h = keep + 1; h <= oldHeight; h++) {
      const old = this.at(h)!
      changes.push({
        key: bytesKey(TABLE.forks, old.id),
        value: encodeForkRow({ height: h, score: old.score, header: old.bytes })
      })
    }
    for (const fork of change.forks ?? []) {
      changes.push({
        key: bytesKey(TABLE.forks, fork.id),
        value: encodeForkRow({ height: fork.height, score: fork.score, header: fork.bytes })
      })
    }
    if (newHeight === oldHeight && canonical.length === 0) return { changes, apply: () => {} }

    for (const id of change.promoted ?? []) changes.push({ key: bytesKey(TABLE.forks, id) })
    const tail = this.#stageRows(change, oldHeight, changes)
    this.#stageIds(change, oldHeight, changes)
    const score = canonical.at(-1)?.score ?? (keep >= this.base ? this.at(keep)!.score : 0n)
    const tip = new Writer(24).uint(this.base).uint(newHeight)
    writeScore(tip, score)
    changes.push({ key: TIP, value: tip.toBytes() })
    return {
      changes,
      apply: () => {
        this.#index.truncate(keep)
        this.#index.append(concatBytes(...canonical.map((header) => header.id)))
        this.#bestScore = score
        this.#tailRow = tail
      }
    }
  }

  #stageRows(change: HeaderChange, oldHeight: number, changes: Change[]): HeaderRow | undefined {
    const { keep, canonical } = change
    const newHeight = keep + canonical.length
    let row: HeaderRow | undefined
    if (keep >= this.base) {
      const present = this.#rowAt(keep)
      const n = keep - present.first + 1
      row = { first: present.first, headers: present.headers.slice(0, n), scores: present.scores.slice(0, n) }
    }
    const put = (r: HeaderRow): void => {
      changes.push({ key: numberKey(TABLE.headers, headerRowOf(r.first)), value: encodeHeaderRow(r) })
    }
    for (const header of canonical) {
      if (row === undefined || headerRowOf(row.first) !== headerRowOf(header.height)) {
        if (row !== undefined && row.first + row.headers.length > keep + 1) put(row)
        row = { first: header.height, headers: [], scores: [] }
      }
      row.headers.push(header.bytes)
      row.scores.push(header.score)
    }
    if (row !== undefined) put(row)
    const firstUnused = newHeight >= this.base ? headerRowOf(newHeight) + 1 : headerRowOf(this.base)
    for (let n = firstUnused; n <= headerRowOf(oldHeight); n++) changes.push({ key: numberKey(TABLE.headers, n) })
    return row
  }

  #stageIds(change: HeaderChange, oldHeight: number, changes: Change[]): void {
    const { keep, canonical } = change
    const newHeight = keep + canonical.length
    const idOf = (h: number): Uint8Array => (h <= keep ? this.#index.idAt(h)! : canonical[h - keep - 1]!.id)
    const firstRow = keep + 1 > newHeight ? idRowOf(Math.max(newHeight, this.base)) : idRowOf(keep + 1)
    for (let n = firstRow; newHeight >= this.base && n <= idRowOf(newHeight); n++) {
      const from = Math.max(this.base, n * IDS_PER_ROW + 1)
      const to = Math.min(newHeight, (n + 1) * IDS_PER_ROW)
      const value = new Uint8Array((to - from + 1) * ID_BYTES)
      for (let h = from; h <= to; h++) value.set(idOf(h), (h - from) * ID_BYTES)
      changes.push({ key: numberKey(TABLE.ids, n), value })
    }
    const firstUnused = newHeight >= this.base ? idRowOf(newHeight) + 1 : idRowOf(this.base)
    for (let n = firstUnused; n <= idRowOf(oldHeight); n++) changes.push({ key: numberKey(TABLE.ids, n) })
  }

  #rowAt(height: number): HeaderRow {
    const tail = this.#tailRow
    if (tail !== undefined && height >= tail.first && height < tail.first + HEADERS_PER_ROW && height <= this.height) return tail
    const bytes = this.#db.get(numberKey(TABLE.headers, headerRowOf(height)))
    if (bytes === undefined) throw new StoreError('STORE_CORRUPT', `no header row for height ${height}`)
    return decodeHeaderRow(bytes)
  }
}
