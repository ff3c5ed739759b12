import { TransactionValues, verifyInput } from '../ergotree/index.ts'
import { type BlockScriptContext, ScriptTransactionContext } from './script-context.ts'
import { TX_RULES } from './validation/rules.ts'
import type { TransactionWithBoxes } from './validation/stateful.ts'
import { judgeRent, STORAGE_RENT_COST } from './validation/storage-rent.ts'
import { refuse, ScriptFaultError, type TransactionVerdict } from './validation/verdict.ts'

/** What became of one input. */
interface InputVerdict {
  readonly ok: boolean
  readonly cost: number
  /** Why the script could not be run to its end, if it could not. */
  readonly error?: string
}

/**
 * Verifies all inputs in order: storage rent first, else script and proof; after each one, rules 119 and 307.
 *
 * @param startCost block units spent before, {@link checkBeforeScripts}
 * @throws ScriptFaultError when a script could not be judged
 */
export function verifyScripts(subject: TransactionWithBoxes, context: BlockScriptContext, startCost: number): TransactionVerdict {
  const runner = new InputRunner(subject, context)
  let cost = startCost
  for (let i = 0; i < subject.inputs.length; i++) {
    const verdict = runner.verify(i, context.maxBlockCost - cost)
    const { idHex } = subject.tx
    if (verdict.error !== undefined) return refuse('stateful', TX_RULES.scriptValidation, `${idHex}: #${i} => ${verdict.error}`)
    if (!verdict.ok) return refuse('stateful', TX_RULES.scriptValidation, `${idHex}: #${i} => Success((false,${verdict.cost}))`)
    cost += verdict.cost
    if (cost > context.maxBlockCost)
      return refuse('stateful', TX_RULES.blockCost, `${idHex}: cost exceeds limit after input #${i}`)
  }
  return { valid: true, cost }
}

/** What a deserialize node's tree was charged, then relieved of, for each of its bytes before block version 4. */
const SUBSTITUTION_COST_PER_BYTE = 2

/**
 * How far the cost of a transaction judged on its own may fall short of what it needs on the way. The interpreter compares
 * ten times finer units with the limit than it returns, rounds down twice for each input, and before block version 4 checks
 * a cost that it does not keep. A transaction that fits with this much room fits in the block.
 */
export function costSlack({ inputs }: TransactionWithBoxes): number {
  let longest = 0
  for (const { tree } of inputs) if (tree.bytes.length > longest) longest = tree.bytes.length
  return 2 * inputs.length + SUBSTITUTION_COST_PER_BYTE * longest
}

class InputRunner {
  readonly #subject: TransactionWithBoxes
  readonly #block: BlockScriptContext
  #values: TransactionValues | undefined = undefined

  constructor(subject: TransactionWithBoxes, block: BlockScriptContext) {
    this.#subject = subject
    this.#block = block
  }

  verify(index: number, costLimit: number): InputVerdict {
    const { tx, inputs } = this.#subject
    const box = inputs[index]!
    const input = tx.inputs[index]!
    const { preHeader, storageFeeFactor } = this.#block
    const rent = judgeRent(box, input, tx.outputs, { height: preHeader.height, storageFeeFactor })
    if (rent !== undefined) return { ok: rent, cost: STORAGE_RENT_COST }
    this.#values ??= new TransactionValues(new ScriptTransactionContext(this.#subject, this.#block))
    const { ok, cost, error } = verifyInput({
      tree: box.tree,
      input: { transaction: this.#values, selfIndex: index, variables: input.variables, initialCost: 0, costLimit },
      message: tx.bytesToSign,
      proof: input.proof
    })
    if (error === undefined) return { ok, cost }
    if (error.kind !== 'internal') return { ok: false, cost: 0, error: `Failure(${error.message})` }
    throw new ScriptFaultError(`input ${index} of ${tx.idHex} could not be judged: ${error.message}`)
  }
}
