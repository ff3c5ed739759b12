import {
  adProofsRoot,
  decodeExtension,
  EMPTY_SETTINGS_UPDATE,
  type Extension,
  type ExtensionField,
  encodeAdProofs,
  encodeCompact,
  encodeExtension,
  extensionRoot,
  GENESIS_HEIGHT,
  type Header,
  type HeaderFieldsWithoutPow,
  headerFromFields,
  INITIAL_VERSION,
  PARAMETER,
  type PowSolution,
  PowSolver,
  serializeHeaderWithoutPow,
  type ValidationSettingsUpdate,
  VOTES_BYTES
} from '../chain/index.ts'
import type { BlockSections } from '../state/index.ts'
import {
  blockTransactionsRoot,
  encodeBlockTransactions,
  SCRIPT_HEADERS,
  type Transaction,
  type ValidationContext
} from '../transaction/index.ts'
import { DevnetError } from './errors.ts'
import { type UpcomingExtension, upcomingExtension } from './extension.ts'
import type { DevnetKey } from './key.ts'
import { emissionTransaction, feeTransaction } from './rewards.ts'
import { changeBoxes, type DevnetState, nextDifficulty, stateAfter } from './state.ts'
import { sectionVersions } from './transactions.ts'

/** Who mines: a key, or the public half of one where the solution is given. */
export type Miner = DevnetKey | { readonly publicKey: Uint8Array }

/**
 * Hooks that change a block while it is made, each at its own step: what comes after follows from the change. So a hook breaks
 * one thing and leaves the rest consistent.
 */
export interface BlockMutation {
  /** All transactions, emission and fees included; state, proof and roots follow. */
  readonly transactions?: (transactions: readonly Transaction[]) => readonly Transaction[]
  /** Extension fields; their root follows. */
  readonly extension?: (fields: readonly ExtensionField[]) => readonly ExtensionField[]
  /** The AD proof; its root follows. */
  readonly proof?: (proof: Uint8Array) => Uint8Array
  /** Everything that the proof of work signs; a solution is searched for what comes out. */
  readonly header?: (fields: HeaderFieldsWithoutPow) => HeaderFieldsWithoutPow
  readonly solution?: (solution: PowSolution) => PowSolution
  /** Sections as they travel: the header stays. */
  readonly sections?: (sections: Required<BlockSections>) => Required<BlockSections>
}

/** A block to be made; everything but time and miner follows from the state below it. */
export interface BlockPlan {
  readonly miner: Miner
  /** Milliseconds since 1970. */
  readonly timestamp: number | bigint
  /** Besides emission and fees. */
  readonly transactions?: readonly Transaction[] | undefined
  /** False leaves the emission transaction out. */
  readonly emission?: boolean | undefined
  /** False leaves fees where they are. */
  readonly fees?: boolean | undefined
  /** Up to three parameter ids, signed; 120 is for a soft-fork. */
  readonly votes?: readonly number[] | undefined
  /** What the extension of an epoch's first block proposes. */
  readonly proposedUpdate?: ValidationSettingsUpdate | undefined
  /** Header version; default: 1 for the first block, then what is voted. */
  readonly version?: number | undefined
  /** Version by the marker of the transactions section; default: the header's. */
  readonly transactionsVersion?: number | undefined
  /** Put behind the fields that a block must have. */
  readonly extraFields?: readonly ExtensionField[] | undefined
  /** A solution that is known already; none is searched. */
  readonly solution?: PowSolution | undefined
  readonly mutate?: BlockMutation | undefined
}

/** A block and the state that it makes. */
export interface DevnetBlock {
  readonly header: Header
  readonly transactions: readonly Transaction[]
  readonly fields: readonly ExtensionField[]
  readonly proof: Uint8Array
  /** As they travel. */
  readonly sections: Required<BlockSections>
  /** The state above it, also of an invalid block. */
  readonly state: DevnetState
}

/** Nonces tried before the search is given up: ten minutes and more. */
const MAX_NONCES = 1_000_000

/** What is known of a block before its transactions are chosen. */
interface Frame {
  readonly version: number
  readonly height: number
  readonly timestamp: bigint
  readonly nBits: number
  readonly votes: Uint8Array
  readonly extension: UpcomingExtension
}

function frameOf(state: DevnetState, plan: BlockPlan): Frame {
  const height = state.height + 1
  const votes = new Uint8Array(VOTES_BYTES)
  votes.set(plan.votes ?? [])
  const forkVote = (plan.votes ?? []).includes(PARAMETER.softFork)
  const extension = upcomingExtension(state, forkVote, plan.proposedUpdate ?? EMPTY_SETTINGS_UPDATE)
  const dueVersion = height === GENESIS_HEIGHT ? INITIAL_VERSION : extension.parameters.blockVersion
  return {
    version: plan.version ?? dueVersion,
    height,
    timestamp: BigInt(plan.timestamp),
    nBits: encodeCompact(nextDifficulty(state)),
    votes,
    extension
  }
}

