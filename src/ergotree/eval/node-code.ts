import type {
  ByIndexNode,
  CastNode,
  ConcreteCollectionNode,
  ExtractRegisterNode,
  ItemsNode,
  LeafNode,
  TernaryNode,
  VariableNode
} from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { hasRuntimeType } from '../codec/data-codec.ts'
import type { OptionType, SType } from '../types/types.ts'
import { GroupElement } from '../values/group-element.ts'
import { ProveDHTuple, type SigmaBoolean } from '../values/sigma-boolean.ts'
import { collLength, GLOBAL, PairValue, type Value } from '../values/values.ts'
import { getRegister } from './box.ts'
import { collOfItems, foldColl, itemAt, itemOrElse, sliceColl } from './coll.ts'
import { COST, FOLD, SIGMA_CONJECTURE, SLICE } from './cost.ts'
import { fail } from './errors.ts'
import type { Code } from './machine.ts'
import { downcast, upcast } from './numeric.ts'
import { asSigma, normalizedAnd, normalizedOr } from './sigma.ts'
import { substConstants } from './subst-constants.ts'
import { asBoolean, asBox, asColl, asFunction, asGroupElement, asInt, asOption, type ClassTest, classTest } from './type-check.ts'

type ThreeCodes = readonly [Code, Code, Code]

export const checked = (test: ClassTest, v: Value): Value => (test(v) ? v : fail('Invalid type returned by evaluator'))

/** Code that fails: for nodes that the reference parses but cannot evaluate. */
export function unsupported(what: string): Code {
  return () => fail(`${what} cannot be evaluated`)
}

export const LEAVES: Readonly<Record<LeafNode['op'], Code>> = {
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

export function ifCode(node: TernaryNode, [condition, then, otherwise]: ThreeCodes): Code {
  const thenTest = classTest(node.second.tpe)
  const otherwiseTest = classTest(node.third.tpe)
  return (f, m) => {
    const c = asBoolean(condition(f, m))
    m.add(COST.if)
    return c ? checked(thenTest, then(f, m)) : checked(otherwiseTest, otherwise(f, m))
  }
}

export function foldCode(node: TernaryNode, [input, zero, op]: ThreeCodes): Code {
  const zeroTest = classTest(node.second.tpe)
  return (f, m) => {
    const coll = asColl(input(f, m))
    const start = checked(zeroTest, zero(f, m))
    const fn = asFunction(op(f, m))
    m.addItems(FOLD, collLength(coll))
    return foldColl(coll, start, fn)
  }
}

export function sliceCode([input, from, until]: ThreeCodes): Code {
  return (f, m) => {
    const coll = asColl(input(f, m))
    const lo = asInt(from(f, m))
    const hi = asInt(until(f, m))
    // The difference is a 32-bit one.
    m.addItems(SLICE, Math.max(0, (hi - lo) | 0))
    return sliceColl(coll, lo, hi)
  }
}

export function substConstantsCode([script, positions, values]: ThreeCodes): Code {
  return (f, m) => substConstants(asColl(script(f, m)), asColl(positions(f, m)), asColl(values(f, m)), m)
}

export function itemsCode(node: ItemsNode, items: readonly Code[]): Code {
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

export function collectionCode(node: ConcreteCollectionNode, items: readonly Code[]): Code {
  const itemType = node.tpe.elem
  if (!hasRuntimeType(itemType)) return unsupported('collection of items without a run-time type')
  const tests = node.items.map((n) => classTest(n.tpe))
  const n = items.length
  return (f, m) => {
    m.add(COST.concreteCollection)
    const values = new Array<Value>(n)
    for (let i = 0; i < n; i++) values[i] = checked(tests[i]!, items[i]!(f, m))
    return collOfItems(itemType, values)
  }
}

export function selectFieldCode(index: number, input: Code): Code {
  if (index !== 1 && index !== 2) return unsupported(`field ${index} of a tuple`)
  return (f, m) => {
    const pair = input(f, m)
    m.add(COST.selectField)
    if (!(pair instanceof PairValue)) return fail('pair expected')
    return index === 1 ? pair.first : pair.second
  }
}

export function byIndexCode(node: ByIndexNode, input: Code, index: Code, otherwise: Code | undefined): Code {
  if (node.default === undefined || otherwise === undefined) {
    return (f, m) => {
      const coll = asColl(input(f, m))
      const i = asInt(index(f, m))
      m.add(COST.byIndex)
      return itemAt(coll, i)
    }
  }
  const test = classTest(node.default.tpe)
  return (f, m) => {
    const coll = asColl(input(f, m))
    const i = asInt(index(f, m))
    // The default is computed when it is needed only, from tree version 3 on.
    if (m.v3 && i >= 0 && i < collLength(coll)) {
      m.add(COST.byIndex)
      return itemAt(coll, i)
    }
    const value = m.v3 ? undefined : checked(test, otherwise(f, m))
    m.add(COST.byIndex)
    return itemOrElse(coll, i, value ?? checked(test, otherwise(f, m)))
  }
}

export function castCode(node: CastNode, input: Code): Code {
  const { code } = node.tpe
  const cost = code === 6 || code === 9 ? COST.castToBig : COST.cast
  const cast = node.op === OP.Upcast ? upcast : downcast
  return (f, m) => {
    const v = input(f, m)
    m.add(cost)
    return cast(v, code, m.v3)
  }
}

export function getVarCode(node: VariableNode): Code {
  const { elem } = node.tpe as OptionType
  if (!hasRuntimeType(elem)) return unsupported('variable without a run-time type')
  return (_, m) => {
    m.add(COST.getVar)
    return m.context.getVar(node.id, elem)
  }
}

export function extractRegisterCode(node: ExtractRegisterNode, input: Code): Code {
  const { elem } = node.tpe
  if (!hasRuntimeType(elem)) return unsupported('register without a run-time type')
  return (f, m) => {
    const box = asBox(input(f, m))
    m.add(COST.extractRegister)
    return getRegister(box, node.register, elem)
  }
}

export function proveDHTupleCode([g, h, u, v]: readonly [Code, Code, Code, Code]): Code {
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

/** Lazy `||` and `&&`: the left side alone decides when it is `decides`. */
export function lazyCode(decides: boolean, left: Code, right: Code): Code {
  return (f, m) => {
    const l = asBoolean(left(f, m))
    m.add(COST.relation)
    return l === decides ? l : asBoolean(right(f, m))
  }
}

export function getOrElseCode(resultType: SType, input: Code, otherwise: Code): Code {
  const test = classTest(resultType)
  return (f, m) => {
    const option = asOption(input(f, m))
    // The default is computed when it is needed only, from tree version 3 on.
    const value = m.v3 ? undefined : checked(test, otherwise(f, m))
    m.add(COST.optionGetOrElse)
    return option.value ?? value ?? checked(test, otherwise(f, m))
  }
}
