import {
  collOf,
  type FuncType,
  funcOf,
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
  SByteArray2,
  SContext,
  SGlobal,
  SGroupElement,
  SHeader,
  SHeaderArray,
  SInt,
  SIntArray,
  SLong,
  SPreHeader,
  SShort,
  SSigmaProp,
  type SType,
  SUnsignedBigInt,
  type TypeVar,
  typeVar
} from '../types/types.ts'
import { isV3Tree, type Versions } from '../versions.ts'

/** One method of a type: what parsing needs and what evaluation is keyed on (reference: `methods.scala`). */
export interface MethodDescriptor {
  /** Code of the owner type. */
  readonly typeId: number
  readonly methodId: number
  readonly name: string
  /** Generic signature; the receiver is the first argument. */
  readonly signature: FuncType
  /** Type arguments that are written after the call, in order. */
  readonly explicitTypeArgs: readonly TypeVar[]
  /** Lowest tree version that has it: 0 or 3. */
  readonly since: 0 | 3
  /** As a MethodCall it marks the tree as one that reads the chain (reference: `BlockchainContextMethodNames`). */
  readonly readsChain: boolean
}

type Row = readonly [id: number, name: string, args: readonly SType[], range: SType, since?: 0 | 3, typeArgs?: readonly TypeVar[]]

const T = typeVar('T')
const R = typeVar('R')
const IV = typeVar('IV')
const OV = typeVar('OV')
const CollIV = collOf(IV)
const CollOV = collOf(OV)
const predicate = funcOf([IV], SBoolean)
const KeyValues = collOf(pairOf(SByteArray, SByteArray))
const OptionT = optionOf(T)

const chainReaders: ReadonlySet<string> = new Set(['headers', 'preHeader', 'HEIGHT', 'LastBlockUtxoRootHash', 'minerPubKey'])

function rows(typeId: number, self: SType, list: readonly Row[]): MethodDescriptor[] {
  return list.map(([methodId, name, args, range, since = 0, explicitTypeArgs = []]) => ({
    typeId,
    methodId,
    name,
    signature: funcOf([self, ...args], range, typeParamsOf([self, ...args, range])),
    explicitTypeArgs,
    since,
    readsChain: typeId === SContext.code && chainReaders.has(name)
  }))
}

/** Type variables of a signature, in order of appearance. */
function typeParamsOf(types: readonly SType[], found: TypeVar[] = []): TypeVar[] {
  for (const t of types) {
    if (t.code === 103 && !found.includes(t)) found.push(t)
    else if (t.code === 12 || t.code === 36) typeParamsOf([t.elem], found)
    else if (t.code === 96) typeParamsOf(t.items, found)
    else if (t.code === 112) typeParamsOf([...t.args, t.range], found)
  }
  return found
}

/** Below version 3 numeric types have no methods at all: their casts are operations. */
function numericRows(t: SType): Row[] {
  return [
    [1, 'toByte', [], SByte, 3],
    [2, 'toShort', [], SShort, 3],
    [3, 'toInt', [], SInt, 3],
    [4, 'toLong', [], SLong, 3],
    [5, 'toBigInt', [], SBigInt, 3],
    [6, 'toBytes', [], SByteArray, 3],
    [7, 'toBits', [], SBooleanArray, 3],
    [8, 'bitwiseInverse', [], t, 3],
    [9, 'bitwiseOr', [t], t, 3],
    [10, 'bitwiseAnd', [t], t, 3],
    [11, 'bitwiseXor', [t], t, 3],
    [12, 'shiftLeft', [SInt], t, 3],
    [13, 'shiftRight', [SInt], t, 3]
  ]
}

const U = SUnsignedBigInt

