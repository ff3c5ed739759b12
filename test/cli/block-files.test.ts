/** Blocks of files: import and export. Exit codes, result lines, and what is said about broken input. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { type CliResult, cli } from '../support/cli.ts'
import { tempDir } from '../support/temp-dir.ts'
import { committed, readJsonLines } from '../support/vectors.ts'

const FILE = committed('devnet/v4-64.jsonl.gz')
const NETWORK = ['--network-file', committed('devnet/v4-network.json')]

type Line = Record<'id' | 'header' | 'stateRoot' | 'transactions' | 'extension' | 'adProofs', string> & { height: number }
const blocks = readJsonLines<Line>(FILE)

const importing = (t: TestContext, lines: readonly unknown[], dir = tempDir(t)): Promise<CliResult> =>
  cli(['import', 'blocks', '-', '--data-dir', dir, ...NETWORK], {
    stdin: lines.map((l) => (typeof l === 'string' ? l : JSON.stringify(l))).join('\n')
  })

/** The third block changed. */
const third = (change: Partial<Line>): unknown[] => [blocks[0], blocks[1], { ...blocks[2], ...change }]

describe('import and export blocks', () => {
  it('in parts, again, and out: the same bytes, the recorded state', async (t) => {
    const dir = tempDir(t)
    const first = await importing(t, blocks.slice(0, 20), dir)
    assert.equal(first.code, 0, first.stderr)
    assert.deepEqual(first.last(), { imported: 20, height: 20, id: blocks[19]!.id, stateRoot: blocks[19]!.stateRoot })
    const second = await cli(['import', 'blocks', FILE, '--data-dir', dir, ...NETWORK])
    assert.deepEqual([second.code, second.last().imported, second.last().height], [0, blocks.length - 20, blocks.length])
    const out = await cli(['export', 'blocks', '--data-dir', dir, ...NETWORK])
    const fields = ({ height, id, header, stateRoot, transactions, extension, adProofs }: Line): unknown[] => [
      height,
      id,
      header,
      stateRoot,
      transactions,
      extension,
      adProofs
    ]
    assert.deepEqual(
      out.json().map((l) => fields(l as unknown as Line)),
      blocks.map(fields)
    )
    const check = await cli(['db', 'check', '--data-dir', dir, ...NETWORK])
    assert.deepEqual([check.code, check.last().ok], [0, true])
    const back = await cli(['db', 'rollback', '40', '--data-dir', dir, ...NETWORK])
    assert.deepEqual([back.code, back.last().height, back.last().stateRoot], [0, 40, blocks[39]!.stateRoot])
    const wrong = await cli(['db', 'rollback', '400', '--data-dir', dir, ...NETWORK])
    assert.deepEqual([wrong.code, /the state is at height 40, below 400/.test(wrong.stderr)], [2, true])
  })

  const other = blocks[3]!
  const invalid: Array<[name: string, lines: unknown[]]> = [
    ['transactions of another block', third({ transactions: other.transactions })],
    ['transactions that are cut off', third({ transactions: blocks[2]!.transactions.slice(0, 40) })],
    ['an extension of another block', third({ extension: other.extension })],
    ['proofs of another block', third({ adProofs: other.adProofs })],
    ['a block that is left out', [blocks[0], blocks[1], blocks[3]]]
  ]
  for (const [name, lines] of invalid) {
    it(`${name}: exit code 1, the block is named, those before it stay`, async (t) => {
      const { code, last, stderr } = await importing(t, lines)
      assert.equal(code, 1, stderr)
      assert.deepEqual([last().imported, last().height], [2, 2])
      const failure = last().failure as { height: number; id: string; message: string }
      assert.equal(failure.height, name.endsWith('left out') ? 4 : 3)
      assert.ok(failure.message.length > 0)
    })
  }

  const broken: Array<[name: string, lines: unknown[], says: RegExp]> = [
    ['no JSON', [blocks[0], '{'], /standard input, line 2/],
    ['hex that is none', third({ extension: 'zz' }), /line 3.*extension/],
    ['a header that is none', third({ header: '00' }), /line 3.*header/],
    ['a field that is missing', [blocks[0], blocks[1], { ...blocks[2], adProofs: undefined }], /line 3.*adProofs/]
  ]
  for (const [name, lines, says] of broken) {
    it(`${name}: exit code 2, with line and field, and nothing on standard output`, async (t) => {
      const { code, stdout, stderr } = await importing(t, lines)
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.match(stderr, says)
      assert.doesNotMatch(stderr, /\n\s+at /)
    })
  }
})
