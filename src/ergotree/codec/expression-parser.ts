import { readMethodCall, readPropertyCall } from '../ast/method-call.ts'
import type { BinaryOp, ConstantNode, LeafNode, Node, RelationOp, TernaryNode, UnaryOp } from '../ast/nodes.ts'
import { LAST_CONSTANT_CODE, OP } from '../ast/op-codes.ts'
import {
  applyType,
  checkComparison,
  checkEquality,
  collType,
  elemType,
  isNumericOrNoType,
  optionItem,
  typeOf,
  unifyOperands,
  upcastTo
} from '../ast/typing.ts'
import {
  BadType,
  collOf,
  isNumeric,
  optionOf,
  pairOf,
  SAvlTree,
  SBigInt,
  SBoolean,
  SBooleanArray,
  SBox,
  SBoxArray,
  SByteArray,
  SContext,
  SGlobal,
  SGroupElement,
  SInt,
  SLong,
  SSigmaProp,
  type SType,
  TYPE,
  tupleOf,
  typeEquals,
  typeToString
} from '../types/types.ts'
import { RULE, ValidationRuleError } from '../validation-rules.ts'
import { isV3Tree } from '../versions.ts'
import { readData } from './data-codec.ts'
import { readBlock, readDefinition, readFuncValue, readValUse } from './definition-parser.ts'
import type { ScriptReader } from './script-reader.ts'
import { readType } from './type-codec.ts'

/** Reads what stands behind an operation code. */
type BodyReader = (s: ScriptReader, op: number) => Node

/** By operation code. A table, because a switch over so many codes that are not literals compares them one by one. */
const readers: (BodyReader | undefined)[] = new Array(256).fill(undefined)

/** Highest register number. */
const MAX_REGISTER = 9

export const TRUE_NODE: ConstantNode = { op: OP.Constant, tpe: SBoolean, value: true }
export const FALSE_NODE: ConstantNode = { op: OP.Constant, tpe: SBoolean, value: false }

/**
 * Reads one expression: a constant, or an operation code and its body (reference: `ValueSerializer.scala` and the serializers
 * it lists). Each expression is one level of nesting.
 *
 * @throws ValidationRuleError 1002 for an unknown operation, and the rules of types, data and methods
 * @throws DecodeError
 */
export function readValue(s: ScriptReader): Node {
  s.enter()
  const node = s.peek() <= LAST_CONSTANT_CODE ? readConstant(s) : readOperation(s)
  s.leave()
  return node
}

/** Reads type and data of a constant. */
export function readConstant(s: ScriptReader): ConstantNode {
  const tpe = readType(s)
  return { op: OP.Constant, tpe, value: readData(s, tpe) }
}

function readOperation(s: ScriptReader): Node {
  const op = s.u8()
  const read = readers[op]
  if (read === undefined) {
    throw new ValidationRuleError(RULE.ValidOpCode, `unknown operation code ${op}`, [(op << 24) >> 24])
  }
  return read(s, op)
}

function on(ops: readonly number[], read: BodyReader): void {
  for (const op of ops) readers[op] = read
}

function readValues(s: ScriptReader, count: number): Node[] {
  const items: Node[] = []
  for (let i = 0; i < count; i++) items.push(readValue(s))
  return items
}

// Nothing follows the code.

function leaf(node: LeafNode | ConstantNode, code: number = node.op): void {
  on([code], () => node)
}

function chainReader(node: LeafNode): void {
  on([node.op], (s) => {
    s.sawChain = true
    return node
  })
}

leaf(TRUE_NODE, OP.True)
leaf(FALSE_NODE, OP.False)
leaf({ op: OP.GroupGenerator, tpe: SGroupElement })
leaf({ op: OP.Inputs, tpe: SBoxArray })
leaf({ op: OP.Outputs, tpe: SBoxArray })
leaf({ op: OP.Self, tpe: SBox })
leaf({ op: OP.Context, tpe: SContext })
leaf({ op: OP.Global, tpe: SGlobal })
chainReader({ op: OP.Height, tpe: SInt })
chainReader({ op: OP.LastBlockUtxoRootHash, tpe: SAvlTree })
chainReader({ op: OP.MinerPubkey, tpe: SByteArray })

