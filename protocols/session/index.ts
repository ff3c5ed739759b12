/**
 * Sessions with Ergo peers: handshake, frames, message routing and queues, the same over raw TCP and over libp2p streams.
 *
 * @packageDocumentation
 */
export {
  type CloseCode,
  type CloseReason,
  type RefusalCode,
  SessionClosedError,
  type SessionRefusal,
  SessionRefusedError
} from './close-reason.ts'
export { NATIVE_MULTIPLEXER, PROTOCOL_VERSION, YAMUX_STREAM_OPTIONS } from './constants.ts'
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
