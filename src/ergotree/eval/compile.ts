import type { ApplyNode, BlockNode, ConstantNode, FuncValueNode, Node, TernaryNode, ValUseNode } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import type { Value } from '../values/values.ts'
import { binaryFunction } from './binary.ts'
import { Closure } from './closure.ts'
import { BLOCK_VALUE, COST } from './cost.ts'
import type { Code, Frame } from './machine.ts'
import { compileMethodCall } from './method-call.ts'
import {
  byIndexCode,
  castCode,
  checked,
  collectionCode,
  extractRegisterCode,
  foldCode,
  getOrElseCode,
  getVarCode,
  ifCode,
  itemsCode,
  LEAVES,
  lazyCode,
  proveDHTupleCode,
  selectFieldCode,
  sliceCode,
  substConstantsCode,
  unsupported
} from './node-code.ts'
import { type Definition, findDefinition, hopsBetween, Scope } from './scope.ts'
import { asFunction, type ClassTest, classKey, classTest } from './type-check.ts'
import { unaryFunction } from './unary.ts'

/** Where a node stands: its activation, what it can refer to, the constants of its tree. */
export interface Place {
  readonly scope: Scope
  readonly definitions: Definition | undefined
  readonly constants: readonly ConstantNode[]
}

/**
 * Makes an expression ready to run: one closure a node, with types, costs and the places of definitions resolved. Nothing
 * fails here; what cannot be evaluated becomes code that fails when it is reached, as dead branches must not matter.
 */
export function compile(root: Node, constants: readonly ConstantNode[]): Code {
  return compileNode(root, { scope: new Scope(undefined), definitions: undefined, constants })
}

export function compileNode(node: Node, place: Place): Code {
  switch (node.op) {
    case OP.Constant: {
      const { value } = node
      return (_, m) => {
        m.add(COST.constant)
        return value
      }
    }
    case OP.ConstantPlaceholder: {
      const constant = place.constants[node.index]
      if (constant === undefined || !classTest(constant.tpe)(constant.value)) return unsupported('placeholder')
      const { value } = constant
      return (_, m) => {
        m.add(COST.placeholder)
        return value
      }
    }
    case OP.ValUse:
      return compileValUse(node, place)
    case OP.BlockValue:
      return compileBlock(node, place)
    case OP.FuncValue:
      return compileFunction(node, place)
    case OP.Apply:
      return compileApply(node, place)
    case OP.If:
      return ifCode(node, compileThree(node, place))
    case OP.Fold:
      return foldCode(node, compileThree(node, place))
    case OP.Slice:
      return sliceCode(compileThree(node, place))
    case OP.SubstConstants:
      return substConstantsCode(compileThree(node, place))
    case OP.MethodCall:
    case OP.PropertyCall:
      return compileMethodCall(node, compileNode(node.obj, place), compileAll(node.args, place))
    case OP.Tuple:
    case OP.SigmaAnd:
    case OP.SigmaOr:
      return itemsCode(node, compileAll(node.items, place))
    case OP.ConcreteCollection:
      return collectionCode(node, compileAll(node.items, place))
    case OP.SelectField:
      return selectFieldCode(node.index, compileNode(node.input, place))
    case OP.ByIndex:
      return byIndexCode(
        node,
        compileNode(node.input, place),
        compileNode(node.index, place),
        node.default === undefined ? undefined : compileNode(node.default, place)
      )
    case OP.Upcast:
    case OP.Downcast:
      return castCode(node, compileNode(node.input, place))
    case OP.GetVar:
      return getVarCode(node)
    case OP.ExtractRegisterAs:
      return extractRegisterCode(node, compileNode(node.input, place))
    case OP.CreateProveDHTuple:
      return proveDHTupleCode(compileAll([node.g, node.h, node.u, node.v], place) as [Code, Code, Code, Code])
    case OP.GroupGenerator:
    case OP.Height:
    case OP.Inputs:
    case OP.Outputs:
    case OP.LastBlockUtxoRootHash:
    case OP.Self:
    case OP.MinerPubkey:
    case OP.Context:
    case OP.Global:
      return LEAVES[node.op]
    case OP.TaggedVariable:
    case OP.TreeLookup:
    case OP.CreateAvlTree:
    case OP.DeserializeContext:
    case OP.DeserializeRegister:
    case OP.ValDef:
    case OP.FunDef:
      return unsupported('node')
    case OP.BinOr:
    case OP.BinAnd:
      return lazyCode(node.op === OP.BinOr, compileNode(node.left, place), compileNode(node.right, place))
    case OP.OptionGetOrElse:
      return getOrElseCode(node.right.tpe, compileNode(node.left, place), compileNode(node.right, place))
  }
  if ('input' in node) {
    const run = unaryFunction(node)
    if (run === undefined) return unsupported('operation')
    const input = compileNode(node.input, place)
    return (f, m) => run(input(f, m), m)
  }
  const run = binaryFunction(node)
  if (run === undefined) return unsupported('operation')
  const left = compileNode(node.left, place)
  const right = compileNode(node.right, place)
  return (f, m) => run(left(f, m), right(f, m), m)
}

