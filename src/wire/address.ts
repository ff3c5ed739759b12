import { DecodeError, EncodeError, type Reader, type Writer } from '../bytes/index.ts'
import { ADDRESS_LENGTH_EXTRA, MAX_PORT } from './constants.ts'
import { ipFromText, ipToText } from './ip.ts'

/** An IP address in canonical text and a TCP port. Two are equal when their {@link formatAddress} is. */
export interface SocketAddress {
  readonly ip: string
  readonly port: number
}

/** `1.2.3.4:9030` or `[2001:db8::1]:9030`. */
export function formatAddress(address: SocketAddress): string {
  return address.ip.includes(':') ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`
}

/** Inverse of {@link formatAddress}, for IP addresses only (no host names). Undefined when it is not one. */
export function parseAddress(text: string): SocketAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const ip = match[1] ?? match[2]!
  const bytes = ipFromText(ip)
  const port = Number(match[3])
  const bracketed = match[1] !== undefined
  if (bytes === undefined || port > MAX_PORT || bracketed !== ip.includes(':')) return undefined
  return { ip: ipToText(bytes), port }
}

function readPort(r: Reader): number {
  const at = r.position
  const port = r.uintExact('port')
  if (port > MAX_PORT) throw new DecodeError('OUT_OF_RANGE', `port ${port} is above ${MAX_PORT}`, at)
  return port
}

function ipBytes(address: SocketAddress): Uint8Array {
  const bytes = ipFromText(address.ip)
  if (bytes === undefined) throw new EncodeError(`not an IP address: ${address.ip}`)
  if (!(address.port >= 0 && address.port <= MAX_PORT)) throw new EncodeError(`not a port: ${address.port}`)
  return bytes
}

/** Declared address of a peer spec: length byte of IP size + 4, IP, port. */
export function readDeclaredAddress(r: Reader): SocketAddress {
  const at = r.position
  const size = r.u8() - ADDRESS_LENGTH_EXTRA
  if (size !== 4 && size !== 16) throw new DecodeError('MALFORMED', `IP address of ${size} bytes`, at)
  return { ip: ipToText(r.bytes(size)), port: readPort(r) }
}

export function writeDeclaredAddress(w: Writer, address: SocketAddress): void {
  const bytes = ipBytes(address)
  w.u8(bytes.length + ADDRESS_LENGTH_EXTRA)
    .bytes(bytes)
    .uint(address.port)
}

/** Body of the LocalAddress feature: four IP bytes, port. Its reader in the reference knows IPv4 only. */
export function readIpv4Address(r: Reader): SocketAddress {
  return { ip: ipToText(r.bytes(4)), port: readPort(r) }
}

export function writeIpv4Address(w: Writer, address: SocketAddress): void {
  const bytes = ipBytes(address)
  if (bytes.length !== 4) throw new EncodeError(`a local address must be IPv4, not ${address.ip}`)
  w.bytes(bytes).uint(address.port)
}
