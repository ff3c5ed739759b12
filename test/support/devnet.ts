import { readFileSync } from 'node:fs'
import { parseJson } from '../../src/bytes/index.ts'
import { type NetworkParameters, parametersAtLaunch, parseNetworkFile } from '../../src/chain/index.ts'
import { type BlockLine, genesisContext, parseBlockLine, parseCaseLine, type StateContext } from '../../src/state/index.ts'
import { committed, readBytes } from './vectors.ts'

/** The recorded devnets of which the first blocks are committed. */
export type DevnetName = 'v4' | 'vote'

/** Blocks of each that are committed. */
export const COMMITTED_BLOCKS: Readonly<Record<DevnetName, number>> = { v4: 64, vote: 200 }

export function devnetOf(name: DevnetName): NetworkParameters {
  return parseNetworkFile(readFileSync(committed(`devnet/${name}-network.json`), 'utf8'))
}

/** State before block 1 of a network. */
export function genesisOf(network: NetworkParameters): StateContext {
  return genesisContext(network.genesisStateDigest, parametersAtLaunch(network.launchParameters))
}

/** Lines of a file, gunzipped when its name ends in `.gz`. */
export function linesOf(path: string): string[] {
  return new TextDecoder()
    .decode(readBytes(path))
    .split('\n')
    .filter((line) => line !== '')
}

export function blockLines(path: string): BlockLine[] {
  return linesOf(path).map((line) => parseBlockLine(parseJson(line)))
}

/** The first blocks of a devnet. */
export function devnetBlocks(name: DevnetName): BlockLine[] {
  return blockLines(committed(`devnet/${name}-${COMMITTED_BLOCKS[name]}.jsonl.gz`))
}

/** A block that the reference judged, and what it said: the rule, `null` for none, `undefined` for a valid block. */
export interface JudgedBlock {
  readonly name: string
  readonly mutation: string
  readonly height: number
  readonly block: BlockLine
  readonly rule: number | null | undefined
}

export function judgedBlocks(path: string): JudgedBlock[] {
  return linesOf(path).map((line) => {
    const { result } = JSON.parse(line) as { result: { valid: boolean; rule?: number | null } }
    return { ...parseCaseLine(parseJson(line)), rule: result.valid ? undefined : result.rule }
  })
}
