/** ASCII codes of the two digits of each byte. */
const DIGITS: Uint8Array = Uint8Array.from({ length: 512 }, (_, i) => {
  const digit = i % 2 === 0 ? i >> 5 : (i >> 1) & 15
  return digit < 10 ? 0x30 + digit : 0x57 + digit
})

/** Bytes turned into one piece of string at a time; an id is one piece. */
const PIECE_BYTES = 32

const piece: number[] = new Array(2 * PIECE_BYTES).fill(0)

/** Value of an ASCII code as a hex digit, or 255. */
const VALUES: Uint8Array = new Uint8Array(128).fill(255)
for (let i = 0; i < 16; i++) {
  VALUES[i.toString(16).charCodeAt(0)] = i
  VALUES[i.toString(16).toUpperCase().charCodeAt(0)] = i
}

/** Lower-case hex of bytes. */
export function toHex(bytes: Uint8Array): string {
  // Adding a digit at a time makes a chain of 32 strings, which then takes three times as long to become the key of a map.
  let out = ''
  let at = 0
  for (; at + PIECE_BYTES <= bytes.length; at += PIECE_BYTES) {
    for (let i = 0; i < PIECE_BYTES; i++) {
      const digits = 2 * bytes[at + i]!
      piece[2 * i] = DIGITS[digits]!
      piece[2 * i + 1] = DIGITS[digits + 1]!
    }
    out += String.fromCharCode.apply(null, piece)
  }
  for (; at < bytes.length; at++) out += String.fromCharCode(DIGITS[2 * bytes[at]!]!, DIGITS[2 * bytes[at]! + 1]!)
  return out
}

/**
 * Bytes of a hex string, upper or lower case.
 *
 * @throws RangeError naming the position of the first character that is not a hex digit, or an odd length
 */
export function fromHex(hex: string): Uint8Array {
  if (hex.length % 2 !== 0) throw new RangeError(`hex string has an odd length of ${hex.length}`)
  const out = new Uint8Array(hex.length / 2)
  for (let i = 0; i < out.length; i++) {
    const hi = VALUES[hex.charCodeAt(2 * i)] ?? 255
    const lo = VALUES[hex.charCodeAt(2 * i + 1)] ?? 255
    if ((hi | lo) > 15) throw new RangeError(`not a hex digit at position ${hi > 15 ? 2 * i : 2 * i + 1}`)
    out[i] = (hi << 4) | lo
  }
  return out
}
