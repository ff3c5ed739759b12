/** Milliseconds so far, of whatever kind. */
export type Clock = () => number

/** CPU time of this thread where the runtime has it (Node 23.9), else of the process: waiting and other processes do not count. */
export const cpuClock: Clock = () => {
  const usage = (process as { threadCpuUsage?: () => NodeJS.CpuUsage }).threadCpuUsage?.() ?? process.cpuUsage()
  return (usage.user + usage.system) / 1000
}

export const wallClock: Clock = () => performance.now()

/** A sample shorter than this is mostly clock and scheduler; a longer one only costs patience. */
const SAMPLE_MIN_MS = 40
const SAMPLE_TARGET_MS = 70
/** Operations after which optimising compilers have had their chance, unless that takes too long. */
const WARM_UP_MS = 150

type Task = (n: number) => number | Promise<number>

let sunk = 0

/** Time of one call with `n` operations. */
export async function sample(task: Task, n: number, clock: Clock): Promise<number> {
  const start = clock()
  const result = task(n)
  const value = typeof result === 'number' ? result : await result
  const time = clock() - start
  sunk = (sunk ^ value) | 0
  return time
}

/** What all results came to: read once at the end, so that no compiler may drop what made them. */
export function sinkValue(): number {
  return sunk
}

/** Warms a task up and finds how many operations make a sample of about {@link SAMPLE_TARGET_MS}. */
export async function calibrate(task: Task, clock: Clock): Promise<number> {
  let n = 1
  let spent = 0
  for (;;) {
    const time = await sample(task, n, clock)
    spent += time
    if (time >= SAMPLE_MIN_MS || (time > SAMPLE_MIN_MS / 4 && spent >= WARM_UP_MS)) {
      const scaled = Math.max(1, Math.round((n * SAMPLE_TARGET_MS) / Math.max(time, 0.001)))
      if (spent >= WARM_UP_MS) return scaled
      n = scaled
    } else {
      n *= time < SAMPLE_MIN_MS / 8 ? 4 : 2
    }
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
