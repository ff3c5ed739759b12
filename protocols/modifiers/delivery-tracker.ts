import { toHex } from '../../src/bytes/index.ts'
import { BoundedMap } from './bounded-map.ts'
import { DELIVERY_LIMITS, type DeliveryLimits } from './delivery-limits.ts'

/** `ModifiersStatus` of the reference. */
export type DeliveryStatus = 'unknown' | 'requested' | 'received' | 'held' | 'invalid'

/** Where one object stands on its way to us. */
export type Delivery =
  | { readonly status: 'unknown' }
  /** Asked of one peer, or of several when the first is slow: peer and time of its last request. */
  | { readonly status: 'requested'; readonly asks: ReadonlyMap<number, number> }
  /** Here and in order as far as it can be told alone. */
  | { readonly status: 'received'; readonly source: number }
  /** Part of the chain. */
  | { readonly status: 'held' }
  | { readonly status: 'invalid'; readonly until: number }

/** What to think of an object that a peer sends. */
export type Arrival =
  /** It is being waited for, from this peer or from another. */
  | 'wanted'
  /** This peer was asked for it and is late: another was faster, or its time had run out. No fault. */
  | 'late'
  /** Nobody asked this peer, and nobody waits for it. */
  | 'unrequested'

/** A transition that the state of an object does not allow: a fault of ours. */
export class DeliveryTransitionError extends Error {
  static override readonly name = 'DeliveryTransitionError'
  override readonly name = 'DeliveryTransitionError'
  readonly code = 'DELIVERY_TRANSITION'

  constructor(transition: string, from: DeliveryStatus, key: string) {
    super(`${transition} of ${key}, which is ${from}`)
  }
}

/** Objects are told apart by type and id. */
export function deliveryKey(typeId: number, id: Uint8Array): string {
  return `${toHex(id)}:${typeId}`
}

/**
 * The five states of an object on its way to us (`DeliveryTracker.scala`), one method a transition:
 *
 * | from \ to | requested | received | held | invalid | unknown |
 * |---|---|---|---|---|---|
 * | unknown | request | receive | hold | invalidate | |
 * | requested | request (one more peer) | receive | hold | invalidate | expire, forget |
 * | received | | | hold | invalidate | forget |
 * | held | | | hold | invalidate | forget |
 * | invalid | | | | invalidate | reset, or time |
 *
 * Everything else throws. Unlike the reference it knows *whom* an object was asked of, so that several peers can be asked for one,
 * and a late answer is told from spam.
 */
export class DeliveryTracker {
  readonly #now: () => number
  readonly #limits: DeliveryLimits
  readonly #requested = new Map<string, Map<number, number>>()
  readonly #received: BoundedMap<string, number>
  readonly #held: BoundedMap<string, true>
  /** Until when each verdict stands. */
  readonly #invalid: BoundedMap<string, number>
  /** Answers that each peer still owes: how often it was asked and has not sent it. */
  readonly #owed = new Map<number, BoundedMap<string, number>>()

  constructor(now: () => number, limits: Partial<DeliveryLimits> = {}) {
    this.#now = now
    this.#limits = { ...DELIVERY_LIMITS, ...limits }
    this.#received = new BoundedMap(this.#limits.maxReceived)
    this.#held = new BoundedMap(this.#limits.maxHeld)
    this.#invalid = new BoundedMap(this.#limits.maxInvalid)
  }

  /** Objects that are waited for. */
  get requested(): number {
    return this.#requested.size
  }

  /** Objects that are here and not part of the chain yet. */
  get received(): number {
    return this.#received.size
  }

