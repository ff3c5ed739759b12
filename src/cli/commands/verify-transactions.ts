import type { JsonInput } from '../../bytes/index.ts'
import {
  judgeRecorded,
  parseRecordedContext,
  parseRecordedTransaction,
  TransactionDecoder,
  type ValidationContext
} from '../../transaction/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { readAs, readLines } from '../input.ts'
import { nodeSetup } from './node-setup.ts'

/** Failures that the summary lists; the rest is only counted. */
const MAX_FAILURES = 20

export const verifyTransactions: Command = {
  name: 'verify transactions',
  usage: 'FILE --contexts FILE',
  summary: 'judge transactions of a file, each with its boxes and context',
  settings: true,
  options: { contexts: { type: 'string', multiple: false, help: 'contexts that the transactions name' } },
  takesArguments: true,
  run: async (context) => {
    const [file, ...rest] = context.args
    const { contexts: contextFile } = context.options
    if (file === undefined || rest.length > 0 || typeof contextFile !== 'string') {
      throw new UsageError('verify transactions: name one file, and --contexts FILE')
    }
    const { network } = nodeSetup(context)
    const contexts = new Map<string, ValidationContext>()
    for await (const input of readLines(contextFile)) {
      const recorded = readAs(input, ({ value }) =>
        parseRecordedContext(value, { genesisStateDigest: network.genesisStateDigest })
      )
      contexts.set(recorded.name, recorded.context)
    }
    const decoder = new TransactionDecoder()
    const failures: JsonInput[] = []
    let checked = 0
    let invalid = 0
    let cost = 0
    for await (const input of readLines(file)) {
      context.signal.throwIfAborted()
      const answer = readAs(input, ({ value }) => {
        const recorded = parseRecordedTransaction(value)
        const place = contexts.get(recorded.context)
        if (place === undefined) throw new UsageError(`field ctx: there is no context ${recorded.context} in ${contextFile}`)
        return judgeRecorded(recorded, place, decoder)
      })
      checked++
      if (answer.valid) cost += answer.cost
      else if (++invalid <= MAX_FAILURES) failures.push({ ...answer })
      await context.output.result({ ...answer })
    }
    await context.output.result({ checked, valid: checked - invalid, invalid, cost, failures })
    return invalid === 0 ? EXIT.ok : EXIT.invalid
  }
}
