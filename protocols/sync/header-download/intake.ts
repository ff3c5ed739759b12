import { bytesEqual, concatBytes, toHex } from '../../../src/bytes/index.ts'
import type { Modifier } from '../../../src/wire/index.ts'
import type { SyncChain } from '../interface.ts'
import type { HeaderRequest, PeerSlot } from './peer-slot.ts'
import type { RequestTable, Wanted } from './request-table.ts'

/** A header that was asked for and is what it was sent as. */
export interface ReceivedHeader {
  readonly id: string
  readonly bytes: Uint8Array
}

/** One message of headers, sorted out. */
export interface Intake {
  /** To be verified; the table knows them as such. */
  readonly batch: ReceivedHeader[]
  /** Questions that the message answers, wholly or in part. */
  readonly answered: ReadonlySet<HeaderRequest>
  /** How many were never asked of this peer. */
  readonly unasked: number
  /** Ids under which something else came: they are asked for again. */
  readonly lies: string[]
}

/** Compares what a peer sent with what it was asked for, and with the ids it gave. */
export function takeHeaders(slot: PeerSlot, modifiers: readonly Modifier[], table: RequestTable, chain: SyncChain): Intake {
  const taken: Wanted[] = []
  const views: Uint8Array[] = []
  const answered = new Set<HeaderRequest>()
  const lies: string[] = []
  let unasked = 0
  for (const { id, bytes } of modifiers) {
    const key = toHex(id)
    if (!table.wasAsked(slot, key)) {
      unasked++
      continue
    }
    const request = table.answered(slot, key)
    if (request !== undefined) answered.add(request)
    const entry = table.wanted.get(key)
    if (entry === undefined || entry.state === 'verifying') continue
    const info = chain.inspect(bytes)
    if (info === undefined || !bytesEqual(info.id, id)) {
      lies.push(key)
      table.retry(entry)
      continue
    }
    // The walk of a branch counts from a guess until its headers come.
    if (entry.segment.cursor.id === key) entry.segment.cursor = { id: key, height: info.height }
    table.arrive(entry)
    taken.push(entry)
    // The reference lets pass what lies behind a header; nobody is to fill our memory with it.
    views.push(info.bytes)
  }
  return { batch: keepAll(taken, views), answered, unasked, lies }
}

/** Copies headers out of the message they came in, into one array for all of them: they come, and mostly go, together. */
function keepAll(entries: readonly Wanted[], views: readonly Uint8Array[]): ReceivedHeader[] {
  const all = concatBytes(...views)
  let at = 0
  return entries.map((entry, i) => {
    const bytes = all.subarray(at, (at += views[i]!.length))
    entry.bytes = bytes
    return { id: entry.id, bytes }
  })
}
