import type { Multiaddr } from '@multiformats/multiaddr'
import type { NetworkParameters } from '../chain/index.ts'
import type { Config } from '../config/index.ts'
import type { AppliedEvent, HeaderChainChange } from '../history/index.ts'
import {
  createMetrics,
  type LogSink,
  type Metrics,
  NodeEvents,
  type NodeLogger,
  type Phase,
  type ProgressSnapshot,
  type Readiness
} from '../telemetry/index.ts'
import type { WorkerPool } from '../workers/index.ts'
import { HeadersSynced } from './headers-synced.ts'
import type { Ledger } from './ledger.ts'
import { type ErgoServices, type ErgoStack, startStack } from './libp2p-stack.ts'
import { publishMetrics } from './node-metrics.ts'
import { NodeReporter } from './node-reporter.ts'
import { NodeStatus } from './node-status.ts'
import { dialableAddress } from './stack-settings.ts'
import { type Stall, Watchdog } from './watchdog.ts'

export interface ErgoNodeInit {
  readonly config: Config
  readonly network: NetworkParameters
  readonly dataDir: string
  readonly log: LogSink
  /** Threads that verify, shared with others; default own ones, as the configuration says. */
  readonly pool?: WorkerPool
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Peers that must have told of their chains before an old best header is believed to be the last, unless the operator named whom to trust. */
const MIN_WITNESSES = 2

/** New headers told to peers where only headers are followed: a reorganisation of late blocks, not a bulk sync. */
const MAX_ANNOUNCED_HEADERS = 8

/** Only fresh headers are news to anybody (`ErgoNodeViewSynchronizer`: two hours). */
const ANNOUNCED_AGE_MS = 2 * 3600 * 1000

/** A full node: ledger, peers, and what it tells about itself. Made by {@link createErgoNode}. */
export class ErgoNode {
  readonly network: NetworkParameters
  readonly ledger: Ledger
  readonly events: NodeEvents
  readonly metrics: Metrics
  readonly status: NodeStatus
  readonly #stack: ErgoStack
  readonly #log: NodeLogger
  readonly #now: () => number
  readonly #reporter: NodeReporter
  readonly #followsBlocks: boolean
  readonly #watchdog: Watchdog
  readonly #headersSynced: HeadersSynced
  #phase: Phase = 'starting'
  #stopped: Promise<void> | undefined
  #isStopping = false
  #onFault: ((err: unknown) => void) | undefined
  #stopMetrics: (() => void) | undefined

