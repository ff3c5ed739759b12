import { MAX_INBOUND_PENDING, MAX_INBOUND_PER_IP, MAX_INBOUND_PER_SUBNET, MAX_INBOUND_TOTAL } from './constants.ts'
import { subnetOf } from './ip.ts'

/** Asked for every socket, with a canonical IP; true refuses it. */
export type DenyIp = (ip: string, direction: 'inbound' | 'outbound') => boolean

/** Caps on accepted sockets, over all listeners of one transport. */
export interface InboundLimits {
  /** Sockets at once. */
  readonly total: number
  /** Sockets of one IP. */
  readonly perIp: number
  /** Sockets of one /24 (IPv4) or /64 (IPv6). */
  readonly perSubnet: number
  /** Sockets whose upgrade is not through. */
  readonly pending: number
}

/** Which cap an incoming socket ran into. */
export type InboundRefusal = 'TOTAL_LIMIT' | 'IP_LIMIT' | 'SUBNET_LIMIT' | 'PENDING_LIMIT'

/** What one accepted socket holds until it is closed. Both methods may be called more than once. */
export interface InboundSlot {
  /** The upgrade is through: the socket no longer counts as pending. */
  upgraded(): void
  /** The socket is gone. */
  release(): void
}

/** Defaults of {@link InboundLimits}. */
export const DEFAULT_INBOUND_LIMITS: InboundLimits = {
  total: MAX_INBOUND_TOTAL,
  perIp: MAX_INBOUND_PER_IP,
  perSubnet: MAX_INBOUND_PER_SUBNET,
  pending: MAX_INBOUND_PENDING
}

/** Counts accepted sockets by IP and subnet. Holds an entry only for addresses that are connected right now. */
export class InboundCounter {
  readonly limits: InboundLimits
  readonly #byIp = new Map<string, number>()
  readonly #bySubnet = new Map<string, number>()
  #total = 0
  #pending = 0

  constructor(limits: Partial<InboundLimits> = {}) {
    this.limits = { ...DEFAULT_INBOUND_LIMITS, ...limits }
  }

  /** Sockets accepted and not closed. */
  get total(): number {
    return this.#total
  }

  /** Those of them whose upgrade is not through. */
  get pending(): number {
    return this.#pending
  }

  /** Addresses that hold at least one socket. */
  get addresses(): number {
    return this.#byIp.size
  }

  /** Sockets of one canonical IP. */
  ofIp(ip: string): number {
    return this.#byIp.get(ip) ?? 0
  }

  /** Takes a slot for a socket from this canonical IP, or says which cap forbids it. */
  admit(ip: string): InboundSlot | InboundRefusal {
    const subnet = subnetOf(ip)
    if (this.#total >= this.limits.total) return 'TOTAL_LIMIT'
    if ((this.#byIp.get(ip) ?? 0) >= this.limits.perIp) return 'IP_LIMIT'
    if ((this.#bySubnet.get(subnet) ?? 0) >= this.limits.perSubnet) return 'SUBNET_LIMIT'
    if (this.#pending >= this.limits.pending) return 'PENDING_LIMIT'

    this.#total++
    this.#pending++
    bump(this.#byIp, ip, 1)
    bump(this.#bySubnet, subnet, 1)
    let state: 'pending' | 'upgraded' | 'released' = 'pending'
    return {
      upgraded: () => {
        if (state !== 'pending') return
        state = 'upgraded'
        this.#pending--
      },
      release: () => {
        if (state === 'released') return
        if (state === 'pending') this.#pending--
        state = 'released'
        this.#total--
        bump(this.#byIp, ip, -1)
        bump(this.#bySubnet, subnet, -1)
      }
    }
  }
}

function bump(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by
  if (next === 0) counts.delete(key)
  else counts.set(key, next)
}
