import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Header, verifyPow } from '../chain/index.ts'
import { packPowJob, readPowResult } from './jobs/pow.ts'
import type { WorkerPool } from './pool.ts'

/** Headers in one job: a message to a worker costs a fifth of a header, so a few dozen hide it; more only delays the others. */
const HEADERS_PER_JOB = 64

/** Headers checked in the calling thread before it turns to its other work: about 10 ms. */
const HEADERS_PER_TURN = 24

/** Proofs of work over a pool of threads, or in this thread a few at a time when the pool has none. */
export class PoolPowVerifier {
  readonly #pool: WorkerPool

  constructor(pool: WorkerPool) {
    this.#pool = pool
  }

  /** True for each header whose proof of work holds, in the order given. */
  async verifyPow(headers: readonly Header[]): Promise<boolean[]> {
    if (this.#pool.size === 0) return await verifyHere(headers)
    const size = Math.max(1, Math.min(HEADERS_PER_JOB, Math.ceil(headers.length / this.#pool.size)))
    const jobs: Array<Promise<Uint8Array>> = []
    for (let at = 0; at < headers.length; at += size) {
      jobs.push(this.#pool.run('pow', packPowJob(headers.slice(at, at + size))))
    }
    const results = (await Promise.all(jobs)).flatMap((part) => Array.from(part))
    return headers.map((header, i) => readPowResult(header, results[i]!))
  }
}

async function verifyHere(headers: readonly Header[]): Promise<boolean[]> {
  const out: boolean[] = []
  for (const [i, header] of headers.entries()) {
    if (i > 0 && i % HEADERS_PER_TURN === 0) await nextTurn()
    out.push(verifyPow(header))
  }
  return out
}
