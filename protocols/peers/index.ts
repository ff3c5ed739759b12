/**
 * Peers: address book, dialling, gossip of addresses, penalties and bans, as a libp2p service on top of the session service.
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
