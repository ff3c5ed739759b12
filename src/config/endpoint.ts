import { isIP } from 'node:net'

/** A host and a TCP port, as in `1.2.3.4:9030`, `[2001:db8::1]:9030` or `node.example:9030`. */
export interface Endpoint {
  /** IP address without brackets, or a host name. */
  readonly host: string
  readonly port: number
}

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*$/

/** Undefined when the text is no endpoint. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const [, ipv6, other] = match
  const port = Number(match[3])
  if (port > 65535) return undefined
  if (ipv6 !== undefined) return isIP(ipv6) === 6 ? { host: ipv6, port } : undefined
  // All digits and dots but no IPv4 address: a slip, not a host name.
  if (isIP(other!) === 0 && (/^[\d.]+$/.test(other!) || !HOST_NAME.test(other!))) return undefined
  return { host: other!, port }
}

export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** True for addresses that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
