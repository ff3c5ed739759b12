/**
 * `sigmastate-js` as a second opinion: the reference's interpreter, compiled from Scala. Its public face reduces one input of
 * one transaction; the interpreter behind it takes any tree in a context. So a context is caught once on its way in, and any
 * number of trees are reduced in it. It knows script versions 0 to 2.
 */
import * as sigmastate from 'sigmastate-js/main'
import { fromHex, toHex, Writer } from '../../../src/bytes/index.ts'
import type {
  ContextVariables,
  ErgoBox,
  EvaluatedNode,
  GroupElement,
  ScriptHeader,
  TransactionContext
} from '../../../src/ergotree/index.ts'
import { writeErgoTree, writeValue } from '../../../src/ergotree/index.ts'

const PROVER = 'Lorg_ergoplatform_sdk_SigmaProver__f__prover'
const REDUCE = 'reduce__sci_Map__Lsigma_ast_ErgoTree__Lorg_ergoplatform_ErgoLikeContext__Lorg_ergoplatform_sdk_ReducedInputData'
const REDUCTION = 'Lorg_ergoplatform_sdk_ReducedInputData__f_reductionResult'
const RESULT = 'Lsigmastate_interpreter_Interpreter$ReductionResult__f_'
const VERSIONS = { activated: 2, tree: 0 }

type Constructor = new (...args: unknown[]) => object
// biome-ignore lint/suspicious/noExplicitAny: objects of a compiled Scala program
type ScalaObject = any

interface Interpreter {
  [REDUCE]: (env: unknown, tree: unknown, context: unknown) => ScalaObject
}

/** What the declarations of the package leave out. */
const js = sigmastate as unknown as Readonly<{
  AvlTree: Constructor
  BlockchainParameters: Constructor
  BlockchainStateContext: Constructor
  GroupElement: new (point: unknown) => { toPointHex(): string }
  Header: Constructor
  PreHeader: Constructor
  ErgoTree$: { fromHex(hex: string): { tree: ScalaObject } }
  GroupElement$: { fromPointHex(hex: string): object }
  ProverBuilder$: { create(parameters: object, network: number): { withDLogSecret(secret: bigint): { build(): ScalaObject } } }
}>

/** A context of the reference's, with the interpreter that it was made for. */
export interface CaughtContext {
  readonly interpreter: Interpreter
  readonly env: unknown
  readonly context: unknown
}

export type ReferenceResult = { readonly reduced: string; readonly cost: number } | { readonly error: string }

function valueHex(node: EvaluatedNode): string {
  const w = new Writer()
  writeValue(w, node, VERSIONS)
  return toHex(w.toBytes())
}

function boxJson(box: ErgoBox, amount: (n: bigint) => unknown): object {
  return {
    boxId: toHex(box.id),
    transactionId: toHex(box.transactionId),
    index: box.index,
    value: amount(box.value),
    ergoTree: toHex(writeErgoTree(box.tree, VERSIONS)),
    creationHeight: box.creationHeight,
    assets: box.tokens.map((t) => ({ tokenId: toHex(t.id), amount: amount(t.amount) })),
    additionalRegisters: Object.fromEntries(box.registers.map((r, i) => [`R${4 + i}`, valueHex(r)]))
  }
}

function variablesJson(variables: ContextVariables = new Map()): object {
  return Object.fromEntries([...variables].map(([id, node]) => [id, valueHex(node)]))
}

const point = (p: GroupElement): object => js.GroupElement$.fromPointHex(toHex(p.bytes))

function headerJson(h: ScriptHeader): object {
  return new js.Header(
    toHex(h.id),
    h.version,
    toHex(h.parentId),
    toHex(h.adProofsRoot),
    new js.AvlTree(toHex(h.stateRoot), true, true, true, 32, undefined),
    toHex(h.transactionsRoot),
    h.timestamp,
    BigInt(h.nBits),
    h.height,
    toHex(h.extensionRoot),
    point(h.minerPk),
    point(h.powOnetimePk),
    toHex(h.powNonce),
    h.powDistance,
    toHex(h.votes)
  )
}