function compileAll(nodes: readonly Node[], place: Place): Code[] {
  return nodes.map((n) => compileNode(n, place))
}

function compileThree(node: TernaryNode, place: Place): [Code, Code, Code] {
  return compileAll([node.first, node.second, node.third], place) as [Code, Code, Code]
}

function compileValUse(node: ValUseNode, place: Place): Code {
  const definition = findDefinition(place.definitions, node.id)
  if (definition === undefined) return unsupported('use of an unknown definition')
  const hops = hopsBetween(place.scope, definition.scope)
  const read = slotReader(hops, definition.slot)
  if (classKey(node.tpe) === definition.checked && definition.checked >= 0) return read
  const test = classTest(node.tpe)
  return (f, m) => checked(test, read(f, m))
}

function slotReader(hops: number, slot: number): Code {
  switch (hops) {
    case 0:
      return (f, m) => {
        m.add(COST.valUse)
        return f[slot] as Value
      }
    case 1:
      return (f, m) => {
        m.add(COST.valUse)
        return f[0]![slot] as Value
      }
    default:
      return (f, m) => {
        m.add(COST.valUse)
        let frame: Frame = f
        for (let i = 0; i < hops; i++) frame = frame[0]!
        return frame[slot] as Value
      }
  }
}

function compileBlock(node: BlockNode, place: Place): Code {
  const { scope, constants } = place
  let { definitions } = place
  const slots: number[] = []
  const values: Code[] = []
  const tests: ClassTest[] = []
  for (const item of node.items) {
    values.push(compileNode(item.rhs, { scope, definitions, constants }))
    tests.push(classTest(item.tpe))
    const slot = scope.newSlot()
    slots.push(slot)
    definitions = { id: item.id, scope, slot, checked: classKey(item.tpe), next: definitions }
  }
  const result = compileNode(node.result, { scope, definitions, constants })
  const resultTest = classTest(node.result.tpe)
  const n = values.length
  return (f, m) => {
    m.addItems(BLOCK_VALUE, n)
    for (let i = 0; i < n; i++) {
      const value = checked(tests[i]!, values[i]!(f, m))
      m.add(COST.addToEnvironment)
      f[slots[i]!] = value
    }
    return checked(resultTest, result(f, m))
  }
}

function compileFunction(node: FuncValueNode, place: Place): Code {
  const arg = node.args[0]
  if (arg === undefined || node.args.length !== 1) return unsupported('function of more or less than one argument')
  const scope = new Scope(place.scope)
  const slot = scope.newSlot()
  const definitions = { id: arg.id, scope, slot, checked: classKey(arg.tpe), next: place.definitions }
  const code = {
    argument: classTest(arg.tpe),
    result: classTest(node.body.tpe),
    body: compileNode(node.body, { scope, definitions, constants: place.constants })
  }
  return (f, m) => {
    m.add(COST.funcValue)
    return new Closure(code, f, m)
  }
}

function compileApply(node: ApplyNode, place: Place): Code {
  const argument = node.args[0]
  if (argument === undefined || node.args.length !== 1) return unsupported('application to more or less than one argument')
  const func = compileNode(node.func, place)
  const arg = compileNode(argument, place)
  return (f, m) => {
    m.add(COST.apply)
    const fn = asFunction(func(f, m))
    return fn.apply(arg(f, m))
  }
}
