import { bytesEqual } from './arrays.ts'
import { toHex } from './hex.ts'

interface Entry<V> {
  readonly id: Uint8Array
  value: V
  /** Of an id that begins alike. */
  next: Entry<V> | undefined
}

/** Bits of an id that its place is found by: numbers of this size are what maps look up fastest. */
const KEY_MASK = 0x3fffffff

/**
 * Ids that begin alike and are gone through one after the other. Hashes never come to a fraction of this; who wrote that many by hand
 * means to make it slow.
 */
const MAX_ALIKE = 32

/**
 * Values by ids that are hashes, or anything else whose first four bytes differ mostly. Looks at a few bytes where a `Map` needs
 * a string of all of them first, and becomes such a map when too many ids begin alike. Keeps the ids given, which must not be written to.
 */
export class IdMap<V> {
  readonly #entries = new Map<number, Entry<V>>()
  /** What holds all entries once too many ids began alike. */
  #byHex: Map<string, V> | undefined
  #size = 0

  get size(): number {
    return this.#byHex?.size ?? this.#size
  }

  get(id: Uint8Array): V | undefined {
    return this.#byHex === undefined ? this.#find(id)?.value : this.#byHex.get(toHex(id))
  }

  has(id: Uint8Array): boolean {
    return this.#byHex === undefined ? this.#find(id) !== undefined : this.#byHex.has(toHex(id))
  }

  set(id: Uint8Array, value: V): this {
    if (this.#byHex !== undefined) {
      this.#byHex.set(toHex(id), value)
      return this
    }
    const key = keyOf(id)
    const first = this.#entries.get(key)
    let alike = 0
    for (let entry = first; entry !== undefined; entry = entry.next, alike++) {
      if (!bytesEqual(entry.id, id)) continue
      entry.value = value
      return this
    }
    this.#entries.set(key, { id, value, next: first })
    this.#size++
    if (alike >= MAX_ALIKE) this.#toHexKeys()
    return this
  }

  /** @returns whether it was there */
  delete(id: Uint8Array): boolean {
    if (this.#byHex !== undefined) return this.#byHex.delete(toHex(id))
    const key = keyOf(id)
    let before: Entry<V> | undefined
    for (let entry = this.#entries.get(key); entry !== undefined; entry = entry.next) {
      if (!bytesEqual(entry.id, id)) {
        before = entry
        continue
      }
      if (before !== undefined) before.next = entry.next
      else if (entry.next !== undefined) this.#entries.set(key, entry.next)
      else this.#entries.delete(key)
      this.#size--
      return true
    }
    return false
  }

  /** In no order. */
  *values(): Generator<V> {
    if (this.#byHex !== undefined) yield* this.#byHex.values()
    for (const first of this.#entries.values()) {
      for (let entry: Entry<V> | undefined = first; entry !== undefined; entry = entry.next) yield entry.value
    }
  }

  #toHexKeys(): void {
    const byHex = new Map<string, V>()
    for (const first of this.#entries.values()) {
      for (let entry: Entry<V> | undefined = first; entry !== undefined; entry = entry.next)
        byHex.set(toHex(entry.id), entry.value)
    }
    this.#byHex = byHex
    this.#entries.clear()
  }

  #find(id: Uint8Array): Entry<V> | undefined {
    let entry = this.#entries.get(keyOf(id))
    while (entry !== undefined && !bytesEqual(entry.id, id)) entry = entry.next
    return entry
  }
}

function keyOf(id: Uint8Array): number {
  return (id[0]! | (id[1]! << 8) | (id[2]! << 16) | (id[3]! << 24)) & KEY_MASK
}