function stateJson({ headers, lastBlockUtxoRoot, preHeader: p }: TransactionContext): object {
  const preHeader = new js.PreHeader(
    p.version,
    toHex(p.parentId),
    p.timestamp,
    p.nBits,
    p.height,
    point(p.minerPk),
    toHex(p.votes)
  )
  return new js.BlockchainStateContext(headers.map(headerJson), toHex(lastBlockUtxoRoot.digest), preHeader)
}

/**
 * The context of input `selfIndex`, as the reference makes it. No tokens may be burnt or minted.
 *
 * Amounts of spent boxes must be strings, all others bigints.
 */
export function catchContext(c: TransactionContext, selfIndex: number, costLimit: number): CaughtContext {
  const version = c.activatedVersion + 1
  const parameters = [1_250_000, 360, 1_271_009, 100, 2000, 100, 100, costLimit, undefined, undefined, version]
  const prover = js.ProverBuilder$.create(new js.BlockchainParameters(...parameters), 0)
    .withDLogSecret(1n)
    .build()
  const interpreter: Interpreter = prover[Object.getOwnPropertySymbols(prover)[0]!][PROVER]
  const reduce = interpreter[REDUCE]
  let caught: CaughtContext | undefined
  interpreter[REDUCE] = (env, tree, context) => {
    caught = { interpreter: { [REDUCE]: reduce.bind(interpreter) }, env, context }
    return reduce.call(interpreter, env, tree, context)
  }
  const variables = (i: number) => variablesJson(c.inputVariables[i])
  const transaction = {
    inputs: c.inputs.map((box, i) => ({ boxId: toHex(box.id), extension: variables(i) })),
    dataInputs: c.dataInputs.map((box) => ({ boxId: toHex(box.id) })),
    outputs: c.outputs.map((box) => boxJson(box, (n) => n))
  }
  const spent = c.inputs.map((box, i) => ({ ...boxJson(box, String), extension: variables(i) }))
  const data = c.dataInputs.map((box) => boxJson(box, (n) => n))
  prover.reduceTransactionInput(stateJson(c), transaction, spent, data, [], selfIndex)
  return caught!
}

/** Reduces any tree in a caught context; `cost` is in block units. */
export function reduceByReference(tree: Uint8Array, { interpreter, env, context }: CaughtContext): ReferenceResult {
  try {
    const result = interpreter[REDUCE](env, js.ErgoTree$.fromHex(toHex(tree)).tree, context)[REDUCTION]
    const cost = result[`${RESULT}cost`]
    const w = new Writer()
    writeProposition(w, result[`${RESULT}value`])
    return { reduced: toHex(w.toBytes()), cost: cost.RTLong__f_hi * 2 ** 32 + (cost.RTLong__f_lo >>> 0) }
  } catch (error) {
    return { error: String(error) }
  }
}

/** A proposition as data. */
function writeProposition(w: Writer, p: ScalaObject): void {
  const name = /Lsigma_data_(\w+)/.exec(p.constructor.name)![1]!
  const field = (f: string): ScalaObject => p[`Lsigma_data_${name}__f_${f}`]
  const points = (...fields: string[]): void => {
    for (const f of fields) w.bytes(fromHex(new js.GroupElement(field(f)).toPointHex().padEnd(66, '0'))) // infinity is '00'
  }
  switch (name) {
    case 'TrivialProp':
      w.u8(field('condition') ? 0xd3 : 0xd2)
      return
    case 'ProveDlog':
      w.u8(0xcd)
      points('value')
      return
    case 'ProveDHTuple':
      w.u8(0xce)
      points('gv', 'hv', 'uv', 'vv')
      return
  }
  const children = field('children')
  const count: number = children.length__I()
  w.u8({ CAND: 0x96, COR: 0x97, CTHRESHOLD: 0x98 }[name]!)
  if (name === 'CTHRESHOLD') w.uint(field('k'))
  w.uint(count)
  for (let i = 0; i < count; i++) writeProposition(w, children.apply__I__O(i))
}