function contextOf(state: DevnetState, plan: BlockPlan, frame: Frame): ValidationContext {
  const { lastHeaders, genesisStateDigest } = state.context
  const { version, height, timestamp, nBits, votes, extension } = frame
  return {
    block: {
      version,
      parentId: state.header?.id ?? new Uint8Array(32),
      timestamp,
      nBits,
      height,
      minerPk: plan.miner.publicKey,
      votes
    },
    headers: lastHeaders.slice(0, SCRIPT_HEADERS),
    previousStateDigest: state.header?.stateRoot ?? genesisStateDigest,
    parameters: extension.parameters,
    settings: extension.settings
  }
}

/** What the transactions of a planned block will be judged by: to make them with {@link buildTransaction}. */
export function planContext(state: DevnetState, plan: BlockPlan): ValidationContext {
  return contextOf(state, plan, frameOf(state, plan))
}

/**
 * Makes the next block on a state and mines it. Nothing is verified: plan and hooks may ask for an invalid block.
 *
 * @throws DevnetError DEVNET_DIFFICULTY when no solution is found in reasonable time
 * @throws EncodeError when a hook leaves something that has no encoding
 */
export function buildBlock(state: DevnetState, plan: BlockPlan): DevnetBlock {
  const { mutate = {} } = plan
  const frame = frameOf(state, plan)
  const version = plan.transactionsVersion ?? frame.version
  const transactions = transform(mutate.transactions, transactionsOf(state, plan, version))
  const changes = changeBoxes(state, transactions)
  const proof = transform(mutate.proof, changes.proof)
  const planned = [...frame.extension.fields, ...(plan.extraFields ?? [])]
  const fields = transform(mutate.extension, planned)
  const header = mine(
    transform(mutate.header, {
      version: frame.version,
      parentId: state.header?.id ?? new Uint8Array(32),
      adProofsRoot: adProofsRoot(proof),
      transactionsRoot: blockTransactionsRoot({ version, transactions }),
      stateRoot: changes.digest,
      timestamp: frame.timestamp,
      extensionRoot: extensionRoot(fields),
      nBits: frame.nBits,
      height: frame.height,
      votes: frame.votes,
      unparsedBytes: new Uint8Array()
    }),
    plan
  )
  const headerId = header.id
  const sections = transform(mutate.sections, {
    transactions: encodeBlockTransactions({ headerId, version, transactions }),
    extension: encodeExtension({ headerId, fields }),
    adProofs: encodeAdProofs({ headerId, proof })
  })
  const extension: Extension = decodeExtension(encodeExtension({ headerId, fields }))
  const parts = { header, transactions, extension, transactionsSize: sections.transactions.length }
  return { header, transactions, fields, proof, sections, state: stateAfter(state, parts, changes.tree) }
}

function transform<T>(hook: ((value: T) => T) | undefined, value: T): T {
  return hook === undefined ? value : hook(value)
}

/** Emission first, fees last, as the reference orders them. */
function transactionsOf(state: DevnetState, plan: BlockPlan, version: number): readonly Transaction[] {
  const minerPk = plan.miner.publicKey
  const versions = sectionVersions(version)
  const emission = plan.emission === false ? undefined : emissionTransaction(state, minerPk, versions)
  const transactions = [...(emission === undefined ? [] : [emission]), ...(plan.transactions ?? [])]
  const fees = plan.fees === false ? undefined : feeTransaction(state, transactions, minerPk, versions)
  return fees === undefined ? transactions : [...transactions, fees]
}

function mine(fields: HeaderFieldsWithoutPow, { miner, solution, mutate }: BlockPlan): Header {
  const found = solution ?? solve(fields, miner)
  return headerFromFields({ ...fields, powSolution: transform(mutate?.solution, found) })
}

function solve(fields: HeaderFieldsWithoutPow, miner: Miner): PowSolution {
  const keys =
    'secretKey' in miner
      ? { secretKey: miner.secretKey, oneTimeSecret: miner.oneTimeSecret(serializeHeaderWithoutPow(fields)) }
      : { minerPk: miner.publicKey }
  const solution = new PowSolver(fields, keys).search(0n, MAX_NONCES)
  if (solution !== null) return solution
  throw new DevnetError('DEVNET_DIFFICULTY', `no solution for height ${fields.height} among ${MAX_NONCES} nonces`)
}
