import { toHex } from '../bytes/index.ts'
import type { HeaderStore } from './header-store.ts'

/** What a look through the whole store found. */
export interface CheckReport {
  readonly headers: number
  readonly forks: number
  /** Each names the record and what it contradicts; empty when all is well. */
  readonly problems: string[]
}

/** What the store needs to judge header bytes, which it does not understand itself. */
export interface HeaderInspector {
  inspect(bytes: Uint8Array): { id: Uint8Array; parentId: Uint8Array; height: number; difficulty: bigint } | undefined
}

/** More findings than this say no more than these. */
const MAX_PROBLEMS = 100

/**
 * Reads every header row and compares it with the index, its neighbours and its own bytes.
 *
 * @param onProgress called with the number of headers read so far
 */
export async function checkHeaders(
  store: HeaderStore,
  inspector: HeaderInspector,
  onProgress: (headers: number) => void = () => {}
): Promise<CheckReport> {
  const problems: string[] = []
  const note = (text: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(text)
  }
  let headers = 0
  let previous: { id: Uint8Array; score: bigint } | undefined
  for (const row of store.range(store.base, store.height)) {
    const info = inspector.inspect(row.bytes)
    if (info === undefined) note(`header at height ${row.height} cannot be read`)
    else {
      if (toHex(info.id) !== toHex(row.id))
        note(`header at height ${row.height} has id ${toHex(info.id)}, the index says ${toHex(row.id)}`)
      if (info.height !== row.height) note(`header stored at height ${row.height} is of height ${info.height}`)
      if (previous !== undefined) {
        if (toHex(info.parentId) !== toHex(previous.id)) note(`header at height ${row.height} does not follow the one below it`)
        if (row.score !== previous.score + info.difficulty) note(`score at height ${row.height} is not the sum of difficulties`)
      }
    }
    previous = { id: row.id, score: row.score }
    if (++headers % 10_000 === 0) {
      onProgress(headers)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  if (previous !== undefined && previous.score !== store.bestScore) note('the score of the tip is not that of its row')
  let forks = 0
  for await (const fork of store.forks()) {
    forks++
    const info = inspector.inspect(fork.bytes)
    if (info === undefined || toHex(info.id) !== toHex(fork.id))
      note(`header ${toHex(fork.id)} off the best chain has other bytes`)
    if (store.canonicalHeight(fork.id) !== undefined) note(`header ${toHex(fork.id)} is both on and off the best chain`)
  }
  return { headers, forks, problems }
}
