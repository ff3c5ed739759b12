/**
 * Sessions with Ergo peers: handshake, frames, message routing and queues, the same over raw TCP and over libp2p streams.
 *
 * ```ts
 * const node = await createLibp2p({
 *   transports: [ergoTcp({ network: 'mainnet' })],
 *   services: { session: session({ network: 'mainnet', magic, localPeer: () => self, penalties }) }
 * })
 * const { session: sessions } = node.services
 * sessions.router.on('Inv', (session, inv) => session.send({ type: 'RequestModifier', typeId: inv.typeId, ids: inv.ids }))
 * sessions.addEventListener('session:open', ({ detail: session }) => session.send({ type: 'GetPeers' }))
 * ```
 *
 * @packageDocumentation
 */

import type { SessionComponents, SessionInit } from './interface.ts'
import { ErgoSessionService } from './service.ts'

export { Budget, type BudgetInit } from './budget.ts'
export {
  type CloseCode,
  type CloseReason,
  type RefusalCode,
  SessionClosedError,
  type SessionRefusal,
  SessionRefusedError
} from './close-reason.ts'
export { CONNECTION_MONITOR_OPTIONS, NATIVE_MULTIPLEXER, PROTOCOL_VERSION, YAMUX_STREAM_OPTIONS } from './constants.ts'
export type {
  AdmissionPolicy,
  BroadcastOptions,
  Candidate,
  Carrier,
  Clock,
  LocalPeer,
  MessageHandler,
  MessageRouter,
  PenaltySink,
  Remote,
  SendOptions,
  Session,
  SessionClosed,
  SessionComponents,
  SessionCounters,
  SessionEvents,
  SessionInit,
  SessionLimits,
  SessionRefused,
  SessionService
} from './interface.ts'
export { DEFAULT_SESSION_LIMITS } from './limits.ts'
export type { ErgoSessionService } from './service.ts'
export type { Traffic, TrafficEntry } from './traffic.ts'

/** The service, for the `services` of `createLibp2p`. */
export function session(init: SessionInit): (components: SessionComponents) => ErgoSessionService {
  return (components) => new ErgoSessionService(components, init)
}
