import { type DeliveryTracker, deliveryKey } from '../delivery-tracker.ts'
import type { NeededSection } from '../interface.ts'
import { Wanted } from './wanted.ts'

/** Sections of one type that are still to be asked for, the most urgent first. */
export class PendingQueue {
  readonly typeId: number
  items: Wanted[] = []

  constructor(typeId: number) {
    this.typeId = typeId
  }

  /** Takes out a run. */
  take(from: number, count: number): void {
    if (from === 0) this.items = this.items.slice(count)
    else this.items.splice(from, count)
  }

  put(wanted: readonly Wanted[]): void {
    this.items.push(...wanted)
    this.items.sort((a, b) => a.order - b.order)
  }

  remove(wanted: Wanted): void {
    const at = this.items.indexOf(wanted)
    if (at >= 0) this.items.splice(at, 1)
  }
}

/**
 * What is needed, as the chain said when it was last asked, in the order of its heights.
 *
 * A section is in exactly one place: to be asked for (in a queue), asked for, or here. The delivery tracker knows which.
 */
export class NeedTable {
  readonly #tracker: DeliveryTracker
  #byKey = new Map<string, Wanted>()
  /** In order. */
  #list: Wanted[] = []
  /** Everything before it in the list is here. */
  #head = 0
  #topHeight = 0
  readonly #queues = new Map<number, PendingQueue>()

  constructor(tracker: DeliveryTracker) {
    this.#tracker = tracker
  }

  get(key: string): Wanted | undefined {
    return this.#byKey.get(key)
  }

  /** Highest height of which something was ever needed: the tip, as far as it is known here. */
  get topHeight(): number {
    return this.#topHeight
  }

  get queues(): Iterable<PendingQueue> {
    return this.#queues.values()
  }

  get pending(): number {
    let sum = 0
    for (const queue of this.#queues.values()) sum += queue.items.length
    return sum
  }

  /**
   * Takes over a new list. What was thrown out to make room is noticed here: it was here, and is needed again.
   *
   * @param known finds sections that were asked for before they were on a list
   * @param onLost called for what was here and is needed again
   */
  refresh(
    needed: readonly NeededSection[],
    now: number,
    known: (key: string) => Wanted | undefined,
    onLost: (wanted: Wanted) => void
  ): void {
    const byKey = new Map<string, Wanted>()
    this.#list = []
    this.#head = 0
    for (const queue of this.#queues.values()) queue.items = []
    for (const section of needed) {
      const key = deliveryKey(section.typeId, section.id)
      const status = this.#tracker.status(key)
      if (status === 'invalid' || byKey.has(key)) continue
      const wanted = this.#byKey.get(key) ?? known(key) ?? new Wanted(section.typeId, section.id.slice(), now, key)
      wanted.settle(section, this.#list.length)
      byKey.set(key, wanted)
      this.#list.push(wanted)
      this.#topHeight = Math.max(this.#topHeight, section.height)
      if (status === 'received' || status === 'held') {
        this.#tracker.forget(key)
        onLost(wanted)
      }
      if (status !== 'requested') this.#queue(section.typeId).items.push(wanted)
    }
    this.#byKey = byKey
  }

  /** Sections that have to be asked for again; those that nobody needs any more are left out. */
  putBack(wanted: readonly Wanted[]): void {
    const byType = new Map<number, Wanted[]>()
    for (const { key } of wanted) {
      const w = this.#byKey.get(key)
      if (w === undefined) continue
      w.hedges = 0
      const list = byType.get(w.typeId)
      if (list === undefined) byType.set(w.typeId, [w])
      else list.push(w)
    }
    for (const [typeId, list] of byType) this.#queue(typeId).put(list)
    this.#head = 0
  }

  /** Takes a section out of its queue. */
  unqueue({ key, typeId }: Wanted): void {
    const wanted = this.#byKey.get(key)
    if (wanted !== undefined) this.#queues.get(typeId)?.remove(wanted)
  }

  /** Lets everything be asked for at once, because there is somebody new to ask. */
  clearDelays(): void {
    for (const queue of this.#queues.values()) for (const w of queue.items) w.notBefore = 0
  }

  forgetPeer(peer: number): void {
    for (const w of this.#list) w.forgetPeer(peer)
  }

  /** The most urgent section that is not here. */
  first(): Wanted | undefined {
    for (; this.#head < this.#list.length; this.#head++) {
      const wanted = this.#list[this.#head]!
      if (this.#isMissing(wanted)) return wanted
    }
    return undefined
  }

  /** Sections that are not here of the first blocks that lack any. */
  head(blocks: number): Wanted[] {
    const out: Wanted[] = []
    if (this.first() === undefined) return out
    const headers = new Set<string>()
    for (let i = this.#head; i < this.#list.length; i++) {
      const wanted = this.#list[i]!
      if (!this.#isMissing(wanted)) continue
      const { headerHex } = wanted.place!
      if (!headers.has(headerHex) && headers.size === blocks) break
      headers.add(headerHex)
      out.push(wanted)
    }
    return out
  }

  #isMissing(wanted: Wanted): boolean {
    const status = this.#tracker.status(wanted.key)
    return status === 'unknown' || status === 'requested'
  }

  #queue(typeId: number): PendingQueue {
    let queue = this.#queues.get(typeId)
    if (queue === undefined) this.#queues.set(typeId, (queue = new PendingQueue(typeId)))
    return queue
  }
}
