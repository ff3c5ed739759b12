/**
 * A map that forgets its oldest entries: setting a key makes it the youngest. Unlike a cache library's it takes no memory before it
 * has entries, which counts where there is one a peer.
 */
export class BoundedMap<K, V> {
  readonly max: number
  readonly #map = new Map<K, V>()

  constructor(max: number) {
    this.max = max
  }

  get size(): number {
    return this.#map.size
  }

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  has(key: K): boolean {
    return this.#map.has(key)
  }

  set(key: K, value: V): void {
    this.#map.delete(key)
    this.#map.set(key, value)
    if (this.#map.size > this.max) this.#map.delete(this.#map.keys().next().value!)
  }

  delete(key: K): boolean {
    return this.#map.delete(key)
  }

  clear(): void {
    this.#map.clear()
  }

  /** Oldest first. */
  entries(): IterableIterator<[K, V]> {
    return this.#map.entries()
  }

  keys(): IterableIterator<K> {
    return this.#map.keys()
  }

  values(): IterableIterator<V> {
    return this.#map.values()
  }
}
