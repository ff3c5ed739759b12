/**
 * Ids by height, of which the highest is at hand. Heights are whatever a peer says they are, so nothing here goes from one to the
 * next by counting.
 */
export class HeightSet {
  readonly #ids = new Map<number, Set<string>>()
  /** Those that have an id, ascending. */
  readonly #heights: number[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  /** In no order. */
  *ids(): Generator<string> {
    for (const ids of this.#ids.values()) yield* ids
  }

  /** Height of the highest id; undefined when there is none. */
  get maxHeight(): number | undefined {
    return this.#heights.at(-1)
  }

  /** An id of the greatest height. */
  highest(): string | undefined {
    const top = this.maxHeight
    return top === undefined ? undefined : this.#ids.get(top)!.values().next().value
  }

  add(height: number, id: string): void {
    let ids = this.#ids.get(height)
    if (ids === undefined) {
      this.#ids.set(height, (ids = new Set()))
      this.#heights.splice(this.#placeOf(height), 0, height)
    }
    if (ids.has(id)) return
    ids.add(id)
    this.#size++
  }

  delete(height: number, id: string): void {
    const ids = this.#ids.get(height)
    if (ids === undefined || !ids.delete(id)) return
    this.#size--
    if (ids.size > 0) return
    this.#ids.delete(height)
    this.#heights.splice(this.#placeOf(height), 1)
  }

  /** Place of the first height that is not below. */
  #placeOf(height: number): number {
    const heights = this.#heights
    // Nearly always at the end: headers come in ascending order.
    let from = 0
    let to = heights.length
    if (to > 0 && heights[to - 1]! < height) return to
    while (from < to) {
      const middle = (from + to) >>> 1
      if (heights[middle]! < height) from = middle + 1
      else to = middle
    }
    return from
  }
}
