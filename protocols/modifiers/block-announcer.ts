import type { Logger, Startable } from '@libp2p/interface'
import { toHex } from '../../src/bytes/index.ts'
import { type Inv, isBlockSectionType, type Modifiers, ModifierType } from '../../src/wire/index.ts'
import type { Session } from '../session/index.ts'
import { BoundedMap } from './bounded-map.ts'
import type { AppliedBlock, BlockAnnouncerInit, BlockAnnouncerService, ModifierComponents } from './interface.ts'

/** A block is news for two hours (`header.isNew(2.hours)` in the reference). */
const ANNOUNCED_AGE_MS = 2 * 3600 * 1000

/** Ids remembered for one peer: what two hundred blocks are announced with, far more than are on their way at any time. */
const MAX_KNOWN_IDS = 1_024

/**
 * Tells peers of new blocks as the reference does: header, AD proofs, transactions and extension in four frames of one id each
 * (`RemoteBlockApplied` in `ErgoNodeViewSynchronizer.scala`). Unlike the reference it says nothing that it could not serve at once,
 * and nothing to a peer that said it first.
 */
export class BlockAnnouncer implements BlockAnnouncerService, Startable {
  readonly #components: ModifierComponents
  readonly #init: BlockAnnouncerInit
  readonly #log: Logger
  /** Ids that each peer announced or sent. */
  readonly #known = new Map<number, BoundedMap<string, true>>()
  #cleanups: Array<() => void> = []

  constructor(components: ModifierComponents, init: BlockAnnouncerInit) {
    this.#components = components
    this.#init = init
    this.#log = components.logger.forComponent('ergo:announcer')
  }

  start(): void {
    const { session } = this.#components
    const closed = (event: CustomEvent<{ session: Session }>): void => void this.#known.delete(event.detail.session.id)
    session.addEventListener('session:close', closed)
    this.#cleanups = [
      () => session.removeEventListener('session:close', closed),
      session.router.on('Inv', (from, message) => this.#onInv(from, message)),
      session.router.on('Modifiers', (from, message) => this.#onModifiers(from, message))
    ]
  }

  stop(): void {
    for (const clean of this.#cleanups.splice(0)) clean()
    this.#known.clear()
  }

  announce(block: AppliedBlock): number {
    const now = this.#init.now?.() ?? Date.now()
    if (now - block.timestamp > (this.#init.maxAgeMs ?? ANNOUNCED_AGE_MS)) return 0
    const objects: Array<[number, Uint8Array]> = [
      [ModifierType.Header, block.headerId],
      [ModifierType.AdProofs, block.adProofsId],
      [ModifierType.BlockTransactions, block.transactionsId],
      [ModifierType.Extension, block.extensionId]
    ]
    let sent = 0
    for (const [typeId, id] of objects) {
      if (this.#init.source.get(typeId, id) === undefined) continue
      const key = toHex(id)
      sent += this.#components.session.broadcast(
        { type: 'Inv', typeId, ids: [id] },
        { droppable: true, filter: (peer) => this.#known.get(peer.id)?.has(key) !== true }
      )
    }
    this.#log.trace('block %b announced with %d frames', block.headerId, sent)
    return sent
  }

  #onInv(session: Session, { typeId, ids }: Inv): void {
    // More than a few at once are an answer to a SyncInfo: old news.
    if (isBlockSectionType(typeId) && ids.length === 1) this.#note(session, ids[0]!)
  }

  #onModifiers(session: Session, { typeId, modifiers }: Modifiers): void {
    if (isBlockSectionType(typeId) && modifiers.length === 1) this.#note(session, modifiers[0]!.id)
  }

  #note(session: Session, id: Uint8Array): void {
    if (session.closed !== undefined) return
    let known = this.#known.get(session.id)
    if (known === undefined) this.#known.set(session.id, (known = new BoundedMap(MAX_KNOWN_IDS)))
    known.set(toHex(id), true)
  }
}
