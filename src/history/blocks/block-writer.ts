import type { AppliedBlock } from '../../state/index.ts'
import type { FullChain } from './full-chain.ts'
import type { CachedBlock } from './section-cache.ts'

/** A block that passed all its checks. */
export interface VerifiedBlock {
  readonly entry: CachedBlock
  readonly applied: AppliedBlock
  /** When its verification began. */
  readonly startedAt: number
  readonly times: VerificationTimes
}

/** Where the time of a verification went, milliseconds. */
export interface VerificationTimes {
  /** Header, boxes, AD proof and rules of the block as a whole. */
  readonly stateMs: number
  /** Transactions with their scripts, from when they were handed over; those of other blocks run meanwhile. */
  readonly scriptMs: number
}

/** Where the time of a block went, milliseconds. Blocks overlap: the parts say more than their sum. */
export interface BlockTimes extends VerificationTimes {
  /** From bytes to transactions. */
  readonly decodeMs: number
  /** Its share of the batch in which it was written. */
  readonly storeMs: number
  /** From the first look to the commit. */
  readonly totalMs: number
}

export interface BlockWriterInit {
  readonly full: FullChain
  /** Monotonic clock, milliseconds. */
  readonly now: () => number
  /** Called when a block is committed. */
  readonly onCommitted: (entry: CachedBlock, applied: AppliedBlock, times: BlockTimes) => void
}

/** Blocks in one batch: waking the thread that writes costs as much as writing, and this makes little of it. */
const MAX_GROUP_BLOCKS = 8

/** Bytes of sections in one batch, about: several of the largest blocks would only stand in memory longer. */
const MAX_GROUP_BYTES = 1 << 20

/** How long a verified block waits for more while blocks come one after the other. */
const MAX_HOLD_MS = 50

/**
 * Writes verified blocks in their order, a few in one atomic batch while there are more to come, beside whoever verifies the next.
 * A crash in between leaves some block's state on disk, whole.
 */
export class BlockWriter {
  readonly #init: BlockWriterInit
  #held: VerifiedBlock[] = []
  #heldBytes = 0
  #commit: Promise<void> | undefined

  constructor(init: BlockWriterInit) {
    this.#init = init
  }

  /**
   * Takes the next block. Returns at once, unless an earlier batch is still being written when another is due.
   *
   * @throws whatever the store threw for an earlier one
   */
  async add(block: VerifiedBlock): Promise<void> {
    this.#held.push(block)
    for (const { bytes } of block.entry.sections.values()) this.#heldBytes += bytes.length
    const isDue =
      this.#held.length >= MAX_GROUP_BLOCKS ||
      this.#heldBytes >= MAX_GROUP_BYTES ||
      this.#init.now() - this.#held[0]!.startedAt >= MAX_HOLD_MS
    if (isDue) await this.#flush()
  }

  /** Writes what is left, and waits for it. */
  async end(): Promise<void> {
    await this.#flush()
    await this.#commit
  }

  async #flush(): Promise<void> {
    await this.#commit
    const group = this.#held
    if (group.length === 0) return
    this.#held = []
    this.#heldBytes = 0
    this.#commit = this.#write(group)
    // Its turn comes with the next one; until then a failure must not count as unhandled.
    this.#commit.catch(() => {})
  }

  async #write(group: readonly VerifiedBlock[]): Promise<void> {
    const { full, now, onCommitted } = this.#init
    const writeFrom = now()
    await full.apply(group.map(({ entry, applied }) => ({ entry, context: applied.context })))
    const end = now()
    const storeMs = (end - writeFrom) / group.length
    for (const { entry, applied, startedAt, times } of group) {
      onCommitted(entry, applied, { ...times, decodeMs: entry.readMs ?? 0, storeMs, totalMs: end - startedAt })
    }
  }
}
