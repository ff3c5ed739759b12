import type { PeerSlot } from './peer-slot.ts'

/** Addresses and ids remembered at most; the oldest is forgotten first. */
const MAX_ENTRIES = 1_000

/** What is remembered of lies, beyond the session in which they were told, and of headers that are not valid yet. */
export class Trust {
  readonly #distrustMs: number
  readonly #laterMs: number
  readonly #ips = new Map<string, number>()
  readonly #later = new Map<string, number>()

  constructor(distrustMs: number, laterMs: number) {
    this.#distrustMs = distrustMs
    this.#laterMs = laterMs
  }

  distrust(slot: PeerSlot, now: number): void {
    slot.distrustedUntil = now + this.#distrustMs
    const ip = publicIp(slot)
    if (ip !== undefined) remember(this.#ips, ip, slot.distrustedUntil)
  }

  /** Coming back under the same address does not make a liar honest. */
  recall(slot: PeerSlot, now: number): void {
    const ip = publicIp(slot)
    const until = ip === undefined ? undefined : this.#ips.get(ip)
    if (until !== undefined && until > now) slot.distrustedUntil = until
  }

  /** Rule 211 holds a header back: ask again when there was time for the clocks to agree. */
  noteLater(id: string, now: number): void {
    remember(this.#later, id, now + this.#laterMs)
  }

  isLater(id: string, now: number): boolean {
    const until = this.#later.get(id)
    if (until === undefined) return false
    if (until > now) return true
    this.#later.delete(id)
    return false
  }
}

/** Many peers of a private network share one machine. */
function publicIp(slot: PeerSlot): string | undefined {
  const { ip, isLocal } = slot.session.remote
  return isLocal ? undefined : ip
}

function remember(map: Map<string, number>, key: string, until: number): void {
  map.delete(key)
  map.set(key, until)
  if (map.size > MAX_ENTRIES) map.delete(map.keys().next().value!)
}
