import { toHex } from '../bytes/index.ts'
import type { Rejection } from './header-chain.ts'

/** As many as the reference keeps (`invalidModifiersCacheSize`); about 2 MB. */
const MAX_ENTRIES = 10_000

/** Ids that failed a rule lately. Bounded: the oldest is forgotten first, and is then simply checked again. */
export class RecentInvalid {
  readonly #map = new Map<string, Rejection>()

  get(id: Uint8Array): Rejection | undefined {
    return this.#map.size === 0 ? undefined : this.#map.get(toHex(id))
  }

  add(id: Uint8Array, failure: Rejection): void {
    const key = toHex(id)
    this.#map.delete(key)
    this.#map.set(key, failure)
    if (this.#map.size > MAX_ENTRIES) this.#map.delete(this.#map.keys().next().value!)
  }
}
