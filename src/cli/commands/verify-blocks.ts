import type { JsonInput } from '../../bytes/index.ts'
import { type NetworkParameters, parametersAtLaunch } from '../../chain/index.ts'
import {
  BlockContextError,
  BlockFileVerifier,
  BlockJudge,
  type CaseLine,
  genesisContext,
  parseBlockLine,
  parseCaseLine,
  type StateContext
} from '../../state/index.ts'
import type { Command, CommandContext } from '../command.ts'
import { EXIT, UsageError } from '../errors.ts'
import { readAs, readLines } from '../input.ts'
import { readAnchor } from './anchor.ts'
import { nodeSetup } from './node-setup.ts'

export const verifyBlocks: Command = {
  name: 'verify blocks',
  usage: 'FILE [--headers FILE --parameters FILE] [--cases FILE]',
  summary: 'check consecutive blocks of a file by every rule, from genesis or from an anchor; judge cases on top of them',
  settings: true,
  options: {
    headers: { type: 'string', multiple: false, help: 'headers before the first block' },
    parameters: { type: 'string', multiple: false, help: 'parameters in force before the first block' },
    cases: { type: 'string', multiple: false, help: 'blocks to judge, each on the state below its height' }
  },
  takesArguments: true,
  run: async (context) => {
    const [file, ...rest] = context.args
    if (file === undefined || rest.length > 0) throw new UsageError('verify blocks: name one file')
    const { network } = nodeSetup(context)
    const verifier = await makeVerifier(context, network)
    const cases = await readCases(context)
    const judge = new BlockJudge(network)
    const answers = new Map<CaseLine, CaseAnswer>()
    const judgeAll = (state: StateContext, height: number): void => {
      for (const item of cases.byHeight.get(height) ?? []) answers.set(item, answerOf(item, judge.judge(state, item.block)))
    }
    let next = (verifier.state.lastHeaders[0]?.height ?? 0) + 1
    judgeAll(verifier.state, next)
    for await (const input of readLines(file)) {
      context.signal.throwIfAborted()
      verifier.add(readAs(input, ({ value }) => parseBlockLine(value)))
      const height = (verifier.state.lastHeaders[0]?.height ?? 0) + 1
      if (height !== next) judgeAll(verifier.state, (next = height))
    }
    let invalid = 0
    for (const item of cases.all) {
      const answer = answers.get(item)
      if (answer === undefined)
        throw new UsageError(`${context.options.cases}: case ${item.name} stands at height ${item.height}, beyond the chain`)
      if (!answer.valid) invalid++
      await context.output.result({ ...answer })
    }
    const summary = verifier.summary()
    await context.output.result({ ...summary } as unknown as JsonInput)
    return summary.invalid === 0 && invalid === 0 ? EXIT.ok : EXIT.invalid
  }
}

async function makeVerifier(context: CommandContext, network: NetworkParameters): Promise<BlockFileVerifier> {
  const { headers, parameters } = context.options
  const now = Date.now()
  if (headers === undefined && parameters === undefined) {
    const start = genesisContext(network.genesisStateDigest, parametersAtLaunch(network.launchParameters))
    return new BlockFileVerifier({ network, now, start })
  }
  if (typeof headers !== 'string' || typeof parameters !== 'string') {
    throw new UsageError('verify blocks: --headers and --parameters go together')
  }
  const { lines, anchor } = await readAnchor(network, headers, parameters)
  try {
    return new BlockFileVerifier({ network, now, start: anchor.context, votesKnown: anchor.votesKnown, headers: lines })
  } catch (err) {
    if (err instanceof BlockContextError) throw new UsageError(`${headers}: ${err.message}`, { cause: err })
    throw err
  }
}

async function readCases(context: CommandContext): Promise<{ all: CaseLine[]; byHeight: Map<number, CaseLine[]> }> {
  const { cases: file } = context.options
  const all: CaseLine[] = []
  const byHeight = new Map<number, CaseLine[]>()
  if (typeof file !== 'string') return { all, byHeight }
  for await (const input of readLines(file)) {
    const item = readAs(input, ({ value }) => parseCaseLine(value))
    all.push(item)
    const list = byHeight.get(item.height)
    if (list === undefined) byHeight.set(item.height, [item])
    else list.push(item)
  }
  return { all, byHeight }
}

type CaseAnswer =
  | { readonly name: string; readonly mutation: string; readonly valid: true }
  | {
      readonly name: string
      readonly mutation: string
      readonly valid: false
      readonly rule: number | null
      readonly code: string
      readonly message: string
    }

function answerOf({ name, mutation }: CaseLine, failure: ReturnType<BlockJudge['judge']>): CaseAnswer {
  if (failure === undefined) return { name, mutation, valid: true }
  const { rule, code, message } = failure
  return { name, mutation, valid: false, rule, code, message }
}
