import { EncodeError, toHex } from '../../bytes/index.ts'
import type { ValidationRule } from '../../chain/index.ts'
import type { Box } from '../box.ts'
import type { ValidationContext } from '../context.ts'
import type { Transaction } from '../transaction.ts'
import { type Assets, assetsOf, sumExact } from './amounts.ts'
import { TX_RULES } from './rules.ts'
import { refuse, refuseUnnumbered, type TransactionFailure } from './verdict.ts'

/** Cost of starting the interpreter, once a transaction, in block units (`ErgoInterpreter.interpreterInitCost`). */
export const INTERPRETER_INIT_COST = 10_000

/** Limits of an output (`SigmaConstants.MaxBoxSize`, `MaxPropositionBytes`). */
const MAX_BOX_BYTES = 4_096
const MAX_PROPOSITION_BYTES = 4_096

/** Last block version under which an output may be older than the inputs (`Header.HardeningVersion`). */
const HARDENING_VERSION = 2

const MAX_INT = 0x7fffffff

/** A transaction with the boxes that were found for it. A missing one is left out, as a look-up leaves it out. */
export interface TransactionWithBoxes {
  readonly tx: Transaction
  /** In the order of inputs. */
  readonly inputs: readonly Box[]
  /** In the order of data inputs. */
  readonly dataInputs: readonly Box[]
}

/** What is known before scripts run. */
export interface CheckedTransaction {
  readonly valid: true
  /** Cost so far in block units: earlier transactions, initial cost, tokens. */
  readonly cost: number
}

/**
 * All rules that need boxes and chain but no script, in the reference's order (`ErgoTransaction.validateStateful`): 307 for the
 * initial cost, 109, 108, 113, 114, for each output 111, 112, 122, 124, 120, 121, then 115, 116, 307 for the tokens, 117.
 *
 * @param accumulatedCost of earlier transactions of the block, in block units
 */
export function checkBeforeScripts(
  subject: TransactionWithBoxes,
  context: ValidationContext,
  accumulatedCost: number
): CheckedTransaction | TransactionFailure {
  return new StatefulCheck(subject, context).run(accumulatedCost)
}

class StatefulCheck {
  readonly #tx: Transaction
  readonly #inputs: readonly Box[]
  readonly #dataInputs: readonly Box[]
  readonly #context: ValidationContext

  constructor({ tx, inputs, dataInputs }: TransactionWithBoxes, context: ValidationContext) {
    this.#tx = tx
    this.#inputs = inputs
    this.#dataInputs = dataInputs
    this.#context = context
  }

