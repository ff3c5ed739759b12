import { hasRuntimeType } from '../codec/data-codec.ts'
import { boxCreationInfo, boxTokens, getRegister } from '../eval/box.ts'
import { COST } from '../eval/cost.ts'
import { fail } from '../eval/errors.ts'
import { asBox } from '../eval/type-check.ts'
import { boxBytes, boxBytesWithoutRef, boxId, boxScriptBytes, boxValue } from '../eval/unary.ts'
import { fixed, intArgument, type MethodEntry, typed } from './method-function.ts'

/** `getRegV5` (7) and R0 to R9 (9 to 18) cannot be called as methods: registers are read by an operation. */
export const boxMethods: readonly MethodEntry[] = [
  fixed(1, 0, COST.extractAmount, (b) => boxValue(asBox(b))),
  fixed(2, 0, COST.extractScriptBytes, (b) => boxScriptBytes(asBox(b))),
  fixed(3, 0, COST.extractBytes, (b) => boxBytes(asBox(b))),
  fixed(4, 0, COST.extractBytes, (b, _, m) => boxBytesWithoutRef(asBox(b), m)),
  fixed(5, 0, COST.extractId, (b) => boxId(asBox(b))),
  fixed(6, 0, COST.extractCreationInfo, (b) => boxCreationInfo(asBox(b))),
  fixed(8, 0, 15, (b) => boxTokens(asBox(b))),
  typed(19, 1, COST.extractRegister, (node) => {
    const { tpe } = node
    const elem = tpe.code === 36 && hasRuntimeType(tpe.elem) ? tpe.elem : undefined
    return (b, [i]) => getRegister(asBox(b), intArgument(i), elem ?? fail('register without a run-time type'))
  })
]
