/**
 * Transactions and boxes: bytes, ids, rules, and verification.
 *
 * Verify a transaction:
 *
 * ```ts
 * import { TransactionDecoder, validateTransaction } from '../transaction/index.ts'
 *
 * const decoder = new TransactionDecoder()
 * const tx = decoder.decodeTransaction(bytes, { activated: 3, tree: 3 })  // throws DecodeError
 * const inputs = boxesOf(tx.inputs).map((box) => decoder.decodeBox(box))  // as the state holds them
 * const verdict = validateTransaction({ tx, inputs, dataInputs: [] }, context)
 * if (verdict.valid) console.log(tx.idHex, 'costs', verdict.cost)
 * else console.log(tx.idHex, 'breaks rule', verdict.rule, verdict.message)
 * ```
 *
 * where `context` is `blockContext(...)` for the transactions of a block, or `upcomingContext(...)` for a pool.
 *
 * @packageDocumentation
 */
export {
  type Address,
  AddressError,
  type AddressErrorCode,
  addressOfTree,
  decodeAddress,
  encodeAddress,
  MAINNET_ADDRESS_PREFIX,
  TESTNET_ADDRESS_PREFIX,
  treeOfAddress
} from './address.ts'
export { decodeBase58, encodeBase58, MAX_BASE58_CHARS } from './base58.ts'
export { type Box, ParsedBox } from './box.ts'
export {
  ID_BYTES,
  type InputParts,
  MAX_EXTENSION_VARIABLES,
  MAX_OUTPUTS,
  orderedVariables,
  readVariables,
  type TransactionParts,
  type Variables,
  writeVariables
} from './codec.ts'
export {
  type BlockFields,
  blockContext,
  type ChainContext,
  type ReemissionNetwork,
  SCRIPT_HEADERS,
  type UpcomingDefaults,
  upcomingContext,
  type ValidationContext
} from './context.ts'
export {
  emissionTree,
  FALSE_TREE,
  feeTree,
  foundationTree,
  foundersProtection,
  minerRewardTree,
  p2pkTree,
  payToReemissionTree,
  reemissionTree
} from './contracts.ts'
export { TransactionDecoder } from './decode.ts'
export {
  type EmissionInfo,
  emissionAtHeight,
  emissionInfo,
  foundationRewardAtHeight,
  issuedCoinsAfterHeight,
  minersCoinsTotal,
  minersRewardAtHeight,
  NANO_ERG,
  reemissionForHeight,
  remainingFoundationRewardAtHeight,
  totalEmission
} from './emission.ts'
export { extensionOrder, isExtensionOrder } from './extension-order.ts'
export { boxFromJson, boxToJson, transactionFromJson, transactionToJson } from './json.ts'
export { JsonField, JsonFieldError } from './json-fields.ts'
export {
  judgeRecorded,
  parseRecordedContext,
  parseRecordedTransaction,
  type RecordedAnswer,
  type RecordedContext,
  type RecordedContextOptions,
  type RecordedTransaction,
  versionsOfBlock
} from './recorded.ts'
export { type BlockScriptContext, blockScriptContext, scriptHeader } from './script-context.ts'
export { costSlack, verifyScripts } from './scripts.ts'
export {
  type BlockTransactions,
  blockTransactionsRoot,
  type DecodedBlockTransactions,
  decodeBlockTransactions,
  encodeBlockTransactions
} from './section.ts'
export { ParsedTransaction, partsOf, type Transaction, type TransactionInput } from './transaction.ts'
export { type Assets, addExact, assetsOf, MAX_TOKENS_PER_BOX, sumExact } from './validation/amounts.ts'
export { reemissionViolation } from './validation/reemission.ts'
export { TX_RULES } from './validation/rules.ts'
export {
  type CheckedTransaction,
  checkBeforeScripts,
  INTERPRETER_INIT_COST,
  type TransactionWithBoxes
} from './validation/stateful.ts'
export { checkStateless } from './validation/stateless.ts'
export {
  judgeRent,
  type RentContext,
  STORAGE_INDEX_VARIABLE,
  STORAGE_PERIOD_BLOCKS,
  STORAGE_RENT_COST
} from './validation/storage-rent.ts'
export { checkReemission, scriptContextOf, validateStateful, validateTransaction } from './validation/validate.ts'
export {
  refuse,
  refuseUnnumbered,
  ScriptFaultError,
  type TransactionAccepted,
  type TransactionFailure,
  type TransactionVerdict,
  type ValidationStage
} from './validation/verdict.ts'
