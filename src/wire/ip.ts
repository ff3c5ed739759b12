const IPV4_MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** True for the sixteen bytes of an IPv4-mapped address, `::ffff:a.b.c.d`. */
function isIpv4Mapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 && IPV4_MAPPED_PREFIX.every((b, i) => bytes[i] === b)
}

/**
 * Canonical text of an address in network byte order: dotted quad, or RFC 5952 for IPv6.
 * An IPv4-mapped IPv6 address becomes IPv4, as on the JVM.
 *
 * @throws RangeError unless there are 4 or 16 bytes
 */
export function ipToText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`)
  if (isIpv4Mapped(bytes)) return bytes.subarray(12).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!)
  const gap = longestZeroRun(groups)
  const hex = groups.map((g) => g.toString(16))
  if (gap === undefined) return hex.join(':')
  return `${hex.slice(0, gap.start).join(':')}::${hex.slice(gap.start + gap.size).join(':')}`
}

/** First longest run of at least two zero groups: what `::` stands for. */
function longestZeroRun(groups: readonly number[]): { start: number; size: number } | undefined {
  let best: { start: number; size: number } | undefined
  for (let i = 0; i < groups.length; i++) {
    let size = 0
    while (groups[i + size] === 0) size++
    if (size > 1 && size > (best?.size ?? 0)) best = { start: i, size }
    i += size
  }
  return best
}

/**
 * Bytes of an IPv4 (4) or IPv6 (16) address in text. Undefined when it is neither; zone ids are not addresses.
 * IPv4-mapped text gives 4 bytes.
 */
export function ipFromText(text: string): Uint8Array | undefined {
  if (!text.includes(':')) return ipv4FromText(text)
  const bytes = ipv6FromText(text)
  return bytes !== undefined && isIpv4Mapped(bytes) ? bytes.slice(12) : bytes
}

function ipv4FromText(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256)) return undefined
  return Uint8Array.from(parts, Number)
}

function ipv6FromText(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsFromText(halves[0]!, halves.length === 1)
  const tail = groupsFromText(halves[1] ?? '', true)
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const out = new Uint8Array(16)
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  groups.forEach((g, i) => {
    out[2 * i] = g >> 8
    out[2 * i + 1] = g & 0xff
  })
  return out
}

/** 16-bit groups of one side of `::`. The last one of the address may be a dotted quad. */
function groupsFromText(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = last && i === parts.length - 1 ? ipv4FromText(part) : undefined
      if (quad === undefined) return undefined
      groups.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}
