const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Digit of an ASCII code, or -1. */
const DIGITS: Int8Array = (() => {
  const out = new Int8Array(128).fill(-1)
  for (let i = 0; i < ALPHABET.length; i++) out[ALPHABET.charCodeAt(i)] = i
  return out
})()

/**
 * Longest text that is decoded. Conversion is quadratic; the longest address, of a 4096-byte tree, has about 5,600
 * characters.
 */
export const MAX_BASE58_CHARS = 8_192

/** Base58 text of bytes, Bitcoin's alphabet: one `1` for each leading zero byte. */
export function encodeBase58(bytes: Uint8Array): string {
  let zeros = 0
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++
  const digits: number[] = []
  for (let i = zeros; i < bytes.length; i++) {
    let carry = bytes[i]!
    for (let j = 0; j < digits.length; j++) {
      carry += digits[j]! << 8
      digits[j] = carry % 58
      carry = (carry / 58) | 0
    }
    while (carry > 0) {
      digits.push(carry % 58)
      carry = (carry / 58) | 0
    }
  }
  let out = ALPHABET[0]!.repeat(zeros)
  for (let i = digits.length - 1; i >= 0; i--) out += ALPHABET[digits[i]!]
  return out
}

/**
 * Bytes of a Base58 text.
 *
 * @throws RangeError naming the position of the first character outside the alphabet, or for a text above {@link MAX_BASE58_CHARS}
 */
export function decodeBase58(text: string): Uint8Array {
  if (text.length > MAX_BASE58_CHARS) throw new RangeError(`Base58 text of more than ${MAX_BASE58_CHARS} characters`)
  let zeros = 0
  while (zeros < text.length && text[zeros] === ALPHABET[0]) zeros++
  const bytes: number[] = []
  for (let i = zeros; i < text.length; i++) {
    const code = text.charCodeAt(i)
    let carry = code < 128 ? DIGITS[code]! : -1
    if (carry < 0) throw new RangeError(`not a Base58 character at position ${i}`)
    for (let j = 0; j < bytes.length; j++) {
      carry += bytes[j]! * 58
      bytes[j] = carry & 0xff
      carry >>= 8
    }
    while (carry > 0) {
      bytes.push(carry & 0xff)
      carry >>= 8
    }
  }
  const out = new Uint8Array(zeros + bytes.length)
  for (let i = 0; i < bytes.length; i++) out[zeros + i] = bytes[bytes.length - 1 - i]!
  return out
}
