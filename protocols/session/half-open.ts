/** Counts inbound connections without a complete handshake, in total and by IP. Holds an entry only for IPs that have one. */
export class HalfOpen {
  readonly #maxTotal: number
  readonly #maxPerIp: number
  readonly #byIp = new Map<string, number>()
  #total = 0

  constructor(limits: { maxHalfOpen: number; maxHalfOpenPerIp: number }) {
    this.#maxTotal = limits.maxHalfOpen
    this.#maxPerIp = limits.maxHalfOpenPerIp
  }

  get total(): number {
    return this.#total
  }

  /** True when the total is reached. */
  get full(): boolean {
    return this.#total >= this.#maxTotal
  }

  /** IPs that have at least one. */
  get addresses(): number {
    return this.#byIp.size
  }

  /**
   * Takes a place.
   *
   * @param key - IP, or what else tells remotes apart
   * @returns gives the place back (any number of calls), or undefined when there is none
   */
  take(key: string): (() => void) | undefined {
    const count = this.#byIp.get(key) ?? 0
    if (this.#total >= this.#maxTotal || count >= this.#maxPerIp) return undefined
    this.#total++
    this.#byIp.set(key, count + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#total--
      const left = this.#byIp.get(key)! - 1
      if (left === 0) this.#byIp.delete(key)
      else this.#byIp.set(key, left)
    }
  }
}
