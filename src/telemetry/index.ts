/**
 * What a node tells about itself: metrics, events, log, progress, health.
 *
 * ```ts
 * const terminal = new Terminal(process.stderr)
 * const log = new LogSink({ level: 'info', format: 'plain', write: (l) => terminal.line(l), now: Date.now })
 * const metrics = createMetrics()
 * const progress = new ProgressReporter({ snapshot, format: 'human', terminal, log, lineIntervalMs: 10_000 })
 * const server = new TelemetryServer({ host: '127.0.0.1', port: 9064, registry: metrics.registry, readiness })
 * const node = await createLibp2p({ logger: log })
 * ```
 *
 * Nothing here is shared between two nodes of one process, except what {@link collectProcessMetrics} measures.
 *
 * @packageDocumentation
 */
export {
  type AnyNodeEvent,
  type BlockEvent,
  type Missed,
  type NodeEvent,
  type NodeEventMap,
  NodeEvents,
  type NodeEventsInit,
  type NodeEventType,
  type PeerEvent
} from './events.ts'
export { formatMessage } from './format-message.ts'
export { type LogFile, openLogFile } from './log-file.ts'
export { type LogFields, type LogLevel, LogSink, type LogSinkInit, type NodeLogger } from './log-sink.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { PHASES, type Phase } from './phase.ts'
export { collectProcessMetrics } from './process-metrics.ts'
export { etaSeconds, formatSeconds, type ProgressSnapshot, progressFields, renderBar, renderLine } from './progress.ts'
export { ProgressReporter, type ProgressReporterInit } from './progress-reporter.ts'
export { RateMeter } from './rate.ts'
export { type Readiness, TelemetryServer, TelemetryServerError, type TelemetryServerInit } from './telemetry-server.ts'
export { type OutputStream, Terminal } from './terminal.ts'