/** All methods of all types. */
export const METHODS: readonly MethodDescriptor[] = [
  ...[SByte, SShort, SInt, SLong, SBigInt, U].flatMap((t) => rows(t.code, t, numericRows(t))),
  ...rows(6, SBigInt, [
    [14, 'toUnsigned', [], U, 3],
    [15, 'toUnsignedMod', [U], U, 3]
  ]),
  ...rows(9, U, [
    [14, 'modInverse', [U], U, 3],
    [15, 'plusMod', [U, U], U, 3],
    [16, 'subtractMod', [U, U], U, 3],
    [17, 'multiplyMod', [U, U], U, 3],
    [18, 'mod', [U], U, 3],
    [19, 'toSigned', [], SBigInt, 3]
  ]),
  ...rows(7, SGroupElement, [
    [2, 'getEncoded', [], SByteArray],
    [3, 'exp', [SBigInt], SGroupElement],
    [4, 'multiply', [SGroupElement], SGroupElement],
    [5, 'negate', [], SGroupElement],
    [6, 'expUnsigned', [U], SGroupElement, 3]
  ]),
  ...rows(8, SSigmaProp, [
    [1, 'propBytes', [], SByteArray],
    [2, 'isProven', [], SBoolean]
  ]),
  ...rows(12, CollIV, [
    [1, 'size', [], SInt],
    [2, 'getOrElse', [SInt, IV], IV],
    [3, 'map', [funcOf([IV], OV)], CollOV],
    [4, 'exists', [predicate], SBoolean],
    [5, 'fold', [OV, funcOf([OV, IV], OV)], OV],
    [6, 'forall', [predicate], SBoolean],
    [7, 'slice', [SInt, SInt], CollIV],
    [8, 'filter', [predicate], CollIV],
    [9, 'append', [CollIV], CollIV],
    [10, 'apply', [SInt], IV],
    [14, 'indices', [], SIntArray],
    [15, 'flatMap', [funcOf([IV], CollOV)], CollOV],
    [19, 'patch', [SInt, CollIV, SInt], CollIV],
    [20, 'updated', [SInt, IV], CollIV],
    [21, 'updateMany', [SIntArray, CollIV], CollIV],
    [26, 'indexOf', [IV, SInt], SInt],
    [29, 'zip', [CollOV], collOf(pairOf(IV, OV))],
    [30, 'reverse', [], CollIV, 3],
    [31, 'startsWith', [CollIV], SBoolean, 3],
    [32, 'endsWith', [CollIV], SBoolean, 3],
    [33, 'get', [SInt], optionOf(IV), 3]
  ]),
  ...rows(36, OptionT, [
    [2, 'isDefined', [], SBoolean],
    [3, 'get', [], T],
    [4, 'getOrElse', [T], T],
    [7, 'map', [funcOf([T], R)], optionOf(R)],
    [8, 'filter', [funcOf([T], SBoolean)], OptionT]
  ]),
  ...rows(99, SBox, [
    [1, 'value', [], SLong],
    [2, 'propositionBytes', [], SByteArray],
    [3, 'bytes', [], SByteArray],
    [4, 'bytesWithoutRef', [], SByteArray],
    [5, 'id', [], SByteArray],
    [6, 'creationInfo', [], pairOf(SInt, SByteArray)],
    [7, 'getRegV5', [SInt], OptionT],
    [8, 'tokens', [], collOf(pairOf(SByteArray, SLong))],
    ...Array.from({ length: 10 }, (_, i): Row => [9 + i, `R${i}`, [], OptionT]),
    [19, 'getReg', [SInt], OptionT, 3, [T]]
  ]),
  ...rows(100, SAvlTree, [
    [1, 'digest', [], SByteArray],
    [2, 'enabledOperations', [], SByte],
    [3, 'keyLength', [], SInt],
    [4, 'valueLengthOpt', [], optionOf(SInt)],
    [5, 'isInsertAllowed', [], SBoolean],
    [6, 'isUpdateAllowed', [], SBoolean],
    [7, 'isRemoveAllowed', [], SBoolean],
    [8, 'updateOperations', [SByte], SAvlTree],
    [9, 'contains', [SByteArray, SByteArray], SBoolean],
    [10, 'get', [SByteArray, SByteArray], optionOf(SByteArray)],
    [11, 'getMany', [SByteArray2, SByteArray], collOf(optionOf(SByteArray))],
    [12, 'insert', [KeyValues, SByteArray], optionOf(SAvlTree)],
    [13, 'update', [KeyValues, SByteArray], optionOf(SAvlTree)],
    [14, 'remove', [SByteArray2, SByteArray], optionOf(SAvlTree)],
    [15, 'updateDigest', [SByteArray], SAvlTree],
    [16, 'insertOrUpdate', [KeyValues, SByteArray], optionOf(SAvlTree), 3]
  ]),
  ...rows(101, SContext, [
    [1, 'dataInputs', [], SBoxArray],
    [2, 'headers', [], SHeaderArray],
    [3, 'preHeader', [], SPreHeader],
    [4, 'INPUTS', [], SBoxArray],
    [5, 'OUTPUTS', [], SBoxArray],
    [6, 'HEIGHT', [], SInt],
    [7, 'SELF', [], SBox],
    [8, 'selfBoxIndex', [], SInt],
    [9, 'LastBlockUtxoRootHash', [], SAvlTree],
    [10, 'minerPubKey', [], SByteArray],
    [11, 'getVar', [SByte], OptionT],
    [12, 'getVarFromInput', [SShort, SByte], OptionT, 3, [T]]
  ]),
  ...rows(104, SHeader, [
    [1, 'id', [], SByteArray],
    [2, 'version', [], SByte],
    [3, 'parentId', [], SByteArray],
    [4, 'ADProofsRoot', [], SByteArray],
    [5, 'stateRoot', [], SAvlTree],
    [6, 'transactionsRoot', [], SByteArray],
    [7, 'timestamp', [], SLong],
    [8, 'nBits', [], SLong],
    [9, 'height', [], SInt],
    [10, 'extensionRoot', [], SByteArray],
    [11, 'minerPk', [], SGroupElement],
    [12, 'powOnetimePk', [], SGroupElement],
    [13, 'powNonce', [], SByteArray],
    [14, 'powDistance', [], SBigInt],
    [15, 'votes', [], SByteArray],
    [16, 'checkPow', [], SBoolean, 3]
  ]),
  ...rows(105, SPreHeader, [
    [1, 'version', [], SByte],
    [2, 'parentId', [], SByteArray],
    [3, 'timestamp', [], SLong],
    [4, 'nBits', [], SLong],
    [5, 'height', [], SInt],
    [6, 'minerPk', [], SGroupElement],
    [7, 'votes', [], SByteArray]
  ]),
  ...rows(106, SGlobal, [
    [1, 'groupGenerator', [], SGroupElement],
    [2, 'xor', [SByteArray, SByteArray], SByteArray],
    [3, 'serialize', [T], SByteArray, 3],
    [4, 'deserializeTo', [SByteArray], T, 3, [T]],
    [5, 'fromBigEndianBytes', [SByteArray], T, 3, [T]],
    [6, 'encodeNbits', [SBigInt], SLong, 3],
    [7, 'decodeNbits', [SLong], SBigInt, 3],
    [8, 'powHit', [SInt, SByteArray, SByteArray, SByteArray, SInt], U, 3],
    [9, 'some', [T], OptionT, 3, [T]],
    [10, 'none', [], OptionT, 3, [T]]
  ])
]

const byIds: ReadonlyMap<number, MethodDescriptor> = new Map(METHODS.map((m) => [m.typeId * 256 + m.methodId, m]))

/** Types that may own methods, at least by name: the others fail rule 1010. UnsignedBigInt joins at tree version 3. */
const TYPES_WITH_METHODS: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, 6, 7, 8, 12, 36, 96, 97, 98, 99, 100, 101, 102, 104, 105, 106
])

/** Can a call name this type (rule 1010)? */
export function hasMethods(typeId: number, versions: Versions): boolean {
  return TYPES_WITH_METHODS.has(typeId) || (typeId === U.code && isV3Tree(versions))
}

/** Method as a tree of this version sees it; visibility depends on the tree's version alone. Ids are unsigned bytes. */
export function findMethod(typeId: number, methodId: number, versions: Versions): MethodDescriptor | undefined {
  const method = byIds.get(typeId * 256 + methodId)
  return method !== undefined && (method.since === 0 || isV3Tree(versions)) ? method : undefined
}
