import type { Connection } from '@libp2p/interface'
import { tryGetNetConfig } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { addressScope, ipFromText, ipToText } from '../../src/wire/index.ts'
import { NATIVE_MULTIPLEXER } from './constants.ts'
import type { Remote } from './interface.ts'

/** Canonical IP and port at the head of a multiaddr; no IP for names and relays. */
export function ipAndPort(ma: Multiaddr): { ip: string | undefined; port: number | undefined } {
  const net = tryGetNetConfig(ma)
  const bytes = net === null ? undefined : ipFromText(net.host)
  return { ip: bytes === undefined ? undefined : ipToText(bytes), port: net?.port }
}

/** True when the connection's bytes are the Ergo stream itself. */
export function isNative(connection: Connection): boolean {
  return connection.multiplexer === NATIVE_MULTIPLEXER
}

/** What a connection tells about its other end. */
export function describeRemote(connection: Connection): Remote {
  const { ip, port } = connection.limits === undefined ? ipAndPort(connection.remoteAddr) : { ip: undefined, port: undefined }
  return {
    carrier: isNative(connection) ? 'native' : 'libp2p',
    direction: connection.direction,
    peerId: connection.remotePeer,
    multiaddr: connection.remoteAddr,
    ip,
    port,
    isLocal: ip !== undefined && isLocalIp(ip)
  }
}

function isLocalIp(ip: string): boolean {
  const scope = addressScope(ip)
  return scope === 'loopback' || scope === 'private' || scope === 'linkLocal'
}
