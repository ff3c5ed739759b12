import type { EvaluatedNode } from '../ast/nodes.ts'
import { SBox, SHeader, type SType, typeEquals } from '../types/types.ts'
import type { RuleStatuses } from '../validation-rules.ts'
import type { ErgoBox } from '../values/ergo-box.ts'
import {
  ArrayColl,
  type AvlTreeValue,
  BoxValue,
  ContextValue,
  HeaderValue,
  NONE,
  OptionValue,
  PreHeaderValue,
  type ScriptHeader,
  type ScriptPreHeader,
  type Value
} from '../values/values.ts'
import { fail } from './errors.ts'
import { evaluatedValue } from './evaluated.ts'
import { needDescriptor } from './type-check.ts'

/** Variables of one input, by signed byte. Of a repeated id the last value counts. */
export type ContextVariables = ReadonlyMap<number, EvaluatedNode>

/** What the scripts of all inputs of one transaction see (reference: `ErgoLikeContext.scala`). */
export interface TransactionContext {
  /** Boxes to spend, in input order. */
  readonly inputs: readonly ErgoBox[]
  readonly dataInputs: readonly ErgoBox[]
  readonly outputs: readonly ErgoBox[]
  /** Variables of every input of the transaction, for `getVarFromInput`. */
  readonly inputVariables: readonly ContextVariables[]
  /** Newest first; at most nine in block validation. */
  readonly headers: readonly ScriptHeader[]
  readonly preHeader: ScriptPreHeader
  /** State root before the block. */
  readonly lastBlockUtxoRoot: AvlTreeValue
  /** Activated script version: block version minus 1. */
  readonly activatedVersion: number
  /** Voted statuses of the numbered script rules; those not in it are enabled. */
  readonly ruleStatuses: RuleStatuses
}

interface Variable {
  readonly type: SType
  readonly value: Value
}

/**
 * Values of a transaction context, made when a script asks for them, once, and shared by the scripts of all inputs. Most inputs
 * are guarded by a key and ask for none.
 */
export class TransactionValues {
  readonly context: TransactionContext
  #inputs: ArrayColl | undefined = undefined
  #dataInputs: ArrayColl | undefined = undefined
  #outputs: ArrayColl | undefined = undefined
  #headers: ArrayColl | undefined = undefined
  #preHeader: PreHeaderValue | undefined = undefined

  constructor(context: TransactionContext) {
    this.context = context
  }

  get inputs(): ArrayColl {
    return (this.#inputs ??= boxes(this.context.inputs))
  }

  get dataInputs(): ArrayColl {
    return (this.#dataInputs ??= boxes(this.context.dataInputs))
  }

  get outputs(): ArrayColl {
    return (this.#outputs ??= boxes(this.context.outputs))
  }

  get headers(): ArrayColl {
    return (this.#headers ??= new ArrayColl(
      SHeader,
      this.context.headers.map((h) => new HeaderValue(h))
    ))
  }

  get preHeader(): PreHeaderValue {
    return (this.#preHeader ??= new PreHeaderValue(this.context.preHeader))
  }
}

function boxes(list: readonly ErgoBox[]): ArrayColl {
  return new ArrayColl(
    SBox,
    list.map((box) => new BoxValue(box))
  )
}

/** The value of `CONTEXT` while one input's script runs. */
export class EvalContext extends ContextValue {
  readonly tx: TransactionValues
  readonly selfIndex: number
  readonly self: BoxValue
  readonly #variables: readonly (Variable | undefined)[]

  /**
   * Every variable is made a value now, whether the script reads it or not.
   *
   * @throws ScriptError when one has no value, or its id is negative
   */
  constructor(tx: TransactionValues, selfIndex: number, variables: ContextVariables) {
    super()
    this.tx = tx
    this.selfIndex = selfIndex
    this.self = tx.inputs.items[selfIndex] as BoxValue
    const list: (Variable | undefined)[] = []
    for (const [id, node] of variables) {
      if (id < 0) fail(`negative id ${id} of a context variable`)
      needDescriptor(node.tpe)
      list[id] = { type: node.tpe, value: evaluatedValue(node) }
    }
    this.#variables = list
  }

  /** `getVar`: absent is None, another type fails. */
  getVar(id: number, type: SType): OptionValue {
    const variable = this.#variables[id]
    if (variable === undefined) return NONE
    if (!typeEquals(variable.type, type)) fail(`Cannot getVar(${id}): invalid type of value`)
    return new OptionValue(variable.value)
  }

  /** `getVarFromInput`: absent, another type, no such input: all None. */
  getVarFromInput(input: number, id: number, type: SType): OptionValue {
    const node = this.tx.context.inputVariables[input]?.get(id)
    if (node === undefined) return NONE
    needDescriptor(node.tpe)
    return typeEquals(node.tpe, type) ? new OptionValue(evaluatedValue(node)) : NONE
  }
}
