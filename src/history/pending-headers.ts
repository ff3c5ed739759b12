import { bytesEqual, toHex } from '../bytes/index.ts'
import type { Header } from '../chain/index.ts'

/** A header and the sum of difficulties up to it. */
export interface ScoredHeader {
  readonly header: Header
  readonly score: bigint
}

/** A header accepted in the batch at hand, not yet committed. */
export interface PendingHeader extends ScoredHeader {
  /** Its id as hex. */
  readonly key: string
  /** Its parent when that is pending too; else it is stored. */
  readonly parent: PendingHeader | undefined
  /** The unbranched stretch of pending headers it is part of, consecutive. */
  readonly run: PendingHeader[]
}

/**
 * Headers of one batch on their way into the chain, with their branches: a batch is nearly always one run of hundreds, in which
 * ancestors are found by counting, not by walking.
 */
export class PendingHeaders {
  readonly #byId = new Map<string, PendingHeader>()
  #last: PendingHeader | undefined

  get size(): number {
    return this.#byId.size
  }

  has(key: string): boolean {
    return this.#byId.has(key)
  }

  get(id: Uint8Array): PendingHeader | undefined {
    if (this.#byId.size === 0) return undefined
    const last = this.#last!
    return bytesEqual(last.header.id, id) ? last : this.#byId.get(toHex(id))
  }

  add(header: Header, key: string, score: bigint, parent: PendingHeader | undefined): PendingHeader {
    const run = parent !== undefined && parent.run.at(-1) === parent ? parent.run : []
    const entry: PendingHeader = { header, key, score, parent, run }
    run.push(entry)
    this.#byId.set(key, entry)
    this.#last = entry
    return entry
  }

  values(): IterableIterator<PendingHeader> {
    return this.#byId.values()
  }

  /**
   * Ancestor of a pending header, or itself, at a height: a pending one, or the id of the stored header from which on to look for
   * it. Undefined above the header.
   */
  ancestorAt(entry: PendingHeader, height: number): Header | { readonly storedId: Uint8Array } | undefined {
    if (height > entry.header.height) return undefined
    for (let cursor = entry; ; ) {
      const first = cursor.run[0]!
      if (height >= first.header.height) return cursor.run[height - first.header.height]!.header
      if (first.parent === undefined) return { storedId: first.header.parentId }
      cursor = first.parent
    }
  }
}
