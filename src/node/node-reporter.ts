import type { Ban } from '../../protocols/peers/index.ts'
import type { Session, SessionClosed, SessionRefused } from '../../protocols/session/index.ts'
import { toHex } from '../bytes/index.ts'
import type { Header } from '../chain/index.ts'
import type { AppliedEvent, HeaderChainChange, RejectedEvent } from '../history/index.ts'
import type { Metrics, NodeEvents, NodeLogger } from '../telemetry/index.ts'

/** Turns what happens in the ledger and among peers into events, metrics and log lines. Decides nothing. */
export class NodeReporter {
  readonly #events: NodeEvents
  readonly #metrics: Metrics
  readonly #log: NodeLogger

  constructor(events: NodeEvents, metrics: Metrics, log: NodeLogger) {
    this.#events = events
    this.#metrics = metrics
    this.#log = log
  }

  headers(change: HeaderChainChange, followsBlocks: boolean): void {
    this.#metrics.chain.headersVerified.inc(change.added.length)
    const best = change.added.at(-1)
    if (best === undefined) return
    // With whole blocks a reorganisation is one when blocks are undone, not when headers are.
    const undone = change.oldTip
    if (undone !== undefined && !followsBlocks) {
      this.#reorganised(change.removed, change.forkHeight, { height: undone.height, headerId: toHex(undone.id) })
    }
    this.#events.publish('header:best', { height: best.height, headerId: toHex(best.id) })
  }

  applied({ header, transactions, tookMs }: AppliedEvent, isSyncing: boolean): void {
    this.#metrics.chain.blocksApplied.inc()
    this.#metrics.chain.blockSeconds.observe({ part: 'all' }, tookMs / 1000)
    this.#events.publish('block:applied', {
      height: header.height,
      headerId: header.idHex,
      transactions,
      stateRoot: toHex(header.stateRoot)
    })
    if (!isSyncing)
      this.#log.info(
        'block %d %s applied: %d transactions in %d ms',
        header.height,
        header.idHex,
        transactions,
        Math.round(tookMs)
      )
  }

  rejected({ header, failure }: RejectedEvent): void {
    this.#metrics.chain.blocksRejected.inc({ reason: failure.code })
    const { rule, code, message } = failure
    this.#events.publish('block:rejected', { height: header.height, headerId: header.idHex, rule, code, message })
    this.#log.warn('block %d %s is invalid by rule %s: %s', header.height, header.idHex, rule ?? code, message)
  }

  rolledBack(fork: Header | undefined, undone: readonly Header[]): void {
    const top = undone[0]
    if (top !== undefined) this.#reorganised(undone.length, fork?.height ?? 0, { height: top.height, headerId: top.idHex })
  }

  deepFork(fork: Header | undefined, depth: number): void {
    this.#log.error(
      'a better branch forks %d blocks below the tip, at height %d, deeper than states are kept: restart with a larger --keep-versions on a copy, or sync again',
      depth,
      fork?.height ?? 0
    )
  }

  opened(session: Session): void {
    this.#metrics.peers.handshakes.inc({ outcome: 'ok' })
    this.#events.publish('peer:connected', {
      peerId: session.peerId.toString(),
      address: session.remote.multiaddr.toString(),
      direction: session.direction,
      agent: session.peer.agentName,
      name: session.peer.nodeName
    })
  }

  closed({ session, reason }: SessionClosed): void {
    this.#metrics.peers.closed.inc({ reason: reason.code })
    this.#events.publish('peer:disconnected', {
      peerId: session.peerId.toString(),
      address: session.remote.multiaddr.toString(),
      reason: reason.message
    })
  }

  refused({ refusal }: SessionRefused): void {
    this.#metrics.peers.handshakes.inc({ outcome: refusal.code })
  }

  banned(ban: Ban): void {
    this.#metrics.peers.bans.inc()
    this.#events.publish('peer:banned', { ip: ban.key, untilMs: ban.until, reason: ban.reason })
  }

  #reorganised(depth: number, commonHeight: number, undone: { height: number; headerId: string }): void {
    this.#metrics.chain.reorgBlocks.observe(depth)
    this.#events.publish('chain:reorg', { ...undone, commonHeight, depth })
  }
}
