const REPLACEMENT = 0xfffd

function isContinuation(b: number | undefined): boolean {
  return b !== undefined && (b & 0xc0) === 0x80
}

/** May `second` follow the lead byte of a three-byte sequence? */
function fits3(lead: number, second: number | undefined): boolean {
  return isContinuation(second) && !(lead === 0xe0 && second! < 0xa0)
}

/** May `second` follow the lead byte of a four-byte sequence? */
function fits4(lead: number, second: number | undefined): boolean {
  return isContinuation(second) && lead <= 0xf4 && !(lead === 0xf0 && second! < 0x90) && !(lead === 0xf4 && second! > 0x8f)
}

/**
 * UTF-8 as `new String(bytes, UTF_8)` of the JVM reads it: malformed sequences become U+FFFD and nothing fails.
 *
 * How many of them differs from the WHATWG decoder that platforms have: a surrogate `ed a0 80` is one here and three there.
 * Names of type variables and string constants are written anew from this, so it decides about transaction ids.
 */
export function decodeJavaUtf8(bytes: Uint8Array): string {
  const units: number[] = []
  const n = bytes.length
  let i = 0
  while (i < n) {
    const lead = bytes[i]!
    if (lead < 0x80) {
      units.push(lead)
      i += 1
    } else if (lead >= 0xc2 && lead <= 0xdf) {
      i += decode2(bytes, i, units)
    } else if (lead >= 0xe0 && lead <= 0xef) {
      i += decode3(bytes, i, units)
    } else if (lead >= 0xf0 && lead <= 0xf7) {
      i += decode4(bytes, i, units)
    } else {
      units.push(REPLACEMENT)
      i += 1
    }
  }
  let out = ''
  for (let from = 0; from < units.length; from += 4096) out += String.fromCharCode(...units.slice(from, from + 4096))
  return out
}

/** Each of these decodes the sequence at `i` into `units` and gives the number of bytes it stands for. */
function decode2(bytes: Uint8Array, i: number, units: number[]): number {
  const second = bytes[i + 1]
  if (!isContinuation(second)) {
    units.push(REPLACEMENT)
    return 1
  }
  units.push(((bytes[i]! & 0x1f) << 6) | (second! & 0x3f))
  return 2
}

function decode3(bytes: Uint8Array, i: number, units: number[]): number {
  const lead = bytes[i]!
  const second = bytes[i + 1]
  const third = bytes[i + 2]
  if (!fits3(lead, second) || !isContinuation(third)) {
    units.push(REPLACEMENT)
    return fits3(lead, second) ? 2 : 1
  }
  const code = ((lead & 0x0f) << 12) | ((second! & 0x3f) << 6) | (third! & 0x3f)
  units.push(code >= 0xd800 && code <= 0xdfff ? REPLACEMENT : code)
  return 3
}

function decode4(bytes: Uint8Array, i: number, units: number[]): number {
  const lead = bytes[i]!
  const [second, third, fourth] = [bytes[i + 1], bytes[i + 2], bytes[i + 3]]
  if (!fits4(lead, second) || !isContinuation(third) || !isContinuation(fourth)) {
    units.push(REPLACEMENT)
    return !fits4(lead, second) ? 1 : isContinuation(third) ? 3 : 2
  }
  const code = ((lead & 0x07) << 18) | ((second! & 0x3f) << 12) | ((third! & 0x3f) << 6) | (fourth! & 0x3f)
  units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff))
  return 4
}
