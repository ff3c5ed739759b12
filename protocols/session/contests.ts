import type { ErgoSession } from './ergo-session.ts'

interface Contest {
  readonly keep: ErgoSession
  readonly end: ErgoSession
  readonly since: number
}

/** Pairs of sessions with one peer, of which one is to be left once it is seen that the peer keeps both. */
export class Contests {
  readonly #waitMs: number
  #pairs: Contest[] = []

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  add(keep: ErgoSession, end: ErgoSession, now: number): void {
    this.#pairs.push({ keep, end, since: now })
  }

  /** Ends those that have lost. A pair of which one has ended otherwise is settled. */
  sweep(now: number): void {
    if (this.#pairs.length === 0) return
    this.#pairs = this.#pairs.filter(({ keep, end, since }) => {
      if (keep.closed !== undefined || end.closed !== undefined) return false
      if (now - since < this.#waitMs) return true
      end.end('SUPERSEDED', 'local', 'the other connection with the same peer stays')
      return false
    })
  }
}
