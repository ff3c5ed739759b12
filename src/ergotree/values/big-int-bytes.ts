import { bigIntFromBytes, EncodeError, fromHex } from '../../bytes/index.ts'

/** Size of BigInt and UnsignedBigInt, in bytes (reference: `SigmaConstants.MaxBigIntSizeInBytes`). */
export const MAX_BIG_INT_BYTES = 32

const MAX_SIGNED = (1n << 255n) - 1n
const MIN_SIGNED = -(1n << 255n)

/** Two's complement, big-endian; the input must not be empty. */
export function signedFromBytes(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, bigIntFromBytes(bytes))
}

/** Shortest two's complement, big-endian (`BigInteger.toByteArray`); 0 is one byte. */
export function signedToBytes(value: bigint): Uint8Array {
  // Complement of a negative value has as many bits; one more bit is for the sign.
  const bits = (value < 0n ? ~value : value).toString(2).length + 1
  const size = value === 0n || value === -1n ? 1 : Math.ceil(bits / 8)
  const hex = BigInt.asUintN(size * 8, value)
    .toString(16)
    .padStart(size * 2, '0')
  return fromHex(hex)
}

/** Unsigned big-endian bytes without leading zeros; 0 is no byte at all (`sigma.crypto.BigIntegers.asUnsignedByteArray`). */
export function unsignedToBytes(value: bigint): Uint8Array {
  if (value < 0n) throw new EncodeError(`negative number ${value} where an unsigned one is written`)
  if (value === 0n) return new Uint8Array(0)
  const hex = value.toString(16)
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`)
}

/** Is it a signed 256-bit number? */
export function fitsSigned256(value: bigint): boolean {
  return value >= MIN_SIGNED && value <= MAX_SIGNED
}
