import { bytesEqual, DecodeError } from '../bytes/index.ts'
import {
  chainScore,
  type Extension,
  type Header,
  type NetworkParameters,
  parametersAtLaunch,
  requiredDifficulty
} from '../chain/index.ts'
import { type AvlNode, AvlProver, type AvlVersion } from '../crypto/avltree/index.ts'
import {
  appendBlock,
  BOX_ID_BYTES,
  type BoxEffects,
  genesisBoxes,
  genesisContext,
  genesisProver,
  LAST_HEADERS,
  type StateContext,
  stateChanges
} from '../state/index.ts'
import { type Box, emissionTree, type Transaction, TransactionDecoder } from '../transaction/index.ts'
import { DevnetError } from './errors.ts'

/**
 * A chain up to some block: all boxes, and all that the next block is judged by. Immutable; states of one chain share what they
 * have in common, so many of them, on as many branches, may be kept.
 */
export interface DevnetState {
  readonly network: NetworkParameters
  /** The newest block; undefined before the first. */
  readonly header: Header | undefined
  /** 0 before the first block. */
  readonly height: number
  readonly context: StateContext
  /** Boxes by id. */
  readonly tree: AvlVersion
  /** The box that pays for the next block; undefined when all coins are mined. */
  readonly emissionBoxId: Uint8Array | undefined
  /** Headers that later difficulties follow from, ascending. */
  readonly epochHeaders: readonly Header[]
  /** Sum of difficulties. */
  readonly score: bigint
}

/** The state before the first block. */
export function genesisState(network: NetworkParameters): DevnetState {
  const decoder = new TransactionDecoder()
  const coins = emissionTree(network.monetary)
  const boxes = genesisBoxes(network).map((bytes) => decoder.decodeBox(bytes))
  return {
    network,
    header: undefined,
    height: 0,
    context: genesisContext(network.genesisStateDigest, parametersAtLaunch(network.launchParameters)),
    tree: genesisProver(network).version,
    emissionBoxId: boxes.find((box) => bytesEqual(box.tree.bytes, coins))?.id,
    epochHeaders: [],
    score: 0n
  }
}

/** A prover that starts from a state and leaves it as it is. */
export function proverOf(state: Pick<DevnetState, 'tree'>): AvlProver {
  return new AvlProver({ keyLength: BOX_ID_BYTES }, state.tree)
}

/** A box of the state. */
export function boxOf(state: Pick<DevnetState, 'tree'>, id: Uint8Array): Box | undefined {
  const bytes = proverOf(state).get(id)
  return bytes === undefined ? undefined : new TransactionDecoder().decodeBox(bytes)
}

/** All boxes of the state that can be read, by id. A walk over the whole tree. */
export function* boxesOf(state: Pick<DevnetState, 'tree'>): Generator<Box> {
  const decoder = new TransactionDecoder()
  for (const bytes of valuesOf(state.tree.root)) {
    try {
      yield decoder.decodeBox(bytes)
    } catch (error) {
      // Boxes that an output of an odd kind left behind; whoever looks for coins can do without.
      if (!(error instanceof DecodeError)) throw error
    }
  }
}

function* valuesOf(node: AvlNode): Generator<Uint8Array> {
  if (node.kind === 'internal') {
    yield* valuesOf(node.left)
    yield* valuesOf(node.right)
  } else if (node.kind === 'leaf' && node.value.length > 0) {
    yield node.value
  }
}

/**
 * Difficulty of the next block.
 *
 * @throws DevnetError DEVNET_DIFFICULTY when headers are missing, after a start in the middle of a chain
 */
export function nextDifficulty({ network, header, height, epochHeaders }: DevnetState): bigint {
  const { difficulty } = network
  if (header === undefined) return difficulty.initialDifficulty
  const ancestorAt = (at: number): Header | undefined => (at === height ? header : epochHeaders.find((h) => h.height === at))
  const required = requiredDifficulty(height, ancestorAt, difficulty)
  if (required.known) return required.difficulty
  throw new DevnetError('DEVNET_DIFFICULTY', `difficulty after height ${height} needs the header at ${required.missingHeight}`)
}

