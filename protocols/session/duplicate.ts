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
 * True when a new connection is to take the place of the open session with the same peer. Otherwise it is refused, as the reference
 * refuses it (`NetworkController.handleHandshake`).
 *
 * @param rival - the open session
 * @param now - to compare with the time at which that session opened
 */
export function replacesRival(
  newcomer: Contender,
  rival: Contender & { readonly openedAt: number },
  self: Self,
  now: number
): boolean {
  // An address that its socket does not bear out is a claim anyone can make: it must not keep the real peer away.
  const isClaim = rival.address !== undefined && !addressIsBorneOut(rival.address, rival.remote)
  if (isClaim && newcomer.address !== undefined && addressIsBorneOut(newcomer.address, newcomer.remote)) return true
  // Both dialled at once. Either end may hear of the two connections in either order, and if each refused the second one none would
  // be left: what the greater of two ids has dialled stays, and both ends know which that is.
  if (now - rival.openedAt > SIMULTANEOUS_DIAL_MS || newcomer.remote.direction === rival.remote.direction) return false
  const order = orderOfOpeners(newcomer, rival, self)
  return order !== undefined && newcomer.remote.direction === (order > 0 ? 'outbound' : 'inbound')
}

/** Our id compared to the peer's; undefined when it is not proven that both connections are with the same node. */
function orderOfOpeners(a: Contender, b: Contender, self: Self): number | undefined {
  if (a.remote.carrier === 'libp2p' && b.remote.carrier === 'libp2p') {
    if (!a.remote.peerId.equals(b.remote.peerId)) return undefined
    return compareBytes(self.peerId.toMultihash().bytes, a.remote.peerId.toMultihash().bytes)
  }
  return isSameProcess(a, b) ? compareIds(self.sessionId, sessionOf(a.peer)!.sessionId) : undefined
}

/** The same session id from the same IP. The id alone proves nothing: everyone who was told it can repeat it. */
export function isSameProcess(a: Pick<Contender, 'remote' | 'peer'>, b: Pick<Contender, 'remote' | 'peer'>): boolean {
  const id = sessionOf(a.peer)?.sessionId
  return id !== undefined && id === sessionOf(b.peer)?.sessionId && a.remote.ip !== undefined && a.remote.ip === b.remote.ip
}

function compareIds(a: bigint, b: bigint): number {
  return a > b ? 1 : a < b ? -1 : 0
}
