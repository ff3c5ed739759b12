import { pipe } from 'it-pipe'
import { toHex } from '../../bytes/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { hexField, type InputLine, inBatches, readLines } from '../input.ts'
import { explainMissingHeader, withLedger } from './node-setup.ts'

/** As many as one answer of a peer holds. */
const BATCH = 400

export const importHeaders: Command = {
  name: 'import headers',
  usage: 'FILE…',
  summary: 'verify and store headers of files, by the path that network data takes',
  settings: true,
  takesArguments: true,
  run: async (context) => {
    if (context.args.length === 0) throw new UsageError('import headers: name at least one file')
    return await withLedger(context, { missing: 'make' }, async (ledger) => {
      let imported = 0
      let failure: { height: number | null; id: string | null; rule: number | null; message: string } | undefined
      const submit = async (batch: readonly InputLine[]): Promise<void> => {
        const bytes = batch.map((input) => hexField(input, input.value.has('bytes') ? 'bytes' : 'header'))
        const { outcomes } = await ledger.headers.submit(bytes, 'file').catch(explainMissingHeader)
        for (const [i, outcome] of outcomes.entries()) {
          if (outcome.status === 'accepted') imported++
          if (outcome.status === 'unreadable') {
            throw new UsageError(`${batch[i]!.file}, line ${batch[i]!.line}: ${outcome.message}`)
          }
          if (outcome.status === 'invalid' || outcome.status === 'later') {
            const { rule, message } = outcome.failure
            failure ??= { height: outcome.height, id: toHex(outcome.id), rule, message }
          }
        }
      }
      for (const file of context.args) {
        if (failure !== undefined || context.signal.aborted) break
        await pipe(readLines(file), inBatches<InputLine>(BATCH), async (batches) => {
          for await (const batch of batches) {
            if (failure !== undefined || context.signal.aborted) break
            await submit(batch)
          }
        })
      }
      const { orphans } = ledger.headers
      if (failure === undefined && orphans.size > 0) {
        const missing = orphans.missingParents(1)[0]!
        failure = { height: missing.height, id: missing.idHex, rule: 204, message: `${orphans.size} headers wait for this one` }
      }
      const { chain } = ledger
      const best = chain.best
      await context.output.result({
        imported,
        height: chain.height,
        id: best?.idHex ?? null,
        stateRoot: best === undefined ? null : toHex(best.stateRoot),
        ...(failure === undefined ? {} : { failure })
      })
      if (context.signal.aborted) return EXIT.interrupted
      return failure === undefined ? EXIT.ok : EXIT.invalid
    })
  }
}
