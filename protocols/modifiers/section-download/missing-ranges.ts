interface Range {
  from: number
  to: number
  until: number
  strikes: number
}

/** Ranges remembered for one peer and type; neighbours are merged, so real peers need one or two. */
const MAX_RANGES = 16

/**
 * Heights of which a peer does not seem to have a type of section. Nobody says "not found", so this is learned from silence and
 * forgotten after a time, longer with each time that it proves right.
 */
export class MissingRanges {
  #ranges: Range[] = []

  add(from: number, to: number, now: number, baseMs: number, maxMs: number): void {
    let merged: Range = { from, to, until: 0, strikes: 0 }
    const rest: Range[] = []
    for (const range of this.#ranges) {
      // Touching counts: what is asked for climbs from one range to the next.
      if (range.to + 1 < from || range.from > to + 1) rest.push(range)
      else
        merged = {
          from: Math.min(merged.from, range.from),
          to: Math.max(merged.to, range.to),
          until: 0,
          strikes: Math.max(merged.strikes, range.strikes)
        }
    }
    merged.strikes++
    merged.until = now + Math.min(maxMs, baseMs * 2 ** (merged.strikes - 1))
    this.#ranges = [...rest, merged].slice(-MAX_RANGES)
  }

  has(height: number, now: number): boolean {
    return this.#ranges.some((r) => height >= r.from && height <= r.to && now < r.until)
  }

  /** It has this height after all. */
  clear(height: number): void {
    if (this.#ranges.length > 0) this.#ranges = this.#ranges.filter((r) => height < r.from || height > r.to)
  }
}
