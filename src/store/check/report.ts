import { StoreError } from '../errors.ts'

/** More findings than this say no more than these. */
const MAX_PROBLEMS = 100

/** Records read between two turns of the event loop. */
const RECORDS_PER_TURN = 2_000

/** What a look through the whole store found. */
export interface CheckReport {
  /** On the best chain. */
  readonly headers: number
  /** Headers off it. */
  readonly forks: number
  /** Headers marked as invalid. */
  readonly invalid: number
  /** Block sections. */
  readonly sections: number
  /** States that a rollback can go to. */
  readonly states: number
  /** Each names the record and what it contradicts; empty when all is well. */
  readonly problems: readonly string[]
  /** What was damaged and made again when the store was opened: nothing is lost. */
  readonly repaired: readonly string[]
}

/** Collects what is found. */
export class Findings {
  readonly problems: string[] = []
  readonly #onProgress: (records: number) => void
  #records = 0

  constructor(onProgress: (records: number) => void) {
    this.#onProgress = onProgress
  }

  note(problem: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem)
  }

  /** Counts a record, and gives others a turn now and then. */
  async count(): Promise<void> {
    if (++this.#records % RECORDS_PER_TURN !== 0) return
    this.#onProgress(this.#records)
    await new Promise((resolve) => setImmediate(resolve))
  }

  /**
   * Looks at records one by one; what is wrong with one does not keep from the next.
   *
   * @returns how many there were
   */
  async each<T>(records: AsyncIterable<T>, look: (record: T) => void): Promise<number> {
    let seen = 0
    for await (const record of records) {
      await this.attempt(() => look(record))
      seen++
      await this.count()
    }
    return seen
  }

  /**
   * What the store itself finds damaged on the way is noted, and ends that part of the look.
   *
   * @returns true when all went well
   */
  async attempt(look: () => Promise<void> | void): Promise<boolean> {
    try {
      await look()
      return true
    } catch (err) {
      if (!(err instanceof StoreError) || err.code === 'STORE_CLOSED') throw err
      this.note(err.message)
      return false
    }
  }
}
