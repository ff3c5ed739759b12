import { type Header, scanHeader, verifyPow } from '../../chain/index.ts'

/** Headers in one array, so that one buffer moves to the worker and nothing is copied for each header. */
export interface PowJob {
  /** Canonical headers, one after the other. */
  readonly bytes: Uint8Array
  /** End of each header in `bytes`. */
  readonly ends: Uint32Array
}

/** One byte for each header: 0 when its proof of work does not hold, else one more than its superblock level. */
export type PowResult = Uint8Array

/** Stands for a proof that holds, of a level that the byte has no room for. */
const HOLDS = 0xff

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

export function runPowJob({ bytes, ends }: PowJob): PowResult {
  const out = new Uint8Array(ends.length)
  for (let i = 0; i < ends.length; i++) {
    const start = i === 0 ? 0 : ends[i - 1]!
    const header = scanHeader(bytes, start, ends[i]!)
    out[i] = verifyPow(header) ? Math.min(HOLDS, 1 + (header.knownLevel ?? HOLDS)) : 0
  }
  return out
}

/** What a byte of the result says of its header; the level is left with it, for it costs as much again to find out. */
export function readPowResult(header: Header, result: number): boolean {
  if (result !== 0 && result !== HOLDS) header.noteLevel(result - 1)
  return result !== 0
}
