import { DecodeError } from '../../bytes/index.ts'
import { HeaderFileVerifier, HeaderLineError, parseHeaderLine } from '../../chain/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { readLines } from '../input.ts'
import { nodeSetup } from './node-setup.ts'

/** Headers between two looks at whether the user has had enough. */
const HEADERS_PER_TURN = 64

export const verifyHeaders: Command = {
  name: 'verify headers',
  usage: 'FILE…',
  summary: 'check headers of files ({height,id,bytes} lines) by every rule; - reads standard input',
  settings: true,
  takesArguments: true,
  run: async (context) => {
    if (context.args.length === 0) throw new UsageError('verify headers: name at least one file')
    const { network } = nodeSetup(context)
    const verifier = new HeaderFileVerifier({ network, now: Date.now() })
    let count = 0
    for (const file of context.args) {
      for await (const input of readLines(file)) {
        try {
          verifier.add(parseHeaderLine(input.value))
        } catch (err) {
          if (!(err instanceof HeaderLineError || err instanceof DecodeError)) throw err
          throw new UsageError(`${input.file}, line ${input.line}: ${err.message}`, { cause: err })
        }
        if (++count % HEADERS_PER_TURN === 0) context.signal.throwIfAborted()
      }
    }
    const summary = verifier.summary()
    await context.output.result(summary as never)
    return summary.invalid === 0 ? EXIT.ok : EXIT.invalid
  }
}
