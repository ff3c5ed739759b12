/** Applies the recorded blocks and kills itself at the n-th fault point of the store. Arguments: data directory, n, blocks at a time. */
import { readFileSync } from 'node:fs'
import { parseNetworkFile, scanHeader } from '../../src/chain/index.ts'
import { SECTION_TYPES } from '../../src/history/index.ts'
import { Ledger } from '../../src/node/index.ts'
import { committed, readJsonLines } from '../support/vectors.ts'
import { type BlockHex, sectionHex } from './block-lines.ts'

const [dataDir, n, blocksAtATime] = process.argv.slice(2)
let left = Number(n)
const ledger = await Ledger.open({
  network: parseNetworkFile(readFileSync(committed('devnet/v4-network.json'), 'utf8')),
  dataDir: dataDir!,
  stateType: 'digest',
  workers: 0,
  database: {
    faultPoint: () => {
      if (--left === 0) process.kill(process.pid, 'SIGKILL')
    }
  }
})
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
const blocks = readJsonLines<BlockHex>(committed('devnet/v4-64.jsonl.gz'))
for (let at = 0; at < blocks.length; at += Number(blocksAtATime)) {
  const part = blocks.slice(at, at + Number(blocksAtATime))
  await ledger.headers.submit(
    part.map((block) => bytes(block.header)),
    'test'
  )
  for (const block of part) {
    const header = scanHeader(bytes(block.header))
    for (const type of SECTION_TYPES) ledger.blocks.add(header, type, bytes(sectionHex(block, type)), 'test')
  }
  ledger.blocks.poke()
  await ledger.blocks.idle()
}
await ledger.close()
