/**
 * Peers and time made up, so that minutes of a download pass in a moment and always in the same way. Peers answer as the reference
 * does: requests in order, one answer each in messages of two megabytes, nothing for what they lack.
 */

import type { SectionDownloadLimits } from '../../../protocols/modifiers/index.ts'
import { SECTION_DOWNLOAD_LIMITS } from '../../../protocols/modifiers/section-download/constants.ts'
import { SectionScheduler } from '../../../protocols/modifiers/section-download/scheduler.ts'
import type { Header } from '../../../src/chain/index.ts'
import { blake2b256 } from '../../../src/crypto/index.ts'
import { type ModeFeature, ModifierType, type PenaltyKind, packModifiers } from '../../../src/wire/index.ts'
import type { FakeBlockSink, SinkBlock } from '../../support/block-sink.ts'

export const TX = ModifierType.BlockTransactions
export const EXT = ModifierType.Extension
export const PROOFS = ModifierType.AdProofs

export interface Sizes {
  readonly transactions: number
  readonly extension: number
  readonly adProofs: number
}

/** Made-up blocks, with sections of given sizes. */
export function madeBlocks(count: number, sizeOf: (height: number) => Partial<Sizes> = () => ({}), salt = 0): SinkBlock[] {
  return Array.from({ length: count }, (_, i) => madeBlock(i + 1, sizeOf(i + 1), salt))
}

export function madeBlock(height: number, sizes: Partial<Sizes> = {}, salt = 0): SinkBlock {
  const id = (typeId: number): Uint8Array => blake2b256(Uint8Array.of(typeId, salt, height >> 16, height >> 8, height))
  const section = (typeId: number, size: number) => ({ typeId, id: id(typeId), bytes: new Uint8Array(size).fill(typeId) })
  return {
    header: { id: id(ModifierType.Header) } as Header,
    height,
    sections: [
      section(TX, sizes.transactions ?? 800),
      section(EXT, sizes.extension ?? 250),
      section(PROOFS, sizes.adProofs ?? 2000)
    ]
  }
}

export interface SimPeerInit {
  readonly latencyMs?: number
  readonly bytesPerMs?: number
  readonly mode?: Partial<ModeFeature> | false
  /** Height it claims. */
  readonly claims?: number
  /** Where its chain leaves ours. */
  readonly forkHeight?: number
  /** Does it send this section, and when it is an array: in its place? */
  readonly answer?: (section: { typeId: number; height: number; bytes: Uint8Array }, now: number) => boolean | Uint8Array
}

export interface SentRequest {
  readonly at: number
  readonly peer: number
  readonly typeId: number
  readonly ids: readonly Uint8Array[]
  readonly heights: readonly number[]
}

const MODE: ModeFeature = { kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 }

export class Simulation {
  now = 0
  readonly scheduler: SectionScheduler
  readonly sink: FakeBlockSink
  readonly sent: SentRequest[] = []
  readonly penalties: Array<{ peer: number; kind: PenaltyKind; reason: string }> = []
  readonly delivered = new Map<number, number>()
  readonly #peers = new Map<number, SimPeerInit & { lineFreeAt: number }>()
  readonly #sections = new Map<string, { typeId: number; height: number; bytes: Uint8Array }>()
  #events: Array<{ at: number; seq: number; run: () => void }> = []
  #seq = 0
  #tickAt = Number.POSITIVE_INFINITY

  constructor(sink: FakeBlockSink, blocks: readonly SinkBlock[], limits: Partial<SectionDownloadLimits> = {}) {
    this.sink = sink
    this.addBlocks(blocks)
    const log = Object.assign(() => {}, { error() {}, trace() {}, enabled: false, newScope: () => log }) as never
    this.scheduler = new SectionScheduler({
      sink,
      limits: { ...SECTION_DOWNLOAD_LIMITS, ...limits },
      now: () => this.now,
      log,
      peerHeight: (peer) => this.#peers.get(peer)?.claims,
      peerForkHeight: (peer) => this.#peers.get(peer)?.forkHeight,
      send: (peer, typeId, ids) => this.#onSend(peer, typeId, ids),
      penalize: (peer, kind, reason) => void this.penalties.push({ peer, kind, reason })
    })
    sink.onChange = () => {
      this.scheduler.poke()
      this.#wake()
    }
    sink.delay = (ms, run) => this.at(ms, run)
    sink.onInvalidSection = (...args) => this.scheduler.onInvalidSection(...args)
  }

  /** Sections that peers may have. */
  addBlocks(blocks: readonly SinkBlock[]): void {
    for (const { height, sections } of blocks) {
      for (const { typeId, id, bytes } of sections) this.#sections.set(keyOf(typeId, id), { typeId, height, bytes })
    }
  }

