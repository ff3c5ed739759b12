import { bigIntFromBytes, bigIntToBytes } from '../../bytes/index.ts'
import { autolykosV1Sum, autolykosV2Hit, blake2b256, secp256k1 } from '../../crypto/index.ts'
import { INITIAL_VERSION, NONCE_BYTES } from '../constants.ts'
import { type HeaderFieldsWithoutPow, type PowSolution, SOLUTION_W_V2, serializeHeaderWithoutPow } from '../header-fields.ts'
import { autolykosTableSize } from './table-size.ts'
import { powTarget } from './target.ts'

/** Who mines. Version 1 solutions prove knowledge of the miner's secret, so only those need it. */
export type MinerKeys =
  /** Compressed public key, 33 bytes; enough for version 2 and later. */
  | { readonly minerPk: Uint8Array }
  /** Secrets, 1 .. q-1. `oneTimeSecret` must be fresh for every header: two solutions with one of them give the secret away. */
  | { readonly secretKey: bigint; readonly oneTimeSecret: bigint }

/**
 * Searches nonces for a solution of a header's proof of work (`AutolykosPowScheme.checkNonces`): slow, for devnets and tests.
 * The search runs in portions of the caller's choice, so that the caller can stop between two.
 *
 * Not constant-time: keys of real value belong to real miners.
 */
export class PowSolver {
  readonly #msg: Uint8Array
  readonly #target: bigint
  readonly #attempt: (nonce: Uint8Array) => PowSolution | null

  /**
   * @throws RangeError when version 1 is asked for without secrets, or the difficulty is not positive
   * @throws EncodeError when the header cannot be written
   */
  constructor(header: HeaderFieldsWithoutPow, keys: MinerKeys) {
    this.#msg = blake2b256(serializeHeaderWithoutPow(header))
    const target = powTarget(header.nBits)
    if (target === null || target <= 0n) throw new RangeError(`nBits ${header.nBits} stand for no difficulty that can be met`)
    this.#target = target
    const tableSize = autolykosTableSize(header.version, header.height)
    if (header.version !== INITIAL_VERSION) {
      const pk = 'minerPk' in keys ? keys.minerPk : secp256k1.multiplyBase(keys.secretKey).toBytes()
      this.#attempt = (nonce) => this.#attemptV2(nonce, pk, header.height, tableSize)
    } else {
      if ('minerPk' in keys) throw new RangeError('a version 1 solution needs the secret keys')
      const { secretKey, oneTimeSecret } = keys
      const pk = secp256k1.multiplyBase(secretKey).toBytes()
      const w = secp256k1.multiplyBase(oneTimeSecret).toBytes()
      this.#attempt = (nonce) => this.#attemptV1(nonce, pk, w, secretKey, oneTimeSecret, tableSize)
    }
  }

  /** Message that the solution is for, 32 bytes: what external miners are given. */
  get message(): Uint8Array {
    return this.#msg
  }

  /** A solution is valid when its hit is below. */
  get target(): bigint {
    return this.#target
  }

  /**
   * Tries nonces one after the other.
   *
   * @param firstNonce as an unsigned 64-bit number; wraps at its end
   * @param attempts how many nonces to try, a fraction of a millisecond to some milliseconds each
   * @returns null when none of them solves the header: go on at `firstNonce + attempts`
   */
  search(firstNonce: bigint, attempts: number): PowSolution | null {
    for (let i = 0; i < attempts; i++) {
      const nonce = bigIntToBytes(BigInt.asUintN(64, firstNonce + BigInt(i)), NONCE_BYTES)
      const solution = this.#attempt(nonce)
      if (solution !== null) return solution
    }
    return null
  }

  #attemptV2(nonce: Uint8Array, pk: Uint8Array, height: number, tableSize: number): PowSolution | null {
    const hit = bigIntFromBytes(autolykosV2Hit(this.#msg, nonce, height, tableSize))
    return hit < this.#target ? { pk, w: SOLUTION_W_V2, nonce, d: 0n } : null
  }

  #attemptV1(
    nonce: Uint8Array,
    pk: Uint8Array,
    w: Uint8Array,
    secretKey: bigint,
    oneTimeSecret: bigint,
    tableSize: number
  ): PowSolution | null {
    const q = secp256k1.order
    const f = bigIntFromBytes(autolykosV1Sum(this.#msg, nonce, pk, w, tableSize))
    const d = (((f * oneTimeSecret - secretKey) % q) + q) % q
    return d < this.#target ? { pk, w, nonce, d } : null
  }
}
