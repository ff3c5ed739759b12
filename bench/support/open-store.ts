/**
 * A fresh process that opens a store, or only reads its files, and says what that took. Asked for one thing, it answers and waits
 * for its parent to end it.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { Database, HeaderStore } from '../../src/store/index.ts'

export interface OpenRequest {
  /** `keep` reads a file and keeps what it read, `skim` reads it through one buffer; `nothing` loads the code and no more. */
  readonly task: 'open' | 'keep' | 'skim' | 'nothing'
  readonly path: string
}

export interface OpenAnswer {
  readonly ms: number
  readonly height: number
  readonly keptBytes: number
  readonly rssBytes: number
}

const READ_BYTES = 1 << 20
/** For what runs in the background of an open database to end, and for pages to be given back. */
const SETTLE_MS = 500

process.once('message', (request: OpenRequest) => void answer(request))
process.on('disconnect', () => process.exit(0))

async function answer({ task, path }: OpenRequest): Promise<void> {
  const start = performance.now()
  let height = 0
  let kept: Uint8Array[] = []
  if (task === 'open') height = (await HeaderStore.load(await Database.open(path))).height
  if (task === 'keep') kept = readThrough(path, true)
  if (task === 'skim') readThrough(path, false)
  const ms = performance.now() - start
  for (let i = 0; i < 2; i++) {
    ;(globalThis as { gc?: () => void }).gc?.()
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  }
  process.send?.({ ms, height, keptBytes: kept.length * READ_BYTES, rssBytes: process.memoryUsage.rss() } satisfies OpenAnswer)
}

function readThrough(file: string, keep: boolean): Uint8Array[] {
  const kept: Uint8Array[] = []
  let buffer = new Uint8Array(READ_BYTES)
  const fd = openSync(file, 'r')
  while (readSync(fd, buffer, 0, READ_BYTES, null) > 0) {
    if (!keep) continue
    kept.push(buffer)
    buffer = new Uint8Array(READ_BYTES)
  }
  closeSync(fd)
  return kept
}
