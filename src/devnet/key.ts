import { bigIntFromBytes, bigIntToBytes, concatBytes, Writer } from '../bytes/index.ts'
import { blake2b256, secp256k1 } from '../crypto/index.ts'
import { dlogSecret, type RandomBytes, type SigmaSecret } from '../ergotree/index.ts'
import { p2pkTree } from '../transaction/index.ts'

/** A secret key of a private network. Not for coins of value: its arithmetic is not constant-time. */
export class DevnetKey {
  /** 1 .. group order - 1. */
  readonly secretKey: bigint
  /** Compressed, 33 bytes. */
  readonly publicKey: Uint8Array
  /** What proofs for {@link tree} need. */
  readonly secret: SigmaSecret
  /** Tree of boxes that this key alone may spend. */
  readonly tree: Uint8Array

  /** @throws RangeError when the number is no secret key */
  constructor(secretKey: bigint) {
    if (secretKey <= 0n || secretKey >= secp256k1.order) throw new RangeError('a secret key is 1 .. group order - 1')
    this.secretKey = secretKey
    this.publicKey = secp256k1.multiplyBase(secretKey).toBytes()
    this.secret = dlogSecret(secretKey)
    this.tree = p2pkTree(this.publicKey)
  }

  /** The key that a text stands for: the same one every time. */
  static fromText(text: string): DevnetKey {
    const seed = bigIntFromBytes(blake2b256(new TextEncoder().encode(text)))
    return new DevnetKey((seed % (secp256k1.order - 1n)) + 1n)
  }

  /**
   * The second secret of an Autolykos 1 solution, bound to what it solves: no two headers share one.
   *
   * @param subject bytes of the header
   */
  oneTimeSecret(subject: Uint8Array): bigint {
    const seed = bigIntFromBytes(blake2b256(concatBytes(bigIntToBytes(this.secretKey, 32), subject)))
    return (seed % (secp256k1.order - 1n)) + 1n
  }
}

/**
 * Nonces that follow from the secrets and the message: no message is signed twice with different nonces, no two messages with
 * the same, and the same chain comes out every time.
 */
export function derivedNonces(secrets: readonly SigmaSecret[], message: Uint8Array): RandomBytes {
  const seed = blake2b256(concatBytes(...secrets.map(({ w }) => bigIntToBytes(w, 32)), message))
  let counter = 0
  return (size) => {
    const w = new Writer(size + 32)
    while (w.length < size) w.bytes(blake2b256(new Writer(36).bytes(seed).i32be(counter++).toBytes()))
    return w.toBytes().subarray(0, size)
  }
}
