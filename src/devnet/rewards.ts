import { bytesEqual, compareBytes } from '../bytes/index.ts'
import { type BoxToken, type ErgoTree, type EvaluatedNode, parseErgoTree, type Versions } from '../ergotree/index.ts'
import {
  type Box,
  feeTree,
  MAX_TOKENS_PER_BOX,
  minerRewardTree,
  minersRewardAtHeight,
  ParsedTransaction,
  reemissionForHeight,
  type Transaction
} from '../transaction/index.ts'
import { boxOf, type DevnetState } from './state.ts'

const NO_PROOF = new Uint8Array()
const NO_VARIABLES: ReadonlyMap<number, EvaluatedNode> = new Map()
const NO_REGISTERS: readonly EvaluatedNode[] = []

/** Inputs whose scripts ask for no proof. */
function unproved(boxes: readonly Box[]) {
  return boxes.map((box) => ({ boxId: box.id, proof: NO_PROOF, variables: NO_VARIABLES }))
}

function rewardTree({ network }: DevnetState, minerPk: Uint8Array, versions: Versions): ErgoTree {
  return parseErgoTree(minerRewardTree(network.monetary.minerRewardDelay, minerPk), versions)
}

/** Tokens of the next emission box and of the miner, where EIP-27 has put re-emission tokens into the first. */
function splitReemission(state: DevnetState, tokens: readonly BoxToken[]): { rest: readonly BoxToken[]; reward: BoxToken[] } {
  const { monetary, reemission } = state.network
  const height = state.height + 1
  const token = tokens[1]
  if (height < reemission.activationHeight || token === undefined) return { rest: tokens, reward: [] }
  const amount = reemissionForHeight(monetary, reemission.activationHeight, height)
  return { rest: [tokens[0]!, { ...token, amount: token.amount - amount }], reward: [{ ...token, amount }] }
}

/**
 * The transaction that pays the next block's miner out of the emission box (`CandidateGenerator.collectRewards`); undefined
 * when there is none left. The block that brings the re-emission tokens in is not supported.
 *
 * @param minerPk 33 bytes
 */
export function emissionTransaction(state: DevnetState, minerPk: Uint8Array, versions: Versions): Transaction | undefined {
  const box = state.emissionBoxId && boxOf(state, state.emissionBoxId)
  if (box === undefined) return undefined
  const creationHeight = state.height + 1
  const amount = minersRewardAtHeight(state.network.monetary, creationHeight)
  if (amount === 0n) return undefined
  const { rest, reward } = splitReemission(state, box.tokens)
  const outputs = [
    { value: box.value - amount, tree: box.tree, creationHeight, tokens: rest, registers: NO_REGISTERS },
    {
      value: amount,
      tree: rewardTree(state, minerPk, versions),
      creationHeight,
      tokens: reward,
      registers: NO_REGISTERS
    }
  ]
  return new ParsedTransaction({ inputs: unproved([box]), dataInputs: [], outputs }, versions)
}

/** Fee outputs that transactions leave, by id as the reference takes them. */
function feeBoxes(state: DevnetState, transactions: readonly Transaction[]): Box[] {
  const tree = feeTree(state.network.monetary.minerRewardDelay)
  const spent = transactions.flatMap(({ inputs }) => inputs.map(({ boxId }) => boxId))
  return transactions
    .flatMap(({ outputs }) => outputs)
    .filter((box) => bytesEqual(box.tree.bytes, tree) && !spent.some((id) => bytesEqual(id, box.id)))
    .sort((a, b) => compareBytes(a.id, b.id))
}

/**
 * The transaction that collects the fees of a block's other transactions; undefined when they pay none.
 *
 * @param minerPk 33 bytes
 */
export function feeTransaction(
  state: DevnetState,
  transactions: readonly Transaction[],
  minerPk: Uint8Array,
  versions: Versions
): Transaction | undefined {
  const boxes = feeBoxes(state, transactions)
  if (boxes.length === 0) return undefined
  const output = {
    value: boxes.reduce((sum, { value }) => sum + value, 0n),
    tree: rewardTree(state, minerPk, versions),
    creationHeight: state.height + 1,
    tokens: boxes.flatMap(({ tokens }) => tokens).slice(0, MAX_TOKENS_PER_BOX),
    registers: NO_REGISTERS
  }
  return new ParsedTransaction({ inputs: unproved(boxes), dataInputs: [], outputs: [output] }, versions)
}
