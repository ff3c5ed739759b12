import type { Counter } from 'prom-client'
import type { Metrics, Phase } from '../telemetry/index.ts'
import { PHASES } from '../telemetry/index.ts'
import type { Ledger } from './ledger.ts'
import type { ErgoServices, ErgoStack } from './libp2p-stack.ts'

/** Gauges are read at this pace; Prometheus asks every 15 seconds or so. */
const INTERVAL_MS = 2_000

/** Keeps the gauges of a node current. Returns the way to end it. */
export function publishMetrics(
  metrics: Metrics,
  node: { ledger: Ledger; services: ErgoServices; sockets: ErgoStack['sockets']; phase: () => Phase }
): () => void {
  const penalties = following(metrics.peers.penalties)
  const messages = following(metrics.peers.messages)
  const bytes = following(metrics.peers.bytes)
  const sockets = following(metrics.peers.sockets)
  const update = (): void => {
    const { session, sync, peers } = node.services
    metrics.chain.height.set({ kind: 'header' }, node.ledger.chain.height)
    const snapshot = sync.snapshot()
    metrics.chain.height.set({ kind: 'peer' }, snapshot.claimedHeight)
    const phase = node.phase()
    for (const name of PHASES) metrics.chain.phase.set({ phase: name }, name === phase ? 1 : 0)
    metrics.peers.connected.reset()
    for (const s of session.all()) metrics.peers.connected.inc({ direction: s.direction, carrier: s.carrier })
    metrics.peers.known.set(peers.snapshot().known)
    metrics.sync.requestsInFlight.set({ type: 'header' }, snapshot.headersInFlight)
    metrics.sync.queueItems.set({ queue: 'orphans' }, node.ledger.headers.orphans.size)
    metrics.sync.queueBytes.set({ queue: 'orphans' }, node.ledger.headers.orphans.bytes)
    metrics.sync.queueBytes.set({ queue: 'received' }, session.receivedBytes)
    for (const [kind, total] of Object.entries(peers.penalties)) penalties({ kind }, total)
    for (const { direction, message, messages: count, bytes: size } of session.traffic.entries()) {
      messages({ direction, message }, count)
      bytes({ direction, message }, size)
    }
    for (const [carrier, events] of Object.entries(node.sockets())) {
      for (const [event, total] of Object.entries(events)) sockets({ carrier, event }, total)
    }
  }
  update()
  const timer = setInterval(update, INTERVAL_MS)
  timer.unref()
  return () => clearInterval(timer)
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