  /** @internal Use {@link createErgoNode}. */
  constructor(init: ErgoNodeInit, ledger: Ledger, stack: ErgoStack) {
    this.network = init.network
    this.ledger = ledger
    this.#stack = stack
    this.#now = init.now ?? (() => Date.now())
    this.#followsBlocks = init.config.node.verifyTransactions
    this.#log = init.log.forComponent('ergo')
    this.events = new NodeEvents({ now: this.#now, onError: (err) => this.#log.error('a subscriber failed: %e', err) })
    this.metrics = createMetrics()
    this.#reporter = new NodeReporter({ events: this.events, metrics: this.metrics, log: init.log, now: this.#now })
    this.status = new NodeStatus({
      ledger,
      services: stack.services,
      followsBlocks: this.#followsBlocks,
      headersSynced: () => this.headersSynced,
      now: this.#now
    })
    this.#headersSynced = new HeadersSynced({
      best: () => ledger.chain.best,
      testimony: () => this.status,
      witnesses: init.config.p2p.onlyPeers.length > 0 ? 1 : MIN_WITNESSES,
      freshMs: init.network.difficulty.blockIntervalMs * init.network.headerChainDiff,
      now: this.#now
    })
    this.#watchdog = new Watchdog({
      look: () => ({
        phase: this.#updatePhase(),
        progress: this.status.headerHeight + this.status.fullHeight,
        waitingFor: this.waitingFor()
      }),
      act: (stall) => this.#act(stall),
      onStall: (stall) => this.#reporter.stalled(stall),
      onRecovered: () => this.#reporter.recovered(),
      now: this.#now
    })
  }

  /**
   * Listens, dials, syncs.
   *
   * @throws NodeError NODE_LISTEN when an address is taken
   */
  async start(): Promise<void> {
    const { session, sync, sections } = this.#stack.services
    session.addEventListener('session:open', (event) => {
      this.#reporter.opened(event.detail)
      this.#updatePhase()
    })
    session.addEventListener('session:close', (event) => {
      this.#reporter.closed(event.detail)
      this.#updatePhase()
    })
    session.addEventListener('session:refused', (event) => this.#reporter.refused(event.detail))
    sync.onFault((err) => this.#fault(err))
    sections?.onFault((err) => this.#fault(err))
    this.ledger.blocks.onFault((err) => this.#fault(err))
    await startStack(this.#stack)
    this.#stopMetrics = publishMetrics(this.metrics, {
      ledger: this.ledger,
      services: this.services,
      sockets: () => this.#stack.sockets(),
      phase: () => this.phase
    })
    this.#watchdog.start()
    this.#updatePhase()
    // What was complete when the node stopped last is applied now.
    if (this.#followsBlocks) this.ledger.blocks.poke()
  }

  /** Stops accepting, ends all sessions, writes what is under way, closes the database. Safe to call twice. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#stopped ??= (async () => {
      this.#watchdog.stop()
      this.#stopMetrics?.()
      await this.#stack.libp2p.stop()
      await this.ledger.close()
    })()
    await this.#stopped
  }

  /** Called when something of ours fails, which is no verdict about a block: the node must be stopped. */
  onFault(handler: (err: unknown) => void): void {
    this.#onFault = handler
  }

  get services(): ErgoServices {
    return this.#stack.services
  }

  get peerId(): string {
    return this.#stack.libp2p.peerId.toString()
  }

  /** Addresses that others can dial, libp2p ones with our peer id. */
  listenAddresses(): Multiaddr[] {
    return this.#stack.listenAddresses().map((address) => dialableAddress(address, this.peerId))
  }

  get phase(): Phase {
    // At the tip a quiet network is no fault of anybody.
    return this.#watchdog.stalled && this.#phase !== 'synced' ? 'stalled' : this.#phase
  }

  /** What stands between the node and its next step, in a sentence. */
  waitingFor(): string {
    return this.status.waitingFor()
  }

  progress(): ProgressSnapshot {
    return this.status.progress(this.phase)
  }

  readiness(): Readiness {
    return this.status.readiness(this.phase)
  }

  /** @internal Who is told of what happens in ledger and stack. */
  get reporter(): NodeReporter {
    return this.#reporter
  }

  /** @internal Rule 304: sections of blocks are of use from here on. */
  get headersSynced(): boolean {
    return this.#headersSynced.synced
  }

  /** @internal The best header chain moved. */
  onHeaders(change: HeaderChainChange): void {
    this.#reporter.headers(change, this.#followsBlocks)
    this.#headersSynced.look()
    this.services.sections?.poke()
    if (!this.#followsBlocks) this.#announceHeaders(change)
  }

  /** @internal A block was committed. */
  onApplied(event: AppliedEvent): void {
    const { header } = event
    this.#reporter.applied(event, this.#phase !== 'synced')
    this.services.sections?.poke()
    this.services.announcer.announce({
      headerId: header.id,
      timestamp: header.timestamp,
      transactionsId: header.transactionsId,
      adProofsId: header.adProofsId,
      extensionId: header.extensionId
    })
  }

  #announceHeaders({ added }: HeaderChainChange): void {
    const tip = this.ledger.chain.best
    if (tip === undefined || added.length > MAX_ANNOUNCED_HEADERS || this.#now() - tip.timestamp > ANNOUNCED_AGE_MS) return
    this.services.sync.announce(added.map((header) => header.id))
  }

  #updatePhase(): Phase {
    const next = this.status.phase()
    // While it stops, sessions end because we end them.
    if (next !== this.#phase && !this.#isStopping) {
      this.events.publish('sync:phase', { from: this.#phase, to: next, reason: this.waitingFor() })
      this.#phase = next
    }
    if (this.#headersSynced.look()) this.services.sections?.poke()
    return next
  }

  /** Standing still is met by changing what we depend on: the peer that owes us an answer goes, and dialling starts over. */
  #act(stall: Stall): string {
    const { session, sync, sections } = this.services
    if (session.all().length === 0) return 'keeps dialling'
    if (stall.phase === 'synced') return 'keeps listening'
    const owing = sections?.snapshot().waitingOn
    const claims = new Map(sync.peers().map((peer) => [peer.sessionId, peer.claimedHeight]))
    const useful = session.all().filter((s) => (claims.get(s.id) ?? 0) > this.status.fullHeight)
    const culprit =
      (owing === undefined ? undefined : session.get(owing)) ?? [...useful].sort((a, b) => a.lastMessageAt - b.lastMessageAt)[0]
    sections?.reset()
    if (culprit === undefined) return 'asks all peers again'
    void culprit.close('no progress with it')
    return `dropped ${culprit.remote.ip ?? culprit.peerId.toString()}, the peer that owed an answer longest, and asks the others again`
  }

  #fault(err: unknown): void {
    this.#reporter.fault(err)
    this.#onFault?.(err)
  }
}
