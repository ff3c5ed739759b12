import { readFileSync } from 'node:fs'
import {
  encodeCompact,
  type Header,
  type HeaderFieldsWithoutPow,
  headerFromFields,
  type NetworkParameters,
  PowSolver,
  parseNetworkFile,
  requiredDifficulty
} from '../../src/chain/index.ts'
import { committed } from './vectors.ts'

/** The private network of the recorded chain `v4`: difficulty 1, so that any test can mine. */
export const devnet: NetworkParameters = parseNetworkFile(readFileSync(committed('devnet/v4-network.json'), 'utf8'))

/** When the chains made here begin; far enough in the past for any test. */
export const DEVNET_START_MS = 1_700_000_000_000

const MINER = { secretKey: 1234567890123456789n, oneTimeSecret: 987654321987654321n }

export interface MineOptions {
  /** Header to build on; the genesis is mined when there is none. */
  readonly parent?: Header
  readonly count: number
  /** Makes branches differ. */
  readonly salt?: number
  /** Ancestors for difficulty; headers mined here are added. Default: difficulty of the parent. */
  readonly ancestry?: Map<number, Header>
  /** Milliseconds between blocks. A slow pace keeps the difficulty at 1, a fast one raises it. */
  readonly paceMs?: number
}

/** Consecutive headers with real proof of work, of block version 4 above height 1. */
export function mineHeaders(options: MineOptions): Header[] {
  const { count, salt = 0, paceMs = 1000 } = options
  const ancestry = options.ancestry ?? new Map()
  const out: Header[] = []
  let { parent } = options
  if (parent !== undefined) ancestry.set(parent.height, parent)
  for (let i = 0; i < count; i++) {
    const header = mineOne(parent, ancestry, salt, paceMs)
    ancestry.set(header.height, header)
    out.push(header)
    parent = header
  }
  return out
}

function mineOne(parent: Header | undefined, ancestry: Map<number, Header>, salt: number, paceMs: number): Header {
  const height = (parent?.height ?? 0) + 1
  const needed =
    parent === undefined
      ? devnet.difficulty.initialDifficulty
      : ((): bigint => {
          const found = requiredDifficulty(parent.height, (h) => ancestry.get(h), devnet.difficulty)
          return found.known ? found.difficulty : devnet.difficulty.initialDifficulty
        })()
  const fields = {
    version: height === 1 ? 1 : 4,
    parentId: parent?.id ?? new Uint8Array(32),
    adProofsRoot: new Uint8Array(32).fill(salt),
    transactionsRoot: new Uint8Array(32).fill(height),
    stateRoot: new Uint8Array(33),
    timestamp: parent === undefined ? BigInt(DEVNET_START_MS) : parent.timestampExact + BigInt(paceMs),
    extensionRoot: new Uint8Array(32),
    nBits: encodeCompact(needed),
    height,
    votes: new Uint8Array(3),
    unparsedBytes: new Uint8Array(0)
  }
  return solveHeader(fields)
}

/** Fields of a header but for its proof of work, to build another like it. */
export function fieldsOf(header: Header): HeaderFieldsWithoutPow {
  return {
    version: header.version,
    parentId: header.parentId,
    adProofsRoot: header.adProofsRoot,
    transactionsRoot: header.transactionsRoot,
    stateRoot: header.stateRoot,
    timestamp: header.timestampExact,
    extensionRoot: header.extensionRoot,
    nBits: header.nBits,
    height: header.height,
    votes: header.votes,
    unparsedBytes: header.unparsedBytes
  }
}

/** A header of these fields, whatever rules they break, with a proof of work that holds for its own difficulty. */
export function solveHeader(fields: HeaderFieldsWithoutPow): Header {
  const powSolution = new PowSolver(fields, MINER).search(0n, 1_000_000)
  if (powSolution === null) throw new Error(`no solution for height ${fields.height}`)
  return headerFromFields({ ...fields, powSolution })
}
