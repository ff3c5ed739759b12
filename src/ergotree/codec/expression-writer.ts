import { EncodeError, type Writer } from '../../bytes/index.ts'
import type { ConcreteCollectionNode, ConstantNode, MethodCallNode, Node } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { TYPE } from '../types/types.ts'
import { isV3Tree, type Versions } from '../versions.ts'
import { writeData } from './data-codec.ts'
import { writeType } from './type-codec.ts'

/**
 * Writes an expression as the reference does (`ValueSerializer.serialize`): what was read does not always come back as it was.
 * Below tree version 3 an upcast of a constant is written as the bare constant.
 *
 * @throws EncodeError when something in it has no encoding
 */
export function writeValue(w: Writer, node: Node, versions: Versions): void {
  switch (node.op) {
    case OP.Constant:
      writeConstant(w, node, versions)
      return
    case OP.Upcast:
      if (node.input.op === OP.Constant && !isV3Tree(versions)) {
        writeConstant(w, node.input, versions)
        return
      }
      break
    case OP.ConcreteCollection:
      writeConcreteCollection(w, node, versions)
      return
  }
  w.u8(node.op)
  writeBody(w, node, versions)
}

/** Type and data. */
export function writeConstant(w: Writer, node: ConstantNode, versions: Versions): void {
  writeType(w, node.tpe, versions)
  writeData(w, node.value, node.tpe, versions)
}

function writeValues(w: Writer, nodes: readonly Node[], versions: Versions): void {
  for (const node of nodes) writeValue(w, node, versions)
}

function writeOptional(w: Writer, node: Node | undefined, versions: Versions): void {
  w.option(node, (n) => writeValue(w, n, versions))
}

/** Everything behind the operation code. */
function writeBody(w: Writer, node: Node, versions: Versions): void {
  switch (node.op) {
    case OP.ConstantPlaceholder:
      w.uint(node.index)
      return
    case OP.ValUse:
      w.uint(node.id)
      return
    case OP.Upcast:
    case OP.Downcast:
      writeValue(w, node.input, versions)
      writeType(w, node.tpe, versions)
      return
    case OP.SelectField:
      writeValue(w, node.input, versions)
      w.u8(node.index)
      return
    case OP.ByIndex:
      writeValue(w, node.input, versions)
      writeValue(w, node.index, versions)
      writeOptional(w, node.default, versions)
      return
    case OP.Tuple:
      if (node.items.length > 0xff) throw new EncodeError(`tuple of ${node.items.length} items`)
      w.u8(node.items.length)
      writeValues(w, node.items, versions)
      return
    case OP.SigmaAnd:
    case OP.SigmaOr:
      w.uint(node.items.length)
      writeValues(w, node.items, versions)
      return
    case OP.GetVar:
      if (node.tpe.code !== TYPE.Option) throw new EncodeError('type of a variable is not an option')
      w.u8(node.id)
      writeType(w, node.tpe.elem, versions)
      return
    case OP.TaggedVariable:
      w.u8(node.id)
      writeType(w, node.tpe, versions)
      return
    case OP.ExtractRegisterAs:
      writeValue(w, node.input, versions)
      w.u8(node.register)
      writeType(w, node.tpe.elem, versions)
      return
    case OP.DeserializeContext:
      writeType(w, node.tpe, versions)
      w.u8(node.id)
      return
    case OP.DeserializeRegister:
      w.u8(node.register)
      writeType(w, node.tpe, versions)
      writeOptional(w, node.default, versions)
      return
    case OP.ValDef:
    case OP.FunDef:
      w.uint(node.id)
      if (node.op === OP.FunDef) {
        w.u8(node.typeArgs.length)
        for (const arg of node.typeArgs) writeType(w, arg, versions)
      }
      writeValue(w, node.rhs, versions)
      return
    case OP.BlockValue:
      w.uint(node.items.length)
      writeValues(w, node.items, versions)
      writeValue(w, node.result, versions)
      return
    case OP.FuncValue:
      w.uint(node.args.length)
      for (const arg of node.args) {
        w.uint(arg.id)
        writeType(w, arg.tpe, versions)
      }
      writeValue(w, node.body, versions)
      return
    case OP.Apply:
      writeValue(w, node.func, versions)
      w.uint(node.args.length)
      writeValues(w, node.args, versions)
      return
    case OP.PropertyCall:
    case OP.MethodCall:
      writeMethodCall(w, node, versions)
      return
    case OP.CreateProveDHTuple:
      writeValues(w, [node.g, node.h, node.u, node.v], versions)
      return
    case OP.CreateAvlTree:
      writeValues(w, [node.flags, node.digest, node.keyLength, node.valueLength], versions)
      return
    default:
      writeOperands(w, node, versions)
  }
}

/** Operations with one, two, three or no operands and nothing else. */
function writeOperands(w: Writer, node: Node, versions: Versions): void {
  if ('input' in node) {
    writeValue(w, node.input, versions)
  } else if ('left' in node) {
    if (isRelation(node.op) && isBooleanConstant(node.left) && isBooleanConstant(node.right)) {
      w.u8(OP.ConcreteCollectionBool).u8((node.left.value ? 1 : 0) | (node.right.value ? 2 : 0))
      return
    }
    writeValue(w, node.left, versions)
    writeValue(w, node.right, versions)
  } else if ('first' in node) {
    writeValues(w, [node.first, node.second, node.third], versions)
  }
}

/** The nine operations that pack two boolean constants. */
function isRelation(op: number): boolean {
  return (op >= OP.LT && op <= OP.NEQ) || op === OP.BinOr || op === OP.BinAnd || op === OP.BinXor
}

function isBooleanConstant(node: Node): node is ConstantNode {
  return node.op === OP.Constant && node.tpe.code === TYPE.Boolean
}

/** A collection of nothing but boolean constants is packed, also when empty. */
function writeConcreteCollection(w: Writer, node: ConcreteCollectionNode, versions: Versions): void {
  const items = node.items
  if (items.length > 0xffff) throw new EncodeError(`collection of ${items.length} items`)
  if (node.tpe.elem.code !== TYPE.Boolean || !items.every((item) => item.op === OP.Constant)) {
    w.u8(OP.ConcreteCollection).ushort(items.length)
    writeType(w, node.tpe.elem, versions)
    writeValues(w, items, versions)
    return
  }
  const packed = new Uint8Array((items.length + 7) >> 3)
  for (const [i, item] of items.entries()) {
    if ((item as ConstantNode).value === true) packed[i >> 3]! |= 1 << (i & 7)
  }
  w.u8(OP.ConcreteCollectionBool).ushort(items.length).bytes(packed)
}

function writeMethodCall(w: Writer, node: MethodCallNode, versions: Versions): void {
  w.u8(node.method.typeId).u8(node.method.methodId)
  writeValue(w, node.obj, versions)
  if (node.op === OP.MethodCall) {
    w.uint(node.args.length)
    writeValues(w, node.args, versions)
  }
  for (const t of node.typeArgs) writeType(w, t, versions)
}