/** What block transactions do to the boxes. */
export interface BoxChanges {
  readonly tree: AvlVersion
  /** Digest of the boxes afterwards, 33 bytes. */
  readonly digest: Uint8Array
  readonly proof: Uint8Array
}

/**
 * Runs the operations of a block's transactions on the tree. What cannot be done, since a box is not there or spent twice, is
 * left out: the result is then that of an invalid block.
 */
export function changeBoxes(state: Pick<DevnetState, 'tree'>, transactions: readonly BoxEffects[]): BoxChanges {
  const prover = proverOf(state)
  for (const operation of operationsOf(transactions)) prover.perform(operation)
  const proof = prover.prove()
  return { tree: prover.version, digest: prover.digest(), proof }
}

function operationsOf(transactions: readonly BoxEffects[]) {
  let effects = transactions
  for (;;) {
    const changes = stateChanges(effects)
    if (changes.ok) return changes.operations
    effects = withoutLastSpend(effects, changes.doubleSpent)
  }
}

/** The same effects but for the last input that spends this box. */
function withoutLastSpend(transactions: readonly BoxEffects[], boxId: Uint8Array): readonly BoxEffects[] {
  const at = transactions.findLastIndex(({ inputs }) => inputs.some((input) => bytesEqual(input.boxId, boxId)))
  return transactions.map((tx, i) => {
    if (i !== at) return tx
    const last = tx.inputs.findLastIndex((input) => bytesEqual(input.boxId, boxId))
    return { inputs: tx.inputs.filter((_, j) => j !== last), dataInputs: tx.dataInputs, outputs: tx.outputs }
  })
}

/** What a state needs to know of a block that is put on top of it. */
export interface BlockParts {
  readonly header: Header
  readonly transactions: readonly Transaction[]
  readonly extension: Extension
  /** Bytes of the transactions section. */
  readonly transactionsSize: number
}

/**
 * The state after a block, whether the block is valid or not: one that breaks a rule leaves parameters as they were.
 *
 * @param tree boxes after the block, where they are known already
 */
export function stateAfter(state: DevnetState, block: BlockParts, tree?: AvlVersion): DevnetState {
  const header = block.header.detach()
  return {
    network: state.network,
    header,
    height: header.height,
    context: contextAfter(state, header, block),
    tree: tree ?? changeBoxes(state, block.transactions).tree,
    emissionBoxId: emissionBoxAfter(state.emissionBoxId, block.transactions),
    epochHeaders: epochHeadersAfter(state, header),
    score: chainScore(state.score, header.nBits)
  }
}

function contextAfter({ network, context }: DevnetState, header: Header, block: BlockParts): StateContext {
  const appended = appendBlock(context, header, block.extension, block.transactionsSize, { voting: network.voting })
  if (appended.ok) return appended.context
  return {
    ...context,
    lastHeaders: [header, ...context.lastHeaders.slice(0, LAST_HEADERS - 1)],
    lastExtension: block.extension.fields
  }
}

/** The emission box moves on to the first output of whatever spends it. */
function emissionBoxAfter(emissionBoxId: Uint8Array | undefined, transactions: readonly Transaction[]): Uint8Array | undefined {
  if (emissionBoxId === undefined) return undefined
  let id = emissionBoxId
  for (const { inputs, outputs } of transactions) {
    if (outputs[0] !== undefined && inputs.some(({ boxId }) => bytesEqual(boxId, id))) id = outputs[0].id
  }
  return id
}

function epochHeadersAfter({ network, epochHeaders }: DevnetState, header: Header): readonly Header[] {
  const { epochLength, useLastEpochs, eip37 } = network.difficulty
  const lengths = eip37 === null ? [epochLength] : [epochLength, eip37.epochLength]
  if (!lengths.some((length) => header.height % length === 0)) return epochHeaders
  const window = Math.max(...lengths) * useLastEpochs
  return [...epochHeaders.filter(({ height }) => height >= header.height - window), header]
}
