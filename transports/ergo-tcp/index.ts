/**
 * Native Ergo connections for libp2p: plain TCP, nothing negotiated, one stream a socket, peer ids derived from addresses.
 *
 * ```ts
 * import '../polyfill.ts'
 * import { createLibp2p } from 'libp2p'
 * import { ergoDialAddress, ergoTcp, isErgoAddress } from '../ergo-tcp/index.ts'
 *
 * const node = await createLibp2p({
 *   transports: [ergoTcp({ network: 'mainnet' })],
 *   addresses: {
 *     listen: ['/ip4/0.0.0.0/tcp/9030/ergo'],
 *     announceFilter: (addrs) => addrs.filter((ma) => !isErgoAddress(ma))
 *   }
 * })
 * await node.dial(ergoDialAddress('mainnet', '213.239.193.208', 9030))
 * ```
 *
 * @packageDocumentation
 */
import { ErgoTcp, type ErgoTcpComponents, type ErgoTcpInit } from './transport.ts'

export {
  type ErgoAddress,
  ergoDialAddress,
  ergoMultiaddr,
  inboundPeerId,
  isErgoAddress,
  outboundPeerId,
  parseErgoAddress
} from './address.ts'
export { CODE_ERGO, IDLE_TIMEOUT_MS, NATIVE_MUXER } from './constants.ts'
export { ErgoTcpError, type ErgoTcpErrorCode } from './errors.ts'
export { EventCounts } from './event-counts.ts'
export { canonicalIp, hostPort, subnetOf } from './ip.ts'
export {
  DEFAULT_INBOUND_LIMITS,
  type DenyIp,
  InboundCounter,
  type InboundLimits,
  type InboundRefusal,
  type InboundSlot
} from './limits.ts'
export type { Lookup } from './resolve.ts'
export { ErgoTcp, type ErgoTcpComponents, type ErgoTcpInit } from './transport.ts'

/** The transport, for the `transports` list of `createLibp2p`. */
export function ergoTcp(init: ErgoTcpInit): (components: ErgoTcpComponents) => ErgoTcp {
  return (components) => new ErgoTcp(components, init)
}
