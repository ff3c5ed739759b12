import { ipFromText } from './ip.ts'

/**
 * From where an IP address can be reached. Only `public` ones belong into gossip; peers that gossip others are
 * common and not at fault. `other` is multicast, documentation, benchmark and reserved space.
 */
export type AddressScope = 'public' | 'private' | 'linkLocal' | 'loopback' | 'unspecified' | 'other'

type Rule = readonly [prefix: readonly number[], bits: number, scope: AddressScope]

// IANA special-purpose registries (RFC 6890 and successors), most specific first where they overlap.
const IPV4_RULES: readonly Rule[] = [
  [[0], 8, 'unspecified'],
  [[10], 8, 'private'],
  [[100, 64], 10, 'private'], // carrier-grade NAT, RFC 6598
  [[127], 8, 'loopback'],
  [[169, 254], 16, 'linkLocal'],
  [[172, 16], 12, 'private'],
  [[192, 0, 0], 24, 'other'],
  [[192, 0, 2], 24, 'other'],
  [[192, 168], 16, 'private'],
  [[198, 18], 15, 'other'],
  [[198, 51, 100], 24, 'other'],
  [[203, 0, 113], 24, 'other'],
  [[224], 3, 'other'] // multicast 224/4 and reserved 240/4
]
const LOOPBACK_V6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
const IPV6_RULES: readonly Rule[] = [
  [LOOPBACK_V6, 128, 'loopback'],
  [new Array<number>(16).fill(0), 128, 'unspecified'],
  [[0xfc], 7, 'private'], // unique local
  [[0xfe, 0x80], 10, 'linkLocal'],
  [[0xfe, 0xc0], 10, 'private'], // site-local, deprecated but what the JVM tests for
  [[0x20, 0x01, 0x0d, 0xb8], 32, 'other'],
  [[0xff], 8, 'other'],
  [[0x20], 3, 'public'] // global unicast 2000::/3
]

function matches(bytes: Uint8Array, prefix: readonly number[], bits: number): boolean {
  for (let i = 0; i * 8 < bits; i++) {
    const mask = bits - i * 8 >= 8 ? 0xff : (0xff << (8 - (bits - i * 8))) & 0xff
    if ((bytes[i]! & mask) !== ((prefix[i] ?? 0) & mask)) return false
  }
  return true
}

/**
 * Scope of an IP address in text.
 *
 * @throws RangeError when the text is no IP address
 */
export function addressScope(ip: string): AddressScope {
  const bytes = ipFromText(ip)
  if (bytes === undefined) throw new RangeError(`not an IP address: ${ip}`)
  const rules = bytes.length === 4 ? IPV4_RULES : IPV6_RULES
  const rule = rules.find(([prefix, bits]) => matches(bytes, prefix, bits))
  if (rule !== undefined) return rule[2]
  return bytes.length === 4 ? 'public' : 'other'
}
