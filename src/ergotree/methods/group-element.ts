import { secp256k1 } from '../../crypto/index.ts'
import { exponentiate, groupElementOf, multiplyGroup, pointOf } from '../eval/binary.ts'
import { COST } from '../eval/cost.ts'
import { asBigInt, asGroupElement, asUnsigned } from '../eval/type-check.ts'
import { fixed, type MethodEntry } from './method-function.ts'

export const groupElementMethods: readonly MethodEntry[] = [
  fixed(2, 0, 250, (g) => asGroupElement(g).bytes),
  fixed(3, 1, COST.exponentiate, (g, [k]) => exponentiate(asGroupElement(g), asBigInt(k!))),
  fixed(4, 1, COST.multiplyGroup, (g, [h]) => multiplyGroup(asGroupElement(g), asGroupElement(h!))),
  fixed(5, 0, 45, (g) => groupElementOf(secp256k1.negate(pointOf(asGroupElement(g))))),
  fixed(6, 1, COST.exponentiate, (g, [k]) => exponentiate(asGroupElement(g), asUnsigned(k!)))
]
