/** Why this transport refused or lost a connection. Stable: callers branch on it, metrics count it. */
export type ErgoTcpErrorCode =
  /** Not an address of this transport. */
  | 'ADDRESS_INVALID'
  /** The peer id in the address is not the one that its IP and port have. */
  | 'PEER_ID_MISMATCH'
  /** A host name has no address of the wanted family. */
  | 'NAME_NOT_RESOLVED'
  /** The deny hook refused the IP. */
  | 'IP_DENIED'
  /** The socket could not be connected. */
  | 'CONNECT_FAILED'
  /** No byte went either way for too long. */
  | 'IDLE_TIMEOUT'
  /** The server is already listening. */
  | 'ALREADY_LISTENING'

/** Thrown by dial and listen, and given as the reason when a socket is aborted here. */
export class ErgoTcpError extends Error {
  static override readonly name: string = 'ErgoTcpError'
  override readonly name: string = 'ErgoTcpError'
  readonly code: ErgoTcpErrorCode

  constructor(code: ErgoTcpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
