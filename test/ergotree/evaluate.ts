import { fromHex, Reader } from '../../src/bytes/index.ts'
import { compile } from '../../src/ergotree/eval/compile.ts'
import { EvalContext } from '../../src/ergotree/eval/context.ts'
import { Machine } from '../../src/ergotree/eval/machine.ts'
import {
  type ContextVariables,
  ErgoBox,
  type Node,
  parseErgoTree,
  readValue,
  ScriptReader,
  scriptContext,
  type TransactionContext,
  TransactionValues,
  type Value,
  type Versions
} from '../../src/ergotree/index.ts'

export const V2: Versions = { activated: 2, tree: 2 }
export const V3: Versions = { activated: 3, tree: 3 }

/** Limit of a mainnet block, in JIT units. */
export const BLOCK_LIMIT = 80_000_000

/** A box with the script `sigmaProp(true)` and nothing in it. */
export function plainBox(treeHex = '0008d3', versions: Versions = V3): ErgoBox {
  const tree = parseErgoTree(fromHex(treeHex), versions)
  return new ErgoBox({ value: 1_000_000n, tree, creationHeight: 5, tokens: [], registers: [] }, new Uint8Array(32), 0)
}

export interface Setting {
  readonly versions?: Versions
  readonly variables?: ContextVariables
  readonly context?: TransactionContext
  readonly limit?: number
}

/** Evaluates one expression as a part of a tree would be. */
export function evaluateNode(node: Node, setting: Setting = {}): { value: Value; jit: number } {
  const versions = setting.versions ?? V2
  const context = setting.context ?? scriptContext({ inputs: [plainBox()], height: 100, activatedVersion: versions.activated })
  const values = new EvalContext(new TransactionValues(context), 0, setting.variables ?? new Map())
  const machine = new Machine(values, [], versions, 0, setting.limit ?? BLOCK_LIMIT)
  const value = compile(node, [])([undefined], machine)
  return { value, jit: machine.cost }
}

export function parseExpression(hex: string, versions: Versions = V2): Node {
  return readValue(new ScriptReader(new Reader(fromHex(hex.replaceAll(' ', ''))), versions))
}

/** Evaluates an expression of its bytes. */
export function evaluateHex(hex: string, setting: Setting = {}): { value: Value; jit: number } {
  return evaluateNode(parseExpression(hex, setting.versions), setting)
}
