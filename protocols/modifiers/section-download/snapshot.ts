import { type ModifierType, modifierTypeName } from '../../../src/wire/index.ts'
import type { SectionDownloadSnapshot } from '../interface.ts'
import type { DownloadBook } from './download-book.ts'
import type { PeerChoice } from './peer-choice.ts'
import type { Wanted } from './wanted.ts'

const NAMES: Readonly<Partial<Record<keyof typeof ModifierType, string>>> = {
  BlockTransactions: 'transactions',
  AdProofs: 'AD proofs',
  Extension: 'extension'
}

/** The download at one look. */
export function snapshotOf(book: DownloadBook, choice: PeerChoice): SectionDownloadSnapshot {
  const { env, needs, tracker, slots } = book
  const first = needs.first()
  const asked = first === undefined ? undefined : latestAsk(book, first)
  let top = first?.height ?? 0
  let busyPeers = 0
  for (const slot of slots.values()) {
    if (slot.requests.size > 0) busyPeers++
    for (const request of slot.requests) for (const wanted of request.wanted.values()) top = Math.max(top, wanted.height)
  }
  for (const wanted of book.arrived.values()) top = Math.max(top, wanted.height)
  return {
    window: first === undefined ? undefined : { from: first.height, to: top },
    inFlight: tracker.requested,
    inFlightBytes: book.reservedBytes,
    pending: needs.pending,
    heldBytes: env.sink.heldBytes,
    maxHeldBytes: env.sink.maxHeldBytes,
    peers: slots.size,
    busyPeers,
    waitingFor: first === undefined ? '' : waitingFor(book, choice, first, asked),
    waitingOn: asked?.peer
  }
}

function latestAsk(book: DownloadBook, wanted: Wanted): { peer: number; at: number } | undefined {
  const delivery = book.tracker.of(wanted.key)
  if (delivery.status !== 'requested') return undefined
  let latest: { peer: number; at: number } | undefined
  for (const [peer, at] of delivery.asks) if (latest === undefined || at > latest.at) latest = { peer, at }
  return latest
}

function waitingFor(
  book: DownloadBook,
  choice: PeerChoice,
  wanted: Wanted,
  asked: { peer: number; at: number } | undefined
): string {
  const { env, slots } = book
  const typeName = modifierTypeName(wanted.typeId) as keyof typeof ModifierType | undefined
  const what = `${(typeName === undefined ? undefined : NAMES[typeName]) ?? `section ${wanted.typeId}`} of block ${wanted.height}`
  const now = env.now()
  const able = [...slots.values()].filter((slot) => choice.tier(slot, wanted) !== undefined)
  const silent = able.filter((slot) => wanted.missedBy(slot.id) > 0).length
  const misses = silent === 0 ? '' : `${silent} of ${able.length} peers did not deliver it so far`
  if (asked !== undefined) {
    const slot = slots.get(asked.peer)
    const delivery = book.tracker.of(wanted.key)
    const others = delivery.status === 'requested' ? delivery.asks.size - 1 : 0
    const more = others > 0 ? ` and ${others} more` : ''
    const age = Math.round(now - asked.at)
    return `${what} from ${slot?.name ?? `session ${asked.peer}`}${more}, asked ${age} ms ago${misses === '' ? '' : `; ${misses}`}`
  }
  if (slots.size === 0) return `${what} from a peer`
  if (able.length === 0) return `${what}: none of ${slots.size} peers has it by what it says of itself`
  const next = Math.max(0, Math.min(...able.map((slot) => wanted.mayAskAt(slot.id))) - now)
  if (next > 0) return `${what}: ${misses}, asked again in ${Math.ceil(next / 1000)} s`
  return `${what} from one of ${able.length} peers that are busy${misses === '' ? '' : `; ${misses}`}`
}
