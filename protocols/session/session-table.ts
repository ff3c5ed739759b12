import { formatAddress, type SocketAddress } from '../../src/wire/index.ts'
import type { ErgoSession } from './ergo-session.ts'
import type { Remote } from './interface.ts'

/** Open sessions by everything they are looked up by. */
export class SessionTable {
  readonly #byId = new Map<number, ErgoSession>()
  readonly #byAddress = new Map<string, ErgoSession>()
  readonly #byConnection = new Map<string, ErgoSession>()

  /** Number of entries in each index; all zero when nobody is connected. */
  get sizes(): { sessions: number; addresses: number; connections: number } {
    return { sessions: this.#byId.size, addresses: this.#byAddress.size, connections: this.#byConnection.size }
  }

  add(session: ErgoSession): void {
    this.#byId.set(session.id, session)
    this.#byConnection.set(session.connection.id, session)
    if (session.address !== undefined) this.#byAddress.set(formatAddress(session.address), session)
  }

  remove(session: ErgoSession): void {
    this.#byId.delete(session.id)
    this.#byConnection.delete(session.connection.id)
    if (session.address === undefined) return
    const key = formatAddress(session.address)
    if (this.#byAddress.get(key) === session) this.#byAddress.delete(key)
  }

  /** A copy, oldest first: sessions may close while a caller goes through it. */
  all(): ErgoSession[] {
    return [...this.#byId.values()]
  }

  get(id: number): ErgoSession | undefined {
    return this.#byId.get(id)
  }

  ofIp(ip: string): ErgoSession[] {
    return this.all().filter((session) => session.remote.ip === ip)
  }

  ofAddress(address: SocketAddress): ErgoSession | undefined {
    return this.#byAddress.get(formatAddress(address))
  }

  ofConnection(connectionId: string): ErgoSession | undefined {
    return this.#byConnection.get(connectionId)
  }

  /** The session that is with the same peer: by address, or by the key of a libp2p peer. */
  rivalOf(remote: Remote, address: SocketAddress | undefined): ErgoSession | undefined {
    const byAddress = address === undefined ? undefined : this.ofAddress(address)
    if (byAddress !== undefined || remote.carrier === 'native') return byAddress
    return this.all().find((session) => session.peerId.equals(remote.peerId))
  }

  /** The session that holds most received bytes. */
  largestHolder(): ErgoSession | undefined {
    let largest: ErgoSession | undefined
    for (const session of this.#byId.values()) {
      if (largest === undefined || session.heldBytes > largest.heldBytes) largest = session
    }
    return largest
  }
}
