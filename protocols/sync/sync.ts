import type { Logger, Startable } from '@libp2p/interface'
import { bytesEqual } from '../../src/bytes/index.ts'
import { type Inv, type Modifiers, ModifierType, type SyncInfo } from '../../src/wire/index.ts'
import type { Session } from '../session/index.ts'
import { claimOfIds, compareChains, continuationIds, type ReadSyncInfo } from './compare.ts'
import { DEFAULT_LIMITS, OTHER_MODIFIER_TYPES } from './constants.ts'
import { ForkPoint } from './fork-point.ts'
import { HeaderDownload } from './header-download/header-download.ts'
import type {
  HeaderDownloadSnapshot,
  HeaderInfo,
  PeerChainStatus,
  PeerChainView,
  SyncComponents,
  SyncInit,
  SyncLimits,
  SyncService
} from './interface.ts'
import { fullSyncInfo, idSyncInfo } from './own-sync-info.ts'

/** What is known of one peer's chain. */
interface PeerState {
  readonly session: Session
  status: PeerChainStatus
  claimedHeight: number
  lastReceivedAt: number
  readonly forkPoint: ForkPoint
}

/**
 * Keeps peers and us informed of each other's chains: answers every SyncInfo as the reference does, sends ours, and drives the
 * header download.
 */
export class Sync implements SyncService, Startable {
  readonly #init: SyncInit
  readonly #components: SyncComponents
  readonly #limits: SyncLimits
  readonly #now: () => number
  readonly #log: Logger
  readonly #peers = new Map<number, PeerState>()
  readonly #othersAskFor: ReadonlySet<number>
  readonly #download: HeaderDownload
  #cleanups: Array<() => void> = []
  #timer: NodeJS.Timeout | undefined
  #fault: ((err: unknown) => void) | undefined

