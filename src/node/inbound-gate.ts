import type { ConnectionGater, MultiaddrConnection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import {
  canonicalIp,
  EventCounts,
  type InboundCounter,
  type InboundRefusal,
  isErgoAddress
} from '../../transports/ergo-tcp/index.ts'

/**
 * Accepted libp2p connections whose encryption and muxer are not agreed upon: each may last for libp2p's upgrade timeout of ten
 * seconds, and must leave room for others, native peers included.
 */
export const MAX_PENDING_UPGRADES = 32

export interface InboundGateInit {
  /** The counter of the native transport, so that one IP has one share whatever it speaks. */
  readonly inbound: InboundCounter
  readonly isBanned: (ip: string) => boolean
}

/** Lets connections of stock libp2p transports in by the rules that the native transport has for its own. */
export class InboundGate implements ConnectionGater {
  readonly #init: InboundGateInit
  readonly #pending = new Set<MultiaddrConnection>()
  readonly #events = new EventCounts()

  constructor(init: InboundGateInit) {
    this.#init = init
  }

  /** What became of connections since the start, under the names that the native transport has. */
  get events(): Readonly<Record<string, number>> {
    return this.#events.totals
  }

  denyDialMultiaddr = (ma: Multiaddr): boolean => {
    const ip = ipOf(ma)
    return ip !== undefined && this.#init.isBanned(ip)
  }

  denyInboundConnection = (connection: MultiaddrConnection): boolean => {
    // Native sockets were judged by their listener.
    if (isErgoAddress(connection.remoteAddr)) return false
    const refusal = this.#admit(connection)
    this.#events.count(refusal === undefined ? 'accepted' : `refused_${refusal.toLowerCase()}`)
    return refusal !== undefined
  }

  denyInboundUpgradedConnection = (_: unknown, connection: MultiaddrConnection): boolean => {
    this.#pending.delete(connection)
    return false
  }

  /** @returns why it is refused */
  #admit(connection: MultiaddrConnection): InboundRefusal | 'IP_DENIED' | undefined {
    const ip = ipOf(connection.remoteAddr)
    if (ip === undefined) return undefined
    if (this.#init.isBanned(ip)) return 'IP_DENIED'
    if (this.#pending.size >= MAX_PENDING_UPGRADES) return 'PENDING_LIMIT'
    const slot = this.#init.inbound.admit(ip)
    if (typeof slot === 'string') return slot
    // The counter's own count of upgrades under way is that of the native transport.
    slot.upgraded()
    this.#pending.add(connection)
    connection.addEventListener('close', () => {
      this.#pending.delete(connection)
      slot.release()
    })
    return undefined
  }
}

/** Canonical IP at the head of an address; undefined for names and relays. */
function ipOf(ma: Multiaddr): string | undefined {
  const head = ma.getComponents().find((c) => c.name === 'ip4' || c.name === 'ip6')?.value
  return head === undefined ? undefined : canonicalIp(head)
}
