import type { MeasuredValue } from '../harness.ts'
import { cpuClock, median } from '../timing.ts'

/** Wall and CPU time of one piece of work, milliseconds; CPU counts all threads of this process. */
export interface Spent {
  readonly wall: number
  readonly cpu: number
}

export async function spent(work: () => unknown): Promise<Spent> {
  const cpu = cpuClock()
  const wall = performance.now()
  await work()
  return { wall: performance.now() - wall, cpu: cpuClock() - cpu }
}

/** Median and span of a metric over rounds. */
export function overRounds(values: readonly number[], unit: string): MeasuredValue {
  return { value: median(values), min: Math.min(...values), max: Math.max(...values), unit }
}
