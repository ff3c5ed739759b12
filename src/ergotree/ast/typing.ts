import type { ScriptReader } from '../codec/script-reader.ts'
import { BadType, isNumeric, NoType, numericRank, SAny, type SType, TYPE, typeEquals, typeToString } from '../types/types.ts'
import { isV3Tree } from '../versions.ts'
import type { CastNode, Node } from './nodes.ts'
import { OP } from './op-codes.ts'

/**
 * Static types of nodes, and the checks that constructors of the reference make while parsing. Most check nothing; what is
 * here is all there is. A failed check is no numbered rule: the tree is refused, with a size or without.
 */

/** Type of a node where the reference reads it while parsing. */
export function typeOf(s: ScriptReader, node: Node): SType {
  return node.tpe === BadType ? s.failCast('type of an operand cannot be read') : node.tpe
}

/** Item type of a collection; tuples count as collections of Any. Undefined for all others. */
export function elemType(t: SType): SType | undefined {
  if (t.code === TYPE.Coll) return t.elem
  return t.code === TYPE.Tuple ? SAny : undefined
}

/** Type of a node that must be a collection (or tuple). */
export function collType(s: ScriptReader, node: Node): SType {
  const t = typeOf(s, node)
  return elemType(t) === undefined ? s.failCast(`${typeToString(t)} is not a collection`) : t
}

/** Item type of a node that must be an option. */
export function optionItem(s: ScriptReader, node: Node): SType {
  const t = typeOf(s, node)
  return t.code === TYPE.Option ? t.elem : s.failCast(`${typeToString(t)} is not an option`)
}

export function isNumericOrNoType(t: SType): boolean {
  return isNumeric(t) || t === NoType
}

/** Puts an upcast on a numeric node, unless it has the type already. The target must be the larger type. */
export function upcastTo(s: ScriptReader, node: Node, target: SType): Node {
  const t = typeOf(s, node)
  if (!isNumeric(t) || numericRank(t) > numericRank(target))
    s.fail(`no upcast from ${typeToString(t)} to ${typeToString(target)}`)
  return t.code === target.code ? node : upcast(node, target)
}

export function upcast(input: Node, tpe: SType): CastNode {
  return { op: OP.Upcast, tpe, input }
}

/**
 * Operands of an arithmetic operation or a comparison: below tree version 3 the smaller of two numeric types is upcast
 * (reference: `TransformingSigmaBuilder.applyUpcast`).
 */
export function unifyOperands(s: ScriptReader, left: Node, right: Node): readonly [Node, Node] {
  const l = typeOf(s, left)
  const r = typeOf(s, right)
  if (isV3Tree(s.versions) || l.code === r.code || !isNumeric(l) || !isNumeric(r)) return [left, right]
  return numericRank(l) > numericRank(r) ? [left, upcast(right, l)] : [upcast(left, r), right]
}

/** Operands of EQ and NEQ, upcast where that is done: of one type. */
export function checkEquality(s: ScriptReader, left: Node, right: Node): readonly [Node, Node] {
  const operands = unifyOperands(s, left, right)
  const [l, r] = operands
  if (!typeEquals(l.tpe, r.tpe)) s.fail(`operands of types ${typeToString(l.tpe)} and ${typeToString(r.tpe)}`)
  return operands
}

/** Operands of an order comparison: numeric, and of one type. */
export function checkComparison(s: ScriptReader, left: Node, right: Node): readonly [Node, Node] {
  if (!isNumeric(typeOf(s, left)) || !isNumeric(typeOf(s, right))) s.fail('comparison of no numbers')
  return checkEquality(s, left, right)
}

/** Type of a function application: range of a function, item of a collection, else none. */
export function applyType(func: SType): SType {
  if (func === BadType) return BadType
  if (func.code === TYPE.Func) return func.range
  return func.code === TYPE.Coll ? func.elem : NoType
}
