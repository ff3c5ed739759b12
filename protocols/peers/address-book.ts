import { addressScope, formatAddress, ipFromText, type PeerSpec, type SocketAddress } from '../../src/wire/index.ts'
import type { PeerEndpoint, PeerRecord } from './interface.ts'

/** A record and how our dials to it went. */
export interface BookEntry {
  record: PeerRecord
  failures: number
  /** When it was dialled last. */
  triedAt: number
  /** Not to be dialled before. */
  notBefore: number
  /** When a session with it was open last, milliseconds since 1970; 0 when there was none. */
  seenAt: number
}

export interface AddressBookInit {
  readonly maxAddresses: number
  readonly maxAddressesPerSubnet: number
  readonly allowLocal: boolean
}

/** The first two bytes of an address: how the reference tells neighbourhoods apart, for IPv6 too. Host names stand for themselves. */
export function neighbourhood(host: string): string {
  const bytes = ipFromText(host)
  return bytes === undefined ? host : `${bytes.length}:${bytes[0]}.${bytes[1]}`
}

/** `host:port`, IPv6 in brackets; a multiaddr as it is. */
export function addressKey(endpoint: PeerEndpoint): string {
  if (endpoint.host.startsWith('/')) return endpoint.host
  return formatAddress({ ip: endpoint.host, port: endpoint.port })
}

const keyOf = ({ ip, port }: SocketAddress): string => addressKey({ host: ip, port })

/**
 * Addresses that may be worth a dial. Bounded, also for each neighbourhood, so that gossip from one place cannot push out the rest;
 * configured addresses and those we shook hands with stay before those that were only told.
 */
export class AddressBook {
  readonly #init: AddressBookInit
  readonly #entries = new Map<string, BookEntry>()
  readonly #perSubnet = new Map<string, number>()
  readonly #changed = new Set<string>()
  readonly #removed = new Set<string>()

  constructor(init: AddressBookInit) {
    this.#init = init
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): BookEntry | undefined {
    return this.#entries.get(key)
  }

  entries(): IterableIterator<BookEntry> {
    return this.#entries.values()
  }

  /** Puts back what was stored, as far as today's settings allow it. Whom the operator names today is told separately. */
  load(records: readonly PeerRecord[]): void {
    for (const record of records) {
      if (!this.#usable(record.host)) continue
      const source = record.lastHandshake === undefined ? 'gossip' : 'handshake'
      this.#put(record.source === 'configured' ? { ...record, source } : record, false)
    }
    this.#changed.clear()
    this.#removed.clear()
  }

  /** An address of the operator's. */
  addConfigured(endpoint: PeerEndpoint): void {
    const key = addressKey(endpoint)
    const held = this.#entries.get(key)?.record
    if (held?.source === 'configured') return
    const { spec, lastHandshake } = held ?? { spec: undefined, lastHandshake: undefined }
    this.#put({ address: key, ...endpoint, spec, lastHandshake, source: 'configured' }, true)
  }

  /** An address that somebody told us; true when it is new and worth keeping. */
  addGossip(spec: PeerSpec): boolean {
    const address = spec.declaredAddress
    if (address === undefined || address.port === 0 || !this.#usable(address.ip)) return false
    const key = keyOf(address)
    if (this.#entries.has(key)) return false
    return this.#put(
      { address: key, host: address.ip, port: address.port, spec, lastHandshake: undefined, source: 'gossip' },
      true
    )
  }

  /** A peer we shook hands with, at the address it can be dialled at. */
  addHandshake(endpoint: PeerEndpoint, spec: PeerSpec, now: number): void {
    if (!this.#usable(endpoint.host)) return
    const key = addressKey(endpoint)
    const held = this.#entries.get(key)
    const source = held?.record.source === 'configured' ? 'configured' : 'handshake'
    this.#put({ address: key, host: endpoint.host, port: endpoint.port, spec, lastHandshake: now, source }, true)
    const entry = this.#entries.get(key)
    if (entry !== undefined) {
      entry.failures = 0
      entry.notBefore = 0
      entry.seenAt = now
    }
  }

  /**
   * A peer that came to us and declares an address of the IP it came from: as good as true for others, who may dial it. Its port is
   * its word alone, so it has no better place here than what was only told, and changes nothing of what is known of an address.
   */
  addVisitor(spec: PeerSpec, now: number): void {
    this.addGossip(spec)
    const entry = spec.declaredAddress === undefined ? undefined : this.#entries.get(keyOf(spec.declaredAddress))
    if (entry?.record.source !== 'gossip') return
    this.#put({ ...entry.record, spec, lastHandshake: now }, true)
  }

  /** A session with the peer at an address is, or was until now, open. */
  noteSeen(key: string, now: number): void {
    const entry = this.#entries.get(key)
    if (entry !== undefined) entry.seenAt = now
  }

  remove(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    const subnet = neighbourhood(entry.record.host)
    const left = (this.#perSubnet.get(subnet) ?? 1) - 1
    if (left === 0) this.#perSubnet.delete(subnet)
    else this.#perSubnet.set(subnet, left)
    this.#changed.delete(key)
    this.#removed.add(key)
  }

  /** What is to be saved since the last call. */
  takeChanges(): { changed: PeerRecord[]; removed: string[] } {
    const changed = [...this.#changed].map((key) => this.#entries.get(key)!.record)
    const removed = [...this.#removed]
    this.#changed.clear()
    this.#removed.clear()
    return { changed, removed }
  }

  #usable(host: string): boolean {
    if (ipFromText(host) === undefined) return true
    const scope = addressScope(host)
    if (scope === 'public') return true
    return this.#init.allowLocal && (scope === 'private' || scope === 'loopback' || scope === 'linkLocal')
  }

  #put(record: PeerRecord, changed: boolean): boolean {
    const held = this.#entries.get(record.address)
    if (held !== undefined) held.record = record
    else {
      const subnet = neighbourhood(record.host)
      const inSubnet = this.#perSubnet.get(subnet) ?? 0
      if (record.source === 'gossip' && inSubnet >= this.#init.maxAddressesPerSubnet) return false
      if (this.#entries.size >= this.#init.maxAddresses && !this.#makeRoom()) return false
      this.#entries.set(record.address, { record, failures: 0, triedAt: 0, notBefore: 0, seenAt: record.lastHandshake ?? 0 })
      this.#perSubnet.set(subnet, inSubnet + 1)
    }
    if (changed) {
      this.#changed.add(record.address)
      this.#removed.delete(record.address)
    }
    return true
  }

  /** Drops the told address that failed most. */
  #makeRoom(): boolean {
    let victim: BookEntry | undefined
    for (const entry of this.#entries.values()) {
      if (entry.record.source !== 'gossip') continue
      if (victim === undefined || entry.failures > victim.failures) victim = entry
    }
    if (victim === undefined) return false
    this.remove(victim.record.address)
    return true
  }
}
