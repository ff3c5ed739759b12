import type { TransactionContext } from './eval/context.ts'
import { DEFAULT_RULE_STATUSES } from './validation-rules.ts'
import type { ErgoBox } from './values/ergo-box.ts'
import { GroupElement } from './values/group-element.ts'
import { AvlTreeValue } from './values/values.ts'
import { MAX_SUPPORTED_SCRIPT_VERSION } from './versions.ts'

const HASH_BYTES = 32
const STATE_ROOT_BYTES = 33
const ALL_OPERATIONS = 7

/** The parts of a context that matter to the caller; the rest is empty or zero. */
export type PartialContext = Partial<Omit<TransactionContext, 'preHeader'>> & {
  readonly inputs: readonly ErgoBox[]
  /** Height of the block that the transaction would be in. */
  readonly height: number
}

/**
 * A context made of what is known: for looking at scripts outside of a block. The miner's key is the generator, as it is in the
 * mempool.
 */
export function scriptContext(known: PartialContext): TransactionContext {
  const { height, ...rest } = known
  const activatedVersion = rest.activatedVersion ?? MAX_SUPPORTED_SCRIPT_VERSION
  return {
    dataInputs: [],
    outputs: [],
    inputVariables: [],
    headers: [],
    lastBlockUtxoRoot: new AvlTreeValue(new Uint8Array(STATE_ROOT_BYTES), ALL_OPERATIONS, HASH_BYTES, undefined),
    ruleStatuses: DEFAULT_RULE_STATUSES,
    ...rest,
    activatedVersion,
    preHeader: {
      version: activatedVersion + 1,
      parentId: new Uint8Array(HASH_BYTES),
      timestamp: 0n,
      nBits: 0n,
      height,
      minerPk: GroupElement.generator,
      votes: new Uint8Array(3)
    }
  }
}
