import type { PeerSpec, Peers as PeersMessage } from '../../src/wire/index.ts'
import { relayablePeerSpec } from '../../src/wire/index.ts'
import type { Session } from '../session/index.ts'
import type { AddressBook } from './address-book.ts'
import { PEERS_IN_ANSWER, RECENT_MS } from './constants.ts'

/**
 * The peers we tell others about: those we shook hands with, seen of late before others, at random; eight at most.
 * Each is checked to be free of what gets a relayer banned.
 */
export function peersToTell(
  book: AddressBook,
  init: { now: number; random: () => number; isBanned: (host: string) => boolean }
): PeerSpec[] {
  const met = [...book.entries()].filter(({ record }) => record.lastHandshake !== undefined && !init.isBanned(record.host))
  const recent = met.filter(({ record }) => init.now - record.lastHandshake! < RECENT_MS)
  const pool = [...(recent.length > 0 ? recent : met)]
  const out: PeerSpec[] = []
  while (pool.length > 0 && out.length < PEERS_IN_ANSWER) {
    const [entry] = pool.splice(Math.floor(init.random() * pool.length), 1)
    const spec = entry?.record.spec === undefined ? undefined : relayablePeerSpec(entry.record.spec)
    if (spec !== undefined) out.push(spec)
  }
  return out
}

/** Takes in what a peer told; returns how many were new. Useless addresses are no fault of the teller. */
export function learnPeers(
  book: AddressBook,
  message: PeersMessage,
  init: { isBanned: (host: string) => boolean; isOwn: (spec: PeerSpec) => boolean }
): number {
  let learnt = 0
  for (const spec of message.peers) {
    if (spec.declaredAddress === undefined || init.isBanned(spec.declaredAddress.ip) || init.isOwn(spec)) continue
    if (book.addGossip(spec)) learnt++
  }
  return learnt
}

/** One at random. */
export function pick(sessions: readonly Session[], random: () => number): Session | undefined {
  return sessions[Math.floor(random() * sessions.length)]
}
