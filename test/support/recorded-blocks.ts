import { parseJson } from '../../src/bytes/index.ts'
import { type BlockLine, parseBlockLine } from '../../src/state/index.ts'
import { type SinkBlock, sinkBlock } from './block-sink.ts'
import { linesOf } from './devnet.ts'
import { committed, shared } from './vectors.ts'

/** The first 64 blocks of the recorded chain `v4`. */
export function committedBlocks(): SinkBlock[] {
  return blocksOf(committed('devnet/v4-64.jsonl.gz'))
}

/** All 1,541 blocks of the recorded chain `v4`; see {@link missing} for whether they are there. */
export function allBlocks(): SinkBlock[] {
  return blocksOf(shared('devnet/v4/chain.jsonl.gz'))
}

function blocksOf(path: string): SinkBlock[] {
  return linesOf(path).map((line) => {
    const block: BlockLine = parseBlockLine(parseJson(line))
    return sinkBlock(block.header, block.transactions, block.extension, block.adProofs!)
  })
}
