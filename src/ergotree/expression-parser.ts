import { readData } from './data-codec.ts'
import { readMethodCall, readPropertyCall } from './method-call.ts'
import type { BinaryOp, ConstantNode, FuncArg, LeafNode, Node, RelationOp, TernaryNode, UnaryOp, ValDefNode } from './nodes.ts'
import { LAST_CONSTANT_CODE, OP } from './op-codes.ts'
import type { ScriptReader } from './script-reader.ts'
import { readType } from './type-codec.ts'
import {
  BadType,
  collOf,
  funcOf,
  isNumeric,
  optionOf,
  pairOf,
  SAvlTree,
  SBigInt,
  SBoolean,
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
} from './types.ts'
import { applyType, collType, elemType, isNumericOrNoType, requireSameType, typeOf, unifyOperands, upcastTo } from './typing.ts'
import { RULE, ValidationRuleError } from './validation-rules.ts'
import { isV3Tree } from './versions.ts'

export const TRUE_NODE: ConstantNode = { op: OP.Constant, tpe: SBoolean, value: true }
export const FALSE_NODE: ConstantNode = { op: OP.Constant, tpe: SBoolean, value: false }

const GROUP_GENERATOR: LeafNode = { op: OP.GroupGenerator, tpe: SGroupElement }
const HEIGHT: LeafNode = { op: OP.Height, tpe: SInt }
const INPUTS: LeafNode = { op: OP.Inputs, tpe: SBoxArray }
const OUTPUTS: LeafNode = { op: OP.Outputs, tpe: SBoxArray }
const UTXO_ROOT: LeafNode = { op: OP.LastBlockUtxoRootHash, tpe: SAvlTree }
const SELF: LeafNode = { op: OP.Self, tpe: SBox }
const MINER_PUBKEY: LeafNode = { op: OP.MinerPubkey, tpe: SByteArray }
const CONTEXT: LeafNode = { op: OP.Context, tpe: SContext }
const GLOBAL_NODE: LeafNode = { op: OP.Global, tpe: SGlobal }

const CREATION_INFO_TYPE = pairOf(SInt, SByteArray)
const LOOKUP_TYPE = optionOf(SByteArray)

/** Highest register number. */
const MAX_REGISTER = 9

/**
 * Reads one expression: a constant, or an operation code and its body (reference: `ValueSerializer.scala` and the serializers
 * it lists). Each expression is one level of nesting.
 *
 * @throws ValidationRuleError 1002 for an unknown operation, and the rules of types, data and methods
 * @throws DecodeError
 */
export function readValue(s: ScriptReader): Node {
  s.enter()
  const node = s.peek() <= LAST_CONSTANT_CODE ? readConstant(s) : readOperation(s, s.u8())
  s.leave()
  return node
}

/** Reads type and data of a constant. */
export function readConstant(s: ScriptReader): ConstantNode {
  const tpe = readType(s)
  return { op: OP.Constant, tpe, value: readData(s, tpe) }
}

