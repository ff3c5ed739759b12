/** Why bytes could not be read. Stable: callers branch on it, users see it. */
export type DecodeErrorCode =
  /** The input ended before the value did. */
  | 'UNDERFLOW'
  /** A variable-length number ran past ten bytes. */
  | 'VLQ_OVERFLOW'
  /** A number does not fit the type it is read as. */
  | 'OUT_OF_RANGE'
  /** A count, length or size is above its limit. */
  | 'LIMIT_EXCEEDED'
  /** A tag, prefix or structure that no valid encoding has. */
  | 'MALFORMED'
  /** Bytes are left over where the encoding must be exhausted. */
  | 'TRAILING_BYTES'

/** Thrown by every decoder of this project: says what is wrong and at which byte offset of its input. */
export class DecodeError extends Error {
  static override readonly name: string = 'DecodeError'
  override readonly name: string = 'DecodeError'
  readonly code: DecodeErrorCode
  /** Offset of the offending byte in the decoder's input, when known. */
  readonly offset: number | undefined

  constructor(code: DecodeErrorCode, message: string, offset?: number) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`)
    this.code = code
    this.offset = offset
  }
}

/** Thrown by writers when a value cannot be encoded: always a fault of the caller. */
export class EncodeError extends RangeError {
  override readonly name: string = 'EncodeError'
  readonly code: string = 'ENCODE_RANGE'
}
