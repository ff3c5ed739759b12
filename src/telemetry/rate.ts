/** Samples kept: enough for a smooth rate over the window, whatever the pace of adding. */
const SAMPLES = 64

/** Rate of a growing total over the last stretch of time. Values in, values out: the caller brings the clock. */
export class RateMeter {
  readonly #windowMs: number
  readonly #samples: { time: number; total: number }[] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  /** Notes the total at a time in milliseconds. A smaller total than before (a rollback) starts afresh. */
  add(time: number, total: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && (total < last.total || time < last.time)) this.#samples.length = 0
    if (last !== undefined && time - last.time < this.#windowMs / SAMPLES && this.#samples.length > 1) {
      this.#samples[this.#samples.length - 1] = { time, total }
      return
    }
    this.#samples.push({ time, total })
    while (this.#samples.length > 2 && time - this.#samples[1]!.time >= this.#windowMs) this.#samples.shift()
  }

  /** Units a second over the window that ends at `time`; 0 before there are two samples. */
  perSecond(time: number): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || first === last) return 0
    return ((last.total - first.total) * 1000) / Math.max(1, Math.max(time, last.time) - first.time)
  }
}
