import { EncodeError, Writer } from '../../bytes/index.ts'
import { nodeChildren } from '../ast/node-children.ts'
import type { Node } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { writeErgoTree } from '../codec/tree-codec.ts'
import { writeType } from '../codec/type-codec.ts'
import { type SType, TYPE } from '../types/types.ts'
import { signedToBytes, unsignedToBytes } from '../values/big-int-bytes.ts'
import type { ErgoBox } from '../values/ergo-box.ts'
import { SIGMA, type SigmaBoolean } from '../values/sigma-boolean.ts'
import {
  AvlTreeValue,
  BigIntValue,
  BoxValue,
  collItem,
  collLength,
  HeaderValue,
  isColl,
  isSigmaBoolean,
  OptionValue,
  PairValue,
  type ScriptHeader,
  UnsignedBigIntValue,
  type Value
} from '../values/values.ts'
import { fail } from './errors.ts'
import type { Machine } from './machine.ts'

/**
 * Cost of `Global.serialize`: what the reference's writer charges for each thing it is given (`SigmaByteWriter.scala`). The
 * bytes are written by the codecs, which know nothing of it.
 */
const BYTE = 1
const NUMBER = 3
/** Of a run of bytes or bits, beside one for each. */
const CHUNK = 3
const POINT_BYTES = 33
const HASH_BYTES = 32

function chunk(length: number): number {
  return CHUNK + length
}

/** Charges for a value written as data of a type. */
export function addDataCost(value: Value, tpe: SType, m: Machine): void {
  switch (tpe.code) {
    case TYPE.Unit:
      return
    case TYPE.Boolean:
    case TYPE.Byte:
      m.add(BYTE)
      return
    case TYPE.Short:
    case TYPE.Int:
    case TYPE.Long:
      m.add(NUMBER)
      return
    case TYPE.String:
      m.add(chunk(typeof value === 'string' ? new TextEncoder().encode(value).length : 0))
      return
    case TYPE.BigInt:
      m.add(NUMBER + chunk(value instanceof BigIntValue ? signedToBytes(value.value).length : 0))
      return
    case TYPE.UnsignedBigInt:
      m.add(NUMBER + chunk(value instanceof UnsignedBigIntValue ? unsignedToBytes(value.value).length : 0))
      return
    case TYPE.GroupElement:
      m.add(chunk(POINT_BYTES))
      return
    case TYPE.SigmaProp:
      addSigmaCost(isSigmaBoolean(value) ? value : mismatch(), m)
      return
    case TYPE.AvlTree:
      // Lengths of keys and values are written free of charge.
      m.add(chunk(value instanceof AvlTreeValue ? value.digest.length : 0) + BYTE + BYTE)
      return
    case TYPE.Coll:
      addCollCost(value, tpe.elem, m)
      return
    case TYPE.Tuple:
      addTupleCost(value, tpe.items, m)
      return
    case TYPE.Option: {
      m.add(BYTE)
      const content = value instanceof OptionValue ? value.value : mismatch()
      if (content !== undefined) addDataCost(content, tpe.elem, m)
      return
    }
    case TYPE.Box:
      addBoxCost(value instanceof BoxValue ? value.box : mismatch(), m)
      return
    case TYPE.Header:
      m.add(headerCost(value instanceof HeaderValue ? value.header : mismatch()))
      return
    default:
      throw new EncodeError('no data of this type')
  }
}

function mismatch(): never {
  return fail('serialize: value of another type')
}

function addCollCost(value: Value, elem: SType, m: Machine): void {
  const coll = isColl(value) ? value : mismatch()
  const n = collLength(coll)
  m.add(NUMBER)
  if (elem.code === TYPE.Boolean || elem.code === TYPE.Byte) {
    m.add(chunk(n))
    return
  }
  for (let i = 0; i < n; i++) addDataCost(collItem(coll, i), elem, m)
}

function addTupleCost(value: Value, types: readonly SType[], m: Machine): void {
  if (value instanceof PairValue) {
    if (types.length !== 2) mismatch()
    addDataCost(value.first, types[0]!, m)
    addDataCost(value.second, types[1]!, m)
    return
  }
  if (!isColl(value) || collLength(value) !== types.length) return mismatch()
  for (const [i, t] of types.entries()) addDataCost(collItem(value, i), t, m)
}

function addSigmaCost(p: SigmaBoolean, m: Machine): void {
  m.add(BYTE)
  switch (p.code) {
    case SIGMA.ProveDlog:
      m.add(chunk(POINT_BYTES))
      return
    case SIGMA.ProveDHTuple:
      m.add(4 * chunk(POINT_BYTES))
      return
    case SIGMA.And:
    case SIGMA.Or:
    case SIGMA.Threshold:
      m.add(p.code === SIGMA.Threshold ? 2 * NUMBER : NUMBER)
      for (const child of p.children) addSigmaCost(child, m)
      return
    default:
  }
}