  status(key: string): DeliveryStatus {
    if (this.#received.has(key)) return 'received'
    if (this.#requested.has(key)) return 'requested'
    const until = this.#invalid.get(key)
    if (until !== undefined) {
      if (until > this.#now()) return 'invalid'
      this.#invalid.delete(key)
    }
    return this.#held.has(key) ? 'held' : 'unknown'
  }

  /** The state with what is known of it. */
  of(key: string): Delivery {
    const status = this.status(key)
    if (status === 'requested') return { status, asks: this.#requested.get(key)! }
    if (status === 'received') return { status, source: this.#received.get(key)! }
    if (status === 'invalid') return { status, until: this.#invalid.get(key)! }
    return { status }
  }

  /** Objects that are here and not part of the chain yet, and who sent them. */
  receivedKeys(): IterableIterator<[string, number]> {
    return this.#received.entries()
  }

  /** The object is asked of a peer, for the first time or once more. */
  request(key: string, peer: number): void {
    const from = this.status(key)
    if (from !== 'unknown' && from !== 'requested') throw new DeliveryTransitionError('request', from, key)
    let asks = this.#requested.get(key)
    if (asks === undefined) this.#requested.set(key, (asks = new Map()))
    asks.set(peer, this.#now())
    this.#owe(peer, key)
  }

  /** It came and was in order as far as it can be told alone. Without a request when it came along with something else. */
  receive(key: string, source: number): void {
    const from = this.status(key)
    if (from !== 'requested' && from !== 'unknown') throw new DeliveryTransitionError('receive', from, key)
    this.#requested.delete(key)
    this.#received.set(key, source)
  }

  /** It is part of the chain. */
  hold(key: string): void {
    const from = this.status(key)
    if (from === 'invalid') throw new DeliveryTransitionError('hold', from, key)
    this.#clear(key)
    this.#held.set(key, true)
  }

  /** It breaks a rule for good and is not asked for again, until the verdict is forgotten. */
  invalidate(key: string): void {
    this.#clear(key)
    this.#invalid.set(key, this.#now() + this.#limits.invalidTtlMs)
  }

  /**
   * A peer did not deliver in time, delivered something else under this id, or is gone.
   *
   * @returns the state afterwards: still `requested` when others were asked too
   */
  expire(key: string, peer: number): DeliveryStatus {
    const from = this.status(key)
    const asks = this.#requested.get(key)
    if (asks === undefined) throw new DeliveryTransitionError('expire', from, key)
    asks.delete(peer)
    if (asks.size > 0) return 'requested'
    this.#requested.delete(key)
    return 'unknown'
  }

  /** It is not waited for any more, was thrown out to make room, or is pruned from the chain. */
  forget(key: string): void {
    const from = this.status(key)
    if (from === 'unknown' || from === 'invalid') throw new DeliveryTransitionError('forget', from, key)
    this.#clear(key)
  }

  /** Judges an object that a peer sends. What the peer owed of it is settled with this. */
  arrive(key: string, peer: number): Arrival {
    const owed = this.#owed.get(peer)
    const times = owed?.get(key) ?? 0
    if (times > 1) owed?.set(key, times - 1)
    else owed?.delete(key)
    if (this.#requested.has(key)) return 'wanted'
    return times > 0 ? 'late' : 'unrequested'
  }

  /** Is the peer waited for with this object? */
  isAsked(key: string, peer: number): boolean {
    return this.#requested.get(key)?.has(peer) === true
  }

  /**
   * A peer is gone, and with it all that it owes.
   *
   * @returns objects that are unknown again
   */
  removePeer(peer: number): string[] {
    this.#owed.delete(peer)
    const out: string[] = []
    for (const [key, asks] of this.#requested) {
      if (asks.has(peer) && this.expire(key, peer) === 'unknown') out.push(key)
    }
    return out
  }

  /** Forgets requests, arrivals and verdicts, as the reference does when its chain is stuck. What peers owe stays: they may send it. */
  reset(): void {
    this.#requested.clear()
    this.#received.clear()
    this.#invalid.clear()
  }

  #clear(key: string): void {
    this.#requested.delete(key)
    this.#received.delete(key)
    this.#held.delete(key)
  }

  #owe(peer: number, key: string): void {
    let owed = this.#owed.get(peer)
    if (owed === undefined) this.#owed.set(peer, (owed = new BoundedMap(this.#limits.maxOwedPerPeer)))
    owed.set(key, (owed.get(key) ?? 0) + 1)
  }
}
