import { lookup as systemLookup } from 'node:dns/promises'
import { AbortError } from '@libp2p/interface'
import type { ErgoAddress } from './address.ts'
import { ErgoTcpError } from './errors.ts'
import { canonicalIp } from './ip.ts'

/** IP addresses of a host name; family 0 asks for both. */
export type Lookup = (host: string, family: 0 | 4 | 6) => Promise<readonly string[]>

/** The operating system's resolver, hosts file included. */
export const lookupHost: Lookup = async (host, family) =>
  (await systemLookup(host, { family, all: true })).map((entry) => entry.address)

const FAMILY = { ip4: 4, ip6: 6, dns: 0, dns4: 4, dns6: 6 } as const

/**
 * Canonical IPs an address stands for, in the resolver's order, without doubles. Names are resolved before a peer id is derived,
 * else one peer would have two ids.
 *
 * @throws ErgoTcpError NAME_NOT_RESOLVED
 */
export async function resolveHost(address: ErgoAddress, lookup: Lookup): Promise<string[]> {
  let answers: readonly string[]
  if (address.kind === 'ip4' || address.kind === 'ip6') {
    answers = [address.host]
  } else {
    try {
      answers = await lookup(address.host, FAMILY[address.kind])
    } catch (cause) {
      throw new ErgoTcpError('NAME_NOT_RESOLVED', `cannot resolve ${address.host}`, { cause })
    }
  }
  const ips = new Set<string>()
  for (const answer of answers) {
    const ip = canonicalIp(answer)
    if (ip !== undefined) ips.add(ip)
  }
  if (ips.size === 0) throw new ErgoTcpError('NAME_NOT_RESOLVED', `${address.host} has no ${address.kind} address`)
  return [...ips]
}

/** Settles as `promise` does, or rejects as soon as the signal fires. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new AbortError())
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
