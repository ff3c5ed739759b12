import { formatAddress, type SocketAddress } from '../../src/wire/index.ts'
import { type Contender, isSameProcess } from './duplicate.ts'
import type { ErgoSession } from './ergo-session.ts'

/** Open sessions by everything they are looked up by. */
export class SessionTable {
  readonly #byId = new Map<number, ErgoSession>()
  readonly #byAddress = new Map<string, ErgoSession>()
  readonly #byDialled = new Map<string, ErgoSession>()
  readonly #byConnection = new Map<string, ErgoSession>()

  /** Number of entries in each index; all zero when nobody is connected. */
  get sizes(): { sessions: number; addresses: number; connections: number } {
    const addresses = this.#byAddress.size + this.#byDialled.size
    return { sessions: this.#byId.size, addresses, connections: this.#byConnection.size }
  }

  add(session: ErgoSession): void {
    this.#byId.set(session.id, session)
    this.#byConnection.set(session.connection.id, session)
    for (const [index, key] of this.#addressKeys(session)) index.set(key, session)
  }

  remove(session: ErgoSession): void {
    this.#byId.delete(session.id)
    this.#byConnection.delete(session.connection.id)
    for (const [index, key] of this.#addressKeys(session)) {
      if (index.get(key) !== session) continue
      index.delete(key)
      // Two sessions of one peer may live side by side for a moment: the other one is found from now on.
      const other = this.all().find((s) => this.#addressKeys(s).some(([i, k]) => i === index && k === key))
      if (other !== undefined) index.set(key, other)
    }
  }

  #addressKeys({ address, remote }: ErgoSession): Array<[index: Map<string, ErgoSession>, key: string]> {
    const keys: Array<[Map<string, ErgoSession>, string]> = []
    if (address !== undefined) keys.push([this.#byAddress, formatAddress(address)])
    if (remote.direction === 'outbound' && remote.ip !== undefined && remote.port !== undefined) {
      keys.push([this.#byDialled, formatAddress({ ip: remote.ip, port: remote.port })])
    }
    return keys
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

  /** By the address the peer goes by, or the one it was dialled at. */
  ofAddress(address: SocketAddress): ErgoSession | undefined {
    const key = formatAddress(address)
    return this.#byAddress.get(key) ?? this.#byDialled.get(key)
  }

  ofConnection(connectionId: string): ErgoSession | undefined {
    return this.#byConnection.get(connectionId)
  }

  /**
   * The session that is with the same peer: by address, or by the key of a libp2p peer. A peer without an address of its own that
   * both dialled us and was dialled is known by its session id.
   */
  rivalOf(newcomer: Contender): ErgoSession | undefined {
    const { remote, address } = newcomer
    const byAddress = address === undefined ? undefined : this.#byAddress.get(formatAddress(address))
    if (byAddress !== undefined) return byAddress
    return this.all().find(
      (session) =>
        (remote.carrier === 'libp2p' && session.peerId.equals(remote.peerId)) ||
        (remote.direction !== session.direction && isSameProcess(newcomer, session))
    )
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
