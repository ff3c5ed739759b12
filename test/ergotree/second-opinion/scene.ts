import { fromHex, Reader, toHex, Writer } from '../../../src/bytes/index.ts'
import {
  AvlTreeValue,
  type BoxToken,
  type ContextVariables,
  collOf,
  ErgoBox,
  type EvaluatedNode,
  GroupElement,
  pairOf,
  parseErgoTree,
  readValue,
  SBigInt,
  SBoolean,
  SByteArray,
  type ScriptHeader,
  ScriptReader,
  SGroupElement,
  SInt,
  SLong,
  SSigmaProp,
  type SType,
  type TransactionContext
} from '../../../src/ergotree/index.ts'
import { ParsedTransaction } from '../../../src/transaction/index.ts'
import { POINTS, randomConstant } from '../generate/constants.ts'
import type { Random } from '../generate/random.ts'
import { ScriptMaker, type Surroundings } from '../generate/scripts.ts'

const VERSIONS = { activated: 2, tree: 0 }
const KINDS: readonly SType[] = [
  SInt,
  SLong,
  SByteArray,
  SBigInt,
  SGroupElement,
  SSigmaProp,
  SBoolean,
  collOf(SInt),
  pairOf(SInt, SLong)
]
const TREES: readonly string[] = ['0008d3', `0008cd${POINTS[0]}`, '00d1937300', '100204020404d191730073 01'.replaceAll(' ', '')]

/** A transaction in a block, from the view of one input, and what a script finds there. */
export interface Scene {
  readonly context: TransactionContext
  readonly selfIndex: number
  readonly around: Surroundings
}

function constant(hex: string): EvaluatedNode {
  return readValue(new ScriptReader(new Reader(fromHex(hex)), VERSIONS)) as EvaluatedNode
}

/** A header that continues `parent`, if any. */
function randomHeader(random: Random, height: number, parent: ScriptHeader | undefined): ScriptHeader {
  return {
    id: random.bytes(32),
    version: 1 + random.below(3),
    parentId: parent?.id ?? random.bytes(32),
    adProofsRoot: random.bytes(32),
    stateRoot: random.bytes(33),
    transactionsRoot: random.bytes(32),
    timestamp: BigInt(random.u32()),
    nBits: random.u32(),
    height,
    extensionRoot: random.bytes(32),
    minerPk: new GroupElement(fromHex(random.pick(POINTS.slice(0, 3)))),
    powOnetimePk: new GroupElement(fromHex(random.pick(POINTS.slice(0, 3)))),
    powNonce: random.bytes(8),
    powDistance: BigInt(random.below(1000)),
    votes: random.bytes(3),
    unparsedBytes: new Uint8Array(0)
  }
}

export function makeScene(random: Random): Scene {
  const registers = Array.from({ length: random.below(7) }, () => random.pick(KINDS))
  // Four in all, with ids of one digit: more have another order in the reference's JVM, ids of two in JavaScript.
  const variables = Array.from({ length: random.below(3) }, () => random.pick(KINDS))
  const expressions = [
    [8, SSigmaProp],
    [9, SInt]
  ] as const
  const around = { registers, variables, expressions }
  const maker = new ScriptMaker(random, { ...around, expressions: [] })
  const box = (tokens: readonly BoxToken[]): ErgoBox => {
    const tree = parseErgoTree(fromHex(random.pick(TREES.slice(0, 2))), VERSIONS)
    const fields = { value: BigInt(1_000_000 + random.below(1000)), tree, creationHeight: random.below(500), tokens }
    return new ErgoBox(
      { ...fields, registers: registers.map((t) => constant(randomConstant(t, random))) },
      random.bytes(32),
      random.below(5)
    )
  }
  const tokens = Array.from({ length: random.below(4) }, () => ({ id: random.bytes(32), amount: BigInt(1 + random.below(1e6)) }))
  const inputs = [box(tokens), ...Array.from({ length: random.below(3) }, () => box([]))]
  const dataInputs = Array.from({ length: random.below(3) }, () => box(tokens))
  const inputVariables = inputs.map((): ContextVariables => {
    const map = new Map(variables.map((t, i) => [i + 1, constant(randomConstant(t, random))]))
    for (const [id, tpe] of expressions) {
      const bytes = fromHex(maker.standalone(tpe, 2))
      map.set(id, constant(`0e${toHex(new Writer().ushort(bytes.length).bytes(bytes).toBytes())}`))
    }
    return map
  })
  const tx = new ParsedTransaction(
    {
      inputs: inputs.map((b, i) => ({ boxId: b.id, proof: new Uint8Array(0), variables: inputVariables[i]! })),
      dataInputs: dataInputs.map((b) => b.id),
      outputs: [box(tokens), ...Array.from({ length: random.below(3) }, () => box([]))]
    },
    VERSIONS
  )
  const headers: ScriptHeader[] = []
  for (let i = random.below(4); i > 0; i--) headers.unshift(randomHeader(random, 500 - i, headers[0]))
  const context: TransactionContext = {
    inputs,
    dataInputs,
    outputs: tx.outputs.map((o) => o.ergoBox),
    inputVariables,
    headers,
    preHeader: {
      version: 3,
      parentId: headers[0]?.id ?? random.bytes(32),
      timestamp: BigInt(random.u32()),
      nBits: BigInt(random.u32()),
      height: 500,
      minerPk: new GroupElement(fromHex(POINTS[1]!)),
      votes: random.bytes(3)
    },
    lastBlockUtxoRoot: new AvlTreeValue(headers[0]?.stateRoot ?? random.bytes(33), 7, 32, undefined),
    activatedVersion: 2,
    ruleStatuses: new Map()
  }
  return { context, selfIndex: random.below(inputs.length), around }
}
