/**
 * Compact difficulty, 32 bits: a byte of length and a mantissa of 24 bits whose top bit is the sign
 * (`DifficultySerializer.scala`, as in Bitcoin).
 *
 * Known answers: 06011765 <-> 0x011765000000, 01003456 -> 0, 04923456 -> -0x12345600.
 */

/**
 * Difficulty that `nBits` stands for. May be 0 or negative; many encodings mean the same number, and consensus compares what
 * they mean.
 *
 * @param nBits unsigned 32 bits
 */
export function decodeCompact(nBits: number): bigint {
  const size = nBits >>> 24
  const mantissa = nBits & 0x7fffff
  const shift = 8 * (size - 3)
  // Below three bytes of length the low ones do not exist, a sign bit of length 0 neither.
  const magnitude = shift >= 0 ? BigInt(mantissa) << BigInt(shift) : BigInt(mantissa >>> -shift)
  return size > 0 && (nBits & 0x800000) !== 0 ? -magnitude : magnitude
}

/**
 * The canonical encoding of a difficulty; bits below the mantissa are lost.
 *
 * @throws RangeError for negative numbers, which no header needs
 */
export function encodeCompact(difficulty: bigint): number {
  if (difficulty < 0n) throw new RangeError(`negative difficulty ${difficulty}`)
  const bits = difficulty === 0n ? 0 : difficulty.toString(2).length
  // Room for a sign bit, as in Java's BigInteger.toByteArray: the mantissa's top bit stays clear.
  const size = Math.floor(bits / 8) + 1
  const mantissa = Number(size <= 3 ? difficulty << BigInt(8 * (3 - size)) : difficulty >> BigInt(8 * (size - 3)))
  if (size > 0xff) throw new RangeError(`difficulty of ${bits} bits has no compact form`)
  return ((size << 24) | mantissa) >>> 0
}

/** A difficulty as headers can express it: what is left after encoding and decoding. */
export function normaliseDifficulty(difficulty: bigint): bigint {
  return decodeCompact(encodeCompact(difficulty))
}
