import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Header } from '../../chain/index.ts'
import {
  type Application,
  type BlockFailure,
  type BlockOptions,
  blockFailure,
  decodeBlock,
  finishBlock,
  type PreparedBlock,
  prepareDigestBlock,
  type StateContext,
  verifyTransaction
} from '../../state/index.ts'
import type { TransactionDecoder, TransactionVerdict } from '../../transaction/index.ts'
import { BlockWriter, type BlockWriterInit, type VerificationTimes } from './block-writer.ts'
import { type CachedBlock, sectionsOfCached } from './section-cache.ts'

/** Verifies the transactions of a prepared block, wherever; each as if it stood first in the block. */
export interface BlockVerifier {
  /** @throws when a script could not be judged: a fault of ours, no verdict */
  verifyTransactions(prepared: PreparedBlock): Promise<TransactionVerdict[]>
}

export interface BlockPipelineInit extends BlockWriterInit {
  readonly verifier: BlockVerifier
  readonly decoder: TransactionDecoder
  readonly options: BlockOptions
  /** Blocks under way at once, at most. */
  readonly depth: number
  /** A block with all its sections; undefined when they are not here any more. */
  readonly entryOf: (header: Header) => CachedBlock | undefined
}

/** A block that breaks a rule. */
export interface InvalidBlock {
  readonly entry: CachedBlock
  readonly failure: BlockFailure
}

/** How long blocks are prepared in a row before the thread turns to its other work. */
const TURN_MS = 5

interface InFlight {
  readonly entry: CachedBlock
  readonly startedAt: number
  readonly outcome: Promise<Application>
  /** Filled in as they become known. */
  readonly times: { -readonly [K in keyof VerificationTimes]: number }
}

/**
 * Blocks in a row, each on top of the one before: while the scripts of one run, in other threads if there are any, the next ones are
 * prepared and those before are written. They are committed in order, and only when all their checks passed.
 */
export class BlockPipeline {
  readonly #init: BlockPipelineInit
  #applying: Header | undefined
  #stopped = false
  /** Ends the wait for a verdict. */
  #interrupt: () => void = () => {}

  constructor(init: BlockPipelineInit) {
    this.#init = init
  }

  /** The block whose verdict is awaited, if there is one. */
  get applying(): Header | undefined {
    return this.#applying
  }

  /** Lets what is being written come to its end; verdicts that are not there yet are not waited for. */
  stop(): void {
    this.#stopped = true
    this.#interrupt()
  }

  /**
   * Applies blocks on top of the state.
   *
   * @returns the first one that is invalid, at which it ends; undefined when all were applied, or one is not here, or it was stopped
   * @throws whatever the verifier or the store throws: faults of ours, not verdicts
   */
  async apply(path: readonly Header[]): Promise<InvalidBlock | undefined> {
    const inFlight: InFlight[] = []
    const writer = new BlockWriter(this.#init)
    let context: StateContext | undefined = this.#init.full.context
    // One a run: reactions pile up on a promise that outlives what it races with.
    const stopped = new Promise<undefined>((resolve) => {
      this.#interrupt = () => resolve(undefined)
    })
    let next = 0
    let turn = this.#init.now()
    try {
      for (;;) {
        while (context !== undefined && next < path.length && inFlight.length < this.#init.depth && !this.#stopped) {
          if (this.#init.now() - turn > TURN_MS) {
            await nextTurn()
            turn = this.#init.now()
          }
          const started = this.#start(path[next++]!, context)
          if (started !== undefined) inFlight.push(started.work)
          context = started?.context
        }
        const first = inFlight.shift()
        if (first === undefined) return undefined
        const { entry, startedAt, times } = first
        this.#applying = entry.header
        const outcome = await Promise.race([first.outcome, stopped])
        if (outcome === undefined || this.#stopped) return undefined
        if (!outcome.ok) return { entry, failure: outcome.failure }
        await writer.add({ entry, startedAt, times, applied: outcome.applied })
      }
    } finally {
      // Whatever comes next, blocks that were verified before it stand. What is still under way goes nowhere.
      await writer.end()
      this.#applying = undefined
    }
  }

  /** Starts the verification of a block on top of a context; the context after it is known before its scripts have run. */
  #start(header: Header, context: StateContext): { work: InFlight; context: StateContext | undefined } | undefined {
    const { now, entryOf, decoder, options, verifier } = this.#init
    const startedAt = now()
    const entry = entryOf(header)
    if (entry === undefined) return undefined
    const times = { stateMs: 0, scriptMs: 0 }
    const failed = (failure: BlockFailure): { work: InFlight; context: undefined } => ({
      work: { entry, startedAt, times, outcome: Promise.resolve({ ok: false, failure }) },
      context: undefined
    })
    if (entry.block === undefined) {
      const decoded = decodeBlock(header, sectionsOfCached(entry), decoder)
      if (!decoded.ok) return failed(blockFailure('sections', decoded.failure))
      entry.block = decoded.block
      entry.readMs = now() - startedAt
    }
    const { block } = entry
    const readAt = now()
    const result = prepareDigestBlock(context, block, decoder, options)
    const preparedAt = now()
    times.stateMs = preparedAt - readAt
    if (!result.ok) return failed(result.failure)
    const { prepared } = result
    const outcome = verifier.verifyTransactions(prepared).then((verdicts) => {
      times.scriptMs = now() - preparedAt
      return finishBlock(prepared, verdicts, verifyTransaction)
    })
    outcome.catch(() => {})
    return { work: { entry, startedAt, times, outcome }, context: prepared.context }
  }
}
