import type { PenaltyKind } from './penalties.ts'

/** Why a peer's bytes were refused. Stable: callers branch on it, metrics are labelled with it. */
export type WireErrorCode =
  /** The frame starts with another network's magic, or the stream lost its frame boundary. */
  | 'FRAME_MAGIC'
  /** The payload length is negative, above the frame limit or above the limit of its message. */
  | 'FRAME_LENGTH'
  /** The first four bytes of blake2b-256 of the payload differ from the checksum sent. */
  | 'FRAME_CHECKSUM'
  /** A known message whose payload does not parse. */
  | 'PAYLOAD_INVALID'
  /** Bytes that can never become a handshake. */
  | 'HANDSHAKE_INVALID'
  /** No complete handshake within its size limit. */
  | 'HANDSHAKE_TOO_LARGE'

/** A peer sent bytes that the protocol forbids. Carries the penalty that they earn. */
export class WireError extends Error {
  static override readonly name = 'WireError'
  override readonly name = 'WireError'
  readonly code: WireErrorCode
  /** Undefined where the reference closes without punishing (everything about handshakes). */
  readonly penalty: PenaltyKind | undefined
  /** Byte offset in the connection's stream for frames and handshakes, in the payload for messages. */
  readonly offset: number | undefined
  /** Code of the message at fault, when known. */
  readonly messageCode: number | undefined

  constructor(
    code: WireErrorCode,
    message: string,
    details: { penalty?: PenaltyKind; offset?: number | undefined; messageCode?: number; cause?: unknown } = {}
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.penalty = details.penalty
    this.offset = details.offset
    this.messageCode = details.messageCode
  }
}
