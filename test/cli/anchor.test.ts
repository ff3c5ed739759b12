/** A start in the middle of a chain: from which headers it goes on, and what is said when they are too few. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fromHex, toHex, Writer } from '../../src/bytes/index.ts'
import { parametersAtLaunch, parseHeader } from '../../src/chain/index.ts'
import { Ledger } from '../../src/node/index.ts'
import { type CliResult, cli } from '../support/cli.ts'
import { devnet } from '../support/mine-headers.ts'
import { tempDir } from '../support/temp-dir.ts'
import { committed, missing, readJsonLines, shared } from '../support/vectors.ts'

const FILE = committed('devnet/v4-64.jsonl.gz')
const NETWORK = ['--network-file', committed('devnet/v4-network.json')]
const ANCHOR = 20

const blocks = readJsonLines<{ height: number; id: string; header: string; stateRoot: string }>(FILE)

/** Parameters of the launch, as files have them. */
function parametersHex(): string {
  const { table } = parametersAtLaunch(devnet.launchParameters)
  const w = new Writer().i32be(0).u8(table.size)
  for (const [id, value] of table) w.u8(id).i32be(value)
  const noUpdate = fromHex('0000')
  return toHex(w.i32be(noUpdate.length).bytes(noUpdate).i32be(noUpdate.length).bytes(noUpdate).toBytes())
}

function anchorArgs(t: TestContext, from: number): string[] {
  const dir = tempDir(t)
  const lines = blocks.slice(from - 1, ANCHOR).map(({ height, id, header }) => JSON.stringify({ height, id, bytes: header }))
  const files = [join(dir, 'headers.jsonl'), join(dir, 'parameters.json')] as const
  writeFileSync(files[0], lines.join('\n'))
  writeFileSync(files[1], JSON.stringify({ activeParametersHex: parametersHex() }))
  return ['import', 'anchor', '--headers', files[0], '--parameters', files[1]]
}

const importRest = (at: readonly string[]): Promise<CliResult> =>
  cli(['import', 'blocks', '-', ...at], {
    stdin: blocks
      .slice(ANCHOR)
      .map((b) => JSON.stringify(b))
      .join('\n')
  })

describe('import anchor', () => {
  it('with headers enough: blocks go on from there to the recorded state; once only', async (t) => {
    const at = ['--data-dir', tempDir(t), ...NETWORK]
    const args = anchorArgs(t, 11)
    const start = await cli([...args, ...at])
    assert.equal(start.code, 0, start.stderr)
    const { id, stateRoot } = blocks[ANCHOR - 1]!
    assert.deepEqual([start.last().height, start.last().id, start.last().stateRoot], [ANCHOR, id, stateRoot])
    const rest = await importRest(at)
    assert.deepEqual([rest.code, rest.last().stateRoot], [0, blocks.at(-1)!.stateRoot], rest.stderr)
    const check = await cli(['db', 'check', ...at])
    assert.deepEqual([check.code, check.last().problems], [0, []])
    const again = await cli([...args, ...at])
    assert.equal(again.code, 2)
    assert.match(again.stderr, /import anchor: only an empty chain can be started at an anchor\. Use another --data-dir/)
  })

  it('cut off between headers and state: goes on where it was', async (t) => {
    const dir = tempDir(t)
    const ledger = await Ledger.open({ network: devnet, dataDir: dir, stateType: 'digest', workers: 0 })
    await ledger.chain.seed(blocks.slice(10, ANCHOR).map((b) => parseHeader(fromHex(b.header))))
    await ledger.close()
    const at = ['--data-dir', dir, ...NETWORK]
    const start = await cli([...anchorArgs(t, 11), ...at])
    assert.equal(start.code, 0, start.stderr)
    assert.equal((await importRest(at)).code, 0)
  })

  it('with too few for the next change of difficulty: says which one is missing and how to get on, at once and when it matters', async (t) => {
    const at = ['--data-dir', tempDir(t), ...NETWORK]
    const start = await cli([...anchorArgs(t, 17), ...at])
    assert.equal(start.code, 0, start.stderr)
    // Of the heights 16 and 32 that height 33 follows from, 16 is below the first.
    assert.match(start.stderr, /header 33 and those after it cannot be checked \(rule 208\) for want of header 16: start anew/)
    for (const command of [
      ['import', 'blocks'],
      ['import', 'headers']
    ]) {
      const stdin = blocks
        .slice(ANCHOR)
        .map((b) => JSON.stringify(b))
        .join('\n')
      const { code, stderr } = await cli([...command, '-', ...at], { stdin })
      assert.equal(code, 2, stderr)
      assert.match(stderr, /at height 33 cannot be checked by rule 208: the header of height 16 is needed and not here/)
      assert.match(
        stderr,
        /starts at height 17: start it anew in another data directory, by import anchor with headers from height 16 on/
      )
      assert.doesNotMatch(stderr, /\n\s+at /)
    }
  })

  const MAINNET = ['headers-before-1795968.jsonl.gz', 'parameters-1795072.json', 'blocks-1795968-1796087.jsonl.gz'].map(
    (name) => `mainnet/${name}`
  )
  it('with the recorded headers of mainnet, which are one too few: names height 1794944', {
    skip: missing(...MAINNET)
  }, async (t) => {
    const [headers, parameters, file] = MAINNET.map(shared) as [string, string, string]
    const at = ['--data-dir', tempDir(t)]
    const start = await cli(['import', 'anchor', '--headers', headers, '--parameters', parameters, ...at])
    assert.equal(start.code, 0, start.stderr)
    assert.match(start.stderr, /header 1795969 and those after it cannot be checked \(rule 208\) for want of header 1794944/)
    const { code, stderr } = await cli(['import', 'blocks', file, ...at])
    assert.equal(code, 2)
    assert.match(stderr, /at height 1795969 cannot be checked by rule 208: the header of height 1794944 is needed and not here/)
    assert.match(stderr, /starts at height 1795072: .* import anchor with headers from height 1794944 on/)
  })
})
