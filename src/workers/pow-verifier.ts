import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Header, verifyPow } from '../chain/index.ts'
import { WorkerError } from './errors.ts'
import { packPowJob, readPowResult } from './jobs/pow.ts'
import type { WorkerPool } from './pool.ts'

/** Headers in one job: a message to a worker costs a fifth of a header, so a few dozen hide it; more only delays the others. */
const HEADERS_PER_JOB = 64

/** Jobs at the pool for each of its threads: one that runs and one lined up. */
const JOBS_PER_THREAD = 2

/**
 * Up to this many threads the calling one takes a share of what they do not keep up with: with one worker on two cores it would
 * have little else to do while headers are synced. Beside more threads its share would be small, and it has them to feed.
 */
const MAX_HELPED_THREADS = 2

/** How long headers are checked in the calling thread before it turns to its other work. */
const TURN_MS = 5

interface Job {
  readonly headers: readonly Header[]
  readonly resolve: (verdicts: boolean[]) => void
  readonly reject: (err: unknown) => void
}

/**
 * Proofs of work over a pool of threads, first come first served; in this thread, a few at a time, when the pool has none or cannot
 * keep up.
 */
export class PoolPowVerifier {
  readonly #pool: WorkerPool
  readonly #queue: Job[] = []
  /** Headers whose proof of work was looked at since the start, and the milliseconds from when a thread was given them. */
  readonly totals = { headers: 0, ms: 0 }
  #atPool = 0
  #working = false

  constructor(pool: WorkerPool) {
    this.#pool = pool
  }

  /** True for each header whose proof of work holds, in the order given. */
  async verifyPow(headers: readonly Header[]): Promise<boolean[]> {
    const jobs: Array<Promise<boolean[]>> = []
    for (let at = 0; at < headers.length; at += HEADERS_PER_JOB) {
      const part = headers.slice(at, at + HEADERS_PER_JOB)
      jobs.push(new Promise((resolve, reject) => this.#queue.push({ headers: part, resolve, reject })))
    }
    this.#dispatch()
    return (await Promise.all(jobs)).flat()
  }

  #dispatch(): void {
    const { size } = this.#pool
    while (this.#queue.length > 0 && this.#atPool < size * JOBS_PER_THREAD) void this.#runAtPool(this.#queue.shift()!)
    if (this.#queue.length > 0 && !this.#working && size <= MAX_HELPED_THREADS) void this.#runHere()
  }

  async #runAtPool({ headers, resolve, reject }: Job): Promise<void> {
    this.#atPool++
    const startedAt = performance.now()
    try {
      const results = await this.#pool.run('pow', packPowJob(headers))
      if (results.length !== headers.length)
        throw new WorkerError('WORKER_FAULT', `pow job: ${results.length} results for ${headers.length} headers`)
      resolve(headers.map((header, i) => readPowResult(header, results[i]!)))
    } catch (err) {
      reject(err)
    } finally {
      this.#note(headers.length, startedAt)
      this.#atPool--
      this.#dispatch()
    }
  }

  /** One job after the other: side by side, each would take its time out of every turn. */
  async #runHere(): Promise<void> {
    this.#working = true
    let turn = performance.now()
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      const startedAt = performance.now()
      try {
        const verdicts: boolean[] = []
        for (const header of job.headers) {
          if (this.#pool.stopped) throw new WorkerError('WORKER_STOPPED', 'the worker pool was stopped')
          if (performance.now() - turn >= TURN_MS) {
            await nextTurn()
            turn = performance.now()
          }
          verdicts.push(verifyPow(header))
        }
        job.resolve(verdicts)
      } catch (err) {
        job.reject(err)
      }
      this.#note(job.headers.length, startedAt)
    }
    this.#working = false
  }

  #note(headers: number, startedAt: number): void {
    this.totals.headers += headers
    this.totals.ms += performance.now() - startedAt
  }
}
