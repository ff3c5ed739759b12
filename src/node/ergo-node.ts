import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { PeerEndpoint } from '../../protocols/peers/index.ts'
import type { Session } from '../../protocols/session/index.ts'
import { ergoMultiaddr, isErgoAddress } from '../../transports/ergo-tcp/index.ts'
import { fromHex, toHex } from '../bytes/index.ts'
import type { NetworkParameters } from '../chain/index.ts'
import type { Config } from '../config/index.ts'
import type { HeaderChainChange } from '../history/index.ts'
import {
  createMetrics,
  type LogSink,
  type Metrics,
  NodeEvents,
  type Phase,
  type ProgressSnapshot,
  RateMeter,
  type Readiness
} from '../telemetry/index.ts'
import { ALL_BLOCKS_KEPT, ipFromText } from '../wire/index.ts'
import { headerSinkOf, headerSourceOf, syncChainOf } from './chain-adapters.ts'
import { loadIdentity } from './identity.ts'
import { Ledger } from './ledger.ts'
import { createStack, type ErgoStack, startStack } from './libp2p-stack.ts'
import { publishMetrics } from './node-metrics.ts'
import { peerStorage } from './peer-storage.ts'
import { phaseOf } from './phase-machine.ts'
import { type Stall, Watchdog } from './watchdog.ts'

export interface ErgoNodeInit {
  readonly config: Config
  readonly network: NetworkParameters
  readonly dataDir: string
  readonly log: LogSink
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** What peers choose their messages by: today's release of the reference. */
const ANNOUNCED_VERSION = { major: 6, minor: 0, patch: 4 } as const

/** Rates are shown over this stretch of time. */
const RATE_WINDOW_MS = 10_000

/** New headers told to peers: a reorganisation of late blocks, not a bulk sync. */
const MAX_ANNOUNCED_HEADERS = 8

/** Only fresh headers are news to anybody (`ErgoNodeViewSynchronizer`: two hours). */
const ANNOUNCED_AGE_MS = 2 * 3600 * 1000

/** A full node: ledger, peers, and what it tells about itself. Made by {@link createErgoNode}. */
export class ErgoNode {
  readonly network: NetworkParameters
  readonly ledger: Ledger
  readonly events: NodeEvents
  readonly metrics: Metrics = createMetrics()
  readonly #stack: ErgoStack
  readonly #log
  readonly #now: () => number
  readonly #headerRate = new RateMeter(RATE_WINDOW_MS)
  readonly #watchdog: Watchdog
  #phase: Phase = 'starting'
  #lastProgress = 0
  #stopped: Promise<void> | undefined
  #onFault: ((err: unknown) => void) | undefined
  #stopMetrics: (() => void) | undefined