// One expression follows, and the type of the result is fixed.

function unary(tpe: SType, ops: readonly UnaryOp[]): void {
  on(ops, (s, op) => ({ op: op as UnaryOp, tpe, input: readValue(s) }))
}

/** As {@link unary}, for nodes that look at the type of their input, whatever it is. */
function typedUnary(tpe: SType, ops: readonly UnaryOp[]): void {
  on(ops, (s, op) => {
    const input = readValue(s)
    typeOf(s, input)
    return { op: op as UnaryOp, tpe, input }
  })
}

unary(SByteArray, [OP.LongToByteArray, OP.ExtractScriptBytes, OP.ExtractBytes, OP.ExtractBytesWithNoRef, OP.ExtractId])
unary(SByteArray, [OP.CalcBlake2b256, OP.CalcSha256])
unary(SBigInt, [OP.ByteArrayToBigInt, OP.ModQ])
unary(SLong, [OP.ByteArrayToLong, OP.ExtractAmount])
unary(SInt, [OP.SizeOf])
unary(SBoolean, [OP.And, OP.Or, OP.XorOf, OP.LogicalNot])
unary(SGroupElement, [OP.DecodePoint])
unary(SSigmaProp, [OP.CreateProveDlog, OP.BoolToSigmaProp])
unary(pairOf(SInt, SByteArray), [OP.ExtractCreationInfo])
typedUnary(SBoolean, [OP.SigmaPropIsProven, OP.OptionIsDefined])
typedUnary(SByteArray, [OP.SigmaPropBytes])

on([OP.OptionGet], (s) => {
  const input = readValue(s)
  return { op: OP.OptionGet, tpe: optionItem(s, input), input }
})

on([OP.Negation, OP.BitInversion], (s, op) => {
  const input = readValue(s)
  const tpe = typeOf(s, input)
  return isNumericOrNoType(tpe) ? { op: op as UnaryOp, tpe, input } : s.fail(`${typeToString(tpe)} is not numeric`)
})

// Two expressions.

function binary(tpe: SType, ops: readonly BinaryOp[]): void {
  on(ops, (s, op) => ({ op: op as BinaryOp, tpe, left: readValue(s), right: readValue(s) }))
}

/** The type comes of the two operands, or is refused. */
function typedBinary(ops: readonly BinaryOp[], typeBy: (s: ScriptReader, left: Node, right: Node) => SType): void {
  on(ops, (s, op) => {
    const left = readValue(s)
    const right = readValue(s)
    return { op: op as BinaryOp, tpe: typeBy(s, left, right), left, right }
  })
}

binary(SSigmaProp, [OP.AtLeast])
binary(SByteArray, [OP.Xor])
binary(SGroupElement, [OP.Exponentiate, OP.MultiplyGroup])
binary(SBoolean, [OP.Exists, OP.ForAll])
binary(SBigInt, [OP.PlusModQ, OP.MinusModQ])

typedBinary([OP.MapCollection], (s, _, f) => {
  const t = typeOf(s, f)
  return t.code === TYPE.Func ? collOf(t.range) : s.failCast(`${typeToString(t)} is not a function`)
})
typedBinary([OP.Append], (s, left) => collType(s, left))
typedBinary([OP.Filter], (_, left) => (elemType(left.tpe) === undefined ? BadType : left.tpe))
typedBinary([OP.OptionGetOrElse], (s, left) => optionItem(s, left))
typedBinary([OP.BitOr, OP.BitAnd, OP.BitXor, OP.BitShiftRight, OP.BitShiftLeft, OP.BitShiftRightZeroed], (s, left, right) => {
  const tpe = typeOf(s, left)
  return isNumericOrNoType(tpe) && isNumericOrNoType(typeOf(s, right)) ? tpe : s.fail('bit operation on no numbers')
})

