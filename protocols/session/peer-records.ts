import { KEEP_ALIVE, type Logger, type PeerId, type PeerStore } from '@libp2p/interface'

export interface PeerRecordsInit {
  readonly peerStore: PeerStore
  readonly log: Logger
  readonly lingerMs: number
  /** True while libp2p has a connection to the peer. */
  readonly isConnected: (peerId: PeerId) => boolean
}

/**
 * Removes what the peer store keeps about native peers once they are gone: every accepted socket has a peer id of its own, and
 * nothing else would ever drop those records. Peers tagged to be kept alive stay.
 */
export class PeerRecords {
  readonly #init: PeerRecordsInit
  readonly #gone = new Map<string, { peerId: PeerId; since: number }>()
  #sweeping: Promise<void> | undefined

  constructor(init: PeerRecordsInit) {
    this.#init = init
  }

  /** Peers whose record waits to be removed. */
  get size(): number {
    return this.#gone.size
  }

  /** A native connection to the peer has ended. */
  onDisconnect(peerId: PeerId, now: number): void {
    this.#gone.set(peerId.toString(), { peerId, since: now })
  }

  /** Removes records of peers gone for long enough; one pass at a time. */
  sweep(now: number, all = false): Promise<void> {
    this.#sweeping ??= this.#remove(now, all).finally(() => {
      this.#sweeping = undefined
    })
    return this.#sweeping
  }

  async #remove(now: number, all: boolean): Promise<void> {
    for (const [key, { peerId, since }] of this.#gone) {
      // In order of disconnecting: the rest is younger.
      if (!all && now - since < this.#init.lingerMs) return
      this.#gone.delete(key)
      try {
        if (!this.#init.isConnected(peerId) && !(await this.#isKept(peerId))) await this.#init.peerStore.delete(peerId)
      } catch (error) {
        // libp2p may have been quicker.
        if ((error as Error).name === 'NotFoundError') continue
        this.#init.log.error('cannot remove the record of %p - %e', peerId, error)
      }
    }
  }

  async #isKept(peerId: PeerId): Promise<boolean> {
    if (!(await this.#init.peerStore.has(peerId))) return true
    const { tags } = await this.#init.peerStore.get(peerId)
    return [...tags.keys()].some((tag) => tag.startsWith(KEEP_ALIVE))
  }
}
