import { type JsonInput, stringifyJson } from '../bytes/index.ts'
import { EXIT } from './errors.ts'
import { PROGRAM } from './program.ts'

/** Results go to standard output, one JSON object a line; everything else goes to standard error. */
export interface Output {
  /** A result line. Waits while the reader is slower than we are. */
  result(value: JsonInput): Promise<void>
  /** Text for people. */
  say(text: string): void
}

/**
 * Output of the process. A reader of results that goes away (`| head`) ends the command quietly, a disk that refuses them with a word;
 * without a reader of its messages the work goes on.
 */
export function processOutput(): Output {
  process.stderr.on('error', () => {})
  process.stdout.on('error', (err: NodeJS.ErrnoException) => {
    if (err.code === 'EPIPE') process.exit(EXIT.ok)
    process.stderr.write(`${PROGRAM}: standard output: ${err.message}\n`)
    process.exit(EXIT.usage)
  })
  return {
    result: async (value) => {
      if (process.stdout.write(`${stringifyJson(value)}\n`)) return
      await new Promise<void>((resolve) => process.stdout.once('drain', resolve))
    },
    say: (text) => void process.stderr.write(`${text}\n`)
  }
}
