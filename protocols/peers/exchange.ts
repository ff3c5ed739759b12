import { ipFromText, type PeerSpec, relayablePeerSpec } from '../../src/wire/index.ts'
import type { Session } from '../session/index.ts'
import type { AddressBook } from './address-book.ts'
import { PEERS_IN_ANSWER, RECENT_MS } from './constants.ts'
import type { PeerRecord } from './interface.ts'

/**
 * The peers we tell others about: those we shook hands with, seen in the last three hours before others, at random; eight at most.
 * Each is checked to be free of what gets a relayer banned.
 */
export function peersToTell(
  book: AddressBook,
  init: { now: number; random: () => number; isBanned: (host: string) => boolean }
): PeerSpec[] {
  const met = [...book.entries()].filter(({ record }) => record.lastHandshake !== undefined && !init.isBanned(record.host))
  const recent = met.filter(({ seenAt }) => init.now - seenAt < RECENT_MS)
  const pool = [...(recent.length > 0 ? recent : met)]
  const out: PeerSpec[] = []
  while (pool.length > 0 && out.length < PEERS_IN_ANSWER) {
    const [entry] = pool.splice(Math.floor(init.random() * pool.length), 1)
    const spec = entry === undefined ? undefined : specToTell(entry.record)
    if (spec !== undefined) out.push(spec)
  }
  return out
}

/**
 * A spec with the address that we know the peer by, whatever it declares, and without one of its own network: who is told of both
 * dials that one first.
 */
function specToTell({ spec, host, port }: PeerRecord): PeerSpec | undefined {
  if (spec === undefined) return undefined
  const features = spec.features.filter((f) => f.kind !== 'localAddress')
  return relayablePeerSpec({
    ...spec,
    features,
    ...(ipFromText(host) === undefined ? {} : { declaredAddress: { ip: host, port } })
  })
}

/** Takes in what a peer told; returns how many were new. Useless addresses are no fault of the teller. */
export function learnPeers(
  book: AddressBook,
  told: readonly PeerSpec[],
  init: { isBanned: (host: string) => boolean; isOwn: (spec: PeerSpec) => boolean }
): number {
  let learnt = 0
  for (const spec of told) {
    if (spec.declaredAddress === undefined || init.isBanned(spec.declaredAddress.ip) || init.isOwn(spec)) continue
    if (book.addGossip(spec)) learnt++
  }
  return learnt
}

/** One at random. */
export function pick(sessions: readonly Session[], random: () => number): Session | undefined {
  return sessions[Math.floor(random() * sessions.length)]
}
