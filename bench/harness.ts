/**
 * How to add a bench case: make `bench/cases/<room>/<name>.ts` that exports `bench`, one of
 *
 * ```ts
 * export const bench: TimedCase = {            // candidates doing the same work, compared by time
 *   name: 'hash/one-block',                    // unique; also the key in bench/targets.json
 *   workload: 'BLAKE2b-256 of 66 bytes',
 *   setup: () => ({
 *     verify() { ... },                        // throws when the candidates do not give the right answers
 *     candidates: { ours: (n) => ..., theirs: (n) => ... },   // does n operations, returns something made of the results
 *     comparisons: { fresh: { of: 'ours', against: 'theirs', as: 'ratio' } }   // metrics, as targets.json names them
 *   })
 * }
 * export const bench: MeasuredCase = {         // anything else: memory, disk, latency
 *   name: 'memory', workload: '...',
 *   measure: async () => ({ 'of-index': { value: 1.2, unit: 'x index bytes' } })
 * }
 * ```
 *
 * Each case runs in a process of its own; candidates of one case run interleaved, round by round, so that what disturbs the
 * machine disturbs all of them. `ratio` is time(of) / time(against), `speed-up` its inverse; both are medians over rounds.
 * A case whose data are absent throws {@link BenchUnavailable}; the report then says so.
 *
 * @packageDocumentation
 */
import { type Clock, calibrate, cpuClock, median, sample, wallClock } from './timing.ts'

/** Does `n` operations and returns a number made of their results, so that none can be optimised away. */
export type Candidate = (n: number) => number | Promise<number>

export interface Comparison {
  of: string
  against: string
  as: 'ratio' | 'speed-up'
}

export interface TimedSetup {
  verify(): void | Promise<void>
  candidates: Readonly<Record<string, Candidate>>
  comparisons: Readonly<Record<string, Comparison>>
  /** Unit operations in one operation of the candidates, e.g. headers in a pass over a corpus. Default 1. */
  unitsPerOperation?: number
  close?(): void | Promise<void>
}

export interface TimedCase {
  name: string
  workload: string
  /** CPU time of the process unless waiting is what is measured (network, disk, scaling). */
  clock?: 'cpu' | 'wall'
  setup(): TimedSetup | Promise<TimedSetup>
}

export interface MeasuredValue {
  value: number
  unit: string
  /** Span over rounds, when the case measured several. */
  min?: number
  max?: number
}

export interface MeasuredCase {
  name: string
  workload: string
  measure(): Promise<Readonly<Record<string, MeasuredValue>>>
}

export type BenchCase = TimedCase | MeasuredCase

/** Thrown by `setup` or `measure` when what the case needs is not on this machine. */
export class BenchUnavailable extends Error {
  override readonly name = 'BenchUnavailable'
}

export interface MetricResult {
  value: number
  min: number
  max: number
  unit: string
}

export interface CaseResult {
  name: string
  workload: string
  metrics: Record<string, MetricResult>
  /** Nanoseconds per unit operation of each candidate: median, min, max over rounds. */
  times: Record<string, { ns: number; min: number; max: number }>
  /** Time of the control after the case, relative to before; further than 10 % from 1 the case is noisy. */
  drift: number
  rounds: number
}

/** Rounds of a case: the fewest whose median shrugs off two disturbed ones on either side, with some to spare. */
export const ROUNDS = 9

/** Work before each sample that is not measured, as a share of the sample. */
const WARM_SHARE = 0.5

/** Runs one case. `control` does n operations of a fixed reference task. */
export async function runCase(bench: BenchCase, control: Candidate, rounds: number = ROUNDS): Promise<CaseResult> {
  const controlSize = await calibrate(control, cpuClock)
  const controlTime = async (): Promise<number> => {
    const times: number[] = []
    for (let i = 0; i < 3; i++) times.push(await sample(control, controlSize, cpuClock))
    return median(times)
  }
  const before = await controlTime()
  const measured = 'measure' in bench ? await runMeasured(bench) : await runTimed(bench, rounds)
  const after = await controlTime()
  return { name: bench.name, workload: bench.workload, ...measured, drift: after / before }
}

type Measured = Pick<CaseResult, 'metrics' | 'times' | 'rounds'>

async function runMeasured(bench: MeasuredCase): Promise<Measured> {
  const metrics: Measured['metrics'] = {}
  for (const [name, { value, unit, min = value, max = value }] of Object.entries(await bench.measure())) {
    metrics[name] = { value, min, max, unit }
  }
  return { metrics, times: {}, rounds: 1 }
}

async function runTimed(bench: TimedCase, rounds: number): Promise<Measured> {
  const clock: Clock = bench.clock === 'wall' ? wallClock : cpuClock
  const setup = await bench.setup()
  try {
    await setup.verify()
    const names = Object.keys(setup.candidates)
    const sizes = new Map<string, number>()
    for (const name of names) sizes.set(name, await calibrate(setup.candidates[name]!, clock))
    const samples = new Map<string, number[]>(names.map((name) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      collectGarbage()
      for (let i = 0; i < names.length; i++) {
        // Each candidate takes each place in the order, so none always runs in the wake of another.
        const name = names[(i + round) % names.length]!
        const size = sizes.get(name)!
        const candidate = setup.candidates[name]!
        // A forced collection takes optimised code with it, and what ran in between its feedback: each warms up anew.
        await candidate(Math.ceil(size * WARM_SHARE))
        samples.get(name)!.push((await sample(candidate, size, clock)) / size)
      }
    }
    return summarise(setup, samples, rounds)
  } finally {
    await setup.close?.()
  }
}

function summarise(setup: TimedSetup, samples: Map<string, number[]>, rounds: number): Measured {
  const perUnit = 1e6 / (setup.unitsPerOperation ?? 1)
  const times: Measured['times'] = {}
  for (const [name, values] of samples) {
    times[name] = { ns: median(values) * perUnit, min: Math.min(...values) * perUnit, max: Math.max(...values) * perUnit }
  }
  const metrics: Measured['metrics'] = {}
  for (const [name, { of, against, as }] of Object.entries(setup.comparisons)) {
    const [top, bottom] = as === 'ratio' ? [of, against] : [against, of]
    const a = samples.get(top)
    const b = samples.get(bottom)
    if (a === undefined || b === undefined) throw new Error(`comparison ${name} names no candidate: ${of} or ${against}`)
    const perRound = a.map((value, i) => value / b[i]!)
    metrics[name] = { value: median(perRound), min: Math.min(...perRound), max: Math.max(...perRound), unit: as }
  }
  return { metrics, times, rounds }
}

function collectGarbage(): void {
  ;(globalThis as { gc?: () => void }).gc?.()
}