on([OP.Plus, OP.Minus, OP.Multiply, OP.Division, OP.Modulo, OP.Min, OP.Max], (s, op) => {
  const [left, right] = unifyOperands(s, readValue(s), readValue(s))
  return { op: op as BinaryOp, tpe: left.tpe, left, right }
})

on([OP.EQ, OP.NEQ], (s, op) => readRelation(s, op as RelationOp, checkEquality))
on([OP.LT, OP.LE, OP.GT, OP.GE], (s, op) => readRelation(s, op as RelationOp, checkComparison))
on([OP.BinOr, OP.BinAnd, OP.BinXor], (s, op) => readRelation(s, op as RelationOp, (_, left, right) => [left, right]))

/** Two boolean constants may stand in one byte behind the code of the packed boolean collection. */
function readRelation(s: ScriptReader, op: RelationOp, check: typeof checkEquality): Node {
  if (s.peek() !== OP.ConcreteCollectionBool) {
    const [left, right] = check(s, readValue(s), readValue(s))
    return { op, tpe: SBoolean, left, right }
  }
  s.u8()
  const bits = s.bits(2)
  const [left, right] = check(s, bits[0]! ? TRUE_NODE : FALSE_NODE, bits[1]! ? TRUE_NODE : FALSE_NODE)
  return { op, tpe: SBoolean, left, right }
}

// Three expressions.

function ternary(
  ops: readonly TernaryNode['op'][],
  typeBy: (s: ScriptReader, first: Node, second: Node, third: Node) => SType
): void {
  on(ops, (s, op) => {
    const first = readValue(s)
    const second = readValue(s)
    const third = readValue(s)
    return { op: op as TernaryNode['op'], tpe: typeBy(s, first, second, third), first, second, third }
  })
}

function allTypesOf(s: ScriptReader, ...nodes: readonly Node[]): void {
  for (const node of nodes) typeOf(s, node)
}

ternary([OP.If], (s, condition, then, otherwise) => {
  allTypesOf(s, condition, then, otherwise)
  return then.tpe
})
ternary([OP.TreeLookup], (s, tree, key, proof) => {
  allTypesOf(s, tree, key, proof)
  return optionOf(SByteArray)
})
ternary([OP.Slice], (s, input) => collType(s, input))
ternary([OP.Fold], (_, __, zero) => zero.tpe)
ternary([OP.SubstConstants], () => SByteArray)

// Other shapes.

on([OP.ConstantPlaceholder], (s) => {
  const index = s.uint('placeholder index')
  const constant = s.constants[index]
  return constant === undefined ? s.fail(`no constant ${index}`) : { op: OP.ConstantPlaceholder, tpe: constant.tpe, index }
})

on([OP.ConcreteCollection], (s) => {
  const size = s.ushort('collection size')
  const elem = readType(s)
  const items: Node[] = []
  for (let i = 0; i < size; i++) {
    const item = readValue(s)
    if (!typeEquals(typeOf(s, item), elem)) s.fail(`${typeToString(item.tpe)} in a collection of ${typeToString(elem)}`)
    items.push(item)
  }
  return { op: OP.ConcreteCollection, tpe: collOf(elem), items }
})

on([OP.ConcreteCollectionBool], (s) => {
  const items = s.bits(s.ushort('collection size')).map((bit) => (bit ? TRUE_NODE : FALSE_NODE))
  return { op: OP.ConcreteCollection, tpe: SBooleanArray, items }
})

on([OP.Tuple], (s) => {
  const size = s.i8()
  if (size < 0) s.fail(`tuple of ${size} items`)
  const items = readValues(s, size)
  const isBad = items.some((item) => item.tpe === BadType)
  return { op: OP.Tuple, tpe: isBad ? BadType : tupleOf(items.map((item) => item.tpe)), items }
})

