import {
  constants,
  type IntervalHistogram,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver
} from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'

const NANOSECONDS = 1e9

/** An entry of type `gc`, whose `detail` the types do not have. */
type Collection = PerformanceEntry & { readonly detail: { readonly kind: number } }

/** What V8 calls its collections. */
const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak'
}

/**
 * Memory of the process, lag of its event loop and time of its garbage collector, read when metrics are asked for. Of the process, not
 * of a node: call it once.
 *
 * @returns stops the measuring
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
  const collected = new Counter({
    name: 'ergo_gc_seconds_total',
    help: 'Time of garbage collection in the main thread',
    labelNames: ['kind'],
    registers
  })
  for (const kind of Object.values(GC_KINDS)) collected.inc({ kind }, 0)
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as Collection[]) {
      collected.inc({ kind: GC_KINDS[detail.kind] ?? 'other' }, duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => {
    lag.disable()
    observer.disconnect()
  }
}
