import { type JsonInput, toHex, Writer } from '../../bytes/index.ts'
import { writeConstant } from '../codec/expression-writer.ts'
import { typeToString } from '../types/types.ts'
import type { ErgoTree } from './ergo-tree.ts'
import { nodeChildren } from './node-children.ts'
import type { ConstantNode, Node } from './nodes.ts'
import { OP } from './op-codes.ts'

const NAMES = new Map<number, string>(Object.entries(OP).map(([name, code]) => [code, name]))

/**
 * A tree for people: header, constants and expression as nested objects with operation, static type and what else a node says.
 * Constants are in hex, as they are written (type, then value).
 */
export function describeTree(tree: ErgoTree): JsonInput {
  if (tree.kind === 'unparsed') {
    return { kind: 'unparsed', bytes: toHex(tree.bytes), rule: tree.error.rule, message: tree.error.message }
  }
  const { header, version, hasSize, isSegregated, constants, root, hasDeserialize } = tree
  return {
    kind: 'parsed',
    bytes: toHex(tree.bytes),
    header,
    version,
    hasSize,
    isSegregated,
    hasDeserialize,
    constants: constants.map(describeConstant),
    root: describeNode(root)
  }
}

/** An expression as nested objects; it is as deep as the tree, which the parser bounds. */
export function describeNode(node: Node): JsonInput {
  if (node.op === OP.Constant) return { op: 'Constant', ...describeConstant(node) }
  const out: Record<string, JsonInput> = { op: NAMES.get(node.op) ?? `op ${node.op}`, type: typeToString(node.tpe) }
  if ('index' in node && typeof node.index === 'number') out.index = node.index
  if ('id' in node && typeof node.id === 'number') out.id = node.id
  if ('register' in node && typeof node.register === 'number') out.register = `R${node.register}`
  if ('method' in node && node.method !== null && typeof node.method === 'object' && 'name' in node.method)
    out.method = String(node.method.name)
  const args = nodeChildren(node)
  if (args.length > 0) out.args = args.map(describeNode)
  return out
}

function describeConstant(node: ConstantNode): { type: string; value: string } {
  const w = new Writer()
  writeConstant(w, node, { activated: 3, tree: 3 })
  return { type: typeToString(node.tpe), value: toHex(w.toBytes()) }
}
