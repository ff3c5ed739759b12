import { parseJson } from '../../src/bytes/index.ts'
import { NETWORKS, Parameters, parametersAtLaunch, ValidationSettings } from '../../src/chain/index.ts'
import { type BoxCandidate, DEFAULT_VERSIONS, ErgoBox, parseErgoTree } from '../../src/ergotree/index.ts'
import {
  type Box,
  ParsedBox,
  ParsedTransaction,
  parseRecordedContext,
  parseRecordedTransaction,
  type RecordedTransaction,
  type Transaction,
  type TransactionParts,
  type ValidationContext
} from '../../src/transaction/index.ts'
import { readBytes } from '../support/vectors.ts'

/** A recorded case with what the reference answered. */
export interface Case extends RecordedTransaction {
  readonly mutation: string
  readonly result: { valid: boolean; cost?: string; id?: string; stage?: string; rule?: number }
  readonly line: string
}

function lines(path: string): string[] {
  return new TextDecoder()
    .decode(readBytes(path))
    .split('\n')
    .filter((line) => line.length > 0)
}

export function readCases(path: string): Case[] {
  return lines(path).map((line) => {
    const { mutation, result } = JSON.parse(line) as Case
    return { ...parseRecordedTransaction(parseJson(line)), mutation, result, line }
  })
}

export function readContexts(path: string): Map<string, ValidationContext> {
  return new Map(
    lines(path).map((line) => {
      const { name, context } = parseRecordedContext(parseJson(line))
      return [name, context]
    })
  )
}

/** Tree `sigmaProp(true)`: anyone may spend. */
export const TRUE_TREE = Uint8Array.of(0x00, 0x08, 0xd3)

export type CandidateFields = Partial<Omit<BoxCandidate, 'tree'>> & { readonly tree?: Uint8Array }

/** A candidate with defaults for what a test does not care about. */
export function candidate(fields: CandidateFields = {}): BoxCandidate {
  const { tree = TRUE_TREE, ...rest } = fields
  return {
    value: 1_000_000n,
    creationHeight: 90,
    tokens: [],
    registers: [],
    ...rest,
    tree: parseErgoTree(tree, DEFAULT_VERSIONS)
  }
}

/** A box of some earlier transaction; `seed` makes its id differ from that of others. */
export function box(fields: CandidateFields = {}, seed = 1): Box {
  return new ParsedBox(new ErgoBox(candidate(fields), new Uint8Array(32).fill(seed), 0))
}

/** A transaction that spends `inputs` without proofs. */
export function spend(
  inputs: readonly Box[],
  outputs: readonly BoxCandidate[],
  parts: Partial<TransactionParts> = {}
): Transaction {
  return new ParsedTransaction(
    {
      inputs: inputs.map(({ id }) => ({ boxId: id, proof: new Uint8Array(), variables: new Map() })),
      dataInputs: [],
      outputs,
      ...parts
    },
    DEFAULT_VERSIONS
  )
}

/** Context of a block at height 100 under launch parameters, with `values` put in by id. */
export function contextAt(height = 100, values: Readonly<Record<number, number>> = {}): ValidationContext {
  const launch = parametersAtLaunch(NETWORKS.devnet60.launchParameters)
  const table = new Map(launch.table)
  for (const [id, value] of Object.entries(values)) table.set(Number(id), value)
  return {
    block: {
      version: 4,
      parentId: new Uint8Array(32),
      timestamp: 1n,
      nBits: 1,
      height,
      minerPk: Uint8Array.from([2, ...new Uint8Array(32).fill(0x79)]),
      votes: new Uint8Array(3)
    },
    headers: [],
    previousStateDigest: new Uint8Array(33),
    parameters: new Parameters(0, table),
    settings: ValidationSettings.initial
  }
}
