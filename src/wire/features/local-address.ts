import type { Reader, Writer } from '../../bytes/index.ts'
import { readIpv4Address, type SocketAddress, writeIpv4Address } from '../address.ts'

/** Feature 2: where a peer on the same local network or machine can be reached. IPv4 only. */
export interface LocalAddressFeature {
  readonly kind: 'localAddress'
  readonly address: SocketAddress
}

export function readLocalAddress(r: Reader): LocalAddressFeature {
  return { kind: 'localAddress', address: readIpv4Address(r) }
}

export function writeLocalAddress(w: Writer, f: LocalAddressFeature): void {
  writeIpv4Address(w, f.address)
}
