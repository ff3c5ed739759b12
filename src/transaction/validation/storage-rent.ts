import { bytesEqual } from '../../bytes/index.ts'
import { OP, ShortValue } from '../../ergotree/index.ts'
import { type Box, registersKey } from '../box.ts'
import type { TransactionInput } from '../transaction.ts'

/** Blocks after which a box's storage may be charged: four years of 365 days at 720 blocks (`Constants.StoragePeriod`). */
export const STORAGE_PERIOD_BLOCKS = 1_051_200

/** Cost of the charge, in block units, whatever the script would cost (`Constants.StorageContractCost`). */
export const STORAGE_RENT_COST = 50

/** Context variable that names the output for which the charged box is made anew (`Constants.StorageIndexVarId`). */
export const STORAGE_INDEX_VARIABLE = 127

/** What a charge is judged by. */
export interface RentContext {
  /** Height of the block. */
  readonly height: number
  /** Voted parameter 1, nanoERG a byte and period; undefined when the last epoch's extension left it out. */
  readonly storageFeeFactor: number | undefined
}

/**
 * Does this input charge storage rent, and if it does, rightly? (`ErgoInterpreter.verify`)
 *
 * @returns undefined when it is an ordinary spend, to be decided by the script; else the final verdict
 */
export function judgeRent(box: Box, input: TransactionInput, outputs: readonly Box[], context: RentContext): boolean | undefined {
  // Signed 32-bit difference, as there.
  if (((context.height - box.creationHeight) | 0) < STORAGE_PERIOD_BLOCKS || input.proof.length > 0) return undefined
  const variable = input.variables.get(STORAGE_INDEX_VARIABLE)
  if (variable === undefined || variable.op !== OP.Constant || !(variable.value instanceof ShortValue)) return undefined
  const output = outputs[variable.value.value]
  const { height, storageFeeFactor } = context
  // A missing parameter is an exception there, and every exception leaves the decision to the script.
  if (output === undefined || storageFeeFactor === undefined) return undefined
  return isRentPaid(box, output, height, storageFeeFactor)
}

/**
 * Either the fee eats up the box, or `output` is the same box less the fee, made at this height.
 *
 * The fee is a signed 32-bit product that wraps: with the factor of mainnet it is negative for boxes of 1718 bytes and more,
 * which must then grow by it.
 */
function isRentPaid(box: Box, output: Box, height: number, storageFeeFactor: number): boolean {
  const fee = BigInt(Math.imul(storageFeeFactor, box.bytes.length))
  const rest = BigInt.asIntN(64, box.value - fee)
  if (rest <= 0n) return true
  return output.creationHeight === height && output.value >= rest && keepsRegisters(box, output)
}

/** Equal in everything but value and creation info: tree bytes as received, tokens in order, R4..R9 by their nodes. */
function keepsRegisters(box: Box, output: Box): boolean {
  return (
    bytesEqual(box.tree.bytes, output.tree.bytes) &&
    box.tokens.length === output.tokens.length &&
    box.tokens.every(({ id, amount }, i) => amount === output.tokens[i]!.amount && bytesEqual(id, output.tokens[i]!.id)) &&
    bytesEqual(registersKey(box), registersKey(output))
  )
}
