import type { CounterGroup, Metrics } from '@libp2p/interface'

/** Counts what happens to sockets, for whoever asks and for libp2p's metrics where there are any. */
export class EventCounts {
  readonly #totals: Record<string, number> = {}
  readonly #group: CounterGroup | undefined

  constructor(metrics?: Metrics) {
    this.#group = metrics?.registerCounterGroup('ergo_tcp_events_total', {
      label: 'event',
      help: 'Sockets of the native transport: dialled, accepted, refused and why'
    })
  }

  get totals(): Readonly<Record<string, number>> {
    return this.#totals
  }

  /** @param event - one of a few fixed names: each is a series of its own */
  count(event: string): void {
    this.#totals[event] = (this.#totals[event] ?? 0) + 1
    this.#group?.increment({ [event]: true })
  }
}
