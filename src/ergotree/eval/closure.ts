import { FunctionValue, type Value } from '../values/values.ts'
import { COST } from './cost.ts'
import { fail } from './errors.ts'
import type { Code, Frame, Machine } from './machine.ts'
import type { ClassTest } from './type-check.ts'

/** Code of a function of one argument, shared by all its values. */
export interface FunctionCode {
  readonly argument: ClassTest
  readonly result: ClassTest
  readonly body: Code
}

/** A function value: code and the activation that it was made in. */
export class Closure extends FunctionValue {
  readonly #code: FunctionCode
  readonly #frame: Frame
  readonly #machine: Machine

  constructor(code: FunctionCode, frame: Frame, machine: Machine) {
    super()
    this.#code = code
    this.#frame = frame
    this.#machine = machine
  }

  apply(arg: Value): Value {
    const code = this.#code
    if (!code.argument(arg)) fail('Invalid type of a function argument')
    this.#machine.add(COST.addToEnvironment)
    const result = code.body([this.#frame, arg], this.#machine)
    return code.result(result) ? result : fail('Invalid type of a function result')
  }
}
