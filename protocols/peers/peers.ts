import type { Logger, Startable } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import { ipFromText, ipToText, type PeerSpec, type PenaltyKind } from '../../src/wire/index.ts'
import {
  type AdmissionPolicy,
  Budget,
  type Candidate,
  type PenaltySink,
  type Session,
  type SessionRefused
} from '../session/index.ts'
import { AddressBook, addressKey } from './address-book.ts'
import {
  ADDRESS_BUDGET,
  DEFAULT_PEERS_LIMITS,
  GET_PEERS_BUDGET,
  MAX_OWN_ADDRESSES,
  MIN_SESSIONS_FOR_EVICTION,
  RESERVED_OUTBOUND
} from './constants.ts'
import { Dialer } from './dialer.ts'
import { learnPeers, peersToTell, pick } from './exchange.ts'
import type { Ban, DialSnapshot, PeerRecord, PeersComponents, PeersInit, PeersLimits, PeersService } from './interface.ts'
import { knownAs } from './known-as.ts'
import { PenaltyBook } from './penalty-book.ts'

/** What one session may still ask of us and tell us. */
interface Allowance {
  readonly questions: Budget
  readonly addresses: Budget
}

/**
 * Whom we talk to: the address book, dialling, gossip of addresses, penalties and bans, and room for those who come.
 *
 * The session service asks it for admission and reports misbehaviour to it, so it is made first and handed over.
 */
export class Peers implements PeersService, PenaltySink, AdmissionPolicy, Startable {
  readonly #init: PeersInit
  readonly #components: PeersComponents
  readonly #limits: PeersLimits
  readonly #now: () => number
  readonly #random: () => number
  readonly #log: Logger
  readonly #book: AddressBook
  readonly #penalties: PenaltyBook
  /** Addresses under which we met ourselves: others tell of them again and again. */
  readonly #foundOwn = new Set<string>()
  readonly #dialer: Dialer
  readonly #counts: Record<PenaltyKind, number> = { nonDelivery: 0, misbehavior: 0, spam: 0, permanent: 0 }
  #timers: NodeJS.Timeout[] = []
  #cleanups: Array<() => void> = []
  #saving: Promise<void> = Promise.resolve()
  readonly #allowances = new Map<number, Allowance>()

