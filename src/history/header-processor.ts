import { DecodeError, toHex } from '../bytes/index.ts'
import { type Header, scanHeader } from '../chain/index.ts'
import type { InvalidMark } from '../store/index.ts'
import type { HeaderChain } from './header-chain.ts'
import type { AppendResult, HeaderChainChange, HeaderOutcome } from './header-outcome.ts'
import { OrphanBuffer } from './orphan-buffer.ts'

/** Checks proofs of work, in any order and any thread. */
export interface PowVerifier {
  /**
   * @returns true for each header whose proof of work holds, in the order given
   * @throws when that could not be decided: a fault of ours, no verdict
   */
  verifyPow(headers: readonly Header[]): Promise<boolean[]>
}

/** Result of one batch of header bytes. */
export interface SubmitResult {
  /** One for each header given, in order; unreadable bytes have no id. */
  readonly outcomes: SubmittedHeader[]
  readonly changes: HeaderChainChange[]
}

/** What became of header bytes. */
export type SubmittedHeader = HeaderOutcome | UnreadableHeader

export interface UnreadableHeader {
  readonly status: 'unreadable'
  readonly message: string
}

export interface HeaderProcessorInit {
  readonly chain: HeaderChain
  readonly pow: PowVerifier
  /** Bytes of headers kept while their parents are awaited. */
  readonly maxOrphanBytes?: number
  /** Called after each commit that moved the best chain. */
  readonly onChange?: (change: HeaderChainChange) => void
}

/** About 20,000 headers: the window by which parallel requests may run ahead. */
const DEFAULT_MAX_ORPHAN_BYTES = 16 * 1024 * 1024

/** How far above the best header an orphan may lie: beyond it nothing can become useful before it is dropped again. */
export const MAX_ORPHAN_LEAD = 24_000

/**
 * The way of header bytes from wherever they come (network, file, own miner) into the chain:
 * parse, drop what is known, check the proof of work (in parallel, in any order), then place in order, one commit a batch.
 */
export class HeaderProcessor {
  readonly chain: HeaderChain
  readonly orphans: OrphanBuffer
  readonly #pow: PowVerifier
  readonly #onChange: ((change: HeaderChainChange) => void) | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #queued = 0

  constructor(init: HeaderProcessorInit) {
    this.chain = init.chain
    this.#pow = init.pow
    this.#onChange = init.onChange
    this.orphans = new OrphanBuffer(init.maxOrphanBytes ?? DEFAULT_MAX_ORPHAN_BYTES)
  }

  /** Batches being checked or placed: what back-pressure on the senders goes by. */
  get queued(): number {
    return this.#queued
  }

  /**
   * Takes a batch of header bytes.
   *
   * @param source names the sender, for the bound on what one sender may leave waiting
   * @throws whatever the proof-of-work verifier or the store throws: faults of ours, not verdicts
   */
  async submit(batch: readonly Uint8Array[], source: string): Promise<SubmitResult> {
    this.#queued++
    try {
      const outcomes: Array<SubmittedHeader | undefined> = new Array(batch.length)
      const fresh: Array<{ header: Header; index: number }> = []
      for (const [index, bytes] of batch.entries()) {
        const header = parse(bytes)
        if ('status' in header) {
          outcomes[index] = header
          continue
        }
        const early = this.#early(header)
        if (early !== undefined) outcomes[index] = early
        else fresh.push({ header, index })
      }
      const pow = fresh.length === 0 ? [] : await this.#pow.verifyPow(fresh.map((f) => f.header))
      const good: Array<{ header: Header; index: number }> = []
      for (const [i, item] of fresh.entries()) {
        if (pow[i]) good.push(item)
        else {
          const outcome = powFailure(item.header)
          this.chain.rememberInvalid(outcome.id, outcome.failure)
          outcomes[item.index] = outcome
        }
      }
      const placed = await this.#inOrder(() => this.#place(good, source))
      for (const [index, outcome] of placed.outcomes) outcomes[index] = outcome
      return { outcomes: outcomes as SubmittedHeader[], changes: placed.changes }
    } finally {
      this.#queued--
    }
  }

