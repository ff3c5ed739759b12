import { isIP } from 'node:net'

/** `::ffff:a.b.c.d` as WHATWG URLs print it. */
const MAPPED_IPV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/**
 * One text for one IP address, so that limits, bans and peer ids cannot be dodged by spelling: IPv6 lower-case and compressed
 * (RFC 5952), IPv4-mapped IPv6 as plain IPv4, no zone.
 *
 * @returns undefined when the text is not an IP address
 */
export function canonicalIp(text: string): string | undefined {
  const zone = text.indexOf('%')
  const ip = zone < 0 ? text : text.slice(0, zone)
  const family = isIP(ip)
  if (family === 0) return undefined
  if (family === 4) return ip
  const compressed = new URL(`http://[${ip}]/`).hostname.slice(1, -1)
  const mapped = MAPPED_IPV4.exec(compressed)
  if (mapped === null) return compressed
  const high = Number.parseInt(mapped[1]!, 16)
  const low = Number.parseInt(mapped[2]!, 16)
  return `${high >>> 8}.${high & 0xff}.${low >>> 8}.${low & 0xff}`
}

/**
 * The block of addresses one operator usually holds: /24 of IPv4, /64 of IPv6.
 *
 * @param ip - canonical address
 */
export function subnetOf(ip: string): string {
  if (!ip.includes(':')) return ip.slice(0, ip.lastIndexOf('.'))
  const [head = '', tail] = ip.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return groups.slice(0, 4).join(':')
}

/** `1.2.3.4:9030`, `[2001:db8::1]:9030`. */
export function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}
