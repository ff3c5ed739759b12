import type { Logger } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Session, SessionService } from '../session/index.ts'
import { SessionRefusedError } from '../session/index.ts'
import { type AddressBook, addressKey, type BookEntry, neighbourhood } from './address-book.ts'
import type { DialSnapshot, PeerEndpoint, PeersInit, PeersLimits } from './interface.ts'
import { knownAs } from './known-as.ts'

export interface DialerInit {
  readonly session: SessionService
  readonly book: AddressBook
  readonly limits: PeersLimits
  readonly dialAddress: PeersInit['dialAddress']
  readonly ownAddress: () => PeerEndpoint | undefined
  readonly isBanned: (host: string) => boolean
  /** libp2p keeps a record of every address with a peer id that was ever dialled: those that failed are to go. */
  readonly forget: (target: Multiaddr) => Promise<void>
  readonly only: boolean
  readonly now: () => number
  readonly random: () => number
  readonly log: Logger
}

/** The part of a wait that is left to chance, so that nodes which lost the same peer do not come back to it together. */
const JITTER = 0.25

/**
 * Keeps the outbound slots filled. Dials go out at once while there are none, then at the reference's pace; a neighbourhood that is
 * connected or being dialled already comes last; an address that fails waits twice as long each time.
 */
export class Dialer {
  readonly #init: DialerInit
  readonly #dialing = new Map<string, AbortController>()
  #timer: NodeJS.Timeout | undefined
  #lastDialAt = Number.NEGATIVE_INFINITY
  #failedSinceSuccess = 0
  #lastError: string | undefined
  #stopped = true

  constructor(init: DialerInit) {
    this.#init = init
  }

  start(): void {
    this.#stopped = false
    this.poke()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const controller of this.#dialing.values()) controller.abort()
  }

