import { nodeChildren } from '../ast/node-children.ts'
import type { Node } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { applyType, elemType, isNumericOrNoType } from '../ast/typing.ts'
import { BadType, collOf, funcOf, isNumeric, type SType, tupleOf } from '../types/types.ts'
import { fail } from './errors.ts'

/**
 * A node with other children, as the reference's constructor makes it: types come from the new children, and the few checks
 * that constructors make run again. The conversions of the parser (automatic upcasts) do not.
 *
 * @throws ScriptError when a constructor refuses the new children
 */
function rebuild(node: Node, children: readonly Node[]): Node {
  const [first, second, third] = children
  switch (node.op) {
    case OP.Upcast:
    case OP.Downcast:
      if (!isNumeric(first!.tpe)) fail('cast of something that is not numeric')
      return { ...node, input: first! }
    case OP.SelectField: {
      const t = first!.tpe
      const tpe = t.code === 96 ? t.items[node.index - 1] : undefined
      return tpe === undefined ? fail('no such tuple field') : { ...node, tpe, input: first! }
    }
    case OP.ByIndex: {
      const tpe = elemType(first!.tpe) ?? fail('not a collection')
      return { ...node, tpe, input: first!, index: second!, default: third }
    }
    case OP.ExtractRegisterAs:
      return { ...node, input: first! }
    case OP.Tuple:
      return { ...node, tpe: tupleType(children), items: children }
    case OP.SigmaAnd:
    case OP.SigmaOr:
      return { ...node, items: children }
    case OP.ConcreteCollection:
      return { ...node, items: children }
    case OP.DeserializeRegister:
      return { ...node, default: first }
    case OP.ValDef:
    case OP.FunDef:
      return { ...node, tpe: first!.tpe, rhs: first! }
    case OP.BlockValue: {
      const result = children[children.length - 1]!
      return { ...node, tpe: result.tpe, items: children.slice(0, -1) as typeof node.items, result }
    }
    case OP.FuncValue: {
      const argTypes = node.args.map((arg) => arg.tpe)
      return { ...node, tpe: first!.tpe === BadType ? BadType : funcOf(argTypes, first!.tpe), body: first! }
    }
    case OP.Apply:
      return { ...node, tpe: applyType(first!.tpe), func: first!, args: children.slice(1) }
    case OP.MethodCall:
    case OP.PropertyCall:
      return { ...node, obj: first!, args: children.slice(1) }
    case OP.CreateProveDHTuple:
      return { ...node, g: first!, h: second!, u: third!, v: children[3]! }
    case OP.CreateAvlTree:
      return { ...node, flags: first!, digest: second!, keyLength: third!, valueLength: children[3]! }
    case OP.If:
    case OP.TreeLookup:
      if (children.some((c) => c.tpe === BadType)) fail('type cannot be read')
      return { ...node, tpe: node.op === OP.If ? second!.tpe : node.tpe, first: first!, second: second!, third: third! }
    case OP.Slice:
      return { ...node, tpe: collectionType(first!), first: first!, second: second!, third: third! }
    case OP.Fold:
      return { ...node, tpe: second!.tpe, first: first!, second: second!, third: third! }
    case OP.SubstConstants:
      return { ...node, first: first!, second: second!, third: third! }
  }
  if ('input' in node) return { ...node, tpe: unaryType(node, first!), input: first! }
  if ('left' in node) return { ...node, tpe: binaryType(node, first!, second!), left: first!, right: second! }
  return node
}

function tupleType(items: readonly Node[]): SType {
  return items.some((item) => item.tpe === BadType) ? BadType : tupleOf(items.map((item) => item.tpe))
}

function collectionType(node: Node): SType {
  return elemType(node.tpe) === undefined ? fail('not a collection') : node.tpe
}

function unaryType(node: Node, input: Node): SType {
  switch (node.op) {
    case OP.Negation:
    case OP.BitInversion:
      return isNumericOrNoType(input.tpe) ? input.tpe : fail('not numeric')
    case OP.OptionGet:
      return input.tpe.code === 36 ? input.tpe.elem : fail('not an option')
    case OP.OptionIsDefined:
    case OP.SigmaPropIsProven:
    case OP.SigmaPropBytes:
      return input.tpe === BadType ? fail('type cannot be read') : node.tpe
    default:
      return node.tpe
  }
}

function binaryType(node: Node, left: Node, right: Node): SType {
  switch (node.op) {
    case OP.Plus:
    case OP.Minus:
    case OP.Multiply:
    case OP.Division:
    case OP.Modulo:
    case OP.Min:
    case OP.Max:
      return left.tpe === BadType || right.tpe === BadType ? fail('type cannot be read') : left.tpe
    case OP.BitOr:
    case OP.BitAnd:
    case OP.BitXor:
    case OP.BitShiftRight:
    case OP.BitShiftLeft:
    case OP.BitShiftRightZeroed:
      return isNumericOrNoType(left.tpe) && isNumericOrNoType(right.tpe) ? left.tpe : fail('not numeric')
    case OP.MapCollection:
      return right.tpe.code === 112 ? collOf(right.tpe.range) : fail('not a function')
    case OP.Append:
      return collectionType(left)
    case OP.Filter:
      return elemType(left.tpe) === undefined ? BadType : left.tpe
    case OP.OptionGetOrElse:
      return left.tpe.code === 36 ? left.tpe.elem : fail('not an option')
    default:
      return node.tpe
  }
}

/**
 * Replaces nodes of an expression in one pass from the leaves up (reference: `everywherebu`): what comes in for a node is not
 * looked into again. Nodes whose children stay the same stay themselves.
 *
 * @param replace undefined leaves the node
 */
export function rewrite(node: Node, replace: (node: Node) => Node | undefined): Node {
  const children = nodeChildren(node)
  let changed = false
  const rewritten = children.map((child) => {
    const next = rewrite(child, replace)
    if (next !== child) changed = true
    return next
  })
  const same = changed ? rebuild(node, rewritten) : node
  return replace(same) ?? same
}
