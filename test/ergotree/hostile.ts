import { fromHex, toHex } from '../../src/bytes/index.ts'
import {
  type ErgoTree,
  type ParsedErgoTree,
  parseErgoTree,
  parseRecordedCase,
  recordedInput,
  type ScriptInput,
  scriptFailure,
  TransactionValues,
  verifyInput
} from '../../src/ergotree/index.ts'
import { linesOf } from '../support/devnet.ts'
import { committed } from '../support/vectors.ts'
import { Grafts } from './generate/grafts.ts'
import { mutateTree } from './generate/mutations.ts'
import { Random } from './generate/random.ts'

interface Seed {
  readonly parsed: ParsedErgoTree
  readonly input: ScriptInput
  readonly activated: number
  readonly proof: Uint8Array
}

/** What became of many trees. */
export interface Tally {
  runs: number
  /** Trees that could be read. */
  parsed: number
  /** Inputs that may be spent, and those that may not because the proof does not fit. */
  accepted: number
  refused: number
  /** Failures by kind. */
  readonly failures: Record<string, number>
  /** Faults of ours: bytes and message. */
  readonly faults: string[]
  slowestMs: number
  slowest: string
}

/** The committed recorded cases: real trees of tests, each in its context. Those that cannot be read are left out. */
function readSeeds(): Seed[] {
  return linesOf(committed('script/recorded.jsonl.gz')).flatMap((line) => {
    const c = parseRecordedCase(line)
    try {
      const parsed = parseErgoTree(fromHex(c.tree), { activated: 3, tree: 3 })
      if (parsed.kind === 'unparsed') return []
      return [{ parsed, input: recordedInput(c), activated: c.activatedVersion, proof: fromHex(c.proof ?? '') }]
    } catch {
      return []
    }
  })
}

let seeds: Seed[] | undefined
let grafts: Grafts | undefined

/** Makes other trees of recorded ones and runs them in recorded contexts, of any version, with little or much to spend. */
export function runMutations(seed: number, count: number): Tally {
  seeds ??= readSeeds()
  grafts ??= new Grafts(seeds.map(({ parsed }) => parsed))
  const random = new Random(seed)
  const tally: Tally = { runs: 0, parsed: 0, accepted: 0, refused: 0, failures: {}, faults: [], slowestMs: 0, slowest: '' }
  for (let i = 0; i < count; i++) {
    const index = random.below(seeds.length)
    const own = seeds[index]!
    const grafted = random.chance(0.5) ? grafts.tree(index, random) : undefined
    const bytes = grafted ?? mutateTree(own.parsed.bytes, random.pick(seeds).parsed.bytes, random)
    const place = random.chance(0.9) ? own : random.pick(seeds)
    const activated = random.chance(0.8) ? 3 : place.activated
    const context = { ...place.input.transaction.context, activatedVersion: activated }
    const transaction = activated === place.activated ? place.input.transaction : new TransactionValues(context)
    const costLimit = place.input.initialCost + random.pick([1000, 100_000, 1_000_000])
    const proof = random.chance(0.5) ? place.proof : random.bytes(random.below(100))
    const start = performance.now()
    run(bytes, activated, { ...place.input, transaction, costLimit }, proof, tally)
    const ms = performance.now() - start
    if (ms > tally.slowestMs) Object.assign(tally, { slowestMs: ms, slowest: toHex(bytes) })
  }
  return tally
}

function run(bytes: Uint8Array, activated: number, input: ScriptInput, proof: Uint8Array, tally: Tally): void {
  tally.runs++
  let tree: ErgoTree
  try {
    tree = parseErgoTree(bytes, { activated, tree: activated })
  } catch (error) {
    count(scriptFailure(error, 'parse'), bytes, tally)
    return
  }
  tally.parsed++
  const { ok, error } = verifyInput({ tree, input, message: bytes, proof })
  if (error !== undefined) count(error, bytes, tally)
  else if (ok) tally.accepted++
  else tally.refused++
}

function count({ kind, message }: ReturnType<typeof scriptFailure>, bytes: Uint8Array, tally: Tally): void {
  tally.failures[kind] = (tally.failures[kind] ?? 0) + 1
  if (kind === 'internal') tally.faults.push(`${toHex(bytes)}: ${message}`)
}
