/** The peer of the store: classic-level as its users would set it up, on a directory for the time of a run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What makes classic-level fastest for hashes: no attempt to compress them, buffers of 64 MiB. */
export const TUNED = { compression: false, writeBufferSize: 64 << 20, cacheSize: 64 << 20 } as const

export async function inDirectory<T>(run: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'ergo-bench-'))
  try {
    return await run(path)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}
