import type { Header, NetworkParameters, Parameters, ValidationSettings } from '../chain/index.ts'

/** Headers that scripts see before that of the block itself (`Constants.LastHeadersInContext` less one). */
export const SCRIPT_HEADERS = 9

/** Fields of the block that a transaction is to stand in. */
export interface BlockFields {
  /** Signed byte of the header, which need not be the voted block version. */
  readonly version: number
  /** 32 bytes. */
  readonly parentId: Uint8Array
  /** Milliseconds, signed 64 bits. */
  readonly timestamp: bigint
  /** Unsigned 32 bits. */
  readonly nBits: number
  readonly height: number
  /** 33 bytes. */
  readonly minerPk: Uint8Array
  /** 3 bytes; none in the pool. */
  readonly votes: Uint8Array
}

/** EIP-27 as rule 123 checks it. */
export type ReemissionNetwork = Pick<NetworkParameters, 'monetary' | 'reemission' | 'addressPrefix'>

/** Everything besides boxes that a transaction is judged by (`ErgoStateContext.scala`). */
export interface ValidationContext {
  readonly block: BlockFields
  /** Earlier headers, newest first, at most {@link SCRIPT_HEADERS}. */
  readonly headers: readonly Header[]
  /** State root before the block, 33 bytes. */
  readonly previousStateDigest: Uint8Array
  /** Voted parameters: those of the block's own epoch start included. */
  readonly parameters: Parameters
  readonly settings: ValidationSettings
  /** Given where rule 123 is enforced. */
  readonly reemission?: ReemissionNetwork | undefined
}

/** What a chain's state knows of its newest block and the ones before it. */
export interface ChainContext {
  /** Newest first, at most ten. */
  readonly lastHeaders: readonly Header[]
  readonly genesisStateDigest: Uint8Array
  readonly parameters: Parameters
  readonly settings: ValidationSettings
}

function stateDigest(headers: readonly Header[], genesisStateDigest: Uint8Array): Uint8Array {
  return headers[0]?.stateRoot ?? genesisStateDigest
}

/**
 * Context of a block's own transactions.
 *
 * @param chain with the block's header as its newest, and parameters and settings as the block leaves them
 * @param reemission to enforce rule 123
 */
export function blockContext(chain: ChainContext, reemission?: ReemissionNetwork): ValidationContext {
  const [header, ...headers] = chain.lastHeaders
  if (header === undefined) throw new RangeError('the context of a block needs its header')
  return {
    block: {
      version: header.version,
      parentId: header.parentId,
      timestamp: header.timestampExact,
      nBits: header.nBits,
      height: header.height,
      minerPk: header.minerPk,
      votes: header.votes
    },
    headers: headers.slice(0, SCRIPT_HEADERS),
    previousStateDigest: stateDigest(headers, chain.genesisStateDigest),
    parameters: chain.parameters,
    settings: chain.settings,
    reemission
  }
}

/** Group generator: stands for the unknown miner of the next block. */
const GENERATOR = Uint8Array.from([
  0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb,
  0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98
])

/** Fields of the next block that a pool cannot derive from the newest header. */
export interface UpcomingDefaults {
  /** Compact difficulty before the first block. */
  readonly initialNBits: number
  /** Milliseconds, for a chain without blocks. */
  readonly now: bigint
}

/**
 * Context of the block to come, in which a pool judges transactions (`ErgoStateContext.simplifiedUpcoming`).
 *
 * @param chain up to the newest block; parameters and settings as they will be in the next one
 */
export function upcomingContext(
  chain: ChainContext,
  defaults: UpcomingDefaults,
  reemission?: ReemissionNetwork
): ValidationContext {
  const newest = chain.lastHeaders[0]
  return {
    block: {
      version: newest?.version ?? chain.parameters.blockVersion,
      parentId: newest?.id ?? new Uint8Array(32),
      timestamp: newest === undefined ? defaults.now : newest.timestampExact + 1n,
      nBits: newest?.nBits ?? defaults.initialNBits,
      height: (newest?.height ?? 0) + 1,
      minerPk: GENERATOR,
      votes: new Uint8Array()
    },
    headers: chain.lastHeaders.slice(0, SCRIPT_HEADERS),
    previousStateDigest: stateDigest(chain.lastHeaders, chain.genesisStateDigest),
    parameters: chain.parameters,
    settings: chain.settings,
    reemission
  }
}
