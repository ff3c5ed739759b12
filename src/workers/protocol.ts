import type { TransactionVerdict } from '../transaction/index.ts'
import type { PowJob, PowResult } from './jobs/pow.ts'
import type { TransactionsJob } from './jobs/transactions.ts'

/**
 * What a worker can be asked, by kind. A request and its result are structured-clone friendly: numbers, bigints, byte arrays,
 * plain objects.
 */
export interface JobKinds {
  pow: { request: PowJob; result: PowResult }
  transactions: { request: TransactionsJob; result: TransactionVerdict[] }
}

export type JobKind = keyof JobKinds
export type JobRequest<K extends JobKind> = JobKinds[K]['request']
export type JobResult<K extends JobKind> = JobKinds[K]['result']

/** Message to a worker. */
export interface JobMessage {
  readonly id: number
  readonly kind: JobKind
  readonly request: JobRequest<JobKind>
}

/** Message from a worker. */
export type JobReply =
  | { readonly id: number; readonly result: JobResult<JobKind> }
  /** The job threw: a fault of ours, since jobs answer every input with a result. */
  | { readonly id: number; readonly error: string }
