import { setTimeout as delay } from 'node:timers/promises'
import { DemoError } from './errors.ts'

/** Time between two looks. */
const LOOK_MS = 2

/** Far longer than anything in a demonstration takes on a slow machine. */
const PATIENCE_MS = 20_000

export interface WaitOptions {
  readonly signal: AbortSignal
  /** What is there instead, for the message when it never comes. */
  readonly detail?: () => string
  readonly patienceMs?: number
}

/**
 * Waits until something holds.
 *
 * @param what for the message when it never does
 * @throws DemoError
 */
export async function until(holds: () => boolean, what: string, options: WaitOptions): Promise<void> {
  const { signal, detail, patienceMs = PATIENCE_MS } = options
  const end = performance.now() + patienceMs
  while (!holds()) {
    if (performance.now() > end) {
      throw new DemoError(`waited ${patienceMs / 1000} s in vain: ${what}${detail === undefined ? '' : ` (${detail()})`}`)
    }
    await delay(LOOK_MS, undefined, { signal })
  }
}