  addPeer(id: number, init: SimPeerInit = {}): void {
    this.#peers.set(id, { ...init, lineFreeAt: 0 })
    this.scheduler.addPeer(id, `peer ${id}`, init.mode === false ? undefined : { ...MODE, ...init.mode })
    this.#wake()
  }

  removePeer(id: number): void {
    this.#peers.delete(id)
    this.scheduler.removePeer(id)
    this.#wake()
  }

  /** A peer announces sections. */
  announce(peer: number, typeId: number, ids: readonly Uint8Array[]): void {
    this.scheduler.onInv(peer, typeId, ids)
    this.#wake()
  }

  /** A peer sends sections, asked or not. */
  deliver(peer: number, typeId: number, modifiers: ReadonlyArray<{ id: Uint8Array; bytes: Uint8Array }>): void {
    for (const arrived of this.scheduler.sort(peer, typeId, modifiers)) this.scheduler.take(peer, arrived)
    this.delivered.set(peer, (this.delivered.get(peer) ?? 0) + modifiers.length)
    this.#wake()
  }

  at(delayMs: number, run: () => void): void {
    this.#events.push({ at: this.now + delayMs, seq: this.#seq++, run })
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.runUntil(() => false, ms)
  }

  /** Lets time pass until something holds; false when it did not within the time. */
  runUntil(condition: () => boolean, maxMs: number): boolean {
    const end = this.now + maxMs
    for (let steps = 0; ; steps++) {
      if (steps > 2_000_000) throw new Error(`too many steps at ${this.now} ms: the scheduler spins`)
      if (condition()) return true
      const event = this.#next()
      const at = Math.min(event?.at ?? Number.POSITIVE_INFINITY, this.#tickAt)
      if (at > end) {
        this.now = end
        return false
      }
      this.now = Math.max(this.now, at)
      if (event !== undefined && event.at <= this.#tickAt) {
        this.#events.splice(this.#events.indexOf(event), 1)
        event.run()
      } else this.#tick()
    }
  }

  /** Requests to a peer, or all. */
  to(peer?: number): SentRequest[] {
    return peer === undefined ? this.sent : this.sent.filter((s) => s.peer === peer)
  }

  /** How often each section of a height and type was asked for. */
  asked(height: number, typeId: number): SentRequest[] {
    return this.sent.filter((s) => s.typeId === typeId && s.heights.includes(height))
  }

  #wake(): void {
    this.#tickAt = this.now
  }

  #tick(): void {
    // As with real timers: never twice in one millisecond by itself.
    this.#tickAt = Number.POSITIVE_INFINITY
    this.#tickAt = Math.max(this.now + 1, this.scheduler.tick())
  }

  #next(): { at: number; seq: number; run: () => void } | undefined {
    let next: { at: number; seq: number; run: () => void } | undefined
    for (const event of this.#events) {
      if (next === undefined || event.at < next.at || (event.at === next.at && event.seq < next.seq)) next = event
    }
    return next
  }

  #onSend(peer: number, typeId: number, ids: readonly Uint8Array[]): void {
    if (ids.length === 0 || ids.length > 400) throw new Error(`request of ${ids.length} ids`)
    const heights = ids.map((id) => this.#sections.get(keyOf(typeId, id))?.height ?? 0)
    this.sent.push({ at: this.now, peer, typeId, ids, heights })
    const latency = (this.#peers.get(peer)?.latencyMs ?? 50) / 2
    this.at(latency, () => this.#answer(peer, typeId, ids, latency))
  }

  #answer(id: number, typeId: number, ids: readonly Uint8Array[], latency: number): void {
    const peer = this.#peers.get(id)
    if (peer === undefined) return
    const found: Array<{ id: Uint8Array; bytes: Uint8Array }> = []
    for (const sectionId of ids) {
      const section = this.#sections.get(keyOf(typeId, sectionId))
      if (section === undefined) continue
      const answer = peer.answer?.(section, this.now) ?? true
      if (answer !== false) found.push({ id: sectionId, bytes: answer === true ? section.bytes : answer })
    }
    for (const { modifiers } of packModifiers(typeId, found)) {
      const size = modifiers.reduce((sum, m) => sum + m.bytes.length + 36, 18)
      peer.lineFreeAt = Math.max(peer.lineFreeAt, this.now) + size / (peer.bytesPerMs ?? 1000)
      this.at(peer.lineFreeAt + latency - this.now, () => {
        if (this.#peers.get(id) === peer) this.deliver(id, typeId, modifiers)
      })
    }
  }
}

function keyOf(typeId: number, id: Uint8Array): string {
  return `${typeId}:${Buffer.from(id).toString('latin1')}`
}
