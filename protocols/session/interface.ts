import type { ComponentLogger, Connection, Libp2pEvents, PeerId, PeerStore } from '@libp2p/interface'
import type { ConnectionManager, Registrar, TransportManager } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { TypedEventTarget } from 'main-event'
import type {
  EncodedFrame,
  Handshake,
  Message,
  MessageType,
  ModeFeature,
  PeerSpec,
  PenaltyKind,
  SocketAddress,
  Version
} from '../../src/wire/index.ts'
import type { CloseReason, SessionRefusal } from './close-reason.ts'

/** What carries the byte stream: raw TCP as the Ergo network speaks it, or a stream of a libp2p connection. */
export type Carrier = 'native' | 'libp2p'

/** What is known of a connection before its handshake. */
export interface Remote {
  readonly carrier: Carrier
  /** `outbound` when we opened the connection. */
  readonly direction: 'inbound' | 'outbound'
  readonly peerId: PeerId
  readonly multiaddr: Multiaddr
  /** Canonical IP; undefined where there is none (relays, browsers). */
  readonly ip: string | undefined
  /** TCP or UDP port of the other end of the socket. */
  readonly port: number | undefined
  /** True for loopback, private and link-local addresses. */
  readonly isLocal: boolean
}

/** Counts since the session opened. */
export interface SessionCounters {
  readonly messagesIn: number
  readonly messagesOut: number
  /** Bytes of frames, heads included. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Frames of codes that the protocol does not have: skipped. */
  readonly unknownIn: number
  /** Droppable frames that found the queue full. */
  readonly droppedOut: number
}

export interface SendOptions {
  /** May be thrown away when the peer reads slowly: announcements, never answers. */
  readonly droppable?: boolean
}

/** A peer after a completed and accepted handshake. */
export interface Session {
  /** Unique within the process run, ascending. */
  readonly id: number
  readonly carrier: Carrier
  readonly direction: 'inbound' | 'outbound'
  readonly peerId: PeerId
  readonly remote: Remote
  /** What the peer said of itself. */
  readonly handshake: Handshake
  /** `handshake.peer`; its features are read with `modeOf`, `restApiUrlOf` and so on of `src/wire`. */
  readonly peer: PeerSpec
  /**
   * The address the peer goes by: declared, else local address feature, else the socket's. It is the peer's own word, unless it is
   * the socket's.
   */
  readonly address: SocketAddress | undefined
  /** Milliseconds of the clock given to the service. */
  readonly openedAt: number
  /** When the last complete frame came, {@link openedAt} before the first. */
  readonly lastMessageAt: number
  readonly counters: SessionCounters
  /** Bytes waiting to be sent. */
  readonly sendQueueBytes: number
  /** The message whose handlers have not returned yet, and since when; no other is read meanwhile. */
  readonly busy: { readonly type: MessageType; readonly since: number } | undefined
  /** Aborts when the session closes, with a `SessionClosedError`. */
  readonly signal: AbortSignal
  /** Set once the session is closed. */
  readonly closed: CloseReason | undefined

  /**
   * Queues a message.
   *
   * @returns false when it was dropped, or the session is closed. A must-deliver message that finds the queue full closes the
   * session: pace answers with {@link drained}.
   * @throws EncodeError when the message breaks a limit of the protocol
   */
  send(message: Message, options?: SendOptions): boolean
  /** Queues a frame encoded before, e.g. one that goes to many peers. */
  sendFrame(frame: EncodedFrame, options?: SendOptions): boolean
  /** Resolves once little waits to be sent, or the session is closed (look at {@link signal}). */
  drained(): Promise<void>
  /** Writes out what the connection takes at once and ends it. Never rejects. */
  close(reason: string): Promise<void>
  /** Ends the connection at once. */
  abort(error: Error): void
}

/**
 * Handles one message of a session. While a returned promise is pending, the session reads no further messages: slow work slows
 * down its own peer only. Byte fields of the message are views of the receive buffer, which the next message overwrites: copy what is
 * kept.
 */
export type MessageHandler<T extends MessageType> = (
  session: Session,
  message: Extract<Message, { type: T }>
) => void | Promise<void>

/** Gives messages to whoever asked for their type. */
export interface MessageRouter {
  /**
   * Adds a handler; several of one type are called in the order they were added.
   *
   * @returns removes the handler
   */
  on<T extends MessageType>(type: T, handler: MessageHandler<T>): () => void
}

/** Takes note of misbehaviour. Called before the session is closed for it. */
export interface PenaltySink {
  penalize(session: Session, kind: PenaltyKind, reason: string): void
}

