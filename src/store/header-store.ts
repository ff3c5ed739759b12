import { bytesEqual, toHex } from '../bytes/index.ts'
import { blake2b256 } from '../crypto/index.ts'
import type { Change, Database } from './database.ts'
import { asDamage, damage, readStored } from './errors.ts'
import { fullPieces, type HeaderIdWriter, IDS_PER_PIECE } from './header-id-file.ts'
import { findHeaderIds, makeHeaderIds } from './header-id-load.ts'
import type { HeaderIndex } from './header-index.ts'
import { HeaderRowStore } from './header-row-store.ts'
import { decodeForkRow, encodeForkRow, HEADERS_PER_ROW, type HeaderRow, headerOfRow, headerRowOf } from './header-rows.ts'
import { writeTable } from './header-table-file.ts'
import { checkTop, readTip, stageTip } from './header-tip.ts'
import { IdFilter } from './id-filter.ts'
import { bytesKey, metaKey, TABLE, tableRange } from './keys.ts'

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

const MOVING = metaKey('moving')

/**
 * Headers on disk, and the ids of the best chain in memory.
 *
 * Reads are synchronous. Writing is in two steps, so that headers can share an atomic batch with other parts of the store:
 * {@link stage} gives the rows, `apply` moves the memory after the commit. There is one writer.
 */
export class HeaderStore {
  readonly #db: Database
  readonly #index: HeaderIndex
  readonly #rows: HeaderRowStore
  readonly #ids: HeaderIdWriter
  readonly #forkIds: IdFilter
  /** What was found damaged at the start and made again, of what only repeats the headers. */
  readonly repaired: readonly string[]
  /** The last row of the best chain, decoded: each new header is appended to it. */
  #tailRow: HeaderRow | undefined
  #bestScore: bigint

