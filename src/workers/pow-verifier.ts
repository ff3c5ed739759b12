import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Header, verifyPow } from '../chain/index.ts'
import { packPowJob, readPowResult } from './jobs/pow.ts'
import type { WorkerPool } from './pool.ts'

/** Headers in one job: a message to a worker costs a fifth of a header, so a few dozen hide it; more only delays the others. */
const HEADERS_PER_JOB = 64

/** How long headers are checked in the calling thread before it turns to its other work. */
const TURN_MS = 5

/** Proofs of work over a pool of threads, or in this thread a few at a time when the pool has none. */
export class PoolPowVerifier {
  readonly #pool: WorkerPool
  /** Ends when the batches before are checked, in the calling thread. */
  #tail: Promise<void> = Promise.resolve()

  constructor(pool: WorkerPool) {
    this.#pool = pool
  }

  /** True for each header whose proof of work holds, in the order given. */
  async verifyPow(headers: readonly Header[]): Promise<boolean[]> {
    if (this.#pool.size === 0) return await this.#verifyHere(headers)
    const size = Math.max(1, Math.min(HEADERS_PER_JOB, Math.ceil(headers.length / this.#pool.size)))
    const jobs: Array<Promise<Uint8Array>> = []
    for (let at = 0; at < headers.length; at += size) {
      jobs.push(this.#pool.run('pow', packPowJob(headers.slice(at, at + size))))
    }
    const results = (await Promise.all(jobs)).flatMap((part) => Array.from(part))
    return headers.map((header, i) => readPowResult(header, results[i]!))
  }

  /** One batch after the other: side by side, each would take its time out of every turn. */
  async #verifyHere(headers: readonly Header[]): Promise<boolean[]> {
    const before = this.#tail
    let finish: () => void = () => {}
    this.#tail = new Promise((resolve) => (finish = resolve))
    await before
    try {
      const out: boolean[] = []
      let turn = performance.now()
      for (const header of headers) {
        if (performance.now() - turn >= TURN_MS) {
          await nextTurn()
          turn = performance.now()
        }
        out.push(verifyPow(header))
      }
      return out
    } finally {
      finish()
    }
  }
}
