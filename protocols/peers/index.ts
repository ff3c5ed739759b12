/**
 * Peers: address book, dialling, gossip of addresses, penalties and bans, as a libp2p service on top of the session service.
 *
 * ```ts
 * let book: Peers | undefined
 * const node = await createLibp2p({
 *   services: {
 *     peers: peers({ seeds: [{ host: '213.239.193.208', port: 9030 }], dialAddress, storage }),
 *     // Sessions report to it, and ask it for room.
 *     session: session({
 *       ...sessionInit,
 *       penalties: { penalize: (from, kind, reason) => book?.penalize(from, kind, reason) },
 *       admission: { admit: (candidate) => book?.admit(candidate) }
 *     })
 *   }
 * })
 * book = node.services.peers
 * book.snapshot().text // "12 known peers, 1 attempt failed (last: 8.8.8.8:9030: ECONNREFUSED), next try in 15 s"
 * ```
 *
 * @packageDocumentation
 */
import type { PeersComponents, PeersInit } from './interface.ts'
import { Peers } from './peers.ts'

export { AddressBook, addressKey, neighbourhood } from './address-book.ts'
export { DEFAULT_PEERS_LIMITS, PERMANENT_BAN_MS } from './constants.ts'
export type {
  Ban,
  DialSnapshot,
  PeerEndpoint,
  PeerRecord,
  PeerStorage,
  PeersComponents,
  PeersInit,
  PeersLimits,
  PeersService
} from './interface.ts'
export { Peers } from './peers.ts'
export { PenaltyBook } from './penalty-book.ts'

/** Service factory. */
export function peers(init: PeersInit): (components: PeersComponents) => Peers {
  return (components) => new Peers(components, init)
}
