import { bytesEqual } from './arrays.ts'

interface Entry<V> {
  readonly id: Uint8Array
  value: V
  /** Of an id that begins alike. */
  next: Entry<V> | undefined
}

/** Bits of an id that its place is found by: numbers of this size are what maps look up fastest. */
const KEY_MASK = 0x3fffffff

/**
 * Values by ids that are hashes, or anything else whose first four bytes differ mostly. Looks at a few bytes where a `Map` needs
 * a string of all of them first. Keeps the ids given, which must not be written to.
 */
export class IdMap<V> {
  readonly #entries = new Map<number, Entry<V>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: Uint8Array): V | undefined {
    return this.#find(id)?.value
  }

  has(id: Uint8Array): boolean {
    return this.#find(id) !== undefined
  }

  set(id: Uint8Array, value: V): this {
    const found = this.#find(id)
    if (found !== undefined) {
      found.value = value
      return this
    }
    const key = keyOf(id)
    this.#entries.set(key, { id, value, next: this.#entries.get(key) })
    this.#size++
    return this
  }

  /** @returns whether it was there */
  delete(id: Uint8Array): boolean {
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
    for (const first of this.#entries.values()) {
      for (let entry: Entry<V> | undefined = first; entry !== undefined; entry = entry.next) yield entry.value
    }
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
