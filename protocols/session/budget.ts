/** What is to be had at once, and how it comes back. */
export interface BudgetInit {
  readonly most: number
  readonly perSecond: number
}

/** A budget that is spent and fills up again with time, full to begin with. */
export class Budget {
  readonly #init: BudgetInit
  #left: number
  #filledAt: number | undefined

  constructor(init: BudgetInit) {
    this.#init = init
    this.#left = init.most
  }

  /**
   * Spends as much of what is asked for as is there.
   *
   * @param now milliseconds
   * @returns a whole number
   */
  take(wanted: number, now: number): number {
    const { most, perSecond } = this.#init
    const passed = Math.max(0, now - (this.#filledAt ?? now))
    this.#left = Math.min(most, this.#left + (passed * perSecond) / 1000)
    this.#filledAt = now
    const taken = Math.min(wanted, Math.floor(this.#left))
    this.#left -= taken
    return taken
  }
}
