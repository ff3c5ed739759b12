import type { Change, Database, HeaderRecord, HeaderStore } from '../store/index.ts'
import type { HeaderChainChange } from './header-outcome.ts'
import { type PendingHeader, PendingHeaders, type ScoredHeader } from './pending-headers.ts'
import { storedHeader } from './stored-header.ts'

/**
 * Headers that leave the best chain with one commit: about 30 ms of work and a few megabytes. More of them go before the commit that
 * brings the other branch, from the top, so that no depth of a reorganisation needs more memory than there is.
 */
export const MAX_REMOVED_PER_COMMIT = 4096

/** The way from the best chain to a new tip. */
export interface ChainPath {
  /** Height of the last header that stays; undefined when none does. */
  readonly forkHeight: number | undefined
  /** Headers above it, ascending. */
  readonly added: readonly HeaderRecord[]
  /** Those of them that are stored off the best chain. */
  readonly promoted: readonly Uint8Array[]
  /** Those of them that are pending. */
  readonly pendingPart: readonly PendingHeader[]
}

/** Moves the best chain, one atomic batch after the other. There is one writer. */
export class ChainMover {
  readonly #db: Database
  readonly #store: HeaderStore
  /** Headers were taken off that what is to replace them has not followed. */
  #moving: boolean

  constructor(db: Database, store: HeaderStore) {
    this.#db = db
    this.#store = store
    this.#moving = store.isMoving
  }

  /**
   * Brings to an end what was cut off between two commits of {@link shorten}: goes to the best branch that is stored.
   *
   * @param isInvalid says of a header whether it is marked
   */
  async resume(isInvalid: (id: Uint8Array) => boolean): Promise<void> {
    if (!this.#moving) return
    const branches: HeaderRecord[] = []
    for await (const fork of this.#store.forks()) {
      if (fork.score > this.#store.bestScore && !isInvalid(fork.id)) branches.push(fork)
    }
    branches.sort((a, b) => (a.score < b.score ? 1 : -1))
    for (const branch of branches) {
      const path = this.storedPath(branch)
      // What stands on a marked header may not be marked itself yet.
      if (path.promoted.some(isInvalid)) continue
      await this.switchTo(path, new PendingHeaders(), [])
      return
    }
    await this.#db.commit('headers', [this.#store.stageMoving(false)])
    this.#moving = false
  }

  /** The best header, on its own bytes. */
  tip(): HeaderRecord | undefined {
    const tip = this.#store.at(this.#store.height)
    return tip === undefined ? undefined : { ...tip, id: tip.id.slice() }
  }

  /** From the best chain to a pending header. */
  pathTo(best: PendingHeader): ChainPath {
    const pendingPart: PendingHeader[] = []
    for (let cursor: PendingHeader | undefined = best; cursor !== undefined; cursor = cursor.parent) pendingPart.push(cursor)
    const first = pendingPart.at(-1)!.header
    const stored = this.storedPath(first.isGenesis ? undefined : this.#store.get(first.parentId))
    return { ...stored, added: [...stored.added, ...pendingPart.reverse().map(recordOf)], pendingPart }
  }

  /** From the best chain to a stored header; undefined stands for what lies below the first. */
  storedPath(tip: HeaderRecord | undefined): ChainPath {
    const path: HeaderRecord[] = []
    let cursor = tip
    while (cursor !== undefined && this.#store.canonicalHeight(cursor.id) === undefined) {
      path.push(cursor)
      cursor = this.#store.get(storedHeader(cursor).parentId)
    }
    return { forkHeight: cursor?.height, added: path.reverse(), promoted: path.map((r) => r.id), pendingPart: [] }
  }

  /** Adds headers beside the best chain, which stays. */
  async addForks(pending: PendingHeaders, marks: readonly Change[]): Promise<void> {
    await this.#commit({ keep: this.#store.height, canonical: [], forks: Array.from(pending.values(), recordOf) }, marks)
  }

  /** Makes the end of the path the best header, in one batch with the other pending headers and the marks. */
  async switchTo(
    path: ChainPath,
    pending: PendingHeaders,
    marks: readonly Change[],
    keepAtMost: number = Number.POSITIVE_INFINITY
  ): Promise<HeaderChainChange> {
    const { added, promoted, pendingPart } = path
    const forkHeight = path.forkHeight ?? Math.min(this.#store.base - 1, keepAtMost)
    const removed = this.#store.height - forkHeight
    const oldTip = removed > 0 ? this.tip() : undefined
    await this.shorten(forkHeight)
    const onPath = new Set(pendingPart)
    const forks = onPath.size === pending.size ? [] : [...pending.values()].filter((p) => !onPath.has(p)).map(recordOf)
    const arrival = this.#moving ? [this.#store.stageMoving(false)] : []
    await this.#commit({ keep: forkHeight, canonical: added, promoted, forks }, [...marks, ...arrival])
    this.#moving = false
    return { forkHeight, removed, oldTip, added }
  }

  /**
   * Takes headers off the top until no more are left above a height than one commit may take. After a crash in between the chain is
   * a shorter one, which {@link resume} takes to the best branch that is stored; what else was to come then comes again from peers.
   *
   * @param mark for each header taken off
   */
  async shorten(height: number, mark?: (record: HeaderRecord) => Change): Promise<void> {
    for (;;) {
      const keep = this.#store.height - MAX_REMOVED_PER_COMMIT
      if (keep <= height) return
      const marks = mark === undefined ? [] : Array.from(this.#store.range(keep + 1, this.#store.height), mark)
      await this.#commit({ keep, canonical: [] }, [...marks, this.#store.stageMoving(true)])
      this.#moving = true
    }
  }

  async #commit(change: Parameters<HeaderStore['stage']>[0], marks: readonly Change[]): Promise<void> {
    const staged = this.#store.stage(change)
    await this.#db.commit('headers', [...staged.changes, ...marks])
    staged.apply()
  }
}

function recordOf(entry: ScoredHeader): HeaderRecord {
  const { header, score } = entry
  return { id: header.id, height: header.height, bytes: header.bytes, score }
}
