import assert from 'node:assert/strict'
import { Reader, Writer } from '../../src/bytes/index.ts'
import {
  type EpochVotes,
  encodeCompact,
  headerFromFields,
  type NetworkParameters,
  type Parameters,
  PowSolver,
  packInterlinks,
  parametersAtLaunch,
  ValidationSettings
} from '../../src/chain/index.ts'
import {
  type BlockPlan,
  buildBlock,
  type DevnetBlock,
  DevnetKey,
  type DevnetState,
  DevnetWallet,
  genesisState,
  proverOf
} from '../../src/devnet/index.ts'
import { type EvaluatedNode, OP, parseErgoTree, readEvaluated, ScriptReader } from '../../src/ergotree/index.ts'
import { BlockJudge, type BlockLine } from '../../src/state/index.ts'
import { TransactionDecoder } from '../../src/transaction/index.ts'
import { devnetOf } from '../support/devnet.ts'

export const network: NetworkParameters = devnetOf('v4')
export const key = DevnetKey.fromText('miner of tests')
export const wallet = new DevnetWallet(key)
export const alice = DevnetKey.fromText('alice')

/** When test chains begin. */
export const START_MS = 1_700_000_000_000

export const ERG = 1_000_000_000n

/** A plan for the next block on a state, at the network's pace. */
export function plan(state: DevnetState, extra: Partial<BlockPlan> = {}): BlockPlan {
  const timestamp = (state.header?.timestampExact ?? BigInt(START_MS)) + 100n
  return { miner: key, timestamp, ...extra }
}

export function next(state: DevnetState, extra: Partial<BlockPlan> = {}): DevnetBlock {
  return buildBlock(state, plan(state, extra))
}

/** The states of a chain of plain blocks, by height. */
export function plainChain(height: number, on: NetworkParameters = network, votes?: readonly number[]): DevnetState[] {
  const states = [genesisState(on)]
  while (states.length <= height) states.push(next(states.at(-1)!, { votes }).state)
  return states
}

export function lineOf({ header, sections }: DevnetBlock): BlockLine {
  return { height: header.height, id: header.id, header: header.bytes, ...sections }
}

/** The first rule that a block breaks on a state: a number, a code where there is none, undefined for a valid block. */
export function verdict(state: DevnetState, block: DevnetBlock): number | string | undefined {
  const failure = new BlockJudge(state.network).judge(state.context, lineOf(block))
  return failure === undefined ? undefined : (failure.rule ?? failure.code)
}

/** A valid block; returns it. */
export function valid(state: DevnetState, extra: Partial<BlockPlan> = {}): DevnetBlock {
  const block = next(state, extra)
  assert.equal(verdict(state, block), undefined)
  return block
}

/** What a changed block is refused for. */
export function refusal(state: DevnetState, extra: Partial<BlockPlan>): number | string | undefined {
  return verdict(state, next(state, extra))
}

/** A box of the state before a chain that starts in its middle. */
export function looseBox(value: bigint, tree: Uint8Array, creationHeight: number, n = 0, tokens: [Uint8Array, bigint][] = []) {
  const w = new Writer(256).ulong(value).bytes(tree).uint(creationHeight).u8(tokens.length)
  for (const [id, amount] of tokens) w.bytes(id).ulong(amount)
  return w.u8(0).bytes(new Uint8Array(32).fill(7)).ushort(n).toBytes()
}

export interface Middle {
  readonly height: number
  /** Bytes of the boxes that are there besides those of genesis. */
  readonly boxes?: readonly Uint8Array[]
  readonly parameters?: Parameters
  readonly settings?: ValidationSettings
  readonly epochVotes?: EpochVotes
  readonly network?: NetworkParameters
  /** False when the extension of the newest block is not known. */
  readonly extensionKnown?: boolean
}

/** A chain that starts at any height with any boxes: one header with real work stands for all before. */
export function middle(init: Middle): DevnetState {
  const start = genesisState(init.network ?? network)
  const decoder = new TransactionDecoder()
  const prover = proverOf(start)
  for (const value of init.boxes ?? []) {
    const box = decoder.decodeBox(value)
    assert.ok(prover.perform({ kind: 'insert', key: box.id, value: box.bytes }).ok)
  }
  prover.prove()
  const fields = {
    version: 4,
    parentId: new Uint8Array(32),
    adProofsRoot: new Uint8Array(32),
    transactionsRoot: new Uint8Array(32),
    stateRoot: prover.digest(),
    timestamp: BigInt(START_MS),
    extensionRoot: new Uint8Array(32),
    nBits: encodeCompact(1n),
    height: init.height,
    votes: new Uint8Array(3),
    unparsedBytes: new Uint8Array()
  }
  const powSolution = new PowSolver(fields, { minerPk: key.publicKey }).search(0n, 100)!
  const header = headerFromFields({ ...fields, powSolution })
  const launch = parametersAtLaunch(network.launchParameters)
  return {
    ...start,
    header,
    height: init.height,
    tree: prover.version,
    context: {
      ...start.context,
      lastHeaders: [header],
      lastExtension: init.extensionKnown === false ? undefined : packInterlinks([new Uint8Array(32).fill(1)]),
      parameters: init.parameters ?? launch,
      settings: init.settings ?? ValidationSettings.initial,
      epochVotes: init.epochVotes ?? []
    },
    epochHeaders: init.height % network.difficulty.epochLength === 0 ? [header] : []
  }
}

/** A constant as registers and context variables hold it. */
export function constant(bytes: Uint8Array): EvaluatedNode {
  return readEvaluated(new ScriptReader(new Reader(bytes), { activated: 3, tree: 3 }))
}

/** `Coll[Byte]` constant. */
export function bytesConstant(value: Uint8Array): EvaluatedNode {
  return constant(new Writer(value.length + 8).u8(0x0e).ushort(value.length).bytes(value).toBytes())
}

/** `Int` constant. */
export function intConstant(value: number): EvaluatedNode {
  return constant(new Writer(8).u8(0x04).int(value).toBytes())
}

/** `Short` constant. */
export function shortConstant(value: number): EvaluatedNode {
  return constant(new Writer(8).u8(0x03).short(value).toBytes())
}

/** `sigmaProp(HEIGHT > height)` */
export function afterHeight(height: number): Uint8Array {
  return new Writer(16)
    .u8(0x10)
    .u8(1)
    .u8(0x04)
    .int(height)
    .u8(OP.BoolToSigmaProp)
    .u8(OP.GT)
    .u8(OP.Height)
    .u8(0x73)
    .u8(0)
    .toBytes()
}

/** `sigmaProp(getVar[Int](0).get == value)` */
export function variableIs(value: number): Uint8Array {
  const w = new Writer(16).u8(0x10).u8(1).u8(0x04).int(value).u8(OP.BoolToSigmaProp).u8(OP.EQ)
  return w.u8(OP.OptionGet).u8(0xe3).u8(0).u8(0x04).u8(0x73).u8(0).toBytes()
}

/** `atLeast(k, keys)` as one constant. */
export function threshold(k: number, keys: readonly DevnetKey[]): Uint8Array {
  const w = new Writer(256).u8(0x00).u8(0x08).u8(0x98).ushort(k).ushort(keys.length)
  for (const { publicKey } of keys) w.u8(0xcd).bytes(publicKey)
  return parseErgoTree(w.toBytes(), { activated: 3, tree: 3 }).bytes
}