  private constructor(init: ErgoNodeInit, ledger: Ledger, stack: ErgoStack, events: NodeEvents) {
    this.network = init.network
    this.ledger = ledger
    this.#stack = stack
    this.events = events
    this.#now = init.now ?? (() => Date.now())
    this.#log = init.log.forComponent('ergo')
    this.#watchdog = new Watchdog({
      look: () => ({
        phase: this.#updatePhase(),
        progress: this.ledger.chain.height + this.#lastProgress,
        waitingFor: this.waitingFor()
      }),
      act: (stall) => this.#act(stall),
      onStall: (stall) => this.#onStall(stall),
      onRecovered: () => this.#log.info('under way again'),
      now: this.#now
    })
  }

  /** Opens everything and starts nothing. */
  static async create(init: ErgoNodeInit): Promise<ErgoNode> {
    const { config, network } = init
    const now = init.now ?? (() => Date.now())
    const log = init.log.forComponent('ergo:events')
    const events = new NodeEvents({ now, onError: (err) => log.error('a subscriber failed: %e', err) })
    let node: ErgoNode | undefined
    const ledger = await Ledger.open({
      network,
      dataDir: init.dataDir,
      stateType: config.node.stateType,
      ...(config.workers === 'auto' ? {} : { workers: config.workers }),
      now,
      onHeaders: (change) => node?.onHeaders(change)
    })
    try {
      const stack = await createStack(await stackInit(init, ledger, now, (ban) => node?.onBan(ban)))
      node = new ErgoNode(init, ledger, stack, events)
      return node
    } catch (err) {
      await ledger.close()
      throw err
    }
  }

  /**
   * Listens, dials, syncs.
   *
   * @throws NodeError NODE_LISTEN when an address is taken
   */
  async start(): Promise<void> {
    const { session, sync } = this.#stack.services
    session.addEventListener('session:open', (event) => this.#onOpen(event.detail))
    session.addEventListener('session:close', (event) => this.#onClose(event.detail.session, event.detail.reason.message))
    session.addEventListener('session:refused', (event) =>
      this.metrics.peers.handshakes.inc({ outcome: event.detail.refusal.code })
    )
    sync.onFault((err) => this.#fault(err))
    await startStack(this.#stack)
    this.#stopMetrics = publishMetrics(this.metrics, {
      ledger: this.ledger,
      services: this.#stack.services,
      phase: () => this.#phase
    })
    this.#watchdog.start()
    this.#updatePhase()
  }

  /** Stops accepting, ends all sessions, writes what is under way, closes the database. Safe to call twice. */
  async stop(): Promise<void> {
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

  get services(): ErgoStack['services'] {
    return this.#stack.services
  }

  get peerId(): string {
    return this.#stack.libp2p.peerId.toString()
  }

  /** Addresses that others can dial, libp2p ones with our peer id. */
  listenAddresses(): Multiaddr[] {
    return this.#stack.listenAddresses().map((ma) => (isErgoAddress(ma) ? ma : multiaddr(`${ma.toString()}/p2p/${this.peerId}`)))
  }

  get phase(): Phase {
    return this.#watchdog.stalled ? 'stalled' : this.#phase
  }

  /** What stands between the node and the next step, in a sentence; empty at the tip. */
  waitingFor(): string {
    const sessions = this.#stack.services.session.all().length
    if (sessions === 0) return this.#stack.services.peers.snapshot().text
    return this.#stack.services.sync.snapshot().waitingFor
  }

  progress(): ProgressSnapshot {
    const now = this.#now()
    const { chain } = this.ledger
    const sync = this.#stack.services.sync.snapshot()
    this.#headerRate.add(now, chain.height)
    return {
      phase: this.phase,
      headerHeight: chain.height,
      fullHeight: 0,
      ...(sync.claimedHeight > 0 ? { targetHeight: Math.max(sync.claimedHeight, chain.height) } : {}),
      headersPerSecond: this.#headerRate.perSecond(now),
      blocksPerSecond: 0,
      peers: this.#stack.services.session.all().length,
      inFlight: sync.headersInFlight,
      waitingFor: this.waitingFor()
    }
  }

  readiness(): Readiness {
    const reasons: string[] = []
    const sessions = this.#stack.services.session.all().length
    if (sessions === 0) reasons.push(`no peers: ${this.waitingFor()}`)
    else if (this.phase !== 'synced') {
      const { claimedHeight } = this.#stack.services.sync.snapshot()
      const behind = claimedHeight - this.ledger.chain.height
      reasons.push(behind > 0 ? `${behind} headers behind` : this.waitingFor())
    }
    return { ready: reasons.length === 0, phase: this.phase, reasons }
  }

  /** @internal Called by the ledger after each commit that moved the best chain. */
  onHeaders(change: HeaderChainChange): void {
    this.#lastProgress++
    this.metrics.chain.headersVerified.inc(change.added.length)
    const best = change.added.at(-1)
    if (best === undefined) return
    if (change.removed.length > 0) {
      this.metrics.chain.reorgBlocks.observe(change.removed.length)
      this.events.publish('chain:reorg', {
        height: best.height,
        headerId: toHex(best.id),
        commonHeight: change.forkHeight,
        depth: change.removed.length
      })
    }
    this.events.publish('header:best', { height: best.height, headerId: toHex(best.id) })
    this.#announce(change)
  }

  /** @internal */
  onBan(ban: { key: string; until: number; reason: string }): void {
    this.metrics.peers.bans.inc()
    this.events.publish('peer:banned', { ip: ban.key, untilMs: ban.until, reason: ban.reason })
  }

  #announce({ added }: HeaderChainChange): void {
    if (added.length > MAX_ANNOUNCED_HEADERS) return
    const { chain } = this.ledger
    const tip = chain.best
    if (tip === undefined || this.#now() - tip.timestamp > ANNOUNCED_AGE_MS) return
    this.#stack.services.sync.announce(added.map((header) => header.id))
  }

  #updatePhase(): Phase {
    const sync = this.#stack.services.sync
    const snapshot = sync.snapshot()
    const next = phaseOf({
      sessions: this.#stack.services.session.all().length,
      headerHeight: this.ledger.chain.height,
      fullHeight: 0,
      followsBlocks: false,
      claimedHeight: snapshot.claimedHeight,
      heard: sync.peers().some((peer) => peer.status !== 'unknown' || peer.claimedHeight > 0)
    })
    if (next !== this.#phase) {
      this.events.publish('sync:phase', { from: this.#phase, to: next, reason: this.waitingFor() })
      this.#phase = next
    }
    return next
  }

  /** Standing still is met by changing what we depend on: the peer that owes us an answer goes, and dialling starts over. */
  #act(stall: Stall): string {
    const { session, sync, peers } = this.#stack.services
    if (stall.phase === 'connecting' || session.all().length === 0) return `keeps dialling (${peers.snapshot().text})`
    if (stall.phase === 'synced') return 'keeps listening'
    const claims = new Map(sync.peers().map((peer) => [peer.sessionId, peer.claimedHeight]))
    const useful = session.all().filter((s) => (claims.get(s.id) ?? 0) > this.ledger.chain.height)
    const slowest = [...useful].sort((a, b) => a.lastMessageAt - b.lastMessageAt)[0]
    if (slowest === undefined) return 'asks all peers again'
    void slowest.close('no progress with it')
    return `dropped ${slowest.remote.ip ?? slowest.peerId.toString()}, the peer that was silent longest`
  }

  #onStall(stall: Stall & { action: string }): void {
    if (stall.phase === 'synced') return
    this.metrics.sync.stalls.inc({ reason: stall.phase })
    this.events.publish('stall', stall)
    const seconds = Math.round(stall.sinceMs / 1000)
    this.#log.warn('no progress for %d s in phase %s; waiting for %s; %s', seconds, stall.phase, stall.waitingFor, stall.action)
  }

  #onOpen(session: Session): void {
    this.#lastProgress++
    this.metrics.peers.handshakes.inc({ outcome: 'ok' })
    this.events.publish('peer:connected', {
      peerId: session.peerId.toString(),
      address: session.remote.multiaddr.toString(),
      direction: session.direction,
      agent: session.peer.agentName,
      name: session.peer.nodeName
    })
    this.#updatePhase()
  }

  #onClose(session: Session, reason: string): void {
    this.events.publish('peer:disconnected', {
      peerId: session.peerId.toString(),
      address: session.remote.multiaddr.toString(),
      reason
    })
    this.metrics.peers.closed.inc({ reason: session.closed?.code ?? 'unknown' })
    this.#updatePhase()
  }

  #fault(err: unknown): void {
    this.#log.error('stopping, for something of ours failed and no verdict can be given: %e', err)
    this.#onFault?.(err)
  }
}

