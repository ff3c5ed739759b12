/** Runs the one case whose file is the first argument and sends its result to the parent process. */
import { pathToFileURL } from 'node:url'
import { control } from './control.ts'
import { type BenchCase, BenchUnavailable, type CaseResult, runCase } from './harness.ts'
import { sinkValue } from './timing.ts'

/** What the parent gets to hear. */
export type ChildMessage =
  | { status: 'done'; result: CaseResult; sink: number }
  | { status: 'unavailable'; name: string; reason: string }
  | { status: 'failed'; name: string; reason: string }

const [file, rounds] = process.argv.slice(2)
const { bench } = (await import(pathToFileURL(file!).href)) as { bench: BenchCase }
let message: ChildMessage
try {
  const result = await runCase(bench, control, rounds === undefined ? undefined : Number(rounds))
  message = { status: 'done', result, sink: sinkValue() }
} catch (error) {
  const status = error instanceof BenchUnavailable ? 'unavailable' : 'failed'
  const reason = status === 'failed' && error instanceof Error ? (error.stack ?? error.message) : String((error as Error).message)
  message = { status, name: bench.name, reason }
}
process.send?.(message, () => process.exit(0))