  constructor(components: PeersComponents, init: PeersInit) {
    this.#init = init
    this.#components = components
    this.#limits = { ...DEFAULT_PEERS_LIMITS, ...init.limits }
    this.#now = init.now ?? (() => Date.now())
    this.#random = init.random ?? Math.random
    this.#log = components.logger.forComponent('ergo:peers')
    const only = (init.onlyPeers ?? []).length > 0
    this.#book = new AddressBook({ ...this.#limits, allowLocal: init.allowLocal === true || only })
    this.#penalties = new PenaltyBook({
      banMs: this.#limits.banMs,
      safeIntervalMs: this.#limits.penaltySafeIntervalMs,
      threshold: this.#limits.penaltyThreshold,
      banned: (init.bannedIps ?? []).map(canonical)
    })
    // Components read late: the session service is made after this one.
    const peers = this
    this.#dialer = new Dialer({
      get session() {
        return peers.#components.session
      },
      book: this.#book,
      limits: this.#limits,
      dialAddress: init.dialAddress,
      ownAddress: init.ownAddress ?? (() => undefined),
      isBanned: (host) => this.isBanned(host),
      forget: (target) => this.#forgetRecord(target),
      only,
      now: this.#now,
      random: this.#random,
      log: this.#log
    })
  }

  get penalties(): Readonly<Record<PenaltyKind, number>> {
    return this.#counts
  }

  async start(): Promise<void> {
    await this.#fillBook()
    const { session } = this.#components
    const opened = (event: CustomEvent<Session>): void => this.#onOpen(event.detail)
    const closed = (event: CustomEvent<{ session: Session }>): void => this.#onClose(event.detail.session)
    const refused = (event: CustomEvent<SessionRefused>): void => this.#onRefused(event.detail)
    session.addEventListener('session:open', opened)
    session.addEventListener('session:close', closed)
    session.addEventListener('session:refused', refused)
    this.#cleanups = [
      () => session.removeEventListener('session:open', opened),
      () => session.removeEventListener('session:close', closed),
      () => session.removeEventListener('session:refused', refused)
    ]
    if (this.#init.discovery !== false && (this.#init.onlyPeers ?? []).length === 0) this.#startExchange()
    this.#every(this.#limits.evictionIntervalMs, () => this.#evict())
    this.#every(this.#limits.saveIntervalMs, () => void this.#save())
  }

  /** Dials only once every service listens for sessions. */
  afterStart(): void {
    this.#dialer.start()
  }

  async stop(): Promise<void> {
    this.#dialer.stop()
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
    for (const clean of this.#cleanups.splice(0)) clean()
    await this.#save()
  }

  snapshot(): DialSnapshot {
    return this.#dialer.snapshot()
  }

  known(): PeerRecord[] {
    return [...this.#book.entries()].map((entry) => entry.record)
  }

  bans(): Ban[] {
    return this.#penalties.bans(this.#now())
  }

  isBanned(ip: string): boolean {
    return this.#penalties.isBanned(canonical(ip), this.#now())
  }

  scoreOf(key: string): number {
    return this.#penalties.scoreOf(canonical(key))
  }

  /** Misbehaviour, by IP where there is one; where peers have keys of their own, by that as well. */
  penalize(session: Session, kind: PenaltyKind, reason: string): void {
    this.#counts[kind]++
    const keys = session.remote.ip === undefined ? [] : [canonical(session.remote.ip)]
    if (session.carrier === 'libp2p' || keys.length === 0) keys.push(session.peerId.toString())
    this.#log('%s penalty for %s: %s', kind, keys[0], reason)
    for (const key of keys) {
      const ban = this.#penalties.penalize(key, kind, reason, this.#now())
      if (ban !== undefined) this.#onBan(ban, session)
    }
  }

  admit(candidate: Candidate): string | undefined {
    const { ip, peerId, direction } = candidate
    if (ip !== undefined && this.isBanned(ip)) return `${ip} is banned`
    if (this.#penalties.isBanned(peerId.toString(), this.#now())) return 'the peer is banned'
    const sessions = this.#components.session.all().filter((session) => session !== candidate.replaces)
    const { maxConnections } = this.#limits
    if (sessions.length >= maxConnections) return `all ${maxConnections} slots are taken`
    if (direction === 'outbound') return undefined
    if (!this.#isExpected(candidate)) return 'this node talks to its configured peers only'
    const inbound = sessions.filter((s) => s.direction === 'inbound').length
    const limit = Math.max(Math.floor(maxConnections / 2), maxConnections - RESERVED_OUTBOUND)
    return inbound >= limit ? `all ${limit} inbound slots are taken` : undefined
  }

  /** With only some peers to talk to, those may come as well: by IP, or by key where there is one. A name proves nothing here. */
  #isExpected({ ip, peerId }: Candidate): boolean {
    const only = this.#init.onlyPeers ?? []
    if (only.length === 0) return true
    return only.some(({ host }) =>
      host.startsWith('/') ? host.endsWith(`/p2p/${peerId.toString()}`) : ip !== undefined && canonical(host) === canonical(ip)
    )
  }

  async #fillBook(): Promise<void> {
    const only = this.#init.onlyPeers ?? []
    if (only.length > 0) {
      for (const endpoint of only) this.#book.addConfigured(endpoint)
      return
    }
    const stored = (await this.#init.storage?.load().catch((err) => this.#loadFailed(err))) ?? []
    this.#book.load(stored)
    for (const endpoint of this.#init.seeds) this.#book.addConfigured(endpoint)
  }

  async #forgetRecord(target: Multiaddr): Promise<void> {
    const id = target.getComponents().find((c) => c.name === 'p2p')?.value
    const { session, peerStore } = this.#components
    if (id === undefined || session.all().some((s) => s.peerId.toString() === id)) return
    await peerStore.delete(peerIdFromString(id)).catch((err) => this.#log('record of %s stays: %e', id, err))
  }

  #loadFailed(err: unknown): PeerRecord[] {
    this.#log.error('remembered peers could not be read, starting from the seeds: %e', err)
    return []
  }

  #startExchange(): void {
    const { router } = this.#components.session
    this.#cleanups.push(
      router.on('GetPeers', (session) => {
        if (this.#allowanceOf(session).questions.take(1, this.#now()) === 0) return
        for (const open of this.#components.session.all()) this.#noteSeen(open)
        const peers = peersToTell(this.#book, { now: this.#now(), random: this.#random, isBanned: (host) => this.isBanned(host) })
        session.send({ type: 'Peers', peers }, { droppable: true })
      }),
      router.on('Peers', (session, message) => {
        const looked = this.#allowanceOf(session).addresses.take(message.peers.length, this.#now())
        const learnt = learnPeers(this.#book, message.peers.slice(0, looked), {
          isBanned: (host) => this.isBanned(host),
          isOwn: (spec) => this.#isOwn(spec)
        })
        if (learnt > 0) {
          this.#log('session %d told of %d new peers', session.id, learnt)
          this.#dialer.poke()
        }
      })
    )
    const ask = (): void =>
      void pick(this.#components.session.all(), this.#random)?.send({ type: 'GetPeers' }, { droppable: true })
    const first = setTimeout(ask, this.#limits.firstGetPeersMs)
    first.unref()
    this.#timers.push(first)
    this.#every(this.#limits.getPeersIntervalMs, ask)
  }

  #isOwn(spec: PeerSpec): boolean {
    const own = this.#init.ownAddress?.()
    const address = spec.declaredAddress
    if (address !== undefined && this.#foundOwn.has(addressKey({ host: address.ip, port: address.port }))) return true
    return own !== undefined && address !== undefined && own.host === address.ip && own.port === address.port
  }

  #onOpen(session: Session): void {
    const { peer, remote } = session
    if (session.carrier !== 'native') return
    // The address of a socket we opened is proven; what a peer that came to us declares is its word, but for its IP.
    if (session.direction === 'outbound') {
      const dialled = knownAs(session)
      if (dialled !== undefined) this.#book.addHandshake(dialled, peer, this.#now())
    } else if (!this.#isOwn(peer)) {
      if (peer.declaredAddress?.ip === remote.ip) this.#book.addVisitor(peer, this.#now())
      else this.#book.addGossip(peer)
    }
    this.#dialer.poke()
  }

  #onClose(session: Session): void {
    this.#allowances.delete(session.id)
    this.#noteSeen(session)
    this.#dialer.poke()
  }

  #noteSeen(session: Session): void {
    const known = session.carrier === 'native' ? knownAs(session) : undefined
    if (known !== undefined) this.#book.noteSeen(addressKey(known), this.#now())
  }

  /** What a peer may ask and tell: each question and each address costs us more than it costs the peer. */
  #allowanceOf(session: Session): Allowance {
    let allowance = this.#allowances.get(session.id)
    if (allowance === undefined) {
      allowance = { questions: new Budget(GET_PEERS_BUDGET), addresses: new Budget(ADDRESS_BUDGET) }
      this.#allowances.set(session.id, allowance)
    }
    return allowance
  }

  #onRefused({ remote, refusal }: SessionRefused): void {
    if (!refusal.forgetAddress || remote.direction !== 'outbound' || remote.ip === undefined || remote.port === undefined) return
    const key = addressKey({ host: remote.ip, port: remote.port })
    if (this.#book.get(key)?.record.source !== 'configured') this.#book.remove(key)
    if (refusal.code === 'SELF' && this.#foundOwn.size < MAX_OWN_ADDRESSES) this.#foundOwn.add(key)
  }

  #onBan(ban: Ban, culprit: Session): void {
    this.#log('%s is banned until %s: %s', ban.key, new Date(Math.min(ban.until, 8.64e15)).toISOString(), ban.reason)
    for (const entry of [...this.#book.entries()]) {
      if (canonical(entry.record.host) === ban.key && entry.record.source !== 'configured')
        this.#book.remove(entry.record.address)
    }
    const others = ipFromText(ban.key) === undefined ? [] : this.#components.session.ofIp(ban.key)
    for (const session of new Set([culprit, ...others])) session.abort(new Error(`banned: ${ban.reason}`))
    this.#init.onBan?.(ban)
  }

  /** Ends one session at random, so that a net of hostile peers around us does not hold for ever. */
  #evict(): void {
    const sessions = this.#components.session.all()
    if (sessions.length < MIN_SESSIONS_FOR_EVICTION) return
    const configured = new Set(
      [...this.#book.entries()].filter((e) => e.record.source === 'configured').map((e) => e.record.address)
    )
    const free = sessions.filter((s) => {
      const known = knownAs(s)
      return known === undefined || !configured.has(addressKey(known))
    })
    void pick(free, this.#random)?.close('making room for another peer')
  }

  #every(ms: number, run: () => void): void {
    const timer = setInterval(run, ms)
    timer.unref()
    this.#timers.push(timer)
  }

  async #save(): Promise<void> {
    const { storage, onlyPeers } = this.#init
    if (storage === undefined || (onlyPeers ?? []).length > 0) return
    const { changed, removed } = this.#book.takeChanges()
    if (changed.length === 0 && removed.length === 0) return await this.#saving
    this.#saving = this.#saving
      .then(() => storage.save(changed, removed))
      .catch((err) => this.#log.error('peers could not be saved: %e', err))
    await this.#saving
  }
}

/** One text for every form of an IP address; other keys as they are. */
function canonical(key: string): string {
  const bytes = ipFromText(key)
  return bytes === undefined ? key : ipToText(bytes)
}
