import type { JobKind, JobRequest, JobResult } from '../protocol.ts'
import { runPowJob } from './pow.ts'
import { runTransactionsJob } from './transactions.ts'

const JOBS: { [K in JobKind]: (request: JobRequest<K>) => JobResult<K> } = {
  pow: (request) => runPowJob(request),
  transactions: (request) => runTransactionsJob(request)
}

/** Runs a job in this thread. */
export function runJob<K extends JobKind>(kind: K, request: JobRequest<K>): JobResult<K> {
  return JOBS[kind](request)
}
