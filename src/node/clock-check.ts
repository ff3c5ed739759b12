/** A clock that is this far from those of the others is wrong enough to be told of; headers may be 20 minutes ahead of it. */
const MAX_OFFSET_MS = 30_000

/** Clocks compared: the last few peers, so that a clock that is put right is right soon. */
const PEERS = 15

/** Fewer peers than this say nothing: one of them may be wrong itself. */
const MIN_PEERS = 3

/**
 * Compares our clock with what peers say theirs shows, for a clock that is wrong makes good headers look as if they came from the
 * future. Peers are believed only as the median of several, and nothing follows from it but a line in the log.
 */
export class ClockCheck {
  readonly #offsets: number[] = []
  #isOff = false

  /** Milliseconds that the clocks of peers are ahead of ours, in the median; undefined while there are too few. */
  get offsetMs(): number | undefined {
    if (this.#offsets.length < MIN_PEERS) return undefined
    return [...this.#offsets].sort((a, b) => a - b)[this.#offsets.length >> 1]!
  }

  /**
   * Takes note of one peer's clock.
   *
   * @returns the offset in milliseconds when it has just turned out to be too large, 0 when it is in order again, else undefined
   */
  add(peerTimeMs: number, ourTimeMs: number): number | undefined {
    this.#offsets.push(peerTimeMs - ourTimeMs)
    if (this.#offsets.length > PEERS) this.#offsets.shift()
    const offset = this.offsetMs ?? 0
    const isOff = Math.abs(offset) > MAX_OFFSET_MS
    if (isOff === this.#isOff) return undefined
    this.#isOff = isOff
    return isOff ? offset : 0
  }
}
