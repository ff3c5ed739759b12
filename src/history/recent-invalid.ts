import { LRUCache } from 'lru-cache'
import { toHex } from '../bytes/index.ts'
import type { Rejection } from './header-outcome.ts'

/** As many as the reference keeps (`invalidModifiersCacheSize`); about 2 MB. */
const MAX_ENTRIES = 10_000

/** Ids that failed a rule lately. Bounded: the oldest is forgotten first, and is then simply checked again. */
export class RecentInvalid {
  readonly #ids = new LRUCache<string, Rejection>({ max: MAX_ENTRIES })

  get(id: Uint8Array): Rejection | undefined {
    return this.#ids.size === 0 ? undefined : this.#ids.peek(toHex(id))
  }

  add(id: Uint8Array, failure: Rejection): void {
    this.#ids.set(toHex(id), failure)
  }
}
