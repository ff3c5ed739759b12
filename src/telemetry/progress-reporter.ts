import type { Startable } from '@libp2p/interface'
import type { LogSink } from './log-sink.ts'
import { type ProgressSnapshot, progressFields, renderBar, renderLine } from './progress.ts'
import type { Terminal } from './terminal.ts'

export interface ProgressReporterInit {
  /** Asked at every tick. */
  readonly snapshot: () => ProgressSnapshot
  /** `human` draws a bar where there is a terminal; everything else writes lines. */
  readonly format: 'human' | 'plain' | 'json'
  readonly terminal: Terminal
  readonly log: LogSink
  /** Time between lines where there is no bar. */
  readonly lineIntervalMs: number
}

/** Time between two drawings of the bar: smooth to the eye, nothing to the processor. */
const BAR_INTERVAL_MS = 250

/**
 * Shows how far a node is: a bar on a terminal, else a line now and then. At the tip lines stop until the phase
 * changes, because applied blocks have lines of their own; the bar stays.
 */
export class ProgressReporter implements Startable {
  readonly #init: ProgressReporterInit
  readonly #drawsBar: boolean
  #timer: NodeJS.Timeout | undefined
  #lastPhase: string | undefined

  constructor(init: ProgressReporterInit) {
    this.#init = init
    this.#drawsBar = init.format === 'human' && init.terminal.isInteractive
  }

  start(): void {
    if (this.#timer !== undefined) return
    const interval = this.#drawsBar ? BAR_INTERVAL_MS : this.#init.lineIntervalMs
    this.#timer = setInterval(() => this.#tick(), interval)
    // A progress display is no reason for a process to live.
    this.#timer.unref()
    this.#tick()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#init.terminal.status('')
  }

  #tick(): void {
    const snapshot = this.#init.snapshot()
    if (this.#drawsBar) {
      this.#init.terminal.status(renderBar(snapshot, this.#init.terminal.columns))
      return
    }
    const isNews = snapshot.phase !== 'synced' || this.#lastPhase !== 'synced'
    this.#lastPhase = snapshot.phase
    if (!isNews) return
    this.#init.log.event('info', 'ergo', 'progress', renderLine(snapshot), progressFields(snapshot))
  }
}
