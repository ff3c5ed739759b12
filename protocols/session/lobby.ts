import type { Connection } from '@libp2p/interface'
import { refusal } from './acceptance.ts'
import type { SessionRefusal } from './close-reason.ts'
import { HalfOpen } from './half-open.ts'
import type { Handshaker } from './handshaker.ts'
import type { Remote, SessionLimits } from './interface.ts'

export interface LobbyInit {
  readonly limits: Pick<SessionLimits, 'maxHalfOpen' | 'maxHalfOpenPerIp' | 'halfOpenGraceMs' | 'handshakeTimeoutMs'>
  /** Called for a connection whose time is up before it had a stream. */
  readonly onFail: (connection: Connection, why: SessionRefusal) => void
}

interface Guest {
  readonly connection: Connection
  readonly remote: Remote
  readonly since: number
  /** Gives back the place of an inbound connection. */
  readonly release: (() => void) | undefined
  /** Undefined as long as there is no Ergo stream. */
  handshaker: Handshaker | undefined
}

/** Connections that are no sessions yet, oldest first: bounded in number and time, whatever they are waiting for. */
export class Lobby {
  readonly #init: LobbyInit
  readonly #halfOpen: HalfOpen
  readonly #guests = new Map<Connection, Guest>()

  constructor(init: LobbyInit) {
    this.#init = init
    this.#halfOpen = new HalfOpen(init.limits)
  }

  get size(): number {
    return this.#guests.size
  }

  /** IPs with inbound connections here. */
  get addresses(): number {
    return this.#halfOpen.addresses
  }

  /** Lets a connection in, unless it is here already. False when there is no place for it. */
  enter(connection: Connection, remote: Remote, now: number): boolean {
    if (this.#guests.has(connection)) return true
    const release = remote.direction === 'inbound' ? this.#takePlace(remote, now) : undefined
    if (remote.direction === 'inbound' && release === undefined) return false
    this.#guests.set(connection, { connection, remote, since: now, release, handshaker: undefined })
    return true
  }

  /** The connection has its stream: from now on the handshaker speaks for it. */
  attach(connection: Connection, handshaker: Handshaker): void {
    const guest = this.#guests.get(connection)
    if (guest !== undefined) guest.handshaker = handshaker
  }

  leave(connection: Connection): void {
    this.#guests.get(connection)?.release?.()
    this.#guests.delete(connection)
  }

  /** Ends those that have waited too long. */
  sweep(now: number): void {
    const { handshakeTimeoutMs } = this.#init.limits
    for (const guest of [...this.#guests.values()]) {
      if (now - guest.since <= handshakeTimeoutMs) continue
      const missing = guest.handshaker === undefined ? 'Ergo stream' : 'handshake'
      this.#fail(guest, refusal('HANDSHAKE_TIMEOUT', `no ${missing} in ${handshakeTimeoutMs} ms`))
    }
  }

  failAll(why: SessionRefusal): void {
    for (const guest of [...this.#guests.values()]) this.#fail(guest, why)
  }

  /** A place among the inbound ones, if need be that of one which had its time. */
  #takePlace(remote: Remote, now: number): (() => void) | undefined {
    const key = remote.ip ?? remote.peerId.toString()
    const place = this.#halfOpen.take(key)
    if (place !== undefined || !this.#halfOpen.full) return place
    for (const oldest of this.#guests.values()) {
      if (oldest.remote.direction === 'outbound') continue
      if (now - oldest.since < this.#init.limits.halfOpenGraceMs) return undefined
      this.#fail(oldest, refusal('HALF_OPEN_LIMIT', 'made room for another connection'))
      return this.#halfOpen.take(key)
    }
    return undefined
  }

  #fail(guest: Guest, why: SessionRefusal): void {
    if (guest.handshaker !== undefined) {
      guest.handshaker.fail(why)
      return
    }
    this.leave(guest.connection)
    this.#init.onFail(guest.connection, why)
  }
}
