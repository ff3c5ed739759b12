import { bytesEqual, Writer } from '../bytes/index.ts'
import { type ConstantNode, type ErgoTree, OP, type ParsedErgoTree, type Versions, writeConstant } from '../ergotree/index.ts'

/** Versions under which every constant that can be read can be written. */
const ALL_TYPES: Versions = { activated: 3, tree: 3 }

function constantBytes(node: ConstantNode): Uint8Array {
  const w = new Writer(64)
  writeConstant(w, node, ALL_TYPES)
  return w.toBytes()
}

function isConstant(node: object): node is ConstantNode {
  return 'op' in node && node.op === OP.Constant
}

/** The constant that a placeholder stands for, when a list is given to look it up in; else the node itself. */
function resolved(node: object, constants: readonly ConstantNode[] | undefined): object {
  if (constants === undefined || !('op' in node) || node.op !== OP.ConstantPlaceholder) return node
  return constants[(node as unknown as { index: number }).index] ?? node
}

/** Equality of nodes and types, which are plain objects all the way down to constants. */
function sameStructure(
  a: unknown,
  b: unknown,
  constantsOfA: readonly ConstantNode[] | undefined,
  constantsOfB: readonly ConstantNode[] | undefined
): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const x = resolved(a, constantsOfA)
  const y = resolved(b, constantsOfB)
  if (x === y) return true
  if (isConstant(x) && isConstant(y)) return bytesEqual(constantBytes(x), constantBytes(y))
  const keys = Object.keys(x)
  return (
    keys.length === Object.keys(y).length &&
    keys.every((key) => {
      const left = (x as Record<string, unknown>)[key]
      return key in y && sameStructure(left, (y as Record<string, unknown>)[key], constantsOfA, constantsOfB)
    })
  )
}

/** Equality of trees as the reference has it: header, constants and expression, whatever bytes they came in. */
export function treesEqual(a: ErgoTree, b: ParsedErgoTree): boolean {
  return (
    a.kind === 'parsed' &&
    a.header === b.header &&
    sameStructure(a.constants, b.constants, undefined, undefined) &&
    sameStructure(a.root, b.root, undefined, undefined)
  )
}

/** Equality of what two trees say once their constants are put in place (`ErgoTree.toProposition`). */
export function propositionsEqual(a: ParsedErgoTree, b: ParsedErgoTree): boolean {
  return sameStructure(a.root, b.root, a.constants, b.constants)
}
