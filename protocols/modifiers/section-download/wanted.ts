import { toHex } from '../../../src/bytes/index.ts'
import { deliveryKey } from '../delivery-tracker.ts'
import type { NeededSection } from '../interface.ts'

/** Where a needed section stands among the others. */
export interface Place {
  readonly headerId: Uint8Array
  readonly headerHex: string
  readonly height: number
  /** Rank in the order of what is needed. */
  readonly order: number
}

/** One section that we want, and how it went with it so far. */
export class Wanted {
  readonly key: string
  readonly typeId: number
  readonly id: Uint8Array
  /** Undefined for a section that was announced before its header came. */
  place: Place | undefined
  /** It is not asked for before this time. */
  notBefore = 0
  lastAskedAt = Number.NEGATIVE_INFINITY
  /** From when on it is late, if it holds up everything. */
  lateAt = Number.NEGATIVE_INFINITY
  /** Second askings since it was first asked for. */
  hedges = 0
  /** Early askings again, while it was fresh. */
  retries = 0
  /** Times that it was here and thrown out again. */
  losses = 0
  /** Peers that did not deliver it: how often, and until when they are left in peace. */
  #tries: Map<number, { count: number; until: number }> | undefined

  /** When it was first wanted. */
  readonly since: number

  constructor(typeId: number, id: Uint8Array, now: number, key: string = deliveryKey(typeId, id)) {
    this.typeId = typeId
    this.id = id
    this.since = now
    this.key = key
  }

  settle(needed: NeededSection, order: number): void {
    const { headerId, height } = needed
    const headerHex = this.place?.headerHex ?? toHex(headerId)
    this.place = { headerId, headerHex, height, order }
  }

  get height(): number {
    return this.place?.height ?? 0
  }

  get order(): number {
    return this.place?.order ?? Number.POSITIVE_INFINITY
  }

  /** A peer did not deliver it. */
  missed(peer: number, now: number, baseMs: number, maxMs: number): void {
    this.#tries ??= new Map()
    const count = (this.#tries.get(peer)?.count ?? 0) + 1
    this.#tries.set(peer, { count, until: now + Math.min(maxMs, baseMs * 2 ** (count - 1)) })
  }

  /** How often a peer did not deliver it. */
  missedBy(peer: number): number {
    return this.#tries?.get(peer)?.count ?? 0
  }

  /** When the peer may be asked for it. */
  mayAskAt(peer: number): number {
    return this.#tries?.get(peer)?.until ?? Number.NEGATIVE_INFINITY
  }

  forgetPeer(peer: number): void {
    this.#tries?.delete(peer)
  }
}
