import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Seconds, for work that takes from a tenth of a millisecond to minutes. */
const WORK_SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30]
/** Blocks rolled back by a reorganization; rarely more than one, 200 is the usual limit of a rollback. */
const REORG_BLOCKS = [1, 2, 3, 5, 10, 50, 200]

type Config<L extends string> = { name: string; help: string; labelNames?: readonly L[]; buckets?: number[] }

function makers(registry: Registry): {
  counter: <L extends string = never>(name: string, help: string, ...labels: L[]) => Counter<L>
  gauge: <L extends string = never>(name: string, help: string, ...labels: L[]) => Gauge<L>
  histogram: <L extends string = never>(name: string, help: string, buckets: number[], ...labels: L[]) => Histogram<L>
} {
  const registers = [registry]
  const base = <L extends string>(name: string, help: string, labelNames: L[]): Config<L> => ({
    name: `ergo_${name}`,
    help,
    labelNames
  })
  return {
    counter: (name, help, ...labels) => new Counter({ ...base(name, help, labels), registers }),
    gauge: (name, help, ...labels) => new Gauge({ ...base(name, help, labels), registers }),
    histogram: (name, help, buckets, ...labels) => new Histogram({ ...base(name, help, labels), buckets, registers })
  }
}

/** Every metric of a node, by subject. Names on the wire begin with `ergo_`. */
export interface Metrics {
  /** Of this node only: two nodes in a process share nothing. */
  readonly registry: Registry
  readonly chain: {
    /** `kind`: header, full, peer (largest that a connected peer claims). */
    readonly height: Gauge<'kind'>
    /** 1 for the phase the node is in, 0 for the others. */
    readonly phase: Gauge<'phase'>
    readonly headersVerified: Counter
    /** `reason`: the code of the rule or failure. */
    readonly headersRejected: Counter<'reason'>
    readonly powVerified: Counter
    /** Of all threads together. */
    readonly powSeconds: Counter
    readonly blocksApplied: Counter
    readonly lastBlockTime: Gauge
    readonly blocksRejected: Counter<'reason'>
    /** `part`: decode, state, script, store, and all; blocks overlap, so that parts and whole do not add up. */
    readonly blockSeconds: Histogram<'part'>
    readonly scriptsEvaluated: Counter
    readonly blockCost: Counter
    readonly reorgBlocks: Histogram
  }
  readonly peers: {
    readonly connected: Gauge<'direction' | 'carrier'>
    /** `status`: how a peer's chain compares with ours: unknown, equal, older, younger, fork. */
    readonly byStatus: Gauge<'status'>
    readonly known: Gauge
    readonly clockOffset: Gauge
    readonly handshakes: Counter<'outcome'>
    readonly penalties: Counter<'kind'>
    readonly bans: Counter
    /** `direction`: in or out; `message`: name, or `unknown`. */
    readonly messages: Counter<'direction' | 'message'>
    readonly bytes: Counter<'direction' | 'message'>
    /** Connections closed, by why. */
    readonly closed: Counter<'reason'>
    /** `carrier`: native or libp2p; `event`: accepted, dialled, refused and by which limit. */
    readonly sockets: Counter<'carrier' | 'event'>
  }
  readonly sync: {
    /** `type`: header or section. */
    readonly requestsInFlight: Gauge<'type'>
    readonly requestTimeouts: Counter<'type'>
    readonly duplicates: Counter<'type'>
    readonly queueItems: Gauge<'queue'>
    readonly queueBytes: Gauge<'queue'>
    readonly stalls: Counter<'reason'>
  }
  readonly store: {
    readonly bytes: Gauge
    readonly writtenBytes: Counter
    readonly batchSeconds: Histogram
  }
}

/**
 * All metrics of one node, in a registry of their own.
 *
 * @param registry - to share with others, e.g. with the metrics of libp2p
 */
export function createMetrics(registry: Registry = new Registry()): Metrics {
  const { counter, gauge, histogram } = makers(registry)
  return {
    registry,
    chain: {
      height: gauge('height', 'Height of the best chain', 'kind'),
      phase: gauge('sync_phase', '1 for the phase the node is in', 'phase'),
      headersVerified: counter('headers_verified_total', 'Headers that passed all checks and joined the best chain'),
      headersRejected: counter('headers_rejected_total', 'Headers that failed a check', 'reason'),
      powVerified: counter('pow_verified_total', 'Proofs of work looked at'),
      powSeconds: counter('pow_seconds_total', 'Time that threads had proofs of work in hand'),
      blocksApplied: counter('blocks_applied_total', 'Blocks applied to the state'),
      lastBlockTime: gauge('last_block_applied_timestamp_seconds', 'When the last block was applied, seconds since 1970'),
      blocksRejected: counter('blocks_rejected_total', 'Blocks found invalid', 'reason'),
      blockSeconds: histogram(
        'block_seconds',
        'Time of a block from the first look to its commit, and of its parts',
        WORK_SECONDS,
        'part'
      ),
      scriptsEvaluated: counter('scripts_evaluated_total', 'Scripts of inputs of applied blocks'),
      blockCost: counter('block_cost_total', 'Cost of applied blocks, in block cost units'),
      reorgBlocks: histogram('reorg_blocks', 'Blocks rolled back in a reorganization', REORG_BLOCKS)
    },
    peers: {
      connected: gauge('peers', 'Peers after their handshake', 'direction', 'carrier'),
      byStatus: gauge('peers_by_status', 'Peers by how their chain compares with ours', 'status'),
      clockOffset: gauge('clock_offset_seconds', 'How far the clocks of peers are ahead of ours, in the median'),
      known: gauge('peers_known', 'Addresses in the peer database'),
      handshakes: counter('handshakes_total', 'Handshakes by outcome', 'outcome'),
      penalties: counter('penalties_total', 'Penalties given to peers', 'kind'),
      bans: counter('bans_total', 'Addresses banned'),
      messages: counter('messages_total', 'Messages by direction and type', 'direction', 'message'),
      bytes: counter('message_bytes_total', 'Bytes of frames by direction and type of message', 'direction', 'message'),
      closed: counter('connections_closed_total', 'Connections closed, by reason', 'reason'),
      sockets: counter('sockets_total', 'Sockets by what became of them', 'carrier', 'event')
    },
    sync: {
      requestsInFlight: gauge('requests_in_flight', 'Objects asked for and not yet here', 'type'),
      requestTimeouts: counter('request_timeouts_total', 'Objects that did not come in time', 'type'),
      duplicates: counter('duplicates_total', 'Objects that came again', 'type'),
      queueItems: gauge('queue_items', 'Objects waiting in a queue', 'queue'),
      queueBytes: gauge('queue_bytes', 'Bytes waiting in a queue', 'queue'),
      stalls: counter('stalls_total', 'Times the watchdog found no progress', 'reason')
    },
    store: {
      bytes: gauge('store_bytes', 'Size of the database on disk'),
      writtenBytes: counter('store_written_bytes_total', 'Bytes of keys and values written'),
      batchSeconds: histogram('store_batch_seconds', 'Time to write a batch', WORK_SECONDS)
    }
  }
}
