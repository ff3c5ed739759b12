import { hasRuntimeType } from '../data-codec.ts'
import { GroupElement } from '../group-element.ts'
import type {
  ApplyNode,
  BlockNode,
  ByIndexNode,
  CastNode,
  ConcreteCollectionNode,
  ConstantNode,
  ExtractRegisterNode,
  FuncValueNode,
  ItemsNode,
  LeafNode,
  Node,
  SelectFieldNode,
  TernaryNode,
  ValUseNode,
  VariableNode
} from '../nodes.ts'
import { OP } from '../op-codes.ts'
import { ProveDHTuple, type SigmaBoolean } from '../sigma-boolean.ts'
import type { OptionType } from '../types.ts'
import { collLength, GLOBAL, PairValue, type Value } from '../values.ts'
import { binaryFunction } from './binary.ts'
import { getRegister } from './box.ts'
import { Closure } from './closure.ts'
import { collOfItems, foldColl, itemAt, sliceColl } from './coll.ts'
import { BLOCK_VALUE, COST, FOLD, SIGMA_CONJECTURE, SLICE } from './cost.ts'
import { fail } from './errors.ts'
import type { Code, Frame } from './machine.ts'
import { compileMethodCall } from './method-call.ts'
import { downcast, upcast } from './numeric.ts'
import { type Definition, findDefinition, hopsBetween, Scope } from './scope.ts'
import { asSigma, normalizedAnd, normalizedOr } from './sigma.ts'
import { substConstants } from './subst-constants.ts'
import {
  asBoolean,
  asBox,
  asColl,
  asFunction,
  asGroupElement,
  asInt,
  asOption,
  type ClassTest,
  classKey,
  classTest
} from './type-check.ts'
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

const checked = (test: ClassTest, v: Value): Value => (test(v) ? v : fail('Invalid type returned by evaluator'))