  private constructor(parts: {
    db: Database
    index: HeaderIndex
    rows: HeaderRowStore
    ids: HeaderIdWriter
    forkIds: IdFilter
    bestScore: bigint
    repaired: readonly string[]
  }) {
    this.#db = parts.db
    this.#index = parts.index
    this.#rows = parts.rows
    this.#ids = parts.ids
    this.#forkIds = parts.forkIds
    this.#bestScore = parts.bestScore
    this.repaired = parts.repaired
    this.#db.onClose(async () => {
      await this.idle()
      writeTable(this.#db.path, this.#index)
    })
  }

  /**
   * Reads the index of the best chain.
   *
   * @throws StoreError STORE_CORRUPT when rows contradict each other
   */
  static async load(db: Database): Promise<HeaderStore> {
    const tip = readTip(db)
    checkTop(db, tip)
    const { base, height, bestScore } = tip
    const [forkIds, rows, found] = await Promise.all([
      loadForkIds(db),
      HeaderRowStore.load(db, base, height),
      findHeaderIds(db, height - base + 1)
    ])
    if (height >= base && rows.row(headerRowOf(base)).first !== base)
      throw damage(`the headers stored do not begin at height ${base}`)
    const { index, ids, repaired } = makeHeaderIds(db, found, rows, base, height)
    return new HeaderStore({ db, index, rows, ids, forkIds, bestScore, repaired })
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
    this.#rows.startAt(height)
  }

  /** Is the best chain on its way to another place, with more commits to come? */
  get isMoving(): boolean {
    return this.#db.get(MOVING) !== undefined
  }

  stageMoving(moving: boolean): Change {
    return moving ? { key: MOVING, value: Uint8Array.of(1) } : { key: MOVING }
  }

  /** Id of the best chain at a height. A view: copy it to keep it. */
  idAt(height: number): Uint8Array | undefined {
    return this.#index.idAt(height)
  }

  /** Height of an id on the best chain, without touching the disk. */
  canonicalHeight(id: Uint8Array): number | undefined {
    return this.#index.heightOf(id)
  }

  /** Height of any stored header, on the best chain or off it. */
  heightOf(id: Uint8Array): number | undefined {
    const height = this.#index.heightOf(id)
    if (height !== undefined) return height
    return this.#fork(id)?.height
  }

  /** Is the header stored, on the best chain or off it? */
  has(id: Uint8Array): boolean {
    return this.#index.heightOf(id) !== undefined || this.#forkBytes(id) !== undefined
  }

  /** Header of the best chain at a height. */
  at(height: number): HeaderRecord | undefined {
    const id = this.#index.idAt(height)
    if (id === undefined) return undefined
    const row = headerRowOf(height)
    const bytes = this.#rows.bytes(row)
    let found: ReturnType<typeof headerOfRow>
    try {
      found = headerOfRow(bytes, height)
    } catch (err) {
      throw asDamage(err, `the header of height ${height}`)
    }
    if (found === undefined) throw damage(`no header row for height ${height}`)
    if (this.#rows.isArchived(row) && !bytesEqual(blake2b256(found.header), id)) {
      throw damage(`the header of height ${height} is not the one of its id`)
    }
    return { id, height, bytes: found.header, score: found.score }
  }

  /** Resolves when nothing of it goes on in the background. */
  async idle(): Promise<void> {
    await Promise.all([this.#rows.idle(), this.#ids.idle()])
  }

  /** Any stored header. */
  get(id: Uint8Array): HeaderRecord | undefined {
    const height = this.#index.heightOf(id)
    if (height !== undefined) return this.at(height)
    return this.#fork(id)
  }

  /** Headers off the best chain, in no order. */
  async *forks(): AsyncGenerator<HeaderRecord> {
    for await (const [key, value] of this.#db.scan(tableRange(TABLE.forks))) yield readFork(key.slice(1), value)
  }

  /** Headers of the best chain of heights `from..to`, ascending, a row at a time. */
  *range(from: number, to: number): Generator<HeaderRecord> {
    const last = Math.min(to, this.height)
    for (let height = Math.max(from, this.base); height <= last; ) {
      const row = this.#rowAt(height)
      if (height < row.first || height >= row.first + row.headers.length) throw damage(`no header row for height ${height}`)
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
    for (let h = keep + 1; h <= oldHeight; h++) changes.push(this.#putFork(this.at(h)!))
    for (const fork of change.forks ?? []) changes.push(this.#putFork(fork))
    if (newHeight === oldHeight && canonical.length === 0) return { changes, apply: () => {} }

    for (const id of change.promoted ?? []) changes.push({ key: bytesKey(TABLE.forks, id) })
    const rows = this.#changedRows(change)
    const moveRows = this.#rows.stage({ keep, rows, oldHeight, newHeight }, changes)
    const moveIds = this.#ids.stage(Math.floor((keep - this.base + 1) / IDS_PER_PIECE), fullPieces(this.#index), changes)
    const score = canonical.at(-1)?.score ?? (keep >= this.base ? this.at(keep)!.score : 0n)
    changes.push(stageTip({ base: this.base, height: newHeight, bestScore: score }))
    return {
      changes,
      apply: () => {
        this.#index.truncate(keep)
        for (const { id } of canonical) this.#index.append(id)
        this.#bestScore = score
        this.#tailRow = rows.at(-1)
        moveRows()
        moveIds(this.#index)
      }
    }
  }

  /** Rows that hold other headers after a change, up to the last one of the chain. */
  #changedRows({ keep, canonical }: HeaderChange): HeaderRow[] {
    const rows: HeaderRow[] = []
    if (keep >= this.base) {
      const { first, headers, scores } = this.#rowAt(keep)
      const n = keep - first + 1
      if (n < HEADERS_PER_ROW || canonical.length === 0) {
        rows.push({ first, headers: headers.slice(0, n), scores: scores.slice(0, n) })
      }
    }
    for (const header of canonical) {
      let row = rows.at(-1)
      if (row === undefined || headerRowOf(row.first) !== headerRowOf(header.height)) {
        row = { first: header.height, headers: [], scores: [] }
        rows.push(row)
      }
      row.headers.push(header.bytes)
      row.scores.push(header.score)
    }
    return rows
  }

  #putFork(header: HeaderRecord): Change {
    this.#forkIds.add(header.id)
    const { height, score, bytes } = header
    return { key: bytesKey(TABLE.forks, header.id), value: encodeForkRow({ height, score, header: bytes }) }
  }

  #fork(id: Uint8Array): HeaderRecord | undefined {
    const bytes = this.#forkBytes(id)
    return bytes === undefined ? undefined : readFork(id, bytes)
  }

  #forkBytes(id: Uint8Array): Uint8Array | undefined {
    return this.#forkIds.mayHold(id) ? this.#db.get(bytesKey(TABLE.forks, id)) : undefined
  }

  #rowAt(height: number): HeaderRow {
    const tail = this.#tailRow
    if (tail !== undefined && height >= tail.first && height < tail.first + HEADERS_PER_ROW && height <= this.height) return tail
    return this.#rows.row(headerRowOf(height))
  }
}

function readFork(id: Uint8Array, bytes: Uint8Array): HeaderRecord {
  const { height, score, header } = readStored(`header ${toHex(id)} off the best chain`, () => decodeForkRow(bytes))
  return { id, height, bytes: header, score }
}

async function loadForkIds(db: Database): Promise<IdFilter> {
  const ids = new IdFilter()
  for await (const key of db.keys(tableRange(TABLE.forks))) ids.add(key.subarray(1))
  return ids
}