function readOperation(s: ScriptReader, op: number): Node {
  switch (op) {
    case OP.ConstantPlaceholder: {
      const index = s.uint('placeholder index')
      const constant = s.constants[index]
      return constant === undefined ? s.fail(`no constant ${index}`) : { op, tpe: constant.tpe, index }
    }
    case OP.ValUse: {
      const id = s.uintWrapped('definition id')
      return { op, tpe: s.definedType(id), id }
    }
    case OP.True:
      return TRUE_NODE
    case OP.False:
      return FALSE_NODE
    case OP.GroupGenerator:
      return GROUP_GENERATOR
    case OP.Height:
      s.sawChain = true
      return HEIGHT
    case OP.Inputs:
      return INPUTS
    case OP.Outputs:
      return OUTPUTS
    case OP.LastBlockUtxoRootHash:
      s.sawChain = true
      return UTXO_ROOT
    case OP.Self:
      return SELF
    case OP.MinerPubkey:
      s.sawChain = true
      return MINER_PUBKEY
    case OP.Context:
      return CONTEXT
    case OP.Global:
      return GLOBAL_NODE
    case OP.LT:
    case OP.LE:
    case OP.GT:
    case OP.GE:
    case OP.EQ:
    case OP.NEQ:
    case OP.BinOr:
    case OP.BinAnd:
    case OP.BinXor:
      return readRelation(s, op)
    case OP.Plus:
    case OP.Minus:
    case OP.Multiply:
    case OP.Division:
    case OP.Modulo:
    case OP.Min:
    case OP.Max: {
      const [left, right] = unifyOperands(s, readValue(s), readValue(s))
      return { op, tpe: left.tpe, left, right }
    }
    case OP.LongToByteArray:
    case OP.ExtractScriptBytes:
    case OP.ExtractBytes:
    case OP.ExtractBytesWithNoRef:
    case OP.ExtractId:
    case OP.CalcBlake2b256:
    case OP.CalcSha256:
      return unary(s, op, SByteArray)
    case OP.ByteArrayToBigInt:
    case OP.ModQ:
      return unary(s, op, SBigInt)
    case OP.ByteArrayToLong:
    case OP.ExtractAmount:
      return unary(s, op, SLong)
    case OP.SizeOf:
      return unary(s, op, SInt)
    case OP.And:
    case OP.Or:
    case OP.XorOf:
    case OP.LogicalNot:
      return unary(s, op, SBoolean)
    case OP.DecodePoint:
      return unary(s, op, SGroupElement)
    case OP.CreateProveDlog:
    case OP.BoolToSigmaProp:
      return unary(s, op, SSigmaProp)
    case OP.ExtractCreationInfo:
      return unary(s, op, CREATION_INFO_TYPE)
    case OP.SigmaPropIsProven:
    case OP.OptionIsDefined:
      return typedUnary(s, op, SBoolean)
    case OP.SigmaPropBytes:
      return typedUnary(s, op, SByteArray)
    case OP.OptionGet: {
      const input = readValue(s)
      const t = typeOf(s, input)
      return t.code === TYPE.Option ? { op, tpe: t.elem, input } : s.fail(`${typeToString(t)} is not an option`)
    }
    case OP.Negation:
    case OP.BitInversion: {
      const input = readValue(s)
      const tpe = typeOf(s, input)
      return isNumericOrNoType(tpe) ? { op, tpe, input } : s.fail(`${typeToString(tpe)} is not numeric`)
    }
    case OP.AtLeast:
      return binary(s, op, SSigmaProp)
    case OP.Xor:
      return binary(s, op, SByteArray)
    case OP.Exponentiate:
    case OP.MultiplyGroup:
      return binary(s, op, SGroupElement)
    case OP.Exists:
    case OP.ForAll:
      return binary(s, op, SBoolean)
    case OP.PlusModQ:
    case OP.MinusModQ:
      return binary(s, op, SBigInt)
    default:
      return readStructured(s, op)
  }
}