/** A peer whose handshake is in order, before its session opens. */
export interface Candidate extends Remote {
  readonly peer: PeerSpec
  readonly address: SocketAddress | undefined
  /** The session of which one will be left: no room has to be found for both. */
  readonly replaces?: Session
}

/** Decides whether there is room for a peer. */
export interface AdmissionPolicy {
  /** @returns why the peer is refused, or undefined to accept it */
  admit(candidate: Candidate): string | undefined
}

/** What we say of ourselves. */
export interface LocalPeer {
  /** Not empty. */
  readonly agentName: string
  /** At least 5.0.13, below 6.5.0: peers choose the messages they send by it. */
  readonly version: Version
  readonly nodeName: string
  /** Where others can dial us natively. */
  readonly declaredAddress?: SocketAddress
  /** Without it no reference node asks us for headers or blocks. */
  readonly mode: ModeFeature
  /** For peers on the same machine or local network only. */
  readonly localAddress?: SocketAddress
  readonly restApiUrl?: string
}

/** Time as the node sees it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
}

/** Limits and timers; every one has a default. */
export interface SessionLimits {
  readonly handshakeTimeoutMs: number
  readonly firstFrameDelayMs: number
  readonly maxHalfOpen: number
  readonly maxHalfOpenPerIp: number
  readonly halfOpenGraceMs: number
  /** How long two connections with one peer, each dialled by one end, may live side by side. */
  readonly contestMs: number
  readonly inactivityTimeoutMs: number
  readonly stallTimeoutMs: number
  readonly sweepIntervalMs: number
  readonly receiveHighBytes: number
  readonly receiveLowBytes: number
  readonly maxReceiveTotalBytes: number
  readonly framesPerTurn: number
  readonly bytesPerTurn: number
  readonly sendQueueBytes: number
  readonly sendDropBytes: number
  readonly sendLowBytes: number
  readonly peerRecordLingerMs: number
}

export interface SessionInit {
  /** Name of the network, part of the protocol id. */
  readonly network: string
  /** Four bytes. */
  readonly magic: Uint8Array
  /** Asked for every connection. */
  readonly localPeer: (remote: Remote) => LocalPeer
  readonly penalties: PenaltySink
  readonly admission?: AdmissionPolicy
  /** Tells us apart from everyone else; random unless given. */
  readonly sessionId?: bigint
  readonly clock?: Clock
  readonly limits?: Partial<SessionLimits>
  /**
   * True when this libp2p node is there for Ergo alone: connections over libp2p carriers that do not become sessions are then held
   * to the same number and time as native ones without a handshake, and what libp2p remembers of peers that left is dropped. Leave
   * it out beside services that use connections of their own.
   */
  readonly dedicated?: boolean
}

/** Parts of libp2p that the service uses. */
export interface SessionComponents {
  peerId: PeerId
  registrar: Registrar
  connectionManager: ConnectionManager
  transportManager: TransportManager
  peerStore: PeerStore
  events: TypedEventTarget<Libp2pEvents>
  logger: ComponentLogger
}

/** A session that has ended. */
export interface SessionClosed {
  readonly session: Session
  readonly reason: CloseReason
}

/** A connection that never became a session. */
export interface SessionRefused {
  readonly remote: Remote
  readonly refusal: SessionRefusal
  readonly connection: Connection
}

export interface SessionEvents {
  'session:open': CustomEvent<Session>
  'session:close': CustomEvent<SessionClosed>
  'session:refused': CustomEvent<SessionRefused>
}

export interface BroadcastOptions extends SendOptions {
  readonly filter?: (session: Session) => boolean
}

/** All sessions of the node. */
export interface SessionService extends TypedEventTarget<SessionEvents> {
  /** `/ergo/<network>/1.0.0`. */
  readonly protocol: string
  readonly sessionId: bigint
  readonly router: MessageRouter
  /** Open sessions, oldest first. */
  all(): Session[]
  get(id: number): Session | undefined
  /** Open sessions from one canonical IP. */
  ofIp(ip: string): Session[]
  /** The session of the peer that goes by an address, or that was dialled there. */
  ofAddress(address: SocketAddress): Session | undefined
  /** Connections whose handshake is not complete. */
  readonly handshaking: number
  /** Received bytes held back by all sessions. */
  readonly receivedBytes: number
  /**
   * Encodes a message once and queues it for all sessions that pass the filter.
   *
   * @returns how many took it
   */
  broadcast(message: Message, options?: BroadcastOptions): number
  /**
   * Dials and waits for the handshake.
   *
   * @throws SessionRefusedError when a handshake failed, with DUPLICATE when a session with the peer is open by another connection;
   * whatever the dial threw
   */
  connect(target: Multiaddr | PeerId, options?: { signal?: AbortSignal }): Promise<Session>
}