  constructor(components: SyncComponents, init: SyncInit) {
    this.#init = init
    this.#components = components
    this.#limits = { ...DEFAULT_LIMITS, ...init.limits }
    this.#now = init.now ?? (() => performance.now())
    this.#log = components.logger.forComponent('ergo:sync')
    this.#othersAskFor = new Set(init.othersAskFor ?? OTHER_MODIFIER_TYPES)
    this.#download = new HeaderDownload({
      chain: init.chain,
      sink: init.sink,
      penalties: init.penalties,
      anchors: init.anchors ?? [],
      limits: this.#limits,
      now: this.#now,
      log: this.#log,
      onFault: (err) => {
        this.#log.error('headers could not be verified: %e', err)
        this.#fault?.(err)
      }
    })
  }

  /** Told of faults of ours while headers are verified: the node stops on them. */
  onFault(handler: (err: unknown) => void): void {
    this.#fault = handler
  }

  start(): void {
    const { session } = this.#components
    const { router } = session
    const opened = (event: CustomEvent<Session>): void => this.#onOpen(event.detail)
    const closed = (event: CustomEvent<{ session: Session }>): void => this.#onClose(event.detail.session)
    session.addEventListener('session:open', opened)
    session.addEventListener('session:close', closed)
    this.#cleanups = [
      () => session.removeEventListener('session:open', opened),
      () => session.removeEventListener('session:close', closed),
      router.on('SyncInfo', (from, message) => this.#onSyncInfo(from, message)),
      router.on('Inv', (from, message) => this.#onInv(from, message)),
      router.on('Modifiers', (from, message) => this.#onModifiers(from, message))
    ]
    for (const open of session.all()) this.#onOpen(open)
    this.#timer = setInterval(() => this.#periodic(), this.#limits.periodicSyncMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    for (const clean of this.#cleanups.splice(0)) clean()
    this.#download.stop()
    this.#peers.clear()
  }

  peer(sessionId: number): PeerChainView | undefined {
    const state = this.#peers.get(sessionId)
    return state === undefined ? undefined : view(state)
  }

  peers(): PeerChainView[] {
    return [...this.#peers.values()].map(view)
  }

  snapshot(): HeaderDownloadSnapshot {
    return this.#download.snapshot()
  }

  announce(ids: readonly Uint8Array[]): number {
    if (ids.length === 0) return 0
    return this.#components.session.broadcast(
      { type: 'Inv', typeId: ModifierType.Header, ids },
      { droppable: true, filter: (s) => this.#peers.get(s.id)?.status !== 'older' }
    )
  }

  #onOpen(session: Session): void {
    if (this.#peers.has(session.id)) return
    this.#peers.set(session.id, {
      session,
      status: 'unknown',
      claimedHeight: 0,
      lastReceivedAt: Number.NEGATIVE_INFINITY,
      forkPoint: new ForkPoint(this.#init.chain)
    })
    this.#download.addPeer(session)
  }

  #onClose(session: Session): void {
    this.#peers.delete(session.id)
    this.#download.removePeer(session)
  }

  #onInv(session: Session, message: Inv): void {
    if (message.typeId === ModifierType.Header) this.#download.onInv(session, message.ids)
  }

  #onModifiers(session: Session, message: Modifiers): void {
    const { typeId, modifiers } = message
    if (typeId === ModifierType.Header) this.#download.onModifiers(session, modifiers)
    else if (!this.#othersAskFor.has(typeId))
      this.#init.penalties.penalize(
        session,
        'spam',
        `${modifiers.length} objects of type ${typeId}, of which none is ever asked for`
      )
  }

  async #onSyncInfo(session: Session, message: SyncInfo): Promise<void> {
    const state = this.#peers.get(session.id)
    if (state === undefined) return
    const now = this.#now()
    const locked = now - state.lastReceivedAt <= this.#limits.syncLockMs
    state.lastReceivedAt = now
    if (locked) return
    const info = this.#read(session, message)
    if (info === undefined) return
    const { chain } = this.#init
    const status = compareChains(chain, info)
    const changed = status !== state.status
    state.status = status
    if (status === 'younger' || status === 'fork') {
      const ids = continuationIds(chain, info)
      if (ids.length > 0) session.send({ type: 'Inv', typeId: ModifierType.Header, ids: ids.map((id) => id.slice()) })
    }
    if (info.version === 2) {
      state.claimedHeight = info.headers[0]?.height ?? 0
      state.forkPoint.tip = info.headers[0]?.id
      if (status === 'older') await this.#takeNext(session, info.headers[0]!)
    } else if (status === 'older') {
      // The reference asks for the headers behind these ids. That the peer has more is enough: it is asked for ids, and they come.
      state.claimedHeight = Math.max(state.claimedHeight, claimOfIds(chain, info.ids))
    }
    this.#download.onClaim(session.id, state.claimedHeight)
    if (status === 'older') {
      // The ids of version 1 are mostly answers to questions of the download: saying something to each would never end.
      if (info.version === 2 && state.claimedHeight > chain.height) this.#download.greet(session.id)
      return
    }
    const stale = now - this.#download.lastSyncSentAt(session.id) > this.#limits.replyMs
    if ((changed || stale || status === 'fork') && chain.height > 0) this.#reply(state, info.version)
  }

  /** Undefined when a header in it cannot be read, which the reference counts as an unreadable payload. */
  #read(session: Session, message: SyncInfo): ReadSyncInfo | undefined {
    if (message.version === 1) return { version: 1, ids: message.headerIds }
    const headers: HeaderInfo[] = []
    for (const bytes of message.headers) {
      const header = this.#init.chain.inspect(bytes)
      if (header === undefined) {
        this.#init.penalties.penalize(session, 'permanent', 'SyncInfo with a header that does not parse')
        session.abort(new Error('SyncInfo with a header that does not parse'))
        return undefined
      }
      headers.push(header)
    }
    return { version: 2, headers }
  }

  /** A peer one block ahead carries that block's header in its SyncInfo. */
  async #takeNext(session: Session, header: HeaderInfo): Promise<void> {
    const { chain, sink, penalties } = this.#init
    if (chain.height === 0 || !bytesEqual(header.parentId, chain.idAt(chain.height)!) || chain.heightOf(header.id) !== undefined)
      return
    try {
      const [outcome] = await sink.submit([header.bytes.slice()], String(session.id))
      if (outcome?.status === 'invalid')
        penalties.penalize(session, 'misbehavior', `header in SyncInfo: ${outcome.message ?? 'invalid'}`)
    } catch (err) {
      this.#log.error('header of a SyncInfo could not be verified: %e', err)
      this.#fault?.(err)
    }
  }

  /** Our SyncInfo in return, unless a question of the download is under way, which says the same, or it would come too soon. */
  #reply(state: PeerState, version: 1 | 2): void {
    if (!this.#download.maySync(state.session.id)) return
    this.#send(state, version === 1 ? idSyncInfo(this.#init.chain) : fullSyncInfo(this.#init.chain))
  }

  #send(state: PeerState, message: SyncInfo): void {
    this.#download.noteSyncSent(state.session.id)
    state.session.send(message)
  }

  /** Peers that have not heard of us for a minute, and those whose chain is unclear every twenty seconds. */
  #periodic(): void {
    const now = this.#now()
    for (const state of this.#peers.values()) {
      const age = now - this.#download.lastSyncSentAt(state.session.id)
      const unclear = state.status === 'unknown' || state.status === 'fork'
      if (age < (unclear ? this.#limits.resyncMs : this.#limits.replyMs)) continue
      if (this.#download.maySync(state.session.id)) this.#send(state, fullSyncInfo(this.#init.chain))
    }
    this.#download.tick()
  }
}

function view(state: PeerState): PeerChainView {
  const { session, status, claimedHeight, forkPoint } = state
  return { sessionId: session.id, status, claimedHeight, forkHeight: forkPoint.height }
}