  #fail(rule: ValidationRule, detail: string): TransactionFailure {
    return refuse('stateful', rule, `${this.#tx.idHex}: ${detail}`)
  }

  run(accumulatedCost: number): CheckedTransaction | TransactionFailure {
    const { parameters } = this.#context
    const startCost = accumulatedCost + this.#initialCost()
    if (startCost > parameters.maxBlockCost) return this.#fail(TX_RULES.blockCost, 'initial cost')
    const { outputs } = this.#tx
    const out = assetsOf(outputs)
    if (out === undefined) return this.#fail(TX_RULES.assetsInOneBox, 'too many tokens in a box, or their sum overflows')
    return (
      this.#checkPositiveAssets(outputs) ??
      this.#checkBoxes() ??
      this.#checkOutputs(outputs) ??
      this.#checkSums(outputs) ??
      this.#checkAssets(out, startCost)
    )
  }

  #initialCost(): number {
    const { inputCost, dataInputCost, outputCost } = this.#context.parameters
    return (
      INTERPRETER_INIT_COST +
      this.#inputs.length * inputCost +
      this.#dataInputs.length * dataInputCost +
      this.#tx.outputs.length * outputCost
    )
  }

  #checkPositiveAssets(outputs: readonly Box[]): TransactionFailure | undefined {
    for (const { tokens } of outputs) {
      for (const { amount } of tokens) if (amount <= 0n) return this.#fail(TX_RULES.positiveAssets, `amount ${amount}`)
    }
    return undefined
  }

  #checkBoxes(): TransactionFailure | undefined {
    const { inputs, dataInputs } = this.#tx
    if (this.#inputs.length !== inputs.length) {
      return this.#fail(TX_RULES.boxesToSpend, `${this.#inputs.length} == ${inputs.length}`)
    }
    if (this.#dataInputs.length !== dataInputs.length) {
      return this.#fail(TX_RULES.dataBoxes, `${this.#dataInputs.length} == ${dataInputs.length}`)
    }
    return undefined
  }

  #checkOutputs(outputs: readonly Box[]): TransactionFailure | undefined {
    const { parameters } = this.#context
    const minHeight = parameters.blockVersion <= HARDENING_VERSION ? 0 : maxCreationHeight(this.#inputs)
    try {
      for (const output of outputs) {
        const failure = this.#checkOutput(output, minHeight)
        if (failure !== undefined) return failure
      }
      return undefined
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error
      return refuseUnnumbered('stateful', 'TX_OUTPUT_NOT_WRITABLE', `${this.#tx.idHex}: ${error.message}`)
    }
  }

  #checkOutput(output: Box, minHeight: number): TransactionFailure | undefined {
    const { block, parameters, settings } = this.#context
    const { creationHeight, value } = output
    const active = (rule: ValidationRule): boolean => settings.isActive(rule)
    if (active(TX_RULES.dust)) {
      const least = BigInt(output.bytes.length) * BigInt(parameters.minValuePerByte)
      if (value < least) return this.#fail(TX_RULES.dust, `output ${toHex(output.id)}, ${value} >= ${least}`)
    }
    if (creationHeight > block.height) return this.#fail(TX_RULES.future, `${creationHeight} <= ${block.height} is not true`)
    if (parameters.blockVersion !== 1 && creationHeight < 0) {
      return this.#fail(TX_RULES.negativeHeight, `${creationHeight} >= 0 is not true`)
    }
    if (creationHeight < minHeight && active(TX_RULES.monotonicHeight)) {
      return this.#fail(TX_RULES.monotonicHeight, `${creationHeight} is less than ${minHeight}`)
    }
    if (active(TX_RULES.boxSize) && output.bytes.length > MAX_BOX_BYTES) {
      return this.#fail(TX_RULES.boxSize, `output has ${output.bytes.length} bytes`)
    }
    if (output.tree.bytes.length > MAX_PROPOSITION_BYTES && active(TX_RULES.boxPropositionSize)) {
      return this.#fail(TX_RULES.boxPropositionSize, `tree has ${output.tree.bytes.length} bytes`)
    }
    return undefined
  }

  #checkSums(outputs: readonly Box[]): TransactionFailure | undefined {
    const inputSum = sumExact(this.#inputs.map((box) => box.value))
    if (inputSum === undefined) return this.#fail(TX_RULES.inputsSum, 'sum of inputs overflows')
    const outputSum = sumExact(outputs.map((box) => box.value))
    if (inputSum !== outputSum) return this.#fail(TX_RULES.ergPreservation, `${inputSum} == ${outputSum}`)
    return undefined
  }

  #checkAssets(out: Assets, startCost: number): CheckedTransaction | TransactionFailure {
    const { tokenAccessCost, maxBlockCost } = this.#context.parameters
    const inside = assetsOf(this.#inputs)
    if (inside === undefined) {
      return refuseUnnumbered('stateful', 'TX_INPUT_ASSETS', `${this.#tx.idHex}: amounts of tokens in inputs overflow`)
    }
    const access = tokenAccessCost * (out.entries + inside.entries) + tokenAccessCost * (out.amounts.size + inside.amounts.size)
    if (access > MAX_INT) return refuseUnnumbered('stateful', 'TX_ASSETS_COST', `${this.#tx.idHex}: cost of tokens overflows`)
    const cost = startCost + access
    if (cost > maxBlockCost) return this.#fail(TX_RULES.blockCost, 'assets cost')
    return this.#checkPreservation(out, inside) ?? { valid: true, cost }
  }

  /** No more of a token than came in, but a new one may be made: its id is that of the first input's box. */
  #checkPreservation(out: Assets, inside: Assets): TransactionFailure | undefined {
    if (out.entries === 0) return undefined
    const newId = toHex(this.#tx.inputs[0]!.boxId)
    for (const [id, amount] of out.amounts) {
      const available = inside.amounts.get(id) ?? -1n
      if (available >= amount || (id === newId && amount > 0n)) continue
      const detail = `Amount in = ${available}, out = ${amount}. Allowed new asset = ${newId}, out = ${id}`
      return this.#fail(TX_RULES.assetsPreservation, detail)
    }
    return undefined
  }
}

function maxCreationHeight(boxes: readonly Box[]): number {
  let max = boxes[0]!.creationHeight
  for (const { creationHeight } of boxes) if (creationHeight > max) max = creationHeight
  return max
}
