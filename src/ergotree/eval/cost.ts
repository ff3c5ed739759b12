/**
 * Costs in JIT units, ten to a block unit (reference: `CostKind.scala`, `JitCost.scala`; the numbers beside the operations in
 * `trees.scala`, `transformers.scala`, `values.scala`, `methods.scala`). All of them are consensus.
 */

/** Cost of an operation over items: `base`, and `perChunk` for each started chunk. */
export interface PerItemCost {
  readonly base: number
  readonly perChunk: number
  readonly chunk: number
}

export function perItem(base: number, perChunk: number, chunk: number): PerItemCost {
  return { base, perChunk, chunk }
}

/**
 * Cost of `items` items. Division truncates toward zero, so no items cost one chunk when a chunk holds more than one item, and
 * none when it holds one.
 */
export function itemsCost(cost: PerItemCost, items: number): number {
  return cost.base + cost.perChunk * (Math.trunc((items - 1) / cost.chunk) + 1)
}

/** JIT units in one block unit. */
export const JIT_PER_BLOCK_UNIT = 10

/** The reference counts in signed 32-bit integers and fails when one overflows. */
export const MAX_JIT_COST = 0x7fffffff

export const COST = {
  constant: 5,
  placeholder: 1,
  valUse: 5,
  addToEnvironment: 5,
  funcValue: 5,
  apply: 30,
  methodCall: 4,
  tuple: 15,
  concreteCollection: 20,
  selectField: 10,
  if: 10,
  groupGenerator: 10,
  height: 26,
  inputs: 10,
  outputs: 10,
  lastBlockUtxoRootHash: 15,
  self: 10,
  minerPubkey: 20,
  context: 1,
  global: 5,
  boolToSigmaProp: 15,
  createProveDlog: 10,
  createProveDHTuple: 20,
  cast: 10,
  castToBig: 30,
  longToByteArray: 17,
  byteArrayToLong: 16,
  byteArrayToBigInt: 30,
  decodePoint: 300,
  exponentiate: 900,
  multiplyGroup: 40,
  negation: 30,
  relation: 20,
  logicalNot: 15,
  sizeOf: 14,
  byIndex: 30,
  extractAmount: 8,
  extractScriptBytes: 10,
  extractBytes: 12,
  extractId: 12,
  extractRegister: 50,
  extractCreationInfo: 16,
  getVar: 10,
  optionGet: 15,
  optionGetOrElse: 20,
  optionIsDefined: 10
} as const

/** A SigmaProp constant as the whole script costs this much in block units, without evaluation. */
export const SIGMA_CONSTANT_BLOCK_COST = 5

/** Reading a script out of a variable or register, and putting it into the tree: block units a byte, each. */
export const DESERIALIZE_BLOCK_COST_PER_BYTE = 2

export const BLOCK_VALUE = perItem(1, 1, 10)
export const SUBST_CONSTANTS = perItem(100, 100, 1)
export const AND = perItem(10, 5, 32)
export const OR = perItem(5, 5, 64)
export const XOR_OF = perItem(20, 5, 32)
export const AT_LEAST = perItem(20, 3, 5)
export const SIGMA_CONJECTURE = perItem(10, 2, 1)
export const SIGMA_PROP_BYTES = perItem(35, 6, 1)
export const XOR = perItem(10, 2, 128)
export const BLAKE2B256 = perItem(20, 7, 128)
export const SHA256 = perItem(80, 8, 64)
export const MAP = perItem(20, 1, 10)
export const FILTER = perItem(20, 1, 10)
export const QUANTIFIER = perItem(3, 1, 10)
export const FOLD = perItem(3, 1, 10)
export const APPEND = perItem(20, 2, 100)
export const SLICE = perItem(10, 2, 100)
