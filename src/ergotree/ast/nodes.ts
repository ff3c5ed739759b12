import type { CollType, FuncType, OptionType, SType } from '../types/types.ts'
import type { Value } from '../values/values.ts'
import type { MethodDescriptor } from './method-table.ts'
import type { OP } from './op-codes.ts'

/**
 * Nodes of an expression. Immutable; told apart by `op`, the operation code.
 *
 * `tpe` is the static type of the result, as the reference computes it (it may well disagree with what evaluation gives, and
 * it is {@link BadType} where reading it throws in the reference: any check against it must fail).
 * Children are evaluated in the order in which the fields are listed unless the operation says otherwise.
 */
export type Node =
  | ConstantNode
  | PlaceholderNode
  | LeafNode
  | UnaryNode
  | BinaryNode
  | TernaryNode
  | CastNode
  | SelectFieldNode
  | ByIndexNode
  | ItemsNode
  | ConcreteCollectionNode
  | VariableNode
  | ExtractRegisterNode
  | DeserializeContextNode
  | DeserializeRegisterNode
  | ValDefNode
  | ValUseNode
  | BlockNode
  | FuncValueNode
  | ApplyNode
  | MethodCallNode
  | CreateProveDHTupleNode
  | CreateAvlTreeNode

type Op = typeof OP

/** Literal in the tree. The boolean opcodes 7f and 80 are read as this, too. */
export interface ConstantNode {
  readonly op: Op['Constant']
  readonly tpe: SType
  readonly value: Value
}

/** Reference to constant `index` of the tree. */
export interface PlaceholderNode {
  readonly op: Op['ConstantPlaceholder']
  readonly tpe: SType
  readonly index: number
}

/** Operation without arguments. */
export interface LeafNode {
  readonly op:
    | Op['GroupGenerator']
    | Op['Height']
    | Op['Inputs']
    | Op['Outputs']
    | Op['LastBlockUtxoRootHash']
    | Op['Self']
    | Op['MinerPubkey']
    | Op['Context']
    | Op['Global']
  readonly tpe: SType
}

export type UnaryOp =
  | Op['LongToByteArray']
  | Op['ByteArrayToBigInt']
  | Op['ByteArrayToLong']
  | Op['And']
  | Op['Or']
  | Op['SizeOf']
  | Op['ExtractAmount']
  | Op['ExtractScriptBytes']
  | Op['ExtractBytes']
  | Op['ExtractBytesWithNoRef']
  | Op['ExtractId']
  | Op['ExtractCreationInfo']
  | Op['CalcBlake2b256']
  | Op['CalcSha256']
  | Op['CreateProveDlog']
  | Op['SigmaPropIsProven']
  | Op['SigmaPropBytes']
  | Op['BoolToSigmaProp']
  | Op['OptionGet']
  | Op['OptionIsDefined']
  | Op['ModQ']
  | Op['DecodePoint']
  | Op['LogicalNot']
  | Op['Negation']
  | Op['BitInversion']
  | Op['XorOf']

export interface UnaryNode {
  readonly op: UnaryOp
  readonly tpe: SType
  readonly input: Node
}

/** The nine relations that have a packed form for two boolean constants. */
export type RelationOp =
  | Op['LT']
  | Op['LE']
  | Op['GT']
  | Op['GE']
  | Op['EQ']
  | Op['NEQ']
  | Op['BinOr']
  | Op['BinAnd']
  | Op['BinXor']

export type BinaryOp =
  | RelationOp
  | Op['AtLeast']
  | Op['Minus']
  | Op['Plus']
  | Op['Xor']
  | Op['Multiply']
  | Op['Division']
  | Op['Modulo']
  | Op['Exponentiate']
  | Op['MultiplyGroup']
  | Op['Min']
  | Op['Max']
  | Op['MapCollection']
  | Op['Exists']
  | Op['ForAll']
  | Op['Append']
  | Op['Filter']
  | Op['OptionGetOrElse']
  | Op['PlusModQ']
  | Op['MinusModQ']
  | Op['BitOr']
  | Op['BitAnd']
  | Op['BitXor']
  | Op['BitShiftRight']
  | Op['BitShiftLeft']
  | Op['BitShiftRightZeroed']

/** AtLeast: bound, children. Collection operations: collection, function. OptionGetOrElse: option, default. */
export interface BinaryNode {
  readonly op: BinaryOp
  readonly tpe: SType
  readonly left: Node
  readonly right: Node
}

