import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { PeerEndpoint, PeersInit } from '../../protocols/peers/index.ts'
import type { LocalPeer, Remote } from '../../protocols/session/index.ts'
import { ergoMultiaddr, isErgoAddress, parseErgoAddress } from '../../transports/ergo-tcp/index.ts'
import type { NetworkParameters } from '../chain/index.ts'
import type { Config } from '../config/index.ts'
import { ALL_BLOCKS_KEPT, addressScope, ipFromText, type SocketAddress } from '../wire/index.ts'

/** What peers choose their messages by: today's release of the reference. */
const ANNOUNCED_VERSION = { major: 6, minor: 0, patch: 4 } as const

/**
 * What we say of ourselves in handshakes.
 *
 * @param listening - addresses on which we accept native peers, wildcards as those of the interfaces
 */
export function localPeerOf(config: Config, remote: Remote, listening: () => readonly Multiaddr[]): LocalPeer {
  const { p2p, node, api } = config
  const declared = p2p.declaredAddress
  const localAddress = remote.isLocal && remote.ip !== undefined ? localAddressFor(remote.ip, listening()) : undefined
  return {
    agentName: p2p.agentName,
    version: ANNOUNCED_VERSION,
    nodeName: p2p.nodeName,
    // A host name does not fit the field, and peers cannot be sent to look it up.
    ...(declared === undefined || ipFromText(declared.host) === undefined
      ? {}
      : { declaredAddress: { ip: declared.host, port: declared.port } }),
    mode: {
      kind: 'mode',
      stateType: node.stateType,
      verifyingTransactions: node.verifyTransactions,
      blocksToKeep: node.blocksToKeep < 0 ? ALL_BLOCKS_KEPT : node.blocksToKeep
    },
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(api.publicUrl === undefined ? {} : { restApiUrl: api.publicUrl })
  }
}

/**
 * Where a peer on this machine or local network can dial us: without it two nodes behind one public address would not find each
 * other. IPv4 only, as its reader in the reference.
 */
export function localAddressFor(remoteIp: string, listening: readonly Multiaddr[]): SocketAddress | undefined {
  const scope = addressScope(remoteIp)
  const remote = ipFromText(remoteIp)!
  let best: SocketAddress | undefined
  let bestPrefix = -1
  for (const address of listening) {
    const parts = parseErgoAddress(address)
    if (parts?.kind !== 'ip4' || addressScope(parts.host) !== scope) continue
    const prefix = commonBits(ipFromText(parts.host)!, remote)
    if (prefix <= bestPrefix) continue
    best = { ip: parts.host, port: parts.port }
    bestPrefix = prefix
  }
  return best
}

/** How many leading bits two addresses share: more for one of the same local network. */
function commonBits(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return -1
  for (let i = 0; i < a.length; i++) {
    const differing = a[i]! ^ b[i]!
    if (differing !== 0) return i * 8 + Math.clz32(differing) - 24
  }
  return a.length * 8
}

/** Whom to talk to, as far as the settings say. */
export function peersInitOf(config: Config, network: NetworkParameters): Omit<PeersInit, 'dialAddress'> {
  const { p2p } = config
  const declared = p2p.declaredAddress
  return {
    seeds: (p2p.knownPeers ?? network.seeds.map(parseSeed)).map(endpointOf),
    onlyPeers: p2p.onlyPeers.map(endpointOf),
    bannedIps: p2p.bannedPeers,
    discovery: p2p.peerDiscovery,
    allowLocal: p2p.allowLocal,
    ownAddress: () => (declared === undefined ? undefined : { host: declared.host, port: declared.port }),
    limits: {
      maxConnections: p2p.maxConnections,
      banMs: p2p.temporalBanDuration,
      penaltySafeIntervalMs: p2p.penaltySafeInterval,
      penaltyThreshold: p2p.penaltyScoreThreshold ?? network.penaltyScoreThreshold
    }
  }
}

/** Where to accept native peers: unset means everywhere on the network's port; with only some peers to talk to, nowhere. */
export function nativeListenOf(config: Config, network: NetworkParameters): Multiaddr[] {
  const { bindAddress, onlyPeers } = config.p2p
  if (bindAddress !== undefined) return bindAddress.map(({ host, port }) => ergoMultiaddr(host, port))
  return onlyPeers.length > 0 ? [] : [ergoMultiaddr('0.0.0.0', network.defaultPort)]
}

/** An address we listen on, as others have to dial it. */
export function dialableAddress(address: Multiaddr, peerId: string): Multiaddr {
  return isErgoAddress(address) ? address : multiaddr(`${address.toString()}/p2p/${peerId}`)
}

function endpointOf(target: PeerEndpoint | string): PeerEndpoint {
  return typeof target === 'string' ? { host: target, port: 0 } : { host: target.host, port: target.port }
}

function parseSeed(text: string): PeerEndpoint {
  const at = text.lastIndexOf(':')
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
}
