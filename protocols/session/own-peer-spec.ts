import type { PeerFeature, PeerSpec } from '../../src/wire/index.ts'
import type { LocalPeer } from './interface.ts'

/** What goes into our handshake. Features in the order of the reference: Mode, Session, then the optional ones. */
export function ownPeerSpec(local: LocalPeer, magic: Uint8Array, sessionId: bigint): PeerSpec {
  const features: PeerFeature[] = [local.mode, { kind: 'session', magic, sessionId }]
  if (local.localAddress !== undefined) features.push({ kind: 'localAddress', address: local.localAddress })
  if (local.restApiUrl !== undefined) features.push({ kind: 'restApiUrl', url: local.restApiUrl })
  return {
    agentName: local.agentName,
    version: local.version,
    nodeName: local.nodeName,
    ...(local.declaredAddress === undefined ? {} : { declaredAddress: local.declaredAddress }),
    features
  }
}
