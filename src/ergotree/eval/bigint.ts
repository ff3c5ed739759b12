import { fitsSigned256 } from '../values/big-int-bytes.ts'
import { BigIntValue, UnsignedBigIntValue } from '../values/values.ts'
import { fail } from './errors.ts'

const MAX_UNSIGNED_256 = (1n << 256n) - 1n

/** A BigInt of a result that the operation itself checks (reference: `toSignedBigIntValueExact`). */
export function exactBigInt(n: bigint): BigIntValue {
  return fitsSigned256(n) ? new BigIntValue(n) : fail('BigInteger out of 256 bit range')
}

/** A BigInt of a result that only the constructor checks, which it does in trees of version 3 and later. */
export function newBigInt(n: bigint, v3: boolean): BigIntValue {
  return v3 && !fitsSigned256(n) ? fail(`Too big bigint value ${n}`) : new BigIntValue(n)
}

export function newUnsigned(n: bigint): UnsignedBigIntValue {
  return n >= 0n && n <= MAX_UNSIGNED_256
    ? new UnsignedBigIntValue(n)
    : fail('Unsigned BigInteger out of 256 bit range or negative')
}

/** Every one of the 256 bits flipped. */
export function unsignedInverse(n: bigint): UnsignedBigIntValue {
  return new UnsignedBigIntValue(n ^ MAX_UNSIGNED_256)
}

/** `BigInteger.mod`: never negative; the modulus must be positive. */
export function mod(n: bigint, m: bigint): bigint {
  if (m <= 0n) fail('BigInteger: modulus not positive')
  const r = n % m
  return r < 0n ? r + m : r
}

/** `BigInteger.modInverse`. */
export function modInverse(n: bigint, m: bigint): bigint {
  if (m <= 0n) fail('BigInteger: modulus not positive')
  if (m === 1n) return 0n
  let [a, b] = [mod(n, m), m]
  let [x, y] = [1n, 0n]
  while (b !== 0n) {
    const q = a / b
    ;[a, b] = [b, a - q * b]
    ;[x, y] = [y, x - q * y]
  }
  return a === 1n ? mod(x, m) : fail('BigInteger not invertible.')
}
