/**
 * Functions behind the methods of types (reference: `methods.scala`), by type id and method id.
 *
 * @packageDocumentation
 */
import { avlTreeMethods } from './avl-tree.ts'
import { boxMethods } from './box.ts'
import { collMethods } from './coll.ts'
import { contextMethods } from './context.ts'
import { globalMethods } from './global.ts'
import { groupElementMethods } from './group-element.ts'
import { headerMethods, preHeaderMethods } from './header.ts'
import type { MethodEntry, MethodFunction } from './method-function.ts'
import { bigIntMethods, numericMethods, unsignedMethods } from './numeric.ts'
import { optionMethods } from './option.ts'

function tableOf(owners: ReadonlyArray<readonly [typeId: number, methods: readonly MethodEntry[]]>): Map<number, MethodFunction> {
  return new Map(owners.flatMap(([typeId, methods]) => methods.map(([id, method]) => [(typeId << 8) | id, method] as const)))
}

/** Keyed by `typeId << 8 | methodId`. Methods that the reference cannot call are not in it. */
export const METHOD_FUNCTIONS: ReadonlyMap<number, MethodFunction> = tableOf([
  [2, numericMethods(2)],
  [3, numericMethods(3)],
  [4, numericMethods(4)],
  [5, numericMethods(5)],
  [6, [...numericMethods(6), ...bigIntMethods]],
  [9, [...numericMethods(9), ...unsignedMethods]],
  [7, groupElementMethods],
  [12, collMethods],
  [36, optionMethods],
  [99, boxMethods],
  [100, avlTreeMethods],
  [101, contextMethods],
  [104, headerMethods],
  [105, preHeaderMethods],
  [106, globalMethods]
])

export type { MethodFunction } from './method-function.ts'
