import { toHex } from '../bytes/index.ts'
import type { Header } from '../chain/index.ts'
import { HeightSet } from './height-set.ts'

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

/** What one sender holds. */
interface Share {
  bytes: number
  readonly ids: HeightSet
  /** Parents that its headers wait for. */
  readonly missing: Set<string>
}

/**
 * Headers whose parent is not known yet, found by the parent they miss. Bounded in bytes. When it is full, who holds most gives way,
 * and of equals the header farthest ahead: it is the last to become useful.
 */
export class OrphanBuffer {
  readonly maxBytes: number
  #bytes = 0
  readonly #byId = new Map<string, Orphan>()
  readonly #byParent = new Map<string, Set<string>>()
  readonly #byHeight = new HeightSet()
  readonly #shares = new Map<string, Share>()
  /** Parents that are waited for and are no orphans themselves, and the sender they are asked of. */
  readonly #missing = new Map<string, string>()

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
    const held = this.#shares.get(source)?.bytes ?? 0
    if (held + cost > this.maxBytes * SOURCE_SHARE) return [id]
    const dropped: string[] = []
    while (this.#bytes + cost > this.maxBytes) {
      const victim = this.#victim(held + cost, header.height)
      if (victim === undefined) return [...dropped, id]
      this.remove(victim)
      dropped.push(victim)
    }
    this.#byId.set(id, orphan)
    const parent = toHex(header.parentId)
    addTo(this.#byParent, parent, id)
    this.#byHeight.add(header.height, id)
    this.#bytes += cost
    const share = this.#share(source)
    share.bytes += cost
    share.ids.add(header.height, id)
    this.#unsetMissing(id)
    if (!this.#byId.has(parent) && !this.#missing.has(parent)) this.#setMissing(parent, source)
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
    const out = [...this.#missing.keys()].map((parent) => {
      const child = this.#byId.get(this.#byParent.get(parent)!.values().next().value!)!
      return { idHex: parent, height: child.header.height - 1 }
    })
    return out.sort((a, b) => a.height - b.height).slice(0, limit)
  }

  /** Parents that headers of one sender wait for, in the order in which they were found missing. */
  missingParentsOf(source: string, limit: number): string[] {
    const out: string[] = []
    for (const parent of this.#shares.get(source)?.missing ?? []) {
      if (out.length >= limit) break
      out.push(parent)
    }
    return out
  }

  /** Drops an orphan; undefined when it is not here. */
  remove(idHex: string): Orphan | undefined {
    const orphan = this.#byId.get(idHex)
    if (orphan === undefined) return undefined
    const { header, source } = orphan
    const parent = toHex(header.parentId)
    this.#byId.delete(idHex)
    removeFrom(this.#byParent, parent, idHex)
    this.#byHeight.delete(header.height, idHex)
    const cost = costOf(header)
    this.#bytes -= cost
    const share = this.#share(source)
    share.bytes -= cost
    share.ids.delete(header.height, idHex)
    this.#findAsked(parent)
    this.#findAsked(idHex)
    if (share.ids.size === 0) this.#shares.delete(source)
    return orphan
  }

  /** Drops all that a sender gave, e.g. when it is gone or has lied. */
  removeSource(source: string): void {
    for (const id of [...(this.#shares.get(source)?.ids.ids() ?? [])]) this.remove(id)
  }

  /** Who gives way to a newcomer whose sender would hold `bytes`: the highest of the largest share, else whatever lies higher. */
  #victim(bytes: number, height: number): string | undefined {
    let largest: Share | undefined
    for (const share of this.#shares.values()) if (share.bytes > (largest?.bytes ?? bytes)) largest = share
    if (largest !== undefined) return largest.ids.highest()
    return height >= (this.#byHeight.maxHeight ?? 0) ? undefined : this.#byHeight.highest()
  }

  #share(source: string): Share {
    let share = this.#shares.get(source)
    if (share === undefined) this.#shares.set(source, (share = { bytes: 0, ids: new HeightSet(), missing: new Set() }))
    return share
  }

  #setMissing(parent: string, source: string): void {
    this.#missing.set(parent, source)
    this.#share(source).missing.add(parent)
  }

  #unsetMissing(parent: string): void {
    const source = this.#missing.get(parent)
    if (source === undefined) return
    this.#missing.delete(parent)
    this.#shares.get(source)?.missing.delete(parent)
  }

  /** Decides anew whether, and of whom, a parent is asked. */
  #findAsked(parent: string): void {
    const child = this.#byId.has(parent) ? undefined : this.#byParent.get(parent)?.values().next().value
    const source = child === undefined ? undefined : this.#byId.get(child)!.source
    if (source !== undefined && source === this.#missing.get(parent)) return
    this.#unsetMissing(parent)
    if (source !== undefined) this.#setMissing(parent, source)
  }
}

const costOf = (header: Header): number => header.size + OVERHEAD_BYTES

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key)
  if (set === undefined) map.set(key, new Set([value]))
  else set.add(value)
}

function removeFrom(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key)
  if (set === undefined) return
  set.delete(value)
  if (set.size === 0) map.delete(key)
}
