import type { WireErrorCode } from '../../src/wire/index.ts'

/** Why a session ended. Stable: callers branch on it, metrics count it. */
export type CloseCode =
  /** The peer ended the connection in order. */
  | 'REMOTE_CLOSED'
  /** Reset, timeout or another failure below us; the reference ends its connections with a reset. */
  | 'CONNECTION_LOST'
  /** `close()` was called. */
  | 'LOCAL_CLOSED'
  /** `abort()` was called. */
  | 'ABORTED'
  /** The peer broke the protocol; a penalty was given. */
  | 'WIRE_ERROR'
  /** No frame for too long. */
  | 'INACTIVE'
  /** The peer stopped reading. */
  | 'STALLED'
  /** More was queued for the peer than it may have waiting. */
  | 'SEND_OVERFLOW'
  /** All sessions together held too much, this one most. */
  | 'RECEIVE_OVERFLOW'
  /** Another connection took its place: the peer's other one when both dialled at once, or that of the true owner of its address. */
  | 'SUPERSEDED'
  /** A fault of ours while reading: logged, and never held against the peer. */
  | 'INTERNAL_ERROR'
  /** The node is stopping. */
  | 'STOPPED'

export interface CloseReason {
  readonly code: CloseCode
  /** `local` when this service ended it; all else came from below or from the peer. */
  readonly by: 'local' | 'remote'
  /** One sentence for logs. */
  readonly message: string
  readonly error?: Error
}

/** Why a connection did not become a session. */
export type RefusalCode =
  /** The bytes are no handshake. */
  | Extract<WireErrorCode, 'HANDSHAKE_INVALID' | 'HANDSHAKE_TOO_LARGE'>
  /** The handshake, or the stream for it, did not come in time. */
  | 'HANDSHAKE_TIMEOUT'
  /** The connection ended before the handshake was complete. */
  | 'HANDSHAKE_CLOSED'
  /** Too many connections without a handshake, in total or from this IP. */
  | 'HALF_OPEN_LIMIT'
  /** Version below 4.0.100: on another chain since EIP-37. */
  | 'VERSION_TOO_OLD'
  /** The session feature has another network's magic. */
  | 'OTHER_NETWORK'
  /** It is us. */
  | 'SELF'
  /** Another session is with the same peer. */
  | 'DUPLICATE'
  /** The admission policy said no. */
  | 'NOT_ADMITTED'
  /** The stream could not be opened or written, or our own handshake could not be made. */
  | 'STREAM_FAILED'
  /** The node is stopping. */
  | 'STOPPED'

/**
 * What a refusal costs the peer. Like the reference we never penalise a handshake; at most the address is worth nothing to us and
 * is to be forgotten.
 */
export interface SessionRefusal {
  readonly code: RefusalCode
  readonly message: string
  /** The address belongs to nobody we can talk to: drop it from address books. */
  readonly forgetAddress: boolean
  readonly error?: Error
}

/** Thrown where a caller waits for a session that was refused. */
export class SessionRefusedError extends Error {
  static override readonly name: string = 'SessionRefusedError'
  override readonly name: string = 'SessionRefusedError'
  readonly code: RefusalCode
  readonly refusal: SessionRefusal

  constructor(refusal: SessionRefusal) {
    super(refusal.message, refusal.error === undefined ? undefined : { cause: refusal.error })
    this.code = refusal.code
    this.refusal = refusal
  }
}

/** Given to connections that are ended here, so that logs below say why. */
export class SessionClosedError extends Error {
  static override readonly name: string = 'SessionClosedError'
  override readonly name: string = 'SessionClosedError'
  readonly code: CloseCode | RefusalCode

  constructor(code: CloseCode | RefusalCode, message: string, cause?: Error) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
