import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Counter } from 'prom-client'
import type { Metrics, Phase } from '../telemetry/index.ts'
import { PHASES } from '../telemetry/index.ts'
import type { Ledger } from './ledger.ts'
import type { ErgoServices, ErgoStack } from './libp2p-stack.ts'

/** Gauges are read at this pace; Prometheus asks every 15 seconds or so. */
const INTERVAL_MS = 2_000

/** Files are measured at this pace: hundreds of them in a large database. */
const SIZE_INTERVAL_MS = 30_000

/** Keeps the gauges of a node current. Returns the way to end it. */
export function publishMetrics(
  metrics: Metrics,
  node: { ledger: Ledger; services: ErgoServices; sockets: ErgoStack['sockets']; phase: () => Phase }
): () => void {
  const penalties = following(metrics.peers.penalties)
  const messages = following(metrics.peers.messages)
  const bytes = following(metrics.peers.bytes)
  const sockets = following(metrics.peers.sockets)
  const powVerified = following(metrics.chain.powVerified)
  const powSeconds = following(metrics.chain.powSeconds)
  const timeouts = following(metrics.sync.requestTimeouts)
  const duplicates = following(metrics.sync.duplicates)
  const update = (): void => {
    const { session, sync, peers, sections } = node.services
    const { chain, headers, blocks, pow } = node.ledger
    const snapshot = sync.snapshot()
    metrics.chain.height.set({ kind: 'header' }, chain.height)
    metrics.chain.height.set({ kind: 'full' }, blocks.full.height)
    metrics.chain.height.set({ kind: 'peer' }, snapshot.claimedHeight)
    const phase = node.phase()
    for (const name of PHASES) metrics.chain.phase.set({ phase: name }, name === phase ? 1 : 0)
    metrics.peers.connected.reset()
    for (const s of session.all()) metrics.peers.connected.inc({ direction: s.direction, carrier: s.carrier })
    metrics.peers.byStatus.reset()
    for (const { status } of sync.peers()) metrics.peers.byStatus.inc({ status })
    metrics.peers.known.set(peers.snapshot().known)
    metrics.sync.requestsInFlight.set({ type: 'header' }, snapshot.headersInFlight)
    metrics.sync.queueItems.set({ queue: 'headers' }, headers.queued)
    metrics.sync.queueItems.set({ queue: 'orphans' }, headers.orphans.size)
    metrics.sync.queueBytes.set({ queue: 'orphans' }, headers.orphans.bytes)
    metrics.sync.queueBytes.set({ queue: 'sections' }, blocks.cache.bytes)
    metrics.sync.queueBytes.set({ queue: 'received' }, session.receivedBytes)
    metrics.sync.queueBytes.set(
      { queue: 'send' },
      session.all().reduce((sum, s) => sum + s.sendQueueBytes, 0)
    )
    timeouts({ type: 'header' }, snapshot.timedOut)
    if (sections !== undefined) {
      const { inFlight, pending } = sections.snapshot()
      metrics.sync.requestsInFlight.set({ type: 'section' }, inFlight)
      metrics.sync.queueItems.set({ queue: 'sections' }, pending)
      timeouts({ type: 'section' }, sections.counters.timeouts)
      duplicates({ type: 'section' }, sections.counters.duplicates)
    }
    powVerified({}, pow.headers)
    powSeconds({}, pow.ms / 1000)
    for (const [kind, total] of Object.entries(peers.penalties)) penalties({ kind }, total)
    for (const { direction, message, messages: count, bytes: size } of session.traffic.entries()) {
      messages({ direction, message }, count)
      bytes({ direction, message }, size)
    }
    for (const [carrier, events] of Object.entries(node.sockets())) {
      for (const [event, total] of Object.entries(events)) sockets({ carrier, event }, total)
    }
  }
  const measure = (): void => {
    // Files come and go while it is counted: what is known of the last time stays.
    directoryBytes(node.ledger.db.path).then(
      (size) => metrics.store.bytes.set(size),
      () => {}
    )
  }
  update()
  measure()
  const timers = [setInterval(update, INTERVAL_MS), setInterval(measure, SIZE_INTERVAL_MS)]
  for (const timer of timers) timer.unref()
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}

async function directoryBytes(path: string): Promise<number> {
  const names = await readdir(path)
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(path, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Brings a counter up to totals that are kept where things happen. */
function following<L extends string>(counter: Counter<L>): (labels: Record<L, string>, total: number) => void {
  const seen = new Map<string, number>()
  return (labels, total) => {
    const key = Object.values(labels).join(' ')
    const before = seen.get(key) ?? 0
    if (total > before || !seen.has(key)) counter.inc(labels, total - before)
    seen.set(key, total)
  }
}
