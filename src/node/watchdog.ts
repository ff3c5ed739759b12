import type { Phase } from '../telemetry/index.ts'

/** The node at one look. */
export interface WatchdogView {
  readonly phase: Phase
  /** Grows with every header or block; equal values mean no progress. */
  readonly progress: number
  /** What is waited for, and from whom. */
  readonly waitingFor: string
}

export interface Stall {
  readonly phase: Phase
  readonly waitingFor: string
  /** How long there was no progress, milliseconds. */
  readonly sinceMs: number
}

export interface WatchdogInit {
  readonly look: () => WatchdogView
  /** Tries to get things going again; returns what it did, in a few words. */
  readonly act: (stall: Stall) => string
  /** Called once for a stall, and again each time the patience runs out once more. */
  readonly onStall: (stall: Stall & { action: string }) => void
  readonly onRecovered: () => void
  readonly now: () => number
  /** How long the phase may stand still before it is called a stall. */
  readonly patienceMs?: Partial<Record<Phase, number>>
  readonly intervalMs?: number
}

/**
 * Patience by phase. Headers and blocks come many times a second from a working peer; a first connection may need its time; at the
 * tip a mainnet block comes every two minutes on average, and one in a thousand gaps is longer than fifteen.
 */
const PATIENCE_MS: Readonly<Record<Phase, number>> = {
  starting: 60_000,
  connecting: 30_000,
  headers: 20_000,
  snapshot: 60_000,
  blocks: 30_000,
  synced: 30 * 60_000,
  stalled: 30_000
}

const INTERVAL_MS = 1_000

/**
 * Sees to it that the node never stands still without saying why. Time without progress is counted for each phase on its own, so
 * that peers which come and go, and the phase with them, do not start the clock anew.
 */
export class Watchdog {
  readonly #init: WatchdogInit
  readonly #idle = new Map<Phase, { ms: number; reportAtMs: number }>()
  #timer: NodeJS.Timeout | undefined
  #phase: Phase | undefined
  #progress: number | undefined
  #lastLook = 0
  #stalled = false

  constructor(init: WatchdogInit) {
    this.#init = init
  }

  /** Whether a stall is under way. */
  get stalled(): boolean {
    return this.#stalled
  }

  start(): void {
    this.#lastLook = this.#init.now()
    this.#timer = setInterval(() => this.check(), this.#init.intervalMs ?? INTERVAL_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Looks once. */
  check(): void {
    const now = this.#init.now()
    const sinceLook = now - this.#lastLook
    this.#lastLook = now
    const { phase, progress, waitingFor } = this.#init.look()
    const moved = this.#progress !== progress
    if (moved) this.#idle.clear()
    if (moved || this.#phase !== phase) {
      this.#progress = progress
      this.#phase = phase
      if (this.#stalled) {
        this.#stalled = false
        this.#init.onRecovered()
      }
      return
    }
    const idle = this.#idle.get(phase) ?? { ms: 0, reportAtMs: this.#patience(phase) }
    this.#idle.set(phase, idle)
    idle.ms += sinceLook
    if (idle.ms < idle.reportAtMs) return
    this.#stalled = true
    idle.reportAtMs = idle.ms + this.#patience(phase)
    const stall = { phase, waitingFor, sinceMs: idle.ms }
    this.#init.onStall({ ...stall, action: this.#init.act(stall) })
  }

  #patience(phase: Phase): number {
    return this.#init.patienceMs?.[phase] ?? PATIENCE_MS[phase]
  }
}
