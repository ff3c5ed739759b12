import { toHex } from '../../bytes/index.ts'
import {
  type Header,
  type HeaderLine,
  type NetworkParameters,
  parseHeader,
  parseHeaderLine,
  requiredDifficulty
} from '../../chain/index.ts'
import { type Anchor, anchorContext, decodeActiveParameters, parseParametersJson } from '../../state/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { readAs, readJsonFile, readLines } from '../input.ts'
import { withLedger } from './node-setup.ts'

/** A trusted place in the middle of a chain to start from. */
export interface AnchorFiles {
  readonly lines: readonly HeaderLine[]
  readonly headers: readonly Header[]
  readonly anchor: Anchor
}

/**
 * Reads the headers before a block and the parameters in force there.
 *
 * @throws UsageError naming file, line and field
 */
export async function readAnchor(network: NetworkParameters, headerFile: string, parameterFile: string): Promise<AnchorFiles> {
  const lines: HeaderLine[] = []
  const headers: Header[] = []
  for await (const input of readLines(headerFile)) {
    const line = readAs(input, ({ value }) => parseHeaderLine(value))
    lines.push(line)
    headers.push(readAs(input, () => parseHeader(line.bytes)))
  }
  if (headers.length === 0) throw new UsageError(`${headerFile}: holds no header`)
  const json = await readJsonFile(parameterFile)
  try {
    const active = decodeActiveParameters(parseParametersJson(json))
    return { lines, headers, anchor: anchorContext(headers, active, network.genesisStateDigest, network.voting) }
  } catch (err) {
    throw new UsageError(`${parameterFile}: ${(err as Error).message}`, { cause: err })
  }
}

/** The first header after the anchor whose difficulty does not follow from those given, and the height of one that it takes. */
function missingForDifficulty(
  { difficulty }: NetworkParameters,
  headers: readonly Header[]
): { readonly height: number; readonly from: number } | undefined {
  const first = headers[0]!.height
  const last = headers.at(-1)!
  // What the headers say does not matter here, only which of them there are.
  const ancestorAt = (height: number): Header | undefined => (height < first ? undefined : last)
  for (let height = last.height + 1; height <= last.height + 1 + difficulty.epochLength; height++) {
    const required = requiredDifficulty(height - 1, ancestorAt, difficulty)
    if (!required.known) return { height, from: required.missingHeight }
  }
  return undefined
}

export const importAnchor: Command = {
  name: 'import anchor',
  usage: '--headers FILE --parameters FILE',
  summary: 'start an empty database in the middle of a chain, at headers and parameters that you trust',
  settings: true,
  options: {
    headers: { type: 'string', multiple: false, help: 'consecutive headers, the last is the block to start after' },
    parameters: { type: 'string', multiple: false, help: 'parameters in force after it' }
  },
  run: async (context) => {
    const { headers: headerFile, parameters } = context.options
    if (typeof headerFile !== 'string' || typeof parameters !== 'string') {
      throw new UsageError('import anchor: give --headers FILE and --parameters FILE')
    }
    return await withLedger(context, { missing: 'make' }, async (ledger) => {
      const { headers, anchor } = await readAnchor(ledger.network, headerFile, parameters)
      const last = headers.at(-1)!
      const { chain, blocks } = ledger
      // A run that was cut off may have left the headers without the state.
      const isSeeded = chain.store.base === headers[0]!.height && chain.best?.idHex === last.idHex
      try {
        if (!isSeeded) await chain.seed(headers)
        await blocks.full.seed(last, anchor.context)
      } catch (err) {
        if (!(err instanceof RangeError)) throw err
        throw new UsageError(`import anchor: ${err.message}. Use another --data-dir`, { cause: err })
      }
      const missing = missingForDifficulty(ledger.network, headers)
      if (missing !== undefined) {
        const { height, from } = missing
        context.output.say(
          `header ${height} and those after it cannot be checked (rule 208) for want of header ${from}: start anew in another data directory, with headers from there on`
        )
      }
      await context.output.result({
        height: last.height,
        id: last.idHex,
        stateRoot: toHex(last.stateRoot),
        votesKnown: anchor.votesKnown
      })
      return EXIT.ok
    })
  }
}
