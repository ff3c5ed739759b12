import { type Header, scanHeader, verifyPow } from '../../chain/index.ts'

/** Headers in one array, so that one buffer moves to the worker and nothing is copied for each header. */
export interface PowJob {
  /** Canonical headers, one after the other. */
  readonly bytes: Uint8Array
  /** End of each header in `bytes`. */
  readonly ends: Uint32Array
}

/** One byte for each header: 1 when its proof of work holds. */
export type PowResult = Uint8Array

export function packPowJob(headers: readonly Header[]): PowJob {
  let size = 0
  for (const header of headers) size += header.size
  const bytes = new Uint8Array(size)
  const ends = new Uint32Array(headers.length)
  let at = 0
  for (const [i, header] of headers.entries()) {
    bytes.set(header.bytes, at)
    at += header.size
    ends[i] = at
  }
  return { bytes, ends }
}

/** Checks a range of the headers of a job, in place of the whole when the caller wants to pause in between. */
export function runPowJob(job: PowJob, from = 0, to: number = job.ends.length): PowResult {
  const out = new Uint8Array(to - from)
  for (let i = from; i < to; i++) {
    const start = i === 0 ? 0 : job.ends[i - 1]!
    out[i - from] = verifyPow(scanHeader(job.bytes, start, job.ends[i]!)) ? 1 : 0
  }
  return out
}
