import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, type Registry } from 'prom-client'

const NANOSECONDS = 1e9

/**
 * Memory of the process and lag of its event loop, read when metrics are asked for. Of the process, not of a node:
 * call it once.
 *
 * @returns stops the measuring of lag
 */
export function collectProcessMetrics(registry: Registry): () => void {
  const lag: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 })
  lag.enable()
  const registers = [registry]
  new Gauge({
    name: 'ergo_process_memory_bytes',
    help: 'Memory of the process',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, bytes] of Object.entries(process.memoryUsage())) this.set({ kind }, bytes)
    }
  })
  new Gauge({
    name: 'ergo_event_loop_lag_seconds',
    help: 'Delay of the event loop since metrics were last read',
    labelNames: ['quantile'],
    registers,
    collect() {
      // An interval without a sample has no percentiles.
      if (lag.count > 0) {
        for (const quantile of [0.5, 0.99]) this.set({ quantile: String(quantile) }, lag.percentile(quantile * 100) / NANOSECONDS)
        this.set({ quantile: '1' }, lag.max / NANOSECONDS)
      }
      lag.reset()
    }
  })
  return () => {
    lag.disable()
  }
}
