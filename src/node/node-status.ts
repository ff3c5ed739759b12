import { type Phase, type ProgressSnapshot, RateMeter, type Readiness } from '../telemetry/index.ts'
import type { Ledger } from './ledger.ts'
import type { ErgoServices } from './libp2p-stack.ts'
import { phaseOf } from './phase-machine.ts'

export interface NodeStatusInit {
  readonly ledger: Ledger
  readonly services: ErgoServices
  readonly followsBlocks: boolean
  /** Rule 304: blocks are fetched from here on. */
  readonly headersSynced: () => boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Rates are shown over this stretch of time. */
const RATE_WINDOW_MS = 10_000

/** Where the node stands, worked out anew at each question from those who know. */
export class NodeStatus {
  readonly #init: NodeStatusInit
  readonly #headerRate = new RateMeter(RATE_WINDOW_MS)
  readonly #blockRate = new RateMeter(RATE_WINDOW_MS)

  constructor(init: NodeStatusInit) {
    this.#init = init
  }

  get headerHeight(): number {
    return this.#init.ledger.chain.height
  }

  get fullHeight(): number {
    return this.#init.ledger.blocks.full.height
  }

  get sessions(): number {
    return this.#init.services.session.all().length
  }

  /** Highest chain that a peer claims; 0 while none said anything. */
  get claimedHeight(): number {
    return this.#init.services.sync.snapshot().claimedHeight
  }

  /** Peers that have told of their chains. */
  get heard(): number {
    return this.#init.services.sync.peers().filter((peer) => peer.status !== 'unknown' || peer.claimedHeight > 0).length
  }

  /** What the node is about; a stall is for the watchdog to say. */
  phase(): Phase {
    const { followsBlocks } = this.#init
    return phaseOf({
      sessions: this.sessions,
      headerHeight: this.headerHeight,
      fullHeight: this.fullHeight,
      followsBlocks,
      claimedHeight: this.claimedHeight,
      heard: this.heard > 0
    })
  }

  /** What stands between the node and its next step, in a sentence. */
  waitingFor(): string {
    const { services, ledger, followsBlocks } = this.#init
    if (this.sessions === 0) return services.peers.snapshot().text
    if (this.phase() !== 'blocks' || !followsBlocks) return services.sync.snapshot().waitingFor
    if (!this.#init.headersSynced()) return 'more than one peer to tell that the chain of headers ends here, for a while'
    const { applying } = ledger.blocks
    if (applying !== undefined) return `the verification of block ${applying.height}`
    return services.sections?.snapshot().waitingFor ?? ''
  }

  progress(phase: Phase): ProgressSnapshot {
    const { services } = this.#init
    const now = this.#init.now()
    this.#headerRate.add(now, this.headerHeight)
    this.#blockRate.add(now, this.fullHeight)
    const claimed = this.claimedHeight
    return {
      phase,
      headersOnly: !this.#init.followsBlocks,
      headerHeight: this.headerHeight,
      fullHeight: this.fullHeight,
      ...(claimed > 0 ? { targetHeight: Math.max(claimed, this.headerHeight) } : {}),
      headersPerSecond: this.#headerRate.perSecond(now),
      blocksPerSecond: this.#blockRate.perSecond(now),
      peers: this.sessions,
      inFlight: services.sync.snapshot().headersInFlight + (services.sections?.snapshot().inFlight ?? 0),
      waitingFor: this.waitingFor()
    }
  }

  readiness(phase: Phase): Readiness {
    const reasons: string[] = []
    if (this.sessions === 0) reasons.push(`no peers: ${this.waitingFor()}`)
    else if (phase !== 'synced') {
      const headersBehind = this.claimedHeight - this.headerHeight
      const blocksBehind = this.#init.followsBlocks ? this.headerHeight - this.fullHeight : 0
      if (headersBehind > 0) reasons.push(`${headersBehind} headers behind`)
      if (blocksBehind > 0) reasons.push(`${blocksBehind} blocks behind`)
      reasons.push(`waiting for ${this.waitingFor()}`)
    }
    return { ready: reasons.length === 0, phase, reasons }
  }
}
