import type { Ban } from '../../protocols/peers/index.ts'
import type { Session, SessionClosed, SessionRefused } from '../../protocols/session/index.ts'
import { toHex } from '../bytes/index.ts'
import type { Header } from '../chain/index.ts'
import type { AppliedEvent, HeaderChainChange, RejectedEvent, SubmittedHeader } from '../history/index.ts'
import { formatMessage, type LogFields, type LogLevel, type LogSink, type Metrics, type NodeEvents } from '../telemetry/index.ts'
import { ClockCheck } from './clock-check.ts'
import type { Stall } from './watchdog.ts'

export interface NodeReporterInit {
  readonly events: NodeEvents
  readonly metrics: Metrics
  readonly log: LogSink
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Turns what happens in the ledger and among peers into events, metrics and log lines. Decides nothing. */
export class NodeReporter {
  readonly #events: NodeEvents
  readonly #metrics: Metrics
  readonly #log: LogSink
  readonly #now: () => number
  readonly #clocks = new ClockCheck()

  constructor({ events, metrics, log, now }: NodeReporterInit) {
    this.#events = events
    this.#metrics = metrics
    this.#log = log
    this.#now = now
  }

  /** A batch of the database is on its way to the disk. */
  written({ bytes, tookMs }: { bytes: number; tookMs: number }): void {
    this.#metrics.store.writtenBytes.inc(bytes)
    this.#metrics.store.batchSeconds.observe(tookMs / 1000)
  }

  /** What became of a header that a peer sent. */
  judged(outcome: SubmittedHeader): void {
    if (outcome.status === 'known') this.#metrics.sync.duplicates.inc({ type: 'header' })
    if (outcome.status === 'unreadable') this.#metrics.chain.headersRejected.inc({ reason: 'UNREADABLE' })
    if (outcome.status === 'invalid' || outcome.status === 'later') {
      this.#metrics.chain.headersRejected.inc({ reason: outcome.failure.code })
    }
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

  applied({ header, transactions, inputs, cost, times }: AppliedEvent, isSyncing: boolean): void {
    const { chain } = this.#metrics
    const { height, idHex: headerId } = header
    chain.blocksApplied.inc()
    chain.lastBlockTime.set(this.#now() / 1000)
    chain.scriptsEvaluated.inc(inputs)
    chain.blockCost.inc(cost)
    chain.blockSeconds.observe({ part: 'decode' }, times.decodeMs / 1000)
    chain.blockSeconds.observe({ part: 'state' }, times.stateMs / 1000)
    chain.blockSeconds.observe({ part: 'script' }, times.scriptMs / 1000)
    chain.blockSeconds.observe({ part: 'store' }, times.storeMs / 1000)
    chain.blockSeconds.observe({ part: 'all' }, times.totalMs / 1000)
    this.#events.publish('block:applied', { height, headerId, transactions, stateRoot: toHex(header.stateRoot) })
    if (isSyncing) return
    const tookMs = Math.round(times.totalMs)
    this.#say('info', 'block-applied', `block ${height} ${headerId} applied: ${transactions} transactions in ${tookMs} ms`, {
      height,
      headerId,
      transactions,
      cost,
      tookMs
    })
  }

  rejected({ header, failure }: RejectedEvent): void {
    const { rule, code, message } = failure
    const { height, idHex: headerId } = header
    this.#metrics.chain.blocksRejected.inc({ reason: code })
    this.#events.publish('block:rejected', { height, headerId, rule, code, message })
    this.#say('warn', 'block-rejected', `block ${height} ${headerId} is invalid by rule ${rule ?? code}: ${message}`, {
      height,
      headerId,
      rule,
      code
    })
  }

  rolledBack(fork: Header | undefined, undone: readonly Header[]): void {
    const top = undone[0]
    if (top !== undefined) this.#reorganised(undone.length, fork?.height ?? 0, { height: top.height, headerId: top.idHex })
  }

  deepFork(fork: Header | undefined, depth: number): void {
    const height = fork?.height ?? 0
    this.#say(
      'error',
      'fork-too-deep',
      `a better branch forks ${depth} blocks below the tip, at height ${height}, deeper than states are kept: restart with a larger --keep-versions on a copy, or sync again`,
      { depth, height }
    )
  }

  /** No progress for longer than the phase may take. */
  stalled({ phase, waitingFor, sinceMs, action }: Stall & { action: string }): void {
    const seconds = Math.round(sinceMs / 1000)
    const fields = { phase, waitingFor, seconds, action }
    if (phase === 'synced') {
      this.#say('info', 'no-new-block', `no new block for ${seconds} s; ${action}`, fields)
      return
    }
    this.#metrics.sync.stalls.inc({ reason: phase })
    this.#events.publish('stall', { phase, waitingFor, sinceMs, action })
    this.#say('warn', 'stalled', `no progress for ${seconds} s in phase ${phase}; waiting for ${waitingFor}; ${action}`, fields)
  }

  recovered(): void {
    this.#say('info', 'under-way', 'under way again')
  }

  fault(err: unknown): void {
    const text = 'stopping, for something of ours failed and no verdict can be given: %e'
    this.#say('error', 'node-fault', formatMessage(text, [err]))
  }

  opened(session: Session): void {
    this.#metrics.peers.handshakes.inc({ outcome: 'ok' })
    this.#compareClocks(session)
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

  #compareClocks({ handshake }: Session): void {
    const changed = this.#clocks.add(Number(handshake.time), this.#now())
    const { offsetMs } = this.#clocks
    if (offsetMs !== undefined) this.#metrics.peers.clockOffset.set(offsetMs / 1000)
    if (changed === undefined) return
    const seconds = Math.round(Math.abs(changed) / 1000)
    if (changed === 0) this.#say('info', 'clock-agrees', 'the clock of this machine agrees with those of peers again')
    else {
      const side = changed > 0 ? 'behind' : 'ahead of'
      this.#say('warn', 'clock-differs', `the clock of this machine is ${seconds} s ${side} those of peers: set it right`, {
        seconds
      })
    }
  }

  #reorganised(depth: number, commonHeight: number, undone: { height: number; headerId: string }): void {
    this.#metrics.chain.reorgBlocks.observe(depth)
    this.#events.publish('chain:reorg', { ...undone, commonHeight, depth })
  }

  #say(level: LogLevel, event: string, message: string, fields: LogFields = {}): void {
    this.#log.event(level, 'ergo', event, message, fields)
  }
}
