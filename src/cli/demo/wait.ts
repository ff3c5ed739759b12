import { setTimeout as delay } from 'node:timers/promises'
import { DemoError } from './errors.ts'

/** Time between two looks. */
const LOOK_MS = 2

/** Far longer than anything in a demonstration takes on a slow machine. */
const PATIENCE_MS = 20_000

/**
 * Waits until something holds.
 *
 * @param what for the message when it never does
 * @param detail what is there instead
 * @throws DemoError
 */
export async function until(holds: () => boolean, what: string, signal: AbortSignal, detail?: () => string): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!holds()) {
    if (performance.now() > end) {
      throw new DemoError(`waited ${PATIENCE_MS / 1000} s in vain: ${what}${detail === undefined ? '' : ` (${detail()})`}`)
    }
    await delay(LOOK_MS, undefined, { signal })
  }
}