/** Operations whose bodies are not just expressions, or whose types need a look at them. */
function readStructured(s: ScriptReader, op: number): Node {
  switch (op) {
    case OP.ConcreteCollection:
      return readConcreteCollection(s)
    case OP.ConcreteCollectionBool: {
      const items = s.bits(s.ushort('collection size')).map((bit) => (bit ? TRUE_NODE : FALSE_NODE))
      return { op: OP.ConcreteCollection, tpe: collOf(SBoolean), items }
    }
    case OP.Tuple: {
      const size = s.i8()
      if (size < 0) s.fail(`tuple of ${size} items`)
      const items = readValues(s, size)
      const isBad = items.some((item) => item.tpe === BadType)
      return { op, tpe: isBad ? BadType : tupleOf(items.map((item) => item.tpe)), items }
    }
    case OP.SigmaAnd:
    case OP.SigmaOr:
      return { op, tpe: SSigmaProp, items: readValues(s, s.count('propositions')) }
    case OP.SelectField: {
      const input = readValue(s)
      const index = s.i8()
      const t = typeOf(s, input)
      const tpe = t.code === TYPE.Tuple ? t.items[index - 1] : undefined
      return tpe === undefined ? s.fail(`no field ${index} in ${typeToString(t)}`) : { op, tpe, input, index }
    }
    case OP.MapCollection: {
      const left = readValue(s)
      const right = readValue(s)
      const f = typeOf(s, right)
      return f.code === TYPE.Func ? { op, tpe: collOf(f.range), left, right } : s.fail(`${typeToString(f)} is not a function`)
    }
    case OP.Append: {
      const left = readValue(s)
      const right = readValue(s)
      return { op, tpe: collType(s, left), left, right }
    }
    case OP.Filter: {
      const left = readValue(s)
      const right = readValue(s)
      return { op, tpe: elemType(left.tpe) === undefined ? BadType : left.tpe, left, right }
    }
    case OP.OptionGetOrElse: {
      const left = readValue(s)
      const right = readValue(s)
      return { op, tpe: left.tpe.code === TYPE.Option ? left.tpe.elem : BadType, left, right }
    }
    case OP.BitOr:
    case OP.BitAnd:
    case OP.BitXor:
    case OP.BitShiftRight:
    case OP.BitShiftLeft:
    case OP.BitShiftRightZeroed: {
      const left = readValue(s)
      const right = readValue(s)
      const tpe = typeOf(s, left)
      if (!isNumericOrNoType(tpe) || !isNumericOrNoType(typeOf(s, right))) s.fail('operands of a bit operation are not numeric')
      return { op, tpe, left, right }
    }
    case OP.If:
    case OP.TreeLookup:
    case OP.Slice:
    case OP.Fold:
    case OP.SubstConstants:
      return readTernary(s, op)
    case OP.ByIndex: {
      const input = readValue(s)
      const index = isV3Tree(s.versions) ? readValue(s) : upcastTo(s, readValue(s), SInt)
      const fallback = s.isPresent() ? readValue(s) : undefined
      return { op, tpe: elemType(collType(s, input))!, input, index, default: fallback }
    }
    case OP.Upcast:
    case OP.Downcast: {
      const input = readValue(s)
      const tpe = readType(s)
      const from = typeOf(s, input)
      if (!isNumeric(from) || !isNumeric(tpe)) s.fail(`no cast from ${typeToString(from)} to ${typeToString(tpe)}`)
      return { op, tpe, input }
    }
    default:
      return readBinding(s, op)
  }
}

/** Variables, registers, definitions, functions, calls. */
function readBinding(s: ScriptReader, op: number): Node {
  switch (op) {
    case OP.GetVar: {
      const id = s.i8()
      return { op, tpe: optionOf(readType(s)), id }
    }
    case OP.TaggedVariable: {
      const id = s.i8()
      return { op, tpe: readType(s), id }
    }
    case OP.ExtractRegisterAs: {
      const input = readValue(s)
      const register = readRegisterId(s)
      return { op, tpe: optionOf(readType(s)), input, register }
    }
    case OP.DeserializeContext: {
      const tpe = readType(s)
      const id = s.i8()
      s.sawDeserialize = true
      return { op, tpe, id }
    }
    case OP.DeserializeRegister: {
      const register = readRegisterId(s)
      const tpe = readType(s)
      const fallback = s.isPresent() ? readValue(s) : undefined
      s.sawDeserialize = true
      return { op, tpe, register, default: fallback }
    }
    case OP.ValDef:
    case OP.FunDef:
      return readDefinition(s, op)
    case OP.BlockValue: {
      const items: ValDefNode[] = []
      for (let n = s.count('block items'); n > 0; n--) {
        const item = readValue(s)
        if (item.op !== OP.ValDef && item.op !== OP.FunDef) return s.fail('block item is not a definition')
        items.push(item)
      }
      const result = readValue(s)
      return { op, tpe: result.tpe, items, result }
    }
    case OP.FuncValue: {
      const args: FuncArg[] = []
      for (let n = s.count('function arguments'); n > 0; n--) {
        const id = s.uintWrapped('argument id')
        const tpe = readType(s)
        s.define(id, tpe)
        args.push({ id, tpe })
      }
      const body = readValue(s)
      const argTypes = args.map((arg) => arg.tpe)
      return { op, tpe: body.tpe === BadType ? BadType : funcOf(argTypes, body.tpe), args, body }
    }
    case OP.Apply: {
      const func = readValue(s)
      const args = readValues(s, s.count('arguments'))
      return { op, tpe: applyType(func.tpe), func, args }
    }
    case OP.PropertyCall:
      return readPropertyCall(s, readValue)
    case OP.MethodCall:
      return readMethodCall(s, readValue)
    case OP.CreateProveDHTuple:
      return { op, tpe: SSigmaProp, g: readValue(s), h: readValue(s), u: readValue(s), v: readValue(s) }
    case OP.CreateAvlTree:
      return {
        op,
        tpe: SAvlTree,
        flags: readValue(s),
        digest: readValue(s),
        keyLength: readValue(s),
        valueLength: readValue(s)
      }
  }
  throw new ValidationRuleError(RULE.ValidOpCode, `unknown operation code ${op}`, [(op << 24) >> 24])
}

