import {
  collOf,
  METHODS,
  type MethodDescriptor,
  OP,
  optionOf,
  pairOf,
  SAvlTree,
  SBigInt,
  SBoolean,
  SBooleanArray,
  SBox,
  SBoxArray,
  SByte,
  SByteArray,
  SGroupElement,
  SHeader,
  SInt,
  SLong,
  SPreHeader,
  SShort,
  SSigmaProp,
  SSigmaPropArray,
  type SType
} from '../../../src/ergotree/index.ts'

export const NUMERIC = [SByte, SShort, SInt, SLong, SBigInt] as const
const Tokens = collOf(pairOf(SByteArray, SLong))
const KeyValues = collOf(pairOf(SByteArray, SByteArray))

/** Types of which values are made for their own sake. */
export const TYPES: readonly SType[] = [
  ...NUMERIC,
  ...NUMERIC.map(collOf),
  SBoolean,
  SBooleanArray,
  SGroupElement,
  SSigmaProp,
  SSigmaPropArray,
  SByteArray,
  collOf(SByteArray),
  SBox,
  SBoxArray,
  SAvlTree,
  SHeader,
  SPreHeader,
  Tokens,
  KeyValues,
  pairOf(SInt, SLong),
  pairOf(SByteArray, SBoolean),
  optionOf(SInt),
  optionOf(SByteArray),
  optionOf(SBigInt),
  optionOf(SAvlTree)
]

/** Not registers and variables, which have no value as methods; nor what compiled Scala.js cannot call: options, propositions. */
const isCallable = (m: MethodDescriptor): boolean =>
  m.since === 0 &&
  !(m.typeId === 99 && m.methodId >= 7 && m.methodId !== 8) &&
  !(m.typeId === 101 && m.methodId === 11) &&
  !(m.typeId === 36 && m.methodId <= 4) &&
  m.typeId !== 8

export const CALLABLE: readonly MethodDescriptor[] = METHODS.filter(isCallable)

/** Operations of collections in the form of a call: the reference cannot call most of these. */
export const hasOperation = (m: MethodDescriptor): boolean => m.typeId === 12 && m.methodId <= 10

/** The type with Int in place of Byte and Short. */
export function withoutSizes(t: SType): SType {
  switch (t.code) {
    case 2:
    case 3:
      return SInt
    case 12:
      return collOf(withoutSizes(t.elem))
    case 36:
      return optionOf(withoutSizes(t.elem))
    case 96:
      return pairOf(withoutSizes(t.items[0]!), withoutSizes(t.items[1]!))
    default:
      return t
  }
}

/** One of some operations of the same signature. */
export interface Operation {
  readonly weight: number
  readonly codes: readonly number[]
  readonly args: readonly SType[]
  readonly result: SType
}

const op = (result: SType, weight: number, codes: readonly number[], ...args: SType[]): Operation => ({
  result,
  weight,
  codes,
  args
})

/** Operations whose arguments have the same types always. */
export const OPERATIONS: readonly Operation[] = [
  op(SBoolean, 3, [OP.BinAnd, OP.BinOr, OP.BinXor], SBoolean, SBoolean),
  op(SBoolean, 2, [OP.And, OP.Or, OP.XorOf], SBooleanArray),
  op(SBoolean, 1, [OP.LogicalNot], SBoolean),
  ...NUMERIC.flatMap((t) => [
    op(t, 6, [OP.Plus, OP.Minus, OP.Multiply, OP.Min, OP.Max], t, t),
    op(t, 2, [OP.Division, OP.Modulo], t, t),
    op(t, 1, [OP.Negation], t)
  ]),
  op(SInt, 1, [OP.Height]),
  op(SLong, 2, [OP.ExtractAmount], SBox),
  op(SLong, 1, [OP.ByteArrayToLong], SByteArray),
  op(SBigInt, 2, [OP.ByteArrayToBigInt], SByteArray),
  op(SGroupElement, 1, [OP.GroupGenerator]),
  op(SGroupElement, 1, [OP.Exponentiate], SGroupElement, SBigInt),
  op(SGroupElement, 1, [OP.MultiplyGroup], SGroupElement, SGroupElement),
  op(SGroupElement, 1, [OP.DecodePoint], SByteArray),
  op(SSigmaProp, 12, [OP.BoolToSigmaProp], SBoolean),
  op(SSigmaProp, 1, [OP.CreateProveDlog], SGroupElement),
  op(SSigmaProp, 1, [OP.CreateProveDHTuple], SGroupElement, SGroupElement, SGroupElement, SGroupElement),
  op(SSigmaProp, 2, [OP.AtLeast], SInt, SSigmaPropArray),
  op(SByteArray, 1, [OP.LongToByteArray], SLong),
  op(SByteArray, 3, [OP.CalcBlake2b256, OP.CalcSha256], SByteArray),
  op(SByteArray, 3, [OP.ExtractScriptBytes, OP.ExtractBytes, OP.ExtractBytesWithNoRef, OP.ExtractId], SBox),
  op(SByteArray, 1, [OP.SigmaPropBytes], SSigmaProp),
  op(SByteArray, 1, [OP.Xor], SByteArray, SByteArray),
  op(SByteArray, 1, [OP.MinerPubkey]),
  op(pairOf(SInt, SByteArray), 3, [OP.ExtractCreationInfo], SBox)
]
