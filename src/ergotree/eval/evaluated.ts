import type { EvaluatedNode, Node } from '../ast/nodes.ts'
import { OP } from '../ast/op-codes.ts'
import { SAny } from '../types/types.ts'
import { GroupElement } from '../values/group-element.ts'
import { ArrayColl, type Value } from '../values/values.ts'
import { collOfItems } from './coll.ts'
import { fail } from './errors.ts'
import { needDescriptor } from './type-check.ts'

/**
 * Value of what stands in a register or context variable (reference: `EvaluatedValue.value`). A Tuple node has a collection as
 * its value although its type says pair; items that would have to be computed fail.
 *
 * @throws ScriptError
 */
export function evaluatedValue(node: EvaluatedNode): Value {
  switch (node.op) {
    case OP.Constant:
      return node.value
    case OP.Tuple:
      return new ArrayColl(SAny, node.items.map(itemValue))
    case OP.ConcreteCollection: {
      const items = node.items.map(itemValue)
      needDescriptor(node.tpe.elem)
      return collOfItems(node.tpe.elem, items)
    }
    case OP.GroupGenerator:
      return GroupElement.generator
    default:
      return fail('not an evaluated node')
  }
}

function itemValue(node: Node): Value {
  switch (node.op) {
    case OP.Constant:
    case OP.Tuple:
    case OP.ConcreteCollection:
    case OP.GroupGenerator:
      return evaluatedValue(node)
    default:
      return fail('an item of an evaluated node has to be computed')
  }
}
