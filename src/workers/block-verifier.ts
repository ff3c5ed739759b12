import { setImmediate as nextTurn } from 'node:timers/promises'
import { type PreparedBlock, verifyTransaction } from '../state/index.ts'
import type { TransactionVerdict } from '../transaction/index.ts'
import { packTransactionsJob } from './jobs/transactions.ts'
import type { WorkerPool } from './pool.ts'

/** Inputs in one job: a few milliseconds of signatures, enough to hide the message around them. */
const INPUTS_PER_JOB = 48

/** How long transactions are judged in this thread before it turns to its other work. */
const TURN_MS = 5

/** Transactions of blocks over a pool of threads, or in this thread a few at a time when the pool has none. */
export class PoolBlockVerifier {
  readonly #pool: WorkerPool
  /** Blocks judged in this thread take turns: together they would keep it from its other work longer than one may. */
  #tail: Promise<unknown> = Promise.resolve()
  #turn = 0

  constructor(pool: WorkerPool) {
    this.#pool = pool
  }

  /**
   * A verdict for each transaction of a block, in order, each as if it stood first in it.
   *
   * @throws WorkerError or ScriptFaultError when one could not be judged: no verdict
   */
  async verifyTransactions(prepared: PreparedBlock): Promise<TransactionVerdict[]> {
    if (this.#pool.size === 0) {
      const verdicts = this.#tail.then(() => this.#verifyHere(prepared))
      this.#tail = verdicts.catch(() => {})
      return await verdicts
    }
    const { jobs } = prepared
    const parts: Array<Promise<TransactionVerdict[]>> = []
    for (let from = 0; from < jobs.length; ) {
      let to = from
      let inputs = 0
      while (to < jobs.length && (to === from || inputs + jobs[to]!.inputs.length <= INPUTS_PER_JOB))
        inputs += jobs[to++]!.inputs.length
      parts.push(this.#pool.run('transactions', packTransactionsJob(prepared, from, to)))
      from = to
    }
    return (await Promise.all(parts)).flat()
  }

  async #verifyHere({ jobs, validation }: PreparedBlock): Promise<TransactionVerdict[]> {
    const out: TransactionVerdict[] = []
    for (const job of jobs) {
      if (performance.now() - this.#turn > TURN_MS) {
        await nextTurn()
        this.#turn = performance.now()
      }
      out.push(verifyTransaction(job, validation, 0))
    }
    return out
  }
}
