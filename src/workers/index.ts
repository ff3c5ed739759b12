/**
 * Worker threads and the jobs they run: proofs of work, scripts.
 *
 * @packageDocumentation
 */
export { PoolBlockVerifier } from './block-verifier.ts'
export { WorkerError } from './errors.ts'
export { WorkerPool, type WorkerPoolInit } from './pool.ts'
export { PoolPowVerifier } from './pow-verifier.ts'
export type { JobKind, JobKinds, JobRequest, JobResult } from './protocol.ts'
