import { TypedEventEmitter } from 'main-event'
import type { Phase } from './phase.ts'

/** A block in an event. Ids are hex. */
export interface BlockEvent {
  readonly height: number
  readonly headerId: string
}

/** A peer in an event. */
export interface PeerEvent {
  /** libp2p peer id in text. */
  readonly peerId: string
  /** Multiaddr in text. */
  readonly address: string
}

/** What happens in a node, by type, with what is told about it. */
export interface NodeEventMap {
  'header:best': BlockEvent
  'block:applied': BlockEvent & { readonly transactions: number; readonly stateRoot: string }
  'block:rejected': BlockEvent & { readonly rule: number | null; readonly code: string; readonly message: string }
  /** `depth` blocks were undone, from this one, the tip until then, down to above `commonHeight`. */
  'chain:reorg': BlockEvent & { readonly commonHeight: number; readonly depth: number }
  'tx:accepted': { readonly id: string; readonly size: number; readonly fee: bigint }
  'tx:removed': { readonly id: string; readonly reason: string }
  'peer:connected': PeerEvent & { readonly direction: 'inbound' | 'outbound'; readonly agent: string; readonly name: string }
  'peer:disconnected': PeerEvent & { readonly reason: string }
  'peer:banned': { readonly ip: string; readonly untilMs: number; readonly reason: string }
  'sync:phase': { readonly from: Phase; readonly to: Phase; readonly reason: string }
  stall: { readonly phase: Phase; readonly waitingFor: string; readonly sinceMs: number; readonly action: string }
}

export type NodeEventType = keyof NodeEventMap

/** An event with its place in the session's order. */
export interface NodeEvent<T extends NodeEventType = NodeEventType> {
  /** Ascending from 1, without gaps, within one run of the node. */
  readonly seq: number
  /** Milliseconds since 1970. */
  readonly time: number
  readonly type: T
  readonly detail: NodeEventMap[T]
}

/** Any event, told apart by `type`. */
export type AnyNodeEvent = { [T in NodeEventType]: NodeEvent<T> }[NodeEventType]

type Listeners = { [T in NodeEventType]: CustomEvent<NodeEvent<T>> }

/** Events kept for clients that come back: minutes at the tip, and a few megabytes at most. */
const RING_EVENTS = 8192

/** What a client that saw everything up to some event has missed. */
export interface Missed {
  readonly events: readonly AnyNodeEvent[]
  /** True when older events than these are gone: the client must read the state anew. */
  readonly incomplete: boolean
}

export interface NodeEventsInit {
  /** Clock in milliseconds. */
  readonly now: () => number
  /** Told of what subscribers throw: their fault must not stop what happened from happening. */
  readonly onError: (error: unknown) => void
}

/**
 * The event bus of a node: listeners by type as on any libp2p object, subscribers to everything, and the last
 * {@link RING_EVENTS} events for whoever lost its connection.
 */
export class NodeEvents extends TypedEventEmitter<Listeners> {
  readonly #init: NodeEventsInit
  readonly #ring: AnyNodeEvent[] = []
  readonly #subscribers = new Set<(event: AnyNodeEvent) => void>()
  #seq = 0

  constructor(init: NodeEventsInit) {
    super()
    this.#init = init
  }

  /** Number of the last event. */
  get seq(): number {
    return this.#seq
  }

  /** Stamps an event, keeps it and tells everybody. */
  publish<T extends NodeEventType>(type: T, detail: NodeEventMap[T]): NodeEvent<T> {
    const event: NodeEvent<T> = { seq: ++this.#seq, time: this.#init.now(), type, detail }
    const any = event as unknown as AnyNodeEvent
    if (this.#ring.length < RING_EVENTS) this.#ring.push(any)
    else this.#ring[(event.seq - 1) % RING_EVENTS] = any
    for (const subscriber of this.#subscribers) this.#tell(subscriber, any)
    this.dispatchEvent(new CustomEvent(type, { detail: event }))
    return event
  }

  #tell(subscriber: (event: AnyNodeEvent) => void, event: AnyNodeEvent): void {
    try {
      subscriber(event)
    } catch (error) {
      this.#init.onError(error)
    }
  }

  /** Calls back for every event from now on, before listeners by type. Returns the way to end it. */
  subscribe(callback: (event: AnyNodeEvent) => void): () => void {
    this.#subscribers.add(callback)
    return () => this.#subscribers.delete(callback)
  }

  /** Events after number `seq`, oldest first. */
  since(seq: number): Missed {
    const oldest = Math.max(1, this.#seq - RING_EVENTS + 1)
    const events: AnyNodeEvent[] = []
    for (let n = Math.max(oldest, seq + 1); n <= this.#seq; n++) events.push(this.#ring[(n - 1) % RING_EVENTS]!)
    return { events, incomplete: seq + 1 < oldest || seq > this.#seq }
  }
}