function addBoxCost(box: ErgoBox, m: Machine): void {
  m.add(NUMBER + chunk(writeErgoTree(box.tree, m.versions).length) + BYTE)
  m.add(box.tokens.length * (chunk(HASH_BYTES) + NUMBER) + BYTE)
  for (const register of box.registers) addNodeCost(register, m)
  m.add(chunk(HASH_BYTES) + NUMBER)
}

function headerCost(h: ScriptHeader): number {
  const hashes = 4 * chunk(HASH_BYTES) + chunk(h.stateRoot.length)
  const newFields = h.version > 1 ? BYTE + chunk(h.unparsedBytes.length) : 0
  const plain = BYTE + NUMBER + chunk(4) + chunk(h.votes.length)
  const solution = chunk(POINT_BYTES) + chunk(h.powNonce.length)
  const version1 = h.version === 1 ? chunk(POINT_BYTES) + BYTE + chunk(unsignedToBytes(h.powDistance).length) : 0
  return hashes + newFields + plain + solution + version1
}

/** A byte each; names of type variables are runs of bytes. */
function typeCost(t: SType, m: Machine): number {
  const w = new Writer(8)
  writeType(w, t, m.versions)
  return w.length + CHUNK * countTypeVars(t)
}

function countTypeVars(t: SType): number {
  switch (t.code) {
    case TYPE.TypeVar:
      return 1
    case TYPE.Coll:
    case TYPE.Option:
      return countTypeVars(t.elem)
    case TYPE.Tuple:
      return t.items.reduce((sum, item) => sum + countTypeVars(item), 0)
    case TYPE.Func:
      return [...t.args, t.range, ...t.typeParams].reduce((sum, part) => sum + countTypeVars(part), 0)
    default:
      return 0
  }
}

const isBooleanConstant = (n: Node): boolean => n.op === OP.Constant && n.tpe.code === TYPE.Boolean

/** Charges for an expression: registers hold constants as a rule, but items of tuples and collections may be anything. */
function addNodeCost(node: Node, m: Machine): void {
  if (node.op === OP.Constant) {
    m.add(typeCost(node.tpe, m))
    addDataCost(node.value, node.tpe, m)
    return
  }
  m.add(BYTE + ownCost(node, m))
  for (const child of childrenOf(node)) addNodeCost(child, m)
}

/** Cost of what a node writes beside its operation code and its children. */
function ownCost(node: Node, m: Machine): number {
  switch (node.op) {
    case OP.ConcreteCollection:
      if (isPackedCollection(node)) return NUMBER + chunk(node.items.length)
      return NUMBER + typeCost(node.tpe.elem, m)
    case OP.Tuple:
    case OP.SelectField:
      return BYTE
    case OP.SigmaAnd:
    case OP.SigmaOr:
    case OP.BlockValue:
    case OP.Apply:
    case OP.ConstantPlaceholder:
      return NUMBER
    case OP.FuncValue:
      return node.args.reduce((sum, arg) => sum + NUMBER + typeCost(arg.tpe, m), NUMBER)
    case OP.PropertyCall:
    case OP.MethodCall: {
      const types = node.typeArgs.reduce((sum, t) => sum + typeCost(t, m), 0)
      return 2 * BYTE + (node.op === OP.MethodCall ? NUMBER : 0) + types
    }
    case OP.FunDef:
      return node.typeArgs.reduce((sum, t) => sum + typeCost(t, m), BYTE)
    case OP.GetVar:
      return BYTE + (node.tpe.code === TYPE.Option ? typeCost(node.tpe.elem, m) : 0)
    case OP.ExtractRegisterAs:
      return BYTE + typeCost(node.tpe.elem, m)
    case OP.TaggedVariable:
    case OP.DeserializeContext:
      return BYTE + typeCost(node.tpe, m)
    case OP.DeserializeRegister:
      return BYTE + typeCost(node.tpe, m) + BYTE
    case OP.ByIndex:
      return BYTE
    case OP.Upcast:
    case OP.Downcast:
      return typeCost(node.tpe, m)
    default:
      return isPackedRelation(node) ? BYTE + chunk(2) : 0
  }
}

function isPackedCollection(node: Node): boolean {
  return node.op === OP.ConcreteCollection && node.tpe.elem.code === TYPE.Boolean && node.items.every(isBooleanConstant)
}

function isPackedRelation(node: Node): boolean {
  if (!('left' in node)) return false
  const relation =
    (node.op >= OP.LT && node.op <= OP.NEQ) || node.op === OP.BinOr || node.op === OP.BinAnd || node.op === OP.BinXor
  return relation && isBooleanConstant(node.left) && isBooleanConstant(node.right)
}

function childrenOf(node: Node): readonly Node[] {
  return isPackedCollection(node) || isPackedRelation(node) ? [] : nodeChildren(node)
}
