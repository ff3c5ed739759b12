import { toHex } from '../bytes/index.ts'
import type { Header } from '../chain/index.ts'

/** A header that waits for its parent. Its proof of work has been checked. */
export interface Orphan {
  readonly header: Header
  /** Who sent it: one sender may not fill the buffer alone. */
  readonly source: string
}

/** Map entries, ids as strings and the object around a header of about 220 bytes, measured roughly. */
const OVERHEAD_BYTES = 600

/** Half of the buffer: what one sender may hold. */
const SOURCE_SHARE = 0.5

/**
 * Headers whose parent is not known yet, found by the parent they miss. Bounded in bytes: the header farthest ahead is dropped
 * first, since it is the last to become useful.
 */
export class OrphanBuffer {
  readonly maxBytes: number
  #bytes = 0
  readonly #byId = new Map<string, Orphan>()
  readonly #byParent = new Map<string, Set<string>>()
  readonly #byHeight = new Map<number, Set<string>>()
  readonly #bytesBySource = new Map<string, number>()
  #maxHeight = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get size(): number {
    return this.#byId.size
  }

  get bytes(): number {
    return this.#bytes
  }

  has(idHex: string): boolean {
    return this.#byId.has(idHex)
  }

  /** Keeps an orphan; returns the ids dropped to make room, its own among them when it is the one that does not fit. */
  add(orphan: Orphan): string[] {
    const { header, source } = orphan
    const id = header.idHex
    if (this.#byId.has(id)) return []
    const cost = costOf(header)
    const held = this.#bytesBySource.get(source) ?? 0
    if (held + cost > this.maxBytes * SOURCE_SHARE) return [id]
    const dropped: string[] = []
    while (this.#bytes + cost > this.maxBytes) {
      if (header.height >= this.#maxHeight) return [...dropped, id]
      const victim = this.#byHeight.get(this.#maxHeight)!.values().next().value!
      this.remove(victim)
      dropped.push(victim)
    }
    this.#byId.set(id, orphan)
    addTo(this.#byParent, toHex(header.parentId), id)
    addTo(this.#byHeight, header.height, id)
    this.#maxHeight = Math.max(this.#maxHeight, header.height)
    this.#bytes += cost
    this.#bytesBySource.set(source, held + cost)
    return dropped
  }

  /** Takes out the orphans that wait for a parent. */
  takeChildren(parentIdHex: string): Orphan[] {
    const out: Orphan[] = []
    for (const id of [...(this.#byParent.get(parentIdHex) ?? [])]) {
      const orphan = this.remove(id)
      if (orphan !== undefined) out.push(orphan)
    }
    return out
  }

  /** Parents that are waited for and are not orphans themselves, lowest first: what has to be asked for. */
  missingParents(limit: number): Array<{ idHex: string; height: number }> {
    const out: Array<{ idHex: string; height: number }> = []
    for (const [parent, children] of this.#byParent) {
      if (this.#byId.has(parent)) continue
      const child = this.#byId.get(children.values().next().value!)!
      out.push({ idHex: parent, height: child.header.height - 1 })
    }
    return out.sort((a, b) => a.height - b.height).slice(0, limit)
  }

  /** Drops an orphan; undefined when it is not here. */
  remove(idHex: string): Orphan | undefined {
    const orphan = this.#byId.get(idHex)
    if (orphan === undefined) return undefined
    const { header, source } = orphan
    this.#byId.delete(idHex)
    removeFrom(this.#byParent, toHex(header.parentId), idHex)
    removeFrom(this.#byHeight, header.height, idHex)
    const cost = costOf(header)
    this.#bytes -= cost
    const held = (this.#bytesBySource.get(source) ?? 0) - cost
    if (held > 0) this.#bytesBySource.set(source, held)
    else this.#bytesBySource.delete(source)
    if (this.#byId.size === 0) this.#maxHeight = 0
    else while (!this.#byHeight.has(this.#maxHeight)) this.#maxHeight--
    return orphan
  }

  /** Drops all that a sender gave, e.g. when it is banned. */
  removeSource(source: string): void {
    for (const [id, orphan] of this.#byId) if (orphan.source === source) this.remove(id)
  }
}

const costOf = (header: Header): number => header.size + OVERHEAD_BYTES

function addTo<K>(map: Map<K, Set<string>>, key: K, value: string): void {
  const set = map.get(key)
  if (set === undefined) map.set(key, new Set([value]))
  else set.add(value)
}

function removeFrom<K>(map: Map<K, Set<string>>, key: K, value: string): void {
  const set = map.get(key)
  if (set === undefined) return
  set.delete(value)
  if (set.size === 0) map.delete(key)
}