/** If: condition, then, else. Fold: collection, zero, function. Slice: collection, from, until. TreeLookup, SubstConstants. */
export interface TernaryNode {
  readonly op: Op['If'] | Op['Fold'] | Op['Slice'] | Op['TreeLookup'] | Op['SubstConstants']
  readonly tpe: SType
  readonly first: Node
  readonly second: Node
  readonly third: Node
}

/** Numeric cast to `tpe`. Below tree version 3 the parser itself puts upcasts under mixed operands and indices. */
export interface CastNode {
  readonly op: Op['Upcast'] | Op['Downcast']
  readonly tpe: SType
  readonly input: Node
}

export interface SelectFieldNode {
  readonly op: Op['SelectField']
  readonly tpe: SType
  readonly input: Node
  /** 1-based. */
  readonly index: number
}

export interface ByIndexNode {
  readonly op: Op['ByIndex']
  readonly tpe: SType
  readonly input: Node
  readonly index: Node
  readonly default: Node | undefined
}

/** Tuple of any number of items; SigmaAnd and SigmaOr of propositions. */
export interface ItemsNode {
  readonly op: Op['Tuple'] | Op['SigmaAnd'] | Op['SigmaOr']
  readonly tpe: SType
  readonly items: readonly Node[]
}

/** Collection of expressions. Also for the packed boolean form, which the writer picks by itself. */
export interface ConcreteCollectionNode {
  readonly op: Op['ConcreteCollection']
  readonly tpe: CollType
  readonly items: readonly Node[]
}

/** GetVar (type is an option) and the legacy TaggedVariable. */
export interface VariableNode {
  readonly op: Op['GetVar'] | Op['TaggedVariable']
  readonly tpe: SType
  /** Signed byte. */
  readonly id: number
}

export interface ExtractRegisterNode {
  readonly op: Op['ExtractRegisterAs']
  readonly tpe: OptionType
  readonly input: Node
  /** 0 .. 9 */
  readonly register: number
}

export interface DeserializeContextNode {
  readonly op: Op['DeserializeContext']
  readonly tpe: SType
  /** Signed byte. */
  readonly id: number
}

export interface DeserializeRegisterNode {
  readonly op: Op['DeserializeRegister']
  readonly tpe: SType
  /** 0 .. 9 */
  readonly register: number
  readonly default: Node | undefined
}

/** Definition in a block. FunDef when there are type arguments; one without type arguments is a ValDef in all respects. */
export interface ValDefNode {
  readonly op: Op['ValDef'] | Op['FunDef']
  readonly tpe: SType
  readonly id: number
  readonly typeArgs: readonly SType[]
  readonly rhs: Node
}

export interface ValUseNode {
  readonly op: Op['ValUse']
  readonly tpe: SType
  /** Signed 32 bits. */
  readonly id: number
}

export interface BlockNode {
  readonly op: Op['BlockValue']
  readonly tpe: SType
  readonly items: readonly ValDefNode[]
  readonly result: Node
}

export interface FuncArg {
  /** Signed 32 bits. */
  readonly id: number
  readonly tpe: SType
}

export interface FuncValueNode {
  readonly op: Op['FuncValue']
  /** {@link BadType} when the type of the body is. */
  readonly tpe: SType
  readonly args: readonly FuncArg[]
  readonly body: Node
}

export interface ApplyNode {
  readonly op: Op['Apply']
  readonly tpe: SType
  readonly func: Node
  readonly args: readonly Node[]
}

/** Method call, or property call when there are no arguments. */
export interface MethodCallNode {
  readonly op: Op['MethodCall'] | Op['PropertyCall']
  /** Range of `signature`, explicit type arguments put in. */
  readonly tpe: SType
  readonly obj: Node
  /** The shared descriptor: type id, method id, generic signature. */
  readonly method: MethodDescriptor
  /** Signature specialised for the static types of object and arguments, as far as they unify; the object comes first. */
  readonly signature: FuncType
  readonly args: readonly Node[]
  /** One for each explicit type argument of the method, in order. */
  readonly typeArgs: readonly SType[]
}

export interface CreateProveDHTupleNode {
  readonly op: Op['CreateProveDHTuple']
  readonly tpe: SType
  readonly g: Node
  readonly h: Node
  readonly u: Node
  readonly v: Node
}

export interface CreateAvlTreeNode {
  readonly op: Op['CreateAvlTree']
  readonly tpe: SType
  readonly flags: Node
  readonly digest: Node
  readonly keyLength: Node
  readonly valueLength: Node
}

/** What may stand in a register or context variable: nothing to compute, though the items may be anything. */
export type EvaluatedNode = ConstantNode | ItemsNode | ConcreteCollectionNode | LeafNode
