import type { Metrics, Phase } from '../telemetry/index.ts'
import { PHASES } from '../telemetry/index.ts'
import type { Ledger } from './ledger.ts'
import type { ErgoServices } from './libp2p-stack.ts'

/** Gauges are read at this pace; Prometheus asks every 15 seconds or so. */
const INTERVAL_MS = 2_000

/** Keeps the gauges of a node current. Returns the way to end it. */
export function publishMetrics(
  metrics: Metrics,
  node: { ledger: Ledger; services: ErgoServices; phase: () => Phase }
): () => void {
  const penaltiesSeen = { nonDelivery: 0, misbehavior: 0, spam: 0, permanent: 0 }
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
    for (const kind of Object.keys(penaltiesSeen) as Array<keyof typeof penaltiesSeen>) {
      metrics.peers.penalties.inc({ kind }, peers.penalties[kind] - penaltiesSeen[kind])
      penaltiesSeen[kind] = peers.penalties[kind]
    }
  }
  update()
  const timer = setInterval(update, INTERVAL_MS)
  timer.unref()
  return () => clearInterval(timer)
}
