import type { Header } from '../chain/index.ts'

/**
 * Parsed headers of late use. A difficulty adjustment of the classic kind looks at nine headers that lie 8,192 heights apart, so a
 * cache that holds the last few thousand serves all but those.
 */
const MAX_HEADERS = 4096

/** A header and the sum of difficulties up to it. */
export interface ScoredHeader {
  readonly header: Header
  readonly score: bigint
}

/** Least recently used headers by id, as hex. */
export class HeaderCache {
  readonly #map = new Map<string, ScoredHeader>()

  get(key: string): ScoredHeader | undefined {
    const found = this.#map.get(key)
    if (found === undefined) return undefined
    this.#map.delete(key)
    this.#map.set(key, found)
    return found
  }

  set(entry: ScoredHeader, key: string): void {
    this.#map.delete(key)
    this.#map.set(key, entry)
    if (this.#map.size > MAX_HEADERS) this.#map.delete(this.#map.keys().next().value!)
  }
}
