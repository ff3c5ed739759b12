import type { JsonInput } from '../../bytes/index.ts'
import { parseRecordedCase, recordedResult, runRecordedCase } from '../../ergotree/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { readAs, readLines } from '../input.ts'

export const scriptVerify: Command = {
  name: 'script verify',
  usage: 'FILE…',
  summary: 'run scripts of a file in their recorded contexts, and tell verdict and cost of each',
  settings: true,
  takesArguments: true,
  run: async (context) => {
    if (context.args.length === 0) throw new UsageError('script verify: name at least one file')
    let refused = false
    for (const file of context.args) {
      for await (const input of readLines(file)) {
        context.signal.throwIfAborted()
        const outcome = readAs(input, ({ text }) => runRecordedCase(parseRecordedCase(text)))
        const result = recordedResult(outcome)
        if ('error' in result || ('ok' in result && !result.ok)) refused = true
        await context.output.result({ ...result } as unknown as JsonInput)
      }
    }
    return refused ? EXIT.invalid : EXIT.ok
  }
}
