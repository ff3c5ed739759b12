/** Why a block or transaction could not be made. */
export type DevnetErrorCode =
  /** The wallet holds too little of what is asked for. */
  | 'DEVNET_FUNDS'
  /** No secret at hand satisfies the script of an input, or the script fails. */
  | 'DEVNET_UNSIGNABLE'
  /** The block to build on is not known, or no longer. */
  | 'DEVNET_PARENT'
  /** Difficulty is out of reach, or not known. */
  | 'DEVNET_DIFFICULTY'

/** A plan that cannot be carried out. What is merely invalid is made all the same. */
export class DevnetError extends Error {
  static override readonly name: string = 'DevnetError'
  override readonly name: string = 'DevnetError'
  readonly code: DevnetErrorCode

  constructor(code: DevnetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
