/** Why a node could not start or had to stop. Stable: exit codes follow from it. */
export type NodeErrorCode =
  /** A setting that cannot be used, e.g. a network file that is none. */
  | 'NODE_SETTINGS'
  /** An address to listen on is taken or not ours. */
  | 'NODE_LISTEN'
  /** Something of ours failed while verifying or storing: no verdict about a block. */
  | 'NODE_FAULT'

export class NodeError extends Error {
  static override readonly name: string = 'NodeError'
  override readonly name: string = 'NodeError'
  readonly code: NodeErrorCode

  constructor(code: NodeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
