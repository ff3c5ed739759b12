import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, HeaderStore } from '../../src/store/index.ts'
import { Child } from './child.ts'
import { RandomHeaders } from './headers.ts'
import type { OpenAnswer, OpenRequest } from './open-store.ts'

/** As many as mainnet has in 2026. */
export const BIG_STORE_HEADERS = 1_900_000

const BATCH = 1_000
const LAST_HEADERS = 50
const BULK = BIG_STORE_HEADERS - LAST_HEADERS
/** Headers made at a time; the store settles after each of these. */
const PORTION = 50_000

/** Runs something with a store of 1.9 million synthetic headers, and removes it. */
export async function withBigStore<T>(run: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'ergo-bench-'))
  try {
    const db = await Database.open(path)
    const store = await HeaderStore.load(db)
    for (let from = 0; from < BULK; from += PORTION) {
      const headers = new RandomHeaders(from + 1, Math.min(PORTION, BULK - from))
      for (let at = 0; at < headers.count; at += BATCH) {
        const staged = store.stage({ keep: from + at, canonical: headers.records(at, at + BATCH) })
        await db.commit('headers', staged.changes)
        staged.apply()
      }
      await store.idle()
    }
    // Blocks that come one by one, as before any stop of a node that is in step: what waits for a commit has one.
    for (let i = 0; i < LAST_HEADERS; i++) {
      const height = BIG_STORE_HEADERS - LAST_HEADERS + i
      const staged = store.stage({ keep: height, canonical: new RandomHeaders(height + 1, 1).records(0, 1) })
      await db.commit('headers', staged.changes)
      staged.apply()
      await store.idle()
    }
    await db.close()
    return await run(path)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

/** Does one task in a process of its own. */
export async function inFreshProcess(request: OpenRequest): Promise<OpenAnswer> {
  const child = new Child('open-store', ['--expose-gc'])
  try {
    return await child.ask<OpenAnswer>(request)
  } finally {
    await child.end()
  }
}