/** Code that fails: for nodes that the reference parses but cannot evaluate. */
function unsupported(what: string): Code {
  return () => fail(`${what} cannot be evaluated`)
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
      return compileIf(node, place)
    case OP.Fold:
      return compileFold(node, place)
    case OP.Slice:
      return compileSlice(node, place)
    case OP.SubstConstants:
      return compileSubstConstants(node, place)
    case OP.MethodCall:
    case OP.PropertyCall:
      return compileMethodCall(node, compileNode(node.obj, place), compileAll(node.args, place))
    case OP.Tuple:
    case OP.SigmaAnd:
    case OP.SigmaOr:
      return compileItems(node, place)
    case OP.ConcreteCollection:
      return compileCollection(node, place)
    case OP.SelectField:
      return compileSelectField(node, place)
    case OP.ByIndex:
      return compileByIndex(node, place)
    case OP.Upcast:
    case OP.Downcast:
      return compileCast(node, place)
    case OP.GetVar:
      return compileGetVar(node)
    case OP.ExtractRegisterAs:
      return compileExtractRegister(node, place)
    case OP.CreateProveDHTuple: {
      const [g, h, u, v] = compileAll([node.g, node.h, node.u, node.v], place) as [Code, Code, Code, Code]
      return (f, m) => {
        const points = [g(f, m), h(f, m), u(f, m), v(f, m)].map(asGroupElement) as [
          GroupElement,
          GroupElement,
          GroupElement,
          GroupElement
        ]
        m.add(COST.createProveDHTuple)
        return new ProveDHTuple(...points)
      }
    }
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
    case OP.BinAnd: {
      const [left, right] = compileAll([node.left, node.right], place) as [Code, Code]
      const decides = node.op === OP.BinOr
      return (f, m) => {
        const l = asBoolean(left(f, m))
        m.add(COST.relation)
        return l === decides ? l : asBoolean(right(f, m))
      }
    }
    case OP.OptionGetOrElse: {
      const [input, otherwise] = compileAll([node.left, node.right], place) as [Code, Code]
      const test = classTest(node.right.tpe)
      return (f, m) => {
        const option = asOption(input(f, m))
        // The default is computed when it is needed only, from tree version 3 on.
        const value = m.v3 ? undefined : checked(test, otherwise(f, m))
        m.add(COST.optionGetOrElse)
        return option.value ?? value ?? checked(test, otherwise(f, m))
      }
    }
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

const LEAVES: Readonly<Record<LeafNode['op'], Code>> = {
  [OP.GroupGenerator]: (_, m) => {
    m.add(COST.groupGenerator)
    return GroupElement.generator
  },
  [OP.Height]: (_, m) => {
    m.add(COST.height)
    return m.context.tx.context.preHeader.height
  },
  [OP.Inputs]: (_, m) => {
    m.add(COST.inputs)
    return m.context.tx.inputs
  },
  [OP.Outputs]: (_, m) => {
    m.add(COST.outputs)
    return m.context.tx.outputs
  },
  [OP.LastBlockUtxoRootHash]: (_, m) => {
    m.add(COST.lastBlockUtxoRootHash)
    return m.context.tx.context.lastBlockUtxoRoot
  },
  [OP.Self]: (_, m) => {
    m.add(COST.self)
    return m.context.self
  },
  [OP.MinerPubkey]: (_, m) => {
    m.add(COST.minerPubkey)
    return m.context.tx.context.preHeader.minerPk.bytes
  },
  [OP.Context]: (_, m) => {
    m.add(COST.context)
    return m.context
  },
  [OP.Global]: (_, m) => {
    m.add(COST.global)
    return GLOBAL
  }
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

function compileIf(node: TernaryNode, place: Place): Code {
  const [condition, then, otherwise] = compileAll([node.first, node.second, node.third], place) as [Code, Code, Code]
  const thenTest = classTest(node.second.tpe)
  const otherwiseTest = classTest(node.third.tpe)
  return (f, m) => {
    const c = asBoolean(condition(f, m))
    m.add(COST.if)
    return c ? checked(thenTest, then(f, m)) : checked(otherwiseTest, otherwise(f, m))
  }
}

function compileFold(node: TernaryNode, place: Place): Code {
  const [input, zero, op] = compileAll([node.first, node.second, node.third], place) as [Code, Code, Code]
  const zeroTest = classTest(node.second.tpe)
  return (f, m) => {
    const coll = asColl(input(f, m))
    const start = checked(zeroTest, zero(f, m))
    const fn = asFunction(op(f, m))
    m.addItems(FOLD, collLength(coll))
    return foldColl(coll, start, fn)
  }
}

function compileSlice(node: TernaryNode, place: Place): Code {
  const [input, from, until] = compileAll([node.first, node.second, node.third], place) as [Code, Code, Code]
  return (f, m) => {
    const coll = asColl(input(f, m))
    const lo = asInt(from(f, m))
    const hi = asInt(until(f, m))
    // The difference is a 32-bit one.
    m.addItems(SLICE, Math.max(0, (hi - lo) | 0))
    return sliceColl(coll, lo, hi)
  }
}

function compileSubstConstants(node: TernaryNode, place: Place): Code {
  const [script, positions, values] = compileAll([node.first, node.second, node.third], place) as [Code, Code, Code]
  return (f, m) => substConstants(asColl(script(f, m)), asColl(positions(f, m)), asColl(values(f, m)), m)
}

function compileItems(node: ItemsNode, place: Place): Code {
  const items = compileAll(node.items, place)
  if (node.op === OP.Tuple) {
    const [first, second] = items
    if (first === undefined || second === undefined || items.length !== 2) return unsupported('tuple that is not a pair')
    const firstTest = classTest(node.items[0]!.tpe)
    const secondTest = classTest(node.items[1]!.tpe)
    return (f, m) => {
      const x = checked(firstTest, first(f, m))
      const y = checked(secondTest, second(f, m))
      m.add(COST.tuple)
      return new PairValue(x, y)
    }
  }
  const join = node.op === OP.SigmaAnd ? normalizedAnd : normalizedOr
  return (f, m) => {
    const propositions: SigmaBoolean[] = []
    for (const item of items) propositions.push(asSigma(item(f, m)))
    m.addItems(SIGMA_CONJECTURE, items.length)
    return join(propositions)
  }
}

function compileCollection(node: ConcreteCollectionNode, place: Place): Code {
  const itemType = node.tpe.elem
  if (!hasRuntimeType(itemType)) return unsupported('collection of items without a run-time type')
  const items = compileAll(node.items, place)
  const tests = node.items.map((n) => classTest(n.tpe))
  const n = items.length
  return (f, m) => {
    m.add(COST.concreteCollection)
    const values = new Array<Value>(n)
    for (let i = 0; i < n; i++) values[i] = checked(tests[i]!, items[i]!(f, m))
    return collOfItems(itemType, values)
  }
}

function compileSelectField(node: SelectFieldNode, place: Place): Code {
  const input = compileNode(node.input, place)
  const { index } = node
  if (index !== 1 && index !== 2) return unsupported(`field ${index} of a tuple`)
  return (f, m) => {
    const pair = input(f, m)
    m.add(COST.selectField)
    if (!(pair instanceof PairValue)) return fail('pair expected')
    return index === 1 ? pair.first : pair.second
  }
}

function compileByIndex(node: ByIndexNode, place: Place): Code {
  const input = compileNode(node.input, place)
  const index = compileNode(node.index, place)
  if (node.default === undefined) {
    return (f, m) => {
      const coll = asColl(input(f, m))
      const i = asInt(index(f, m))
      m.add(COST.byIndex)
      return itemAt(coll, i)
    }
  }
  const otherwise = compileNode(node.default, place)
  const test = classTest(node.default.tpe)
  return (f, m) => {
    const coll = asColl(input(f, m))
    const i = asInt(index(f, m))
    const inside = i >= 0 && i < collLength(coll)
    // The default is computed when it is needed only, from tree version 3 on.
    const value = m.v3 && inside ? undefined : checked(test, otherwise(f, m))
    m.add(COST.byIndex)
    return inside ? itemAt(coll, i) : value!
  }
}

function compileCast(node: CastNode, place: Place): Code {
  const input = compileNode(node.input, place)
  const { code } = node.tpe
  const cost = code === 6 || code === 9 ? COST.castToBig : COST.cast
  const cast = node.op === OP.Upcast ? upcast : downcast
  return (f, m) => {
    const v = input(f, m)
    m.add(cost)
    return cast(v, code, m.v3)
  }
}

function compileGetVar(node: VariableNode): Code {
  const { elem } = node.tpe as OptionType
  if (!hasRuntimeType(elem)) return unsupported('variable without a run-time type')
  return (_, m) => {
    m.add(COST.getVar)
    return m.context.getVar(node.id, elem)
  }
}

function compileExtractRegister(node: ExtractRegisterNode, place: Place): Code {
  const input = compileNode(node.input, place)
  const { elem } = node.tpe
  if (!hasRuntimeType(elem)) return unsupported('register without a run-time type')
  return (f, m) => {
    const box = asBox(input(f, m))
    m.add(COST.extractRegister)
    return getRegister(box, node.register, elem)
  }
}
