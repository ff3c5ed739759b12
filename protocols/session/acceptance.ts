import { bytesEqual } from '../../src/bytes/index.ts'
import {
  compareVersions,
  EIP37_VERSION,
  formatAddress,
  formatVersion,
  localAddressOf,
  type PeerSpec,
  type SocketAddress,
  sessionOf
} from '../../src/wire/index.ts'
import type { RefusalCode, SessionRefusal } from './close-reason.ts'
import type { Remote } from './interface.ts'

/** Ourselves, as far as handshakes are judged by it. */
export interface Identity {
  readonly magic: Uint8Array
  readonly sessionId: bigint
  /** Addresses we listen on or declare, as `formatAddress` writes them. */
  readonly ownAddresses: ReadonlySet<string>
}

/** The address a peer goes by (`NetworkController.handleHandshake` of the reference): declared, else local, else the socket's. */
export function peerAddress(peer: PeerSpec, remote: Remote): SocketAddress | undefined {
  if (peer.declaredAddress !== undefined) return peer.declaredAddress
  const local = localAddressOf(peer)
  if (local !== undefined) return local.address
  return remote.ip === undefined || remote.port === undefined ? undefined : { ip: remote.ip, port: remote.port }
}

/**
 * Rules on a handshake alone. Nothing here is penalised, as in the reference: a wrong network or version is no attack. (An empty
 * agent name does not get here: such bytes are no handshake.)
 *
 * @returns undefined when it is in order
 */
export function judgeHandshake(peer: PeerSpec, remote: Remote, self: Identity): SessionRefusal | undefined {
  if (compareVersions(peer.version, EIP37_VERSION) < 0) {
    return refusal('VERSION_TOO_OLD', `version ${formatVersion(peer.version)} is below ${formatVersion(EIP37_VERSION)}`, true)
  }
  const session = sessionOf(peer)
  if (session !== undefined) {
    if (!bytesEqual(session.magic, self.magic)) return refusal('OTHER_NETWORK', 'peer is on another network', true)
    if (session.sessionId === self.sessionId) return refusal('SELF', 'connected to ourselves', true)
  } else if (remote.ip !== undefined && remote.port !== undefined) {
    const from = formatAddress({ ip: remote.ip, port: remote.port })
    if (self.ownAddresses.has(from)) return refusal('SELF', `connected to our own address ${from}`, true)
  }
  return undefined
}

/** True when the socket's IP bears out the address the peer goes by. */
export function addressIsBorneOut(address: SocketAddress, remote: Remote): boolean {
  return address.ip === remote.ip
}

export function refusal(code: RefusalCode, message: string, forgetAddress = false, error?: Error): SessionRefusal {
  return { code, message, forgetAddress, ...(error === undefined ? {} : { error }) }
}
