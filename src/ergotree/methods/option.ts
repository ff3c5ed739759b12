import { COST } from '../eval/cost.ts'
import { fail } from '../eval/errors.ts'
import { asBoolean, asFunction, asOption } from '../eval/type-check.ts'
import { NONE, OptionValue } from '../values/values.ts'
import { fixed, guarded, type MethodEntry } from './method-function.ts'

/** `getOrElse` (4) cannot be called as a method: it is an operation. */
export const optionMethods: readonly MethodEntry[] = [
  fixed(2, 0, COST.optionIsDefined, (o) => asOption(o).value !== undefined),
  fixed(3, 0, COST.optionGet, (o) => asOption(o).value ?? fail('None.get')),
  fixed(7, 1, 20, (o, [f]) => {
    const { value } = asOption(o)
    const fn = asFunction(f!)
    return value === undefined ? NONE : new OptionValue(guarded(() => fn.apply(value)))
  }),
  fixed(8, 1, 20, (o, [f]) => {
    const option = asOption(o)
    const { value } = option
    const fn = asFunction(f!)
    if (value === undefined) return NONE
    return guarded(() => asBoolean(fn.apply(value))) ? option : NONE
  })
]
