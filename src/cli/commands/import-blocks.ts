import { pipe } from 'it-pipe'
import { toHex } from '../../bytes/index.ts'
import { MODIFIER_TYPES, scanHeader } from '../../chain/index.ts'
import { SECTION_TYPES, type SectionType, type SubmittedHeader } from '../../history/index.ts'
import type { Ledger } from '../../node/index.ts'
import { type BlockLine, parseBlockLine, sectionsOf } from '../../state/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { type InputLine, inBatches, readAs, readLines } from '../input.ts'
import { explainMissingHeader, withLedger } from './node-setup.ts'

/** Blocks between two waits for the state: bounds memory, and is far more than what is verified at once. */
const BATCH = 64

interface BlockInput {
  readonly input: InputLine
  readonly line: BlockLine
}

interface Failure {
  readonly height: number
  readonly id: string
  readonly rule: number | null
  readonly message: string
}

export const importBlocks: Command = {
  name: 'import blocks',
  usage: 'FILE…',
  summary: 'verify and apply whole blocks of files, by the path that network data takes',
  settings: true,
  takesArguments: true,
  run: async (context) => {
    if (context.args.length === 0) throw new UsageError('import blocks: name at least one file')
    let failure: Failure | undefined
    let fault: unknown
    return await withLedger(
      context,
      {
        missing: 'make',
        onBlocks: {
          onRejected: ({ header, failure: why }) => {
            failure ??= { height: header.height, id: header.idHex, rule: why.rule, message: why.message }
          },
          // From a peer the section would be asked for again; a file has no other.
          onBadSection: ({ header, message }) => {
            failure ??= { height: header.height, id: header.idHex, rule: null, message }
          }
        }
      },
      async (ledger) => {
        ledger.blocks.onFault((err) => {
          fault = err
        })
        const before = ledger.blocks.full.height
        const isOver = (): boolean => failure !== undefined || fault !== undefined || context.signal.aborted
        for (const file of context.args) {
          if (isOver()) break
          await pipe(readLines(file), parseBlocks, inBatches<BlockInput>(BATCH), async (batches) => {
            for await (const batch of batches) {
              if (isOver()) break
              // In two steps: what is told meanwhile would be overwritten by one.
              const found = await submit(ledger, batch)
              failure ??= found
            }
          })
        }
        if (fault !== undefined) throw fault
        const { full } = ledger.blocks
        await context.output.result({
          imported: full.height - before,
          height: full.height,
          id: full.tip === undefined ? null : toHex(full.tip.id),
          stateRoot: toHex(full.stateRoot),
          ...(failure === undefined ? {} : { failure: { ...failure } })
        })
        if (context.signal.aborted) return EXIT.interrupted
        return failure === undefined ? EXIT.ok : EXIT.invalid
      }
    )
  }
}

async function* parseBlocks(lines: AsyncIterable<InputLine>): AsyncGenerator<BlockInput> {
  for await (const input of lines) yield { input, line: readAs(input, ({ value }) => parseBlockLine(value)) }
}

/** Feeds a batch and waits until it is applied. */
async function submit(ledger: Ledger, batch: readonly BlockInput[]): Promise<Failure | undefined> {
  const { outcomes } = await ledger.headers
    .submit(
      batch.map(({ line }) => line.header),
      'file'
    )
    .catch(explainMissingHeader)
  try {
    for (const [i, outcome] of outcomes.entries()) {
      const failure = addBlock(ledger, batch[i]!, outcome)
      if (failure !== undefined) return failure
    }
    return undefined
  } finally {
    // What came before a block that is bad is applied all the same.
    ledger.blocks.poke()
    await ledger.blocks.idle()
  }
}

function addBlock(ledger: Ledger, { input, line }: BlockInput, outcome: SubmittedHeader): Failure | undefined {
  if (outcome.status === 'unreadable') throw new UsageError(`${input.file}, line ${input.line}, field header: ${outcome.message}`)
  const { height } = outcome
  const id = toHex(outcome.id)
  if (outcome.status === 'invalid' || outcome.status === 'later') {
    return { height, id, rule: outcome.failure.rule, message: outcome.failure.message }
  }
  if (outcome.status === 'orphan') return { height, id, rule: 204, message: `its parent ${toHex(outcome.parentId)} is not known` }
  const header = scanHeader(line.header)
  const sections = sectionsOf(line, header)
  for (const type of SECTION_TYPES) {
    const bytes = sectionBytes(sections, type)
    if (bytes === undefined) throw new UsageError(`${input.file}, line ${input.line}: field adProofs is missing`)
    const added = ledger.blocks.add(header, type, bytes, 'file')
    if (added.status === 'invalid') return { height, id, rule: 302, message: added.message }
  }
  return undefined
}

function sectionBytes(sections: ReturnType<typeof sectionsOf>, type: SectionType): Uint8Array | undefined {
  if (type === MODIFIER_TYPES.blockTransactions) return sections.transactions
  return type === MODIFIER_TYPES.extension ? sections.extension : sections.adProofs
}