on([OP.SigmaAnd, OP.SigmaOr], (s, op) => {
  const items = readValues(s, s.count('propositions'))
  return { op: op as typeof OP.SigmaAnd, tpe: SSigmaProp, items }
})

on([OP.CreateProveDHTuple], (s) => {
  return { op: OP.CreateProveDHTuple, tpe: SSigmaProp, g: readValue(s), h: readValue(s), u: readValue(s), v: readValue(s) }
})

on([OP.CreateAvlTree], (s) => {
  const [flags, digest, keyLength, valueLength] = [readValue(s), readValue(s), readValue(s), readValue(s)]
  return { op: OP.CreateAvlTree, tpe: SAvlTree, flags, digest, keyLength, valueLength }
})

on([OP.SelectField], (s) => {
  const input = readValue(s)
  const index = s.i8()
  const t = typeOf(s, input)
  if (t.code !== TYPE.Tuple) return s.failCast(`${typeToString(t)} is not a tuple`)
  const tpe = t.items[index - 1]
  return tpe === undefined ? s.fail(`no field ${index} in ${typeToString(t)}`) : { op: OP.SelectField, tpe, input, index }
})

on([OP.ByIndex], (s) => {
  const input = readValue(s)
  const index = isV3Tree(s.versions) ? readValue(s) : upcastTo(s, readValue(s), SInt)
  const fallback = s.isPresent() ? readValue(s) : undefined
  return { op: OP.ByIndex, tpe: elemType(collType(s, input))!, input, index, default: fallback }
})

on([OP.Upcast, OP.Downcast], (s, op) => {
  const input = readValue(s)
  const tpe = readType(s)
  if (!isNumeric(tpe)) s.failCast(`no cast to ${typeToString(tpe)}`)
  const from = typeOf(s, input)
  if (!isNumeric(from)) s.fail(`no cast from ${typeToString(from)} to ${typeToString(tpe)}`)
  return { op: op as typeof OP.Upcast, tpe, input }
})

// Variables and registers.

on([OP.GetVar], (s) => {
  const id = s.i8()
  return { op: OP.GetVar, tpe: optionOf(readType(s)), id }
})

on([OP.TaggedVariable], (s) => {
  const id = s.i8()
  return { op: OP.TaggedVariable, tpe: readType(s), id }
})

function readRegisterId(s: ScriptReader): number {
  const id = s.i8()
  return id < 0 || id > MAX_REGISTER ? s.fail(`no register ${id}`) : id
}

on([OP.ExtractRegisterAs], (s) => {
  const input = readValue(s)
  const register = readRegisterId(s)
  return { op: OP.ExtractRegisterAs, tpe: optionOf(readType(s)), input, register }
})

on([OP.DeserializeContext], (s) => {
  const tpe = readType(s)
  const id = s.i8()
  s.sawDeserialize = true
  return { op: OP.DeserializeContext, tpe, id }
})

on([OP.DeserializeRegister], (s) => {
  const register = readRegisterId(s)
  const tpe = readType(s)
  const fallback = s.isPresent() ? readValue(s) : undefined
  s.sawDeserialize = true
  return { op: OP.DeserializeRegister, tpe, register, default: fallback }
})

// Definitions, functions, calls.

on([OP.ValDef, OP.FunDef], (s, op) => readDefinition(s, op, readValue))
on([OP.ValUse], readValUse)
on([OP.BlockValue], (s) => readBlock(s, readValue))
on([OP.FuncValue], (s) => readFuncValue(s, readValue))

on([OP.Apply], (s) => {
  const func = readValue(s)
  const args = readValues(s, s.count('arguments'))
  return { op: OP.Apply, tpe: applyType(func.tpe), func, args }
})

on([OP.PropertyCall], (s) => readPropertyCall(s, readValue))
on([OP.MethodCall], (s) => readMethodCall(s, readValue))