async function stackInit(
  init: ErgoNodeInit,
  ledger: Ledger,
  now: () => number,
  onBan: (ban: { key: string; until: number; reason: string }) => void
): Promise<Parameters<typeof createStack>[0]> {
  const { config, network, log, dataDir } = init
  const { p2p } = config
  const declared = p2p.declaredAddress
  const declaredIp = declared !== undefined && ipFromText(declared.host) !== undefined ? declared : undefined
  return {
    networkName: network.name,
    privateKey: await loadIdentity(dataDir, network),
    carriers: p2p.carriers,
    nativeListen: nativeListen(config, network),
    libp2pListen: p2p.libp2pListen,
    maxConnections: p2p.maxConnections,
    maxInboundPerIp: p2p.maxInboundPerIp,
    log,
    session: {
      magic: network.magic,
      clock: { now },
      localPeer: () => ({
        agentName: p2p.agentName,
        version: ANNOUNCED_VERSION,
        nodeName: p2p.nodeName,
        ...(declaredIp === undefined ? {} : { declaredAddress: { ip: declaredIp.host, port: declaredIp.port } }),
        mode: {
          kind: 'mode',
          stateType: config.node.stateType,
          verifyingTransactions: true,
          blocksToKeep: config.node.blocksToKeep < 0 ? ALL_BLOCKS_KEPT : config.node.blocksToKeep
        },
        ...(config.api.publicUrl === undefined ? {} : { restApiUrl: config.api.publicUrl })
      })
    },
    peers: {
      seeds: (p2p.knownPeers ?? network.seeds.map(parseSeed)).map(endpointOf),
      onlyPeers: p2p.onlyPeers.map(endpointOf),
      bannedIps: p2p.bannedPeers,
      discovery: p2p.peerDiscovery,
      allowLocal: p2p.allowLocal,
      ownAddress: () => (declared === undefined ? undefined : { host: declared.host, port: declared.port }),
      storage: peerStorage(ledger.db),
      now,
      onBan,
      limits: {
        maxConnections: p2p.maxConnections,
        banMs: p2p.temporalBanDuration,
        penaltySafeIntervalMs: p2p.penaltySafeInterval,
        penaltyThreshold: p2p.penaltyScoreThreshold ?? network.penaltyScoreThreshold
      }
    },
    sync: {
      chain: syncChainOf(ledger.chain),
      sink: headerSinkOf(ledger.headers),
      anchors: config.sync.anchors.map((a) => ({ height: a.height, id: fromHex(a.id) })).sort((a, b) => a.height - b.height)
    },
    source: headerSourceOf(ledger.chain)
  }
}

/** Unset means everywhere, on the network's port; with only some peers to talk to nobody is expected to come. */
function nativeListen(config: Config, network: NetworkParameters): Multiaddr[] {
  const { bindAddress, onlyPeers } = config.p2p
  if (bindAddress !== undefined) return bindAddress.map(({ host, port }) => ergoMultiaddr(host, port))
  return onlyPeers.length > 0 ? [] : [ergoMultiaddr('0.0.0.0', network.defaultPort)]
}

function endpointOf(target: PeerEndpoint | string): PeerEndpoint {
  return typeof target === 'string' ? { host: target, port: 0 } : { host: target.host, port: target.port }
}

function parseSeed(text: string): PeerEndpoint {
  const at = text.lastIndexOf(':')
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
}
