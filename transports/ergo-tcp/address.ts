import { createHash } from 'node:crypto'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import {
  CODE_DNS,
  CODE_DNS4,
  CODE_DNS6,
  CODE_IP4,
  CODE_IP6,
  CODE_IP6ZONE,
  CODE_P2P,
  CODE_TCP,
  type Multiaddr,
  multiaddr,
  registry
} from '@multiformats/multiaddr'
import { CODE_ERGO } from './constants.ts'
import { ErgoTcpError } from './errors.ts'
import { canonicalIp, hostPort } from './ip.ts'

// The registry is one table per installed copy of the package and must know the code before the first address is parsed.
try {
  registry.getProtocol(CODE_ERGO)
} catch {
  registry.addProtocol({ code: CODE_ERGO, name: 'ergo', size: 0 })
}

/** Multihash code and digest size of sha2-256, the form of peer ids that carry no public key. */
const SHA2_256 = { code: 0x12, size: 32 } as const

/** Parts of `/ip4|ip6|dns|dns4|dns6/HOST/tcp/PORT/ergo[/p2p/ID]`. */
export interface ErgoAddress {
  readonly kind: 'ip4' | 'ip6' | 'dns' | 'dns4' | 'dns6'
  /** IP text as written, or a host name. */
  readonly host: string
  /** Interface name of a link-local IPv6 address. */
  readonly zone: string | undefined
  readonly port: number
  /** Text of the peer id at the end, when there is one. */
  readonly peerId: string | undefined
}

const KINDS: ReadonlyMap<number, ErgoAddress['kind']> = new Map([
  [CODE_IP4, 'ip4'],
  [CODE_IP6, 'ip6'],
  [CODE_DNS, 'dns'],
  [CODE_DNS4, 'dns4'],
  [CODE_DNS6, 'dns6']
])

/** Parts of a native address; undefined for any other address, longer and shorter ones included. */
export function parseErgoAddress(ma: Multiaddr): ErgoAddress | undefined {
  const parts = ma.getComponents()
  let at = 0
  const zone = parts[at]?.code === CODE_IP6ZONE ? parts[at++]!.value : undefined
  const host = parts[at++]
  const tcp = parts[at++]
  const ergo = parts[at++]
  const kind = host === undefined ? undefined : KINDS.get(host.code)
  if (kind === undefined || host?.value === undefined || tcp?.code !== CODE_TCP || ergo?.code !== CODE_ERGO) return undefined
  if (zone !== undefined && kind !== 'ip6') return undefined
  const peerId = parts[at]?.code === CODE_P2P ? parts[at++]!.value : undefined
  if (at !== parts.length) return undefined
  return { kind, host: host.value, zone, port: Number(tcp.value), peerId }
}

/** True for the addresses this transport dials and listens on. */
export function isErgoAddress(ma: Multiaddr): boolean {
  return parseErgoAddress(ma) !== undefined
}

/**
 * `/ip4/1.2.3.4/tcp/9030/ergo` or its IPv6 form, without a peer id.
 *
 * @throws ErgoTcpError ADDRESS_INVALID when `ip` is not an IP address or the port is not within 0..65535
 */
export function ergoMultiaddr(ip: string, port: number): Multiaddr {
  const host = canonicalIp(ip)
  if (host === undefined || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new ErgoTcpError('ADDRESS_INVALID', `not an IP address and port: ${ip} ${port}`)
  }
  return multiaddr(`/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}/ergo`)
}

/** Peer id without a key: nobody can hold a private key for it, so nobody can claim it over an encrypted carrier. */
function syntheticPeerId(label: string): PeerId {
  const digest = new Uint8Array(createHash('sha256').update(label).digest())
  const bytes = new Uint8Array(2 + digest.length)
  bytes.set([SHA2_256.code, SHA2_256.size])
  bytes.set(digest, 2)
  return peerIdFromMultihash({ ...SHA2_256, digest, bytes })
}

/**
 * Peer id of whoever listens on an address: the same every time, which is what lets libp2p recognise a peer it is connected to.
 * Never derived from what a peer says of itself.
 *
 * @param ip - any spelling of the address
 */
export function outboundPeerId(network: string, ip: string, port: number): PeerId {
  return syntheticPeerId(`ergo-tcp/v1/${network}/${hostPort(canonicalIp(ip) ?? ip, port)}`)
}

/** Peer id of one accepted socket, never used twice. */
export function inboundPeerId(network: string, ip: string, port: number, nonce: string): PeerId {
  return syntheticPeerId(`ergo-tcp/v1/${network}/inbound/${hostPort(canonicalIp(ip) ?? ip, port)}/${nonce}`)
}

/**
 * The address to dial, with the peer id at its end: libp2p then returns the existing connection instead of opening a second socket.
 *
 * @throws ErgoTcpError ADDRESS_INVALID
 */
export function ergoDialAddress(network: string, ip: string, port: number): Multiaddr {
  return ergoMultiaddr(ip, port).encapsulate(`/p2p/${outboundPeerId(network, ip, port).toString()}`)
}