  /** Looks whether there is something to dial, now. */
  poke(): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    const { limits } = this.#init
    while (this.#room() > 0) {
      const wait = this.#paceLeft()
      const entry = wait > 0 ? undefined : this.#choose()
      if (entry === undefined) break
      void this.#dial(entry)
    }
    const next = this.#room() > 0 ? this.#nextDialIn() : undefined
    if (next !== undefined) this.#timer = setTimeout(() => this.poke(), Math.max(50, Math.min(next, limits.dialIntervalMs)))
  }

  snapshot(): DialSnapshot {
    const known = this.#init.book.size
    const nextDialInMs = this.#nextDialIn()
    const dialing = this.#dialing.size
    return {
      known,
      dialing,
      failedSinceSuccess: this.#failedSinceSuccess,
      nextDialInMs,
      lastError: this.#lastError,
      text: this.#text(known, dialing, nextDialInMs)
    }
  }

  #text(known: number, dialing: number, next: number | undefined): string {
    if (known === 0) return 'no peer is known: give one with --peer HOST:PORT'
    const failed = this.#failedSinceSuccess
    const tried = failed === 0 ? '' : `, ${failed} ${failed === 1 ? 'attempt' : 'attempts'} failed`
    const why = this.#lastError === undefined ? '' : ` (last: ${this.#lastError})`
    if (dialing > 0) return `dialling ${dialing} of ${known} known ${known === 1 ? 'peer' : 'peers'}${tried}${why}`
    const when = next === undefined ? '' : `, next try in ${Math.ceil(next / 1000)} s`
    return `${known} known ${known === 1 ? 'peer' : 'peers'}${tried}${why}${when}`
  }

  #outbound(): Session[] {
    return this.#init.session.all().filter((s) => s.direction === 'outbound')
  }

  #room(): number {
    const { limits, session, only, book } = this.#init
    const target = only ? book.size : Math.min(limits.outboundTarget, limits.maxConnections - session.all().length)
    const free = target - this.#outbound().length - this.#dialing.size
    return Math.min(free, limits.parallelDials - this.#dialing.size)
  }

  /** With no session at all there is nothing to be gentle about. */
  #paceLeft(): number {
    const { limits, session, now } = this.#init
    if (session.all().length < Math.min(3, limits.outboundTarget)) return 0
    return this.#lastDialAt + limits.dialIntervalMs / limits.parallelDials - now()
  }

  #candidates(): BookEntry[] {
    const own = this.#init.ownAddress()
    const ownKey = own === undefined ? undefined : addressKey(own)
    const connected = new Set<string>()
    const peerIds = new Set<string>()
    for (const s of this.#init.session.all()) {
      peerIds.add(s.peerId.toString())
      // What a visitor from elsewhere declares is its word alone: it must not keep us from dialling the address it names.
      const known = knownAs(s)
      if (known !== undefined) connected.add(addressKey(known))
      if (s.address !== undefined && s.direction === 'outbound') {
        connected.add(addressKey({ host: s.address.ip, port: s.address.port }))
      }
    }
    return [...this.#init.book.entries()].filter(({ record }) => {
      const { address, host } = record
      const peerId = /\/p2p\/([^/]+)$/.exec(host)?.[1]
      if (peerId !== undefined && peerIds.has(peerId)) return false
      return address !== ownKey && !connected.has(address) && !this.#dialing.has(address) && !this.#init.isBanned(host)
    })
  }

  #choose(): BookEntry | undefined {
    const now = this.#init.now()
    const ready = this.#candidates().filter((entry) => this.#notBefore(entry) <= now)
    if (ready.length === 0) return undefined
    const taken = this.#neighbourhoods()
    const fresh = ready.filter((entry) => !taken.has(neighbourhood(entry.record.host)))
    const pool = fresh.length > 0 ? fresh : ready
    const untroubled = pool.filter((entry) => entry.failures === 0)
    const from = untroubled.length > 0 ? untroubled : pool
    return from[Math.floor(this.#init.random() * from.length)]
  }

  /** Of those we talk to, and of those we are about to. */
  #neighbourhoods(): Set<string> {
    const taken = new Set<string>()
    for (const { remote } of this.#init.session.all()) if (remote.ip !== undefined) taken.add(neighbourhood(remote.ip))
    for (const key of this.#dialing.keys()) {
      const host = this.#init.book.get(key)?.record.host
      if (host !== undefined) taken.add(neighbourhood(host))
    }
    return taken
  }

  #notBefore(entry: BookEntry): number {
    const { session, limits } = this.#init
    return session.all().length > 0 ? entry.notBefore : Math.min(entry.notBefore, entry.triedAt + limits.retryAloneMs)
  }

  #nextDialIn(): number | undefined {
    const now = this.#init.now()
    let soonest: number | undefined
    for (const entry of this.#candidates()) soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, this.#notBefore(entry) - now)
    return soonest === undefined ? undefined : Math.max(0, soonest, this.#paceLeft())
  }

  async #dial(entry: BookEntry): Promise<void> {
    const { record } = entry
    const controller = new AbortController()
    this.#dialing.set(record.address, controller)
    this.#lastDialAt = this.#init.now()
    entry.triedAt = this.#lastDialAt
    // Not `AbortSignal.any` of a timeout: on Node 20 such a signal is garbage collected before it fires, and the dial never ends.
    const timer = setTimeout(
      () => controller.abort(new DOMException('no answer in time', 'TimeoutError')),
      this.#init.limits.dialTimeoutMs
    )
    let target: Multiaddr | undefined
    try {
      target = this.#init.dialAddress(record)
      await this.#init.session.connect(target, { signal: controller.signal })
      entry.failures = 0
      this.#failedSinceSuccess = 0
      this.#lastError = undefined
    } catch (err) {
      if (!this.#stopped) this.#onFailure(entry, err)
      if (target !== undefined) await this.#init.forget(target)
    } finally {
      clearTimeout(timer)
      this.#dialing.delete(record.address)
      this.poke()
    }
  }

  #onFailure(entry: BookEntry, err: unknown): void {
    const { limits, now, random, book, log } = this.#init
    const { record } = entry
    const reason = messageOf(err)
    log('dial of %s failed: %s', record.address, reason)
    // Who refuses a second connection is there, and one with it is open.
    const isThere = err instanceof SessionRefusedError && err.code === 'DUPLICATE'
    if (!isThere) {
      this.#failedSinceSuccess++
      this.#lastError = `${record.address}: ${reason}`
    }
    entry.failures++
    const wait = Math.min(limits.retryMaxMs, limits.retryBaseMs * 2 ** Math.min(20, entry.failures - 1))
    entry.notBefore = now() + wait * (1 + JITTER * (random() - 0.5))
    const forget = err instanceof SessionRefusedError && err.refusal.forgetAddress
    // Only told, and never reached: there is no reason to keep it, provided that others can be reached.
    const useless = !isThere && record.source === 'gossip' && entry.failures >= 3 && this.#init.session.all().length > 0
    if ((forget || useless) && record.source !== 'configured') book.remove(record.address)
  }
}

/** The part of a dial error that says something to people. */
function messageOf(err: unknown): string {
  const list = err instanceof AggregateError ? err.errors : [err]
  const first = list[0] as { code?: unknown; message?: unknown; name?: unknown } | undefined
  if (first === undefined) return String(err)
  if (first.name === 'TimeoutError' || first.name === 'AbortError') return 'no answer in time'
  return String(typeof first.code === 'string' && first.code.startsWith('E') ? first.code : (first.message ?? err))
}
