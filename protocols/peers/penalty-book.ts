import { PENALTY_SCORES, type PenaltyKind } from '../../src/wire/index.ts'
import { PERMANENT_BAN_MS } from './constants.ts'
import type { Ban } from './interface.ts'

export interface PenaltyBookInit {
  readonly banMs: number
  readonly safeIntervalMs: number
  readonly threshold: number
  /** Never let go of. */
  readonly banned: readonly string[]
}

/** Scores, and bans, held at most; the oldest is forgotten first. */
const MAX_ENTRIES = 10_000

/**
 * Scores by IP address, as `PeerDatabase` of the reference keeps them: a penalty counts when the last one is longer ago than the safe
 * interval, the time of the last is moved either way, and a score *above* the threshold bans. In memory only.
 */
export class PenaltyBook {
  readonly #init: PenaltyBookInit
  readonly #scores = new Map<string, { score: number; last: number }>()
  readonly #bans = new Map<string, Ban>()

  constructor(init: PenaltyBookInit) {
    this.#init = init
    for (const key of init.banned) this.#bans.set(key, { key, until: Number.POSITIVE_INFINITY, reason: 'banned by the operator' })
  }

  /** Entries held. */
  get size(): number {
    return this.#scores.size + this.#bans.size
  }

  scoreOf(key: string): number {
    return this.#scores.get(key)?.score ?? 0
  }

  /** Notes a penalty; returns the ban when it was the last straw. */
  penalize(key: string, kind: PenaltyKind, reason: string, now: number): Ban | undefined {
    const held = this.#scores.get(key) ?? { score: 0, last: Number.NEGATIVE_INFINITY }
    const counts = kind === 'permanent' || now - held.last > this.#init.safeIntervalMs
    const score = counts ? held.score + PENALTY_SCORES[kind] : held.score
    this.#scores.delete(key)
    if (score <= this.#init.threshold) {
      this.#scores.set(key, { score, last: now })
      if (this.#scores.size > MAX_ENTRIES) this.#scores.delete(this.#scores.keys().next().value!)
      return undefined
    }
    const until = now + (kind === 'permanent' ? PERMANENT_BAN_MS : this.#init.banMs)
    const standing = this.#bans.get(key)
    // What an operator or a worse fault decided is not shortened.
    const ban = standing !== undefined && standing.until > until ? standing : { key, until, reason }
    this.#bans.set(key, ban)
    if (this.#bans.size > MAX_ENTRIES) this.#makeRoom(now)
    return ban
  }

  isBanned(key: string, now: number): boolean {
    const ban = this.#bans.get(key)
    if (ban === undefined) return false
    if (ban.until > now) return true
    this.#bans.delete(key)
    return false
  }

  bans(now: number): Ban[] {
    return [...this.#bans.values()].filter((ban) => ban.until > now)
  }

  #makeRoom(now: number): void {
    for (const [key, ban] of this.#bans) if (ban.until <= now) this.#bans.delete(key)
    if (this.#bans.size <= MAX_ENTRIES) return
    for (const [key, ban] of this.#bans) {
      // Those of the operator have no end.
      if (!Number.isFinite(ban.until)) continue
      this.#bans.delete(key)
      return
    }
  }
}
