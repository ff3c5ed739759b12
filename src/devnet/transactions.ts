import { toHex } from '../bytes/index.ts'
import { parseVersionsOf } from '../chain/index.ts'
import {
  type BoxToken,
  type ErgoTree,
  type EvaluatedNode,
  parseErgoTree,
  proveSigma,
  reduceTree,
  type SigmaBoolean,
  type SigmaSecret,
  type TransactionContext,
  TransactionValues,
  TrivialProp,
  type Versions
} from '../ergotree/index.ts'
import {
  type Box,
  type InputParts,
  ParsedTransaction,
  scriptContextOf,
  type Transaction,
  type TransactionParts,
  type TransactionWithBoxes,
  type ValidationContext,
  type Variables
} from '../transaction/index.ts'
import { DevnetError } from './errors.ts'
import { derivedNonces } from './key.ts'

/** A box to spend, signed for by the plan's secrets; or any id, with the proof that goes with it. */
export type InputPlan =
  | { readonly box: Box; readonly variables?: Variables | undefined; readonly proof?: Uint8Array | undefined }
  | { readonly boxId: Uint8Array; readonly variables?: Variables | undefined; readonly proof: Uint8Array }

export interface OutputPlan {
  /** nanoERG. */
  readonly value: bigint
  /** Whole tree, as bytes or parsed. */
  readonly tree: Uint8Array | ErgoTree
  /** Default: the height of the block. */
  readonly creationHeight?: number | undefined
  readonly tokens?: readonly BoxToken[] | undefined
  /** R4, R5, ... */
  readonly registers?: readonly EvaluatedNode[] | undefined
}

export interface TransactionPlan {
  readonly inputs: readonly InputPlan[]
  /** Boxes, or ids of boxes that no script of this transaction looks at. */
  readonly dataInputs?: readonly (Box | Uint8Array)[] | undefined
  readonly outputs: readonly OutputPlan[]
  readonly secrets?: readonly SigmaSecret[] | undefined
}

const NO_PROOF = new Uint8Array()
const NO_VARIABLES: Variables = new Map()

/**
 * Script versions that a transactions section is read with.
 *
 * @param version block version by the section's marker
 */
export function sectionVersions(version: number): Versions {
  return parseVersionsOf({ headerId: new Uint8Array(32), version, count: 0 })
}

/**
 * Makes a transaction and signs its inputs. Whether rules hold is not looked at: a plan may be as invalid as it likes.
 *
 * @param context of the block that it is for: what scripts see while they are reduced
 * @throws DevnetError DEVNET_UNSIGNABLE when an input without a given proof cannot be proved
 */
export function buildTransaction(plan: TransactionPlan, context: ValidationContext): Transaction {
  const versions = sectionVersions(context.block.version)
  const unsigned = unsignedParts(plan, context, versions)
  const draft = new ParsedTransaction(unsigned, versions)
  const subject = {
    tx: draft,
    inputs: plan.inputs.flatMap((input) => ('box' in input ? [input.box] : [])),
    dataInputs: (plan.dataInputs ?? []).flatMap((box) => (box instanceof Uint8Array ? [] : [box]))
  }
  const signer = new Signer(subject, context, plan.secrets ?? [])
  let place = 0
  const inputs = unsigned.inputs.map((input, i): InputParts => {
    const planned = plan.inputs[i]!
    const proof = planned.proof ?? ('box' in planned ? signer.prove(planned.box, place, input.variables) : NO_PROOF)
    if ('box' in planned) place++
    return { ...input, proof }
  })
  return new ParsedTransaction({ ...unsigned, inputs }, versions)
}

function unsignedParts(plan: TransactionPlan, context: ValidationContext, versions: Versions): TransactionParts {
  return {
    inputs: plan.inputs.map((input) => ({
      boxId: 'box' in input ? input.box.id : input.boxId,
      proof: NO_PROOF,
      variables: input.variables ?? NO_VARIABLES
    })),
    dataInputs: (plan.dataInputs ?? []).map((box) => (box instanceof Uint8Array ? box : box.id)),
    outputs: plan.outputs.map(({ value, tree, creationHeight, tokens, registers }) => ({
      value,
      tree: tree instanceof Uint8Array ? parseErgoTree(tree, versions) : tree,
      creationHeight: creationHeight ?? context.block.height,
      tokens: tokens ?? [],
      registers: registers ?? []
    }))
  }
}

/** What scripts see while they are reduced. */
function scriptView({ tx, inputs, dataInputs }: TransactionWithBoxes, context: ValidationContext): TransactionContext {
  return {
    ...scriptContextOf(context),
    inputs: inputs.map((box) => box.ergoBox),
    dataInputs: dataInputs.map((box) => box.ergoBox),
    outputs: tx.outputs.map((box) => box.ergoBox),
    inputVariables: tx.inputs.map(({ variables }) => variables)
  }
}

/** Proves the inputs of one transaction. */
class Signer {
  readonly #subject: TransactionWithBoxes
  readonly #context: ValidationContext
  readonly #secrets: readonly SigmaSecret[]
  #values: TransactionValues | undefined = undefined

  constructor(subject: TransactionWithBoxes, context: ValidationContext, secrets: readonly SigmaSecret[]) {
    this.#subject = subject
    this.#context = context
    this.#secrets = secrets
  }

  /** @param place of the box among those that are there */
  prove(box: Box, place: number, variables: Variables): Uint8Array {
    const message = this.#subject.tx.bytesToSign
    try {
      const proposition = this.#reduce(box, place, variables)
      if (proposition instanceof TrivialProp) {
        if (proposition.condition) return NO_PROOF
        throw new Error('its script says no')
      }
      return proveSigma(proposition, message, this.#secrets, derivedNonces(this.#secrets, message))
    } catch (error) {
      const text = `box ${toHex(box.id)} cannot be spent: ${(error as Error).message}`
      throw new DevnetError('DEVNET_UNSIGNABLE', text, { cause: error })
    }
  }

  #reduce(box: Box, selfIndex: number, variables: Variables): SigmaBoolean {
    this.#values ??= new TransactionValues(scriptView(this.#subject, this.#context))
    const costLimit = this.#context.parameters.maxBlockCost
    return reduceTree(box.tree, { transaction: this.#values, selfIndex, variables, initialCost: 0, costLimit }).proposition
  }
}
