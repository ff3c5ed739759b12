import { type JsonInput, stringifyJson } from '../bytes/index.ts'

/** Results go to standard output, one JSON object a line; everything else goes to standard error. */
export interface Output {
  /** A result line. Waits while the reader is slower than we are. */
  result(value: JsonInput): Promise<void>
  /** Text for people. */
  say(text: string): void
}

/** Output of the process. A reader that goes away (`| head`) ends the command quietly. */
export function processOutput(): Output {
  process.stdout.on('error', (err: NodeJS.ErrnoException) => {
    if (err.code === 'EPIPE') process.exit(0)
    throw err
  })
  return {
    result: async (value) => {
      if (process.stdout.write(`${stringifyJson(value)}\n`)) return
      await new Promise<void>((resolve) => process.stdout.once('drain', resolve))
    },
    say: (text) => void process.stderr.write(`${text}\n`)
  }
}