function readValues(s: ScriptReader, count: number): Node[] {
  const items: Node[] = []
  for (let i = 0; i < count; i++) items.push(readValue(s))
  return items
}

function unary(s: ScriptReader, op: UnaryOp, tpe: SType): Node {
  return { op, tpe, input: readValue(s) }
}

/** As {@link unary}, for nodes that look at the type of their input, whatever it is. */
function typedUnary(s: ScriptReader, op: UnaryOp, tpe: SType): Node {
  const input = readValue(s)
  typeOf(s, input)
  return { op, tpe, input }
}

function binary(s: ScriptReader, op: BinaryOp, tpe: SType): Node {
  return { op, tpe, left: readValue(s), right: readValue(s) }
}

function readTernary(s: ScriptReader, op: TernaryNode['op']): TernaryNode {
  const first = readValue(s)
  const second = readValue(s)
  const third = readValue(s)
  return { op, tpe: ternaryType(s, op, first, second, third), first, second, third }
}

function ternaryType(s: ScriptReader, op: TernaryNode['op'], first: Node, second: Node, third: Node): SType {
  switch (op) {
    case OP.If:
    case OP.TreeLookup:
      for (const part of [first, second, third]) typeOf(s, part)
      return op === OP.If ? second.tpe : LOOKUP_TYPE
    case OP.Slice:
      return collType(s, first)
    case OP.Fold:
      return second.tpe
    default:
      return SByteArray
  }
}

/** Two boolean constants may stand in one byte behind the code of the packed boolean collection. */
function readRelation(s: ScriptReader, op: RelationOp): Node {
  let left: Node
  let right: Node
  if (s.peek() === OP.ConcreteCollectionBool) {
    s.u8()
    const bits = s.bits(2)
    left = bits[0]! ? TRUE_NODE : FALSE_NODE
    right = bits[1]! ? TRUE_NODE : FALSE_NODE
  } else {
    left = readValue(s)
    right = readValue(s)
  }
  if (op === OP.BinOr || op === OP.BinAnd || op === OP.BinXor) return { op, tpe: SBoolean, left, right }
  if (op !== OP.EQ && op !== OP.NEQ && !(isNumeric(typeOf(s, left)) && isNumeric(typeOf(s, right)))) {
    s.fail('operands of a comparison are not numeric')
  }
  const [l, r] = unifyOperands(s, left, right)
  requireSameType(s, l, r)
  return { op, tpe: SBoolean, left: l, right: r }
}

function readConcreteCollection(s: ScriptReader): Node {
  const size = s.ushort('collection size')
  const elem = readType(s)
  const items: Node[] = []
  for (let i = 0; i < size; i++) {
    const item = readValue(s)
    if (!typeEquals(typeOf(s, item), elem)) s.fail(`${typeToString(item.tpe)} in a collection of ${typeToString(elem)}`)
    items.push(item)
  }
  return { op: OP.ConcreteCollection, tpe: collOf(elem), items }
}

function readRegisterId(s: ScriptReader): number {
  const id = s.i8()
  return id < 0 || id > MAX_REGISTER ? s.fail(`no register ${id}`) : id
}

/** The definition is known from behind its right side on. */
function readDefinition(s: ScriptReader, op: typeof OP.ValDef | typeof OP.FunDef): ValDefNode {
  const id = s.uint('definition id')
  const typeArgs: SType[] = []
  if (op === OP.FunDef) {
    const count = s.i8()
    if (count < 0) s.fail(`${count} type arguments`)
    for (let i = 0; i < count; i++) {
      const arg = readType(s)
      if (arg.code !== TYPE.TypeVar) s.fail('type argument of a definition is not a variable')
      typeArgs.push(arg)
    }
  }
  const rhs = readValue(s)
  s.define(id, typeOf(s, rhs))
  return { op: typeArgs.length === 0 ? OP.ValDef : OP.FunDef, tpe: rhs.tpe, id, typeArgs, rhs }
}
