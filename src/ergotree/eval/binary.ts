import { type Point, secp256k1 } from '../../crypto/index.ts'
import type { BinaryNode } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { hasRuntimeType } from '../codec/data-codec.ts'
import type { SType } from '../types/types.ts'
import { GroupElement } from '../values/group-element.ts'
import { type Coll, collLength, type Value } from '../values/values.ts'
import { appendColls, existsColl, filterColl, forallColl, mapColl } from './coll.ts'
import { APPEND, AT_LEAST, COST, FILTER, MAP, QUANTIFIER, XOR } from './cost.ts'
import { equalValues } from './equality.ts'
import { fail } from './errors.ts'
import type { Machine } from './machine.ts'
import { NUMERIC, type NumericOps } from './numeric.ts'
import { atLeast } from './sigma.ts'
import { asBigInt, asBoolean, asColl, asFunction, asGroupElement, asInt, classTest } from './type-check.ts'

/** Result of an operation whose two arguments are always evaluated; adds its cost. */
export type BinaryFunction = (x: Value, y: Value, m: Machine) => Value

/** Code of BigInt, whose arithmetic costs more than that of the others; UnsignedBigInt counts as one of the others. */
const BIG_INT_CODE = 6

function arithmetic(
  type: SType,
  cost: number,
  bigCost: number,
  run: (ops: NumericOps, x: Value, y: Value, m: Machine) => Value
): BinaryFunction | undefined {
  const ops = NUMERIC.get(type.code)
  if (ops === undefined) return undefined
  const jit = type.code === BIG_INT_CODE ? bigCost : cost
  return (x, y, m) => {
    m.add(jit)
    return run(ops, x, y, m)
  }
}

function comparison(type: SType, test: (order: number) => boolean): BinaryFunction | undefined {
  const ops = NUMERIC.get(type.code)
  if (ops === undefined) return undefined
  return (x, y, m) => {
    m.add(COST.relation)
    return test(ops.compare(x, y))
  }
}

function equality(node: BinaryNode, wanted: boolean): BinaryFunction {
  const left = classTest(node.left.tpe)
  const right = classTest(node.right.tpe)
  return (x, y, m) => {
    if (!left(x) || !right(y)) fail('Invalid type returned by evaluator')
    return equalValues(x, y, m) === wanted
  }
}

/** The decoded point of a group element, kept with it. */
export function pointOf(g: GroupElement): Point {
  return (g.point ??= secp256k1.decode(g.bytes)) as Point
}

export function groupElementOf(point: Point): GroupElement {
  const g = new GroupElement(point.toBytes())
  g.point = point
  return g
}

export function exponentiate(base: GroupElement, exponent: bigint): GroupElement {
  return groupElementOf(secp256k1.multiply(pointOf(base), exponent))
}

export function multiplyGroup(x: GroupElement, y: GroupElement): GroupElement {
  return groupElementOf(secp256k1.add(pointOf(x), pointOf(y)))
}

/** Xor of two byte collections, as long as the shorter one; before activated version 2 the left one must not be longer. */
export function xorBytes(l: Coll, r: Coll, m: Machine): Value {
  const n = Math.min(collLength(l), collLength(r))
  m.addItems(XOR, n)
  if (!m.jit && collLength(l) > n) fail('left operand of xor is longer')
  const out = new Uint8Array(n)
  if (n === 0) return out
  if (!(l instanceof Uint8Array && r instanceof Uint8Array)) return fail('Coll[Byte] expected')
  for (let i = 0; i < n; i++) out[i] = l[i]! ^ r[i]!
  return out
}

function mapNode(node: BinaryNode): BinaryFunction {
  const range = node.right.tpe.code === 112 ? node.right.tpe.range : undefined
  const usable = range !== undefined && hasRuntimeType(range)
  return (x, y, m) => {
    const coll = asColl(x)
    const f = asFunction(y)
    if (!usable) fail('no run-time type for the result of map')
    m.addItems(MAP, collLength(coll))
    return mapColl(coll, f, range!)
  }
}

const append: BinaryFunction = (x, y, m) => {
  const coll = asColl(x)
  const other = asColl(y)
  m.addItems(APPEND, collLength(coll) + collLength(other))
  return appendColls(coll, other, m.jit)
}

/** The function of a node; undefined for operations that the reference cannot evaluate. */
export function binaryFunction(node: BinaryNode): BinaryFunction | undefined {
  const type = node.left.tpe
  switch (node.op) {
    case OP.Plus:
      return arithmetic(type, 15, 20, (ops, x, y) => ops.plus(x, y))
    case OP.Minus:
      return arithmetic(type, 15, 20, (ops, x, y) => ops.minus(x, y))
    case OP.Multiply:
      return arithmetic(type, 15, 25, (ops, x, y) => ops.times(x, y))
    case OP.Division:
      return arithmetic(type, 15, 25, (ops, x, y, m) => ops.quot(x, y, m.v3))
    case OP.Modulo:
      return arithmetic(type, 15, 25, (ops, x, y, m) => ops.rem(x, y, m.v3))
    case OP.Min:
      return arithmetic(type, 5, 10, (ops, x, y) => (ops.compare(x, y) <= 0 ? x : y))
    case OP.Max:
      return arithmetic(type, 5, 10, (ops, x, y) => (ops.compare(x, y) >= 0 ? x : y))
    case OP.LT:
      return comparison(type, (order) => order < 0)
    case OP.LE:
      return comparison(type, (order) => order <= 0)
    case OP.GT:
      return comparison(type, (order) => order > 0)
    case OP.GE:
      return comparison(type, (order) => order >= 0)
    case OP.EQ:
      return equality(node, true)
    case OP.NEQ:
      return equality(node, false)
    case OP.BinXor:
      return (x, y, m) => {
        m.add(COST.relation)
        return asBoolean(x) !== asBoolean(y)
      }
    case OP.Xor:
      return (x, y, m) => xorBytes(asColl(x), asColl(y), m)
    case OP.Exponentiate:
      return (x, y, m) => {
        m.add(COST.exponentiate)
        return exponentiate(asGroupElement(x), asBigInt(y))
      }
    case OP.MultiplyGroup:
      return (x, y, m) => {
        m.add(COST.multiplyGroup)
        return multiplyGroup(asGroupElement(x), asGroupElement(y))
      }
    case OP.AtLeast:
      return (x, y, m) => {
        const bound = asInt(x)
        const children = asColl(y)
        m.addItems(AT_LEAST, collLength(children))
        return atLeast(bound, children)
      }
    case OP.MapCollection:
      return mapNode(node)
    case OP.Exists:
      return (x, y, m) => {
        m.addItems(QUANTIFIER, collLength(asColl(x)))
        return existsColl(asColl(x), asFunction(y))
      }
    case OP.ForAll:
      return (x, y, m) => {
        m.addItems(QUANTIFIER, collLength(asColl(x)))
        return forallColl(asColl(x), asFunction(y))
      }
    case OP.Filter:
      return (x, y, m) => {
        m.addItems(FILTER, collLength(asColl(x)))
        return filterColl(asColl(x), asFunction(y))
      }
    case OP.Append:
      return append
    default:
      return undefined
  }
}
