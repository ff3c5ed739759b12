import { readFileSync } from 'node:fs'
import { parseJson, toHex } from '../../src/bytes/index.ts'
import {
  type Header,
  type HeaderLine,
  MAINNET,
  type NetworkParameters,
  parseHeader,
  parseHeaderLine,
  parseNetworkFile
} from '../../src/chain/index.ts'
import { SECTION_TYPES, type SectionType, sectionIdOf } from '../../src/history/index.ts'
import type { Ledger } from '../../src/node/index.ts'
import {
  anchorContext,
  BlockJudge,
  type BlockLine,
  type BlockSections,
  contextHeight,
  decodeActiveParameters,
  parseBlockLine,
  parseParametersJson,
  type StateContext,
  sectionsOf
} from '../../src/state/index.ts'
import { blockLines, devnetBlocks, devnetOf, genesisOf, linesOf } from './devnet.ts'
import { missing, readBytes, shared } from './vectors.ts'

const HEADERS = 'mainnet/headers-before-1795968.jsonl.gz'
const PARAMETERS = 'mainnet/parameters-1795072.json'
const BLOCKS = 'mainnet/blocks-1795968-1796087.jsonl.gz'

/** A block as peers send it: header and sections with the ids that they travel under. */
export interface ChainBlock {
  readonly header: Header
  readonly sections: ReadonlyArray<{ readonly type: SectionType; readonly id: Uint8Array; readonly bytes: Uint8Array }>
}

/** A chain and where to start on it. */
export interface AnchoredChain {
  readonly network: NetworkParameters
  /** Headers up to the anchor, ascending; none for a start at genesis. */
  readonly before: readonly Header[]
  /** State after the anchor. */
  readonly start: StateContext | undefined
  readonly blocks: readonly ChainBlock[]
}

/** What {@link mainnetChain} needs and is not here; for a test's `skip` option. */
export function missingMainnetChain(): string | false {
  return missing(HEADERS, PARAMETERS, BLOCKS)
}

/**
 * The first header after a change of difficulty is judged by 1,025 before it, of which one fewer is recorded: its block and the one
 * below are applied beforehand, without a look at that rule.
 */
const APPLIED_BEFOREHAND = 2

/** Mainnet of 2026 from height 1,795,970 on: 118 blocks on top of an anchor, headers and all. */
export function mainnetChain(): AnchoredChain {
  const { network, before, start, blocks } = mainnetBlocks()
  const judge = new BlockJudge(network)
  let context = start!
  for (const block of blocks.slice(0, APPLIED_BEFOREHAND)) {
    const { header } = block
    const applied = judge.apply(context, header, { header: header.bytes, ...blockSections(block) })
    if (!applied.ok) throw new Error(`block ${header.height} of the vectors: ${applied.failure.message}`)
    context = applied.context
  }
  const headers = blocks.slice(0, APPLIED_BEFOREHAND).map((block) => block.header)
  return { network, before: [...before, ...headers], start: context, blocks: blocks.slice(APPLIED_BEFOREHAND) }
}

/** All 120 recorded blocks, for who does not look at the rules of headers. */
export function mainnetBlocks(): AnchoredChain {
  const network = MAINNET
  const before = linesOf(shared(HEADERS)).map((line): Header => {
    const { bytes }: HeaderLine = parseHeaderLine(parseJson(line))
    return parseHeader(bytes)
  })
  const active = decodeActiveParameters(parseParametersJson(parseJson(new TextDecoder().decode(readBytes(shared(PARAMETERS))))))
  const start = anchorContext(before, active, network.genesisStateDigest, network.voting).context
  return { network, before, start, blocks: linesOf(shared(BLOCKS)).map((line) => chainBlock(parseBlockLine(parseJson(line)))) }
}

/** The recorded blocks of the devnet `v4` that are committed, from genesis. */
export function devnetChain(): AnchoredChain {
  return { network: devnetOf('v4'), before: [], start: undefined, blocks: devnetBlocks('v4').map(chainBlock) }
}

/** A block line as it travels. */
export function chainBlock(line: BlockLine): ChainBlock {
  const header = parseHeader(line.header)
  const { transactions, extension, adProofs } = sectionsOf(line, header)
  const bytes = [transactions, extension, adProofs!]
  return {
    header,
    sections: SECTION_TYPES.map((type, i) => ({ type, id: sectionIdOf(header, type), bytes: bytes[i]! }))
  }
}

/** A whole recorded devnet, from genesis. */
export function wholeDevnetChain(name: 'v4' | 'vote' | 'params'): AnchoredChain {
  const network = parseNetworkFile(readFileSync(shared(`devnet/${name === 'vote' ? 'vote' : 'v4'}/network.json`), 'utf8'))
  return { network, before: [], start: undefined, blocks: blockLines(shared(wholeDevnetFile(name))).map(chainBlock) }
}

/** The file that {@link wholeDevnetChain} needs, for {@link missing}. */
export function wholeDevnetFile(name: 'v4' | 'vote' | 'params'): string {
  return `devnet/${name}/chain.jsonl.gz`
}

/** The sections of a block as the state takes them. */
export function blockSections({ sections }: ChainBlock): BlockSections & { readonly adProofs: Uint8Array } {
  const [transactions, extension, adProofs] = sections.map((section) => section.bytes)
  return { transactions: transactions!, extension: extension!, adProofs: adProofs! }
}

/** State before the first block. */
export function startOf({ network, start }: AnchoredChain): StateContext {
  return start ?? genesisOf(network)
}

/** Puts a fresh ledger on the anchor. */
export async function seedLedger(ledger: Ledger, { before, start }: AnchoredChain): Promise<void> {
  if (start === undefined) return
  await ledger.chain.seed(before)
  await ledger.blocks.full.seed(before.at(-1)!, start)
}

/** Blocks between two waits for the state: as a download runs ahead of it. */
const BATCH = 64

/** Feeds all blocks to a ledger as the network does, and waits until they are applied. */
export async function feedBlocks(ledger: Ledger, blocks: readonly ChainBlock[], source = 'test'): Promise<void> {
  for (let at = 0; at < blocks.length; at += BATCH) {
    const batch = blocks.slice(at, at + BATCH)
    await ledger.headers.submit(
      batch.map((block) => block.header.bytes),
      source
    )
    for (const { header, sections } of batch)
      for (const { type, bytes } of sections) ledger.blocks.add(header, type, bytes, source)
    await ledger.blocks.idle()
  }
}

/** @throws Error when the ledger does not stand on the last block */
export function assertAtEnd(ledger: Ledger, { blocks }: AnchoredChain): void {
  const last = blocks.at(-1)!.header
  const { full } = ledger.blocks
  const tip = full.tip === undefined ? 'genesis' : toHex(full.tip.id)
  if (tip !== last.idHex) throw new Error(`the ledger stands at ${tip}, height ${full.height}, not at ${last.idHex}`)
  if (toHex(full.stateRoot) !== toHex(last.stateRoot) || contextHeight(full.context) !== last.height)
    throw new Error(`state root ${toHex(full.stateRoot)} after height ${last.height}`)
}
