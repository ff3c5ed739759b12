import type { Logger, Startable } from '@libp2p/interface'
import { formatAddress, type Inv, type Modifiers, modeOf, type PenaltyKind } from '../../../src/wire/index.ts'
import type { Session } from '../../session/index.ts'
import { BoundedMap } from '../bounded-map.ts'
import type {
  ModifierComponents,
  SectionDownloadCounters,
  SectionDownloadInit,
  SectionDownloadLimits,
  SectionDownloadService,
  SectionDownloadSnapshot
} from '../interface.ts'
import { MAX_CLOSED_SESSIONS, SECTION_DOWNLOAD_LIMITS } from './constants.ts'
import { SectionScheduler } from './scheduler.ts'

/** The longest a timer may be set for; one that is due later is set again. */
const MAX_TIMER_MS = 60_000

/** The section download as a libp2p service: sessions, messages and the one timer around the scheduler. */
export class SectionDownload implements SectionDownloadService, Startable {
  readonly #init: SectionDownloadInit
  readonly #components: ModifierComponents
  readonly #limits: SectionDownloadLimits
  readonly #now: () => number
  readonly #log: Logger
  readonly #scheduler: SectionScheduler
  readonly #sessions = new Map<number, Session>()
  /** A peer that lied and left is still punished, by its address. */
  readonly #closed = new BoundedMap<number, Session>(MAX_CLOSED_SESSIONS)
  #cleanups: Array<() => void> = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #scheduled = false
  #running = false
  #fault: ((err: unknown) => void) | undefined

  constructor(components: ModifierComponents, init: SectionDownloadInit) {
    this.#init = init
    this.#components = components
    this.#limits = { ...SECTION_DOWNLOAD_LIMITS, ...init.limits }
    this.#now = init.now ?? (() => performance.now())
    this.#log = components.logger.forComponent('ergo:sections')
    this.#scheduler = new SectionScheduler({
      sink: init.sink,
      limits: this.#limits,
      now: this.#now,
      log: this.#log,
      peerHeight: init.peerHeight ?? (() => undefined),
      peerForkHeight: init.peerForkHeight ?? (() => undefined),
      send: (peer, typeId, ids) => void this.#sessions.get(peer)?.send({ type: 'RequestModifier', typeId, ids }),
      penalize: (peer, kind, reason) => this.#penalize(peer, kind, reason)
    })
  }

  get counters(): SectionDownloadCounters {
    return this.#scheduler.counters
  }

  onFault(handler: (err: unknown) => void): void {
    this.#fault = handler
  }

  start(): void {
    const { session } = this.#components
    const opened = (event: CustomEvent<Session>): void => this.#onOpen(event.detail)
    const closed = (event: CustomEvent<{ session: Session }>): void => this.#onClose(event.detail.session)
    session.addEventListener('session:open', opened)
    session.addEventListener('session:close', closed)
    this.#cleanups = [
      () => session.removeEventListener('session:open', opened),
      () => session.removeEventListener('session:close', closed),
      session.router.on('Inv', (from, message) => this.#onInv(from, message)),
      session.router.on('Modifiers', (from, message) => this.#onModifiers(from, message))
    ]
    this.#running = true
    for (const open of session.all()) this.#onOpen(open)
    this.#schedule()
  }

  stop(): void {
    this.#running = false
    clearTimeout(this.#timer)
    for (const clean of this.#cleanups.splice(0)) clean()
    for (const id of this.#sessions.keys()) this.#scheduler.removePeer(id)
    this.#sessions.clear()
    this.#closed.clear()
  }

  snapshot(): SectionDownloadSnapshot {
    return this.#scheduler.snapshot()
  }

  poke(): void {
    this.#scheduler.poke()
    this.#schedule()
  }

  onInvalidSection(source: string, headerId: Uint8Array, message: string): void {
    this.#scheduler.onInvalidSection(source, headerId, message)
    this.#schedule()
  }

  onInvalidBlock(headerId: Uint8Array, sources: readonly string[]): void {
    this.#log('block %b is invalid; its sections came from sessions %s', headerId, sources.join(', '))
    this.#scheduler.onInvalidBlock(headerId)
    this.#schedule()
  }

  reset(): void {
    this.#scheduler.reset()
    this.#schedule()
  }

  #onOpen(session: Session): void {
    if (this.#sessions.has(session.id)) return
    this.#sessions.set(session.id, session)
    this.#scheduler.addPeer(session.id, nameOf(session), modeOf(session.peer))
    this.#schedule()
  }

  #onClose(session: Session): void {
    if (!this.#sessions.delete(session.id)) return
    this.#closed.set(session.id, session)
    this.#scheduler.removePeer(session.id)
    this.#schedule()
  }

  #onInv(session: Session, { typeId, ids }: Inv): void {
    this.#scheduler.onInv(session.id, typeId, ids)
    this.#schedule()
  }

  /** Large messages are checked in slices, so that one peer's sections do not hold up the others'. */
  async #onModifiers(session: Session, { typeId, modifiers }: Modifiers): Promise<void> {
    const arrived = this.#scheduler.sort(session.id, typeId, modifiers)
    this.#schedule()
    let sliceEnd = this.#now() + this.#limits.handlingSliceMs
    for (const section of arrived) {
      if (!this.#running) return
      try {
        this.#scheduler.take(session.id, section)
      } catch (err) {
        this.#onFault(err)
        return
      }
      if (this.#now() < sliceEnd) continue
      this.#schedule()
      await new Promise((resolve) => setTimeout(resolve, 0))
      sliceEnd = this.#now() + this.#limits.handlingSliceMs
    }
    this.#schedule()
  }

  #penalize(peer: number, kind: PenaltyKind, reason: string): void {
    const session = this.#sessions.get(peer) ?? this.#closed.get(peer)
    if (session !== undefined) this.#init.penalties.penalize(session, kind, reason)
  }

  /** Runs the scheduler after the events at hand. */
  #schedule(): void {
    if (this.#scheduled || !this.#running) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#tick()
    })
  }

  #tick(): void {
    if (!this.#running) return
    clearTimeout(this.#timer)
    let next: number
    try {
      next = this.#scheduler.tick()
    } catch (err) {
      this.#onFault(err)
      return
    }
    if (next === Number.POSITIVE_INFINITY) return
    const delay = Math.min(MAX_TIMER_MS, Math.max(1, Math.ceil(next - this.#now())))
    this.#timer = setTimeout(() => this.#tick(), delay)
    this.#timer.unref?.()
  }

  #onFault(err: unknown): void {
    this.#log.error('sections could not be taken: %e', err)
    this.#fault?.(err)
  }
}

/** As people know a peer: its address, or its id where there is none. */
function nameOf(session: Session): string {
  const { ip, port } = session.remote
  if (ip === undefined || port === undefined) return session.peerId.toString()
  return formatAddress({ ip, port })
}
