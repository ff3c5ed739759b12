import type { PeerId } from '@libp2p/interface'
import { compareBytes } from '../../src/bytes/index.ts'
import { type PeerSpec, type SocketAddress, sessionOf } from '../../src/wire/index.ts'
import { addressIsBorneOut } from './acceptance.ts'
import { SIMULTANEOUS_DIAL_MS } from './constants.ts'
import type { Remote } from './interface.ts'

/** One of two connections that lead to the same peer. */
export interface Contender {
  readonly remote: Remote
  readonly peer: PeerSpec
  readonly address: SocketAddress | undefined
}

/** By what we and the peer are told apart: ids that both ends know of each other. */
export interface Self {
  readonly peerId: PeerId
  readonly sessionId: bigint
}

/**
 * What becomes of a new connection when a session with the same peer is open:
 * - `refuse`: it ends, as with the reference (`NetworkController.handleHandshake`);
 * - `replace`: it takes the place of the session;
 * - `contest`: both live until it has shown that the peer keeps both; then what `keep` names stays.
 */
export type DuplicateVerdict =
  | { readonly kind: 'refuse' }
  | { readonly kind: 'replace' }
  | { readonly kind: 'contest'; readonly keep: 'newcomer' | 'rival' }

/**
 * Judges a new connection against the open session with the same peer.
 *
 * When both have dialled at once, either end may hear of the two connections in either order: if each refused the second one, none
 * would be left. What the greater of two ids has dialled stays then, and both ends know which that is. Where keys prove who the
 * peer is, it is one of our own kind and does the same at once. A native peer may be the reference, which drops what it accepted
 * from whom it has dialled: there the other connection must not be closed before it is seen what the peer does.
 *
 * @param rival - the open session
 * @param now - to compare with the time at which that session opened
 */
export function judgeDuplicate(
  newcomer: Contender,
  rival: Contender & { readonly openedAt: number },
  self: Self,
  now: number
): DuplicateVerdict {
  // An address that its socket does not bear out is a claim anyone can make: it must not keep the real peer away.
  const isClaim = rival.address !== undefined && !addressIsBorneOut(rival.address, rival.remote)
  if (isClaim && newcomer.address !== undefined && addressIsBorneOut(newcomer.address, newcomer.remote))
    return { kind: 'replace' }
  if (now - rival.openedAt > SIMULTANEOUS_DIAL_MS || newcomer.remote.direction === rival.remote.direction)
    return { kind: 'refuse' }
  const dialledBy = (order: number): 'newcomer' | 'rival' =>
    newcomer.remote.direction === (order > 0 ? 'outbound' : 'inbound') ? 'newcomer' : 'rival'
  if (newcomer.remote.carrier === 'libp2p' && rival.remote.carrier === 'libp2p') {
    const { peerId } = newcomer.remote
    if (!peerId.equals(rival.remote.peerId)) return { kind: 'refuse' }
    const order = compareBytes(self.peerId.toMultihash().bytes, peerId.toMultihash().bytes)
    return { kind: dialledBy(order) === 'newcomer' ? 'replace' : 'refuse' }
  }
  if (!isSameProcess(newcomer, rival)) return { kind: 'refuse' }
  return { kind: 'contest', keep: dialledBy(self.sessionId > sessionOf(newcomer.peer)!.sessionId ? 1 : -1) }
}

/** The same session id from the same IP. The id alone proves nothing: everyone who was told it can repeat it. */
export function isSameProcess(a: Pick<Contender, 'remote' | 'peer'>, b: Pick<Contender, 'remote' | 'peer'>): boolean {
  const id = sessionOf(a.peer)?.sessionId
  return id !== undefined && id === sessionOf(b.peer)?.sessionId && a.remote.ip !== undefined && a.remote.ip === b.remote.ip
}