  /** Marks a header, and what stands on it, as invalid for good: a block rule failed. */
  async invalidate(id: Uint8Array, mark: InvalidMark): Promise<void> {
    await this.#inOrder(async () => {
      const change = await this.chain.invalidate(id, mark)
      if (change !== undefined) this.#onChange?.(change)
    })
  }

  /** Runs a change of the chain after all that are under way: there is one writer. */
  async exclusive<T>(run: () => Promise<T>): Promise<T> {
    return await this.#inOrder(run)
  }

  /** Resolves when everything submitted so far is placed. */
  async idle(): Promise<void> {
    await this.#tail.catch(() => {})
  }

  /** What can be said before the proof of work, which is a thousand times as costly. */
  #early(header: Header): HeaderOutcome | undefined {
    const { id, height } = header
    if (this.chain.has(id)) return { status: 'known', id, height }
    if (this.orphans.size > 0 && this.orphans.has(header.idHex))
      return { status: 'orphan', id, height, parentId: header.parentId }
    const failure = this.chain.knownInvalid(id)
    return failure === undefined ? undefined : { status: 'invalid', id, height, failure }
  }

  async #place(
    items: ReadonlyArray<{ header: Header; index: number }>,
    source: string
  ): Promise<{ outcomes: Map<number, HeaderOutcome>; changes: HeaderChainChange[] }> {
    const outcomes = new Map<number, HeaderOutcome>()
    const changes: HeaderChainChange[] = []
    // A reply comes in the order of a hash map; parents must come before children.
    const sorted = [...items].sort((a, b) => a.header.height - b.header.height)
    let wave: Array<{ header: Header; index: number | undefined; source: string }> = sorted.map((item) => ({ ...item, source }))
    while (wave.length > 0) {
      const result = await this.chain.append(wave.map((w) => w.header))
      this.#report(result, changes)
      const next: typeof wave = []
      for (let i = 0; i < wave.length; i++) {
        const outcome = result.outcomes[i]!
        const { header, index, source: from } = wave[i]!
        if (index !== undefined) outcomes.set(index, outcome)
        if (outcome.status === 'orphan' && outcome.height <= this.chain.height + MAX_ORPHAN_LEAD) {
          this.orphans.add({ header: header.detach(), source: from })
        }
        if (outcome.status !== 'orphan' && this.orphans.size > 0) {
          for (const child of this.orphans.takeChildren(header.idHex))
            next.push({ header: child.header, index: undefined, source: child.source })
        }
      }
      wave = this.#withDescendants(next)
    }
    return { outcomes, changes }
  }

  /** Orphans freed by orphans, so that one commit takes a whole run of them. */
  #withDescendants<T extends { header: Header; index: number | undefined; source: string }>(wave: T[]): T[] {
    for (let i = 0; i < wave.length && this.orphans.size > 0; i++) {
      for (const child of this.orphans.takeChildren(wave[i]!.header.idHex)) {
        wave.push({ header: child.header, index: undefined, source: child.source } as T)
      }
    }
    return wave
  }

  #report(result: AppendResult, changes: HeaderChainChange[]): void {
    if (result.change === undefined) return
    changes.push(result.change)
    this.#onChange?.(result.change)
  }

  async #inOrder<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(run, run)
    this.#tail = turn.catch(() => {})
    return await turn
  }
}

function parse(bytes: Uint8Array): Header | UnreadableHeader {
  try {
    return scanHeader(bytes)
  } catch (err) {
    if (err instanceof DecodeError) return { status: 'unreadable', message: err.message }
    throw err
  }
}

function powFailure(header: Header): HeaderOutcome & { status: 'invalid' } {
  return {
    status: 'invalid',
    id: header.id,
    height: header.height,
    failure: {
      rule: 207,
      code: 'HEADER_POW_INVALID',
      severity: 'fatal',
      message: `proof of work of header ${toHex(header.id)} does not meet its target`
    }
  }
}
