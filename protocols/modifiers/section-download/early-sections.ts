import type { DownloadBook } from './download-book.ts'
import type { Wanted } from './wanted.ts'

interface Early {
  readonly wanted: Wanted
  readonly peer: number
  readonly since: number
  /** Present once it came. */
  bytes: Uint8Array | undefined
}

/**
 * Sections whose header is not known yet: at the tip a block's header and sections are asked for at the same time, and may come in
 * any order. Nobody can tell whether such a section is of any use, so each peer has few of them, all together have little room, and
 * none stays for long.
 */
export class EarlySections {
  readonly #book: DownloadBook
  readonly #entries = new Map<string, Early>()
  #bytes = 0

  constructor(book: DownloadBook) {
    this.#book = book
  }

  get size(): number {
    return this.#entries.size
  }

  /** Bytes of sections that wait. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Wanted | undefined {
    return this.#entries.get(key)?.wanted
  }

  /** Sections of a peer. */
  count(peer: number): number {
    let n = 0
    for (const entry of this.#entries.values()) if (entry.peer === peer) n++
    return n
  }

  add(wanted: Wanted, peer: number): void {
    this.#entries.set(wanted.key, { wanted, peer, since: this.#book.env.now(), bytes: undefined })
  }

  /**
   * Keeps a section until its header comes.
   *
   * @returns false when it does not fit
   */
  keep(wanted: Wanted, peer: number, bytes: Uint8Array): boolean {
    if (this.#bytes + bytes.length > this.#book.env.limits.maxEarlyBytes) {
      this.delete(wanted.key)
      return false
    }
    this.delete(wanted.key)
    this.#entries.set(wanted.key, { wanted, peer, since: this.#book.env.now(), bytes: bytes.slice() })
    this.#bytes += bytes.length
    return true
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#bytes -= entry.bytes?.length ?? 0
  }

  /** A request for it ran out. */
  lost(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined || this.#book.tracker.status(key) !== 'unknown') return
    this.delete(key)
    this.#strike(entry.peer)
  }

  /**
   * Looks which headers came.
   *
   * @returns sections that are here and can be judged now
   */
  takeReady(due: number[]): Array<{ wanted: Wanted; peer: number; bytes: Uint8Array }> {
    const { env, tracker } = this.#book
    const now = env.now()
    const ready: Array<{ wanted: Wanted; peer: number; bytes: Uint8Array }> = []
    for (const [key, { wanted, peer, since, bytes }] of [...this.#entries]) {
      if (env.sink.status(wanted.typeId, wanted.id) !== 'unknown') {
        this.delete(key)
        this.#strikesOff(peer)
        if (bytes !== undefined) ready.push({ wanted, peer, bytes })
        continue
      }
      const until = since + env.limits.earlyTtlMs
      if (now < until) {
        due.push(until)
        continue
      }
      this.delete(key)
      this.#strike(peer)
      if (tracker.status(key) === 'received') this.#book.forget(wanted)
    }
    return ready
  }

  /** Takes out a section that is here, because it is needed by now. */
  take(key: string): { wanted: Wanted; peer: number; bytes: Uint8Array } | undefined {
    const entry = this.#entries.get(key)
    if (entry?.bytes === undefined) return undefined
    this.delete(key)
    this.#strikesOff(entry.peer)
    return { wanted: entry.wanted, peer: entry.peer, bytes: entry.bytes }
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  #strike(peer: number): void {
    const slot = this.#book.slots.get(peer)
    if (slot !== undefined) slot.earlyStrikes++
  }

  #strikesOff(peer: number): void {
    const slot = this.#book.slots.get(peer)
    if (slot !== undefined) slot.earlyStrikes = 0
  }
}
