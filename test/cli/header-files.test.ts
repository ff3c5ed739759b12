/** Headers of files: verify, import, export. Exit codes, result lines, and what is said about broken input. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import { encodeCompact, scanHeader } from '../../src/chain/index.ts'
import { KNOWN_HEADERS } from '../chain/known-headers.ts'
import { cli } from '../support/cli.ts'
import { fieldsOf, solveHeader } from '../support/mine-headers.ts'
import { tempDir } from '../support/temp-dir.ts'
import { committed, missing, shared } from '../support/vectors.ts'

const FILE = committed('chain/devnet-v4-headers.jsonl.gz')
const NETWORK = ['--network-file', committed('chain/devnet-v4-network.json')]
const LINES = gunzipSync(readFileSync(FILE)).toString('utf8').trimEnd().split('\n')
const MAINNET = 'mainnet/headers-1-2000.jsonl.gz'

interface Line {
  height: number
  id: string
  bytes: string
}
const parsed = LINES.map((l) => JSON.parse(l) as Line)

function write(t: TestContext, name: string, content: string | Uint8Array): string {
  const path = join(tempDir(t), name)
  writeFileSync(path, content)
  return path
}

/** Line with one bit of the header flipped, its id computed anew. */
function flipped(line: Line, byte: number, bit = 0): Line {
  const bytes = fromHex(line.bytes)
  bytes[byte]! ^= 1 << bit
  return { height: line.height, id: scanHeader(bytes).idHex, bytes: toHex(bytes) }
}

/** The same header with another difficulty, and a proof of work that holds for it. */
function harder(line: Line): Line {
  const header = solveHeader({ ...fieldsOf(scanHeader(fromHex(line.bytes))), nBits: encodeCompact(2n) })
  return { height: line.height, id: header.idHex, bytes: toHex(header.bytes) }
}

describe('verify headers', () => {
  it('good files: exit code 0, one line, everything counted', async () => {
    const { code, stdout, last } = await cli(['verify', 'headers', FILE, ...NETWORK])
    assert.equal(code, 0)
    assert.equal(stdout.split('\n').length, 2)
    assert.deepEqual(last(), { checked: LINES.length, valid: LINES.length, invalid: 0, unchecked: {}, failures: [] })
  })

  it('plain, gzipped, standard input, Windows line ends, empty lines: all the same', async (t) => {
    const plain = write(t, 'h.jsonl', LINES.slice(0, 20).join('\n'))
    const odd = `\r\n${LINES.slice(0, 20).join('\r\n')}\r\n\r\n`
    for (const [args, stdin] of [
      [[plain], ''],
      [[write(t, 'h.jsonl.gz', gzipSync(LINES.slice(0, 20).join('\n')))], ''],
      [['-'], LINES.slice(0, 20).join('\n')],
      [['-'], odd],
      [[write(t, 'a.jsonl', LINES.slice(0, 7).join('\n')), write(t, 'b.jsonl', LINES.slice(7, 20).join('\n'))], '']
    ] as const) {
      const { code, last, stderr } = await cli(['verify', 'headers', ...args, ...NETWORK], { stdin })
      assert.equal(code, 0, stderr)
      assert.equal(last().valid, 20)
    }
  })

  it('a flipped bit, id computed anew: the rule is named, and only that header is lost', async (t) => {
    const mainnet = KNOWN_HEADERS.find((h) => h.height === 417_791)!
    const cases: Array<[name: string, lines: Line[], network: string[], rule: number]> = [
      ['nonce', [flipped(mainnet, fromHex(mainnet.bytes).length - 3)], ['--network', 'mainnet'], 207],
      ['difficulty', [...parsed.slice(0, 9), harder(parsed[9]!)], NETWORK, 208],
      ['parent', [...parsed.slice(0, 9), flipped(parsed[9]!, 5)], NETWORK, 204]
    ]
    for (const [name, lines, network, rule] of cases) {
      const file = write(t, 'bad.jsonl', lines.map((l) => JSON.stringify(l)).join('\n'))
      const { code, last, stderr } = await cli(['verify', 'headers', file, ...network])
      assert.equal(code, 1, `${name}: ${stderr}`)
      const { invalid, failures } = last() as { invalid: number; failures: Array<{ height: number; id: string; rule: number }> }
      assert.equal(invalid, 1, name)
      assert.deepEqual(
        failures.map((f) => [f.height, f.id, f.rule]),
        [[lines.at(-1)!.height, lines.at(-1)!.id, rule]],
        name
      )
    }
  })

  it('an id that is not that of the bytes: invalid, without a rule', async (t) => {
    const file = write(t, 'h.jsonl', JSON.stringify({ ...parsed[0], id: parsed[1]!.id }))
    const { code, last } = await cli(['verify', 'headers', file, ...NETWORK])
    assert.equal(code, 1)
    const [failure] = last().failures as Array<{ rule: number | null; message: string }>
    assert.equal(failure!.rule, null)
    assert.match(failure!.message, /id/)
  })

  it('a stretch from the middle: what needs more is unchecked, not passed in silence', async (t) => {
    const file = write(t, 'h.jsonl', LINES.slice(100, 140).join('\n'))
    const { code, last } = await cli(['verify', 'headers', file, ...NETWORK])
    assert.equal(code, 0)
    const { valid, unchecked } = last() as { valid: number; unchecked: Record<string, number> }
    assert.equal(valid, 40)
    assert.equal(unchecked['204'], 1)
  })

  const broken: Array<[name: string, file: (t: TestContext) => string, says: RegExp[]]> = [
    ['no such file', () => '/nowhere/headers.jsonl', [/\/nowhere\/headers\.jsonl: there is no such file/]],
    ['a directory', (t) => tempDir(t), [/directory|EISDIR/i]],
    ['no JSON', (t) => write(t, 'x.jsonl', `${LINES[0]}\n{"height":2,`), [/x\.jsonl, line 2:/]],
    ['JSON, but no object', (t) => write(t, 'x.jsonl', `${LINES[0]}\n\n[1]`), [/x\.jsonl, line 3: not a JSON object/]],
    ['a field that is missing', (t) => write(t, 'x.jsonl', '{"height":1}'), [/x\.jsonl, line 1:.*bytes/]],
    ['a field of another type', (t) => write(t, 'x.jsonl', '{"height":1,"bytes":5}'), [/x\.jsonl, line 1:.*bytes/]],
    ['hex of odd length', (t) => write(t, 'x.jsonl', '{"height":1,"bytes":"abc"}'), [/x\.jsonl, line 1:.*bytes/]],
    ['a height that is none', (t) => write(t, 'x.jsonl', `{"height":"one","bytes":"${parsed[0]!.bytes}"}`), [/line 1:.*height/]],
    [
      'gzip that is cut off',
      (t) => write(t, 'x.jsonl.gz', gzipSync(LINES.join('\n')).subarray(0, 5_000)),
      [/x\.jsonl\.gz, after line \d+:/]
    ],
    ['no gzip', (t) => write(t, 'x.jsonl.gz', 'plain text'), [/x\.jsonl\.gz/]]
  ]
  for (const [name, file, says] of broken) {
    it(`${name}: exit code 2, with file, line and field, and nothing on standard output`, async (t) => {
      const { code, stdout, stderr } = await cli(['verify', 'headers', file(t), ...NETWORK])
      assert.equal(code, 2, stderr)
      assert.equal(stdout, '')
      for (const pattern of says) assert.match(stderr, pattern)
      assert.doesNotMatch(stderr, /\n\s+at /, 'no stack for the user’s mistakes')
    })
  }

  it('no file, unknown flag, unknown command: exit code 2 with the way to help', async () => {
    assert.match((await cli(['verify', 'headers'])).stderr, /name at least one file/)
    const flag = await cli(['verify', 'headers', FILE, '--heigth', '5'])
    assert.deepEqual([flag.code, /--heigth/.test(flag.stderr), /--help/.test(flag.stderr)], [2, true, true])
    const command = await cli(['verfy', 'headers'])
    assert.deepEqual([command.code, /there is no command "verfy headers"/.test(command.stderr)], [2, true])
  })

  it('mainnet, heights 1 to 2000', { skip: missing(MAINNET) }, async () => {
    const { code, last } = await cli(['verify', 'headers', shared(MAINNET), '--network', 'mainnet'])
    assert.equal(code, 0)
    assert.deepEqual(last(), { checked: 2000, valid: 2000, invalid: 0, unchecked: {}, failures: [] })
  })
})

describe('import and export headers', () => {
  it('import, again, in parts, and export: the same bytes', async (t) => {
    const dir = tempDir(t)
    const data = ['--data-dir', dir, ...NETWORK]
    const first = await cli(['import', 'headers', '-', ...data], { stdin: LINES.slice(0, 50).join('\n') })
    assert.equal(first.code, 0, first.stderr)
    const { id, stateRoot, ...rest } = first.last()
    assert.deepEqual(rest, { imported: 50, height: 50 })
    assert.equal(id, parsed[49]!.id)
    assert.equal(stateRoot, toHex(scanHeader(fromHex(parsed[49]!.bytes)).stateRoot))
    const again = await cli(['import', 'headers', FILE, ...data])
    assert.deepEqual([again.code, again.last().imported, again.last().height], [0, LINES.length - 50, LINES.length])
    const out = await cli(['export', 'headers', ...data])
    assert.equal(out.code, 0)
    assert.deepEqual(
      out.json().map((l) => [l.height, l.id, l.bytes]),
      parsed.map((l) => [l.height, l.id, l.bytes])
    )
    const part = await cli(['export', 'headers', '--from', '10', '--to', '12', ...data])
    assert.deepEqual(
      part.json().map((l) => l.height),
      [10, 11, 12]
    )
    const wrong = await cli(['export', 'headers', '--from', 'ten', ...data])
    assert.deepEqual([wrong.code, /--from/.test(wrong.stderr)], [2, true])
    const check = await cli(['db', 'check', ...data])
    assert.deepEqual([check.code, check.last().ok, check.last().headers], [0, true, LINES.length])
  })

  it('an invalid header: exit code 1, the rule named, what came before it stays', async (t) => {
    const data = ['--data-dir', tempDir(t), ...NETWORK]
    const lines = [...LINES.slice(0, 9), JSON.stringify(harder(parsed[9]!))]
    const { code, last } = await cli(['import', 'headers', '-', ...data], { stdin: lines.join('\n') })
    assert.equal(code, 1)
    assert.deepEqual([last().imported, last().height, (last().failure as { rule: number }).rule], [9, 9, 208])
  })

  it('a gap: exit code 1, the parent that is missing is named', async (t) => {
    const data = ['--data-dir', tempDir(t), ...NETWORK]
    const lines = [...LINES.slice(0, 5), ...LINES.slice(6, 10)]
    const { code, last } = await cli(['import', 'headers', '-', ...data], { stdin: lines.join('\n') })
    assert.equal(code, 1)
    const { height, id, rule } = last().failure as { height: number; id: string; rule: number }
    assert.deepEqual([height, id, rule], [6, parsed[5]!.id, 204])
  })

  it('a line that is no header: exit code 2 with file, line and what is wrong', async (t) => {
    const data = ['--data-dir', tempDir(t), ...NETWORK]
    const file = write(t, 'x.jsonl', `${LINES[0]}\n{"height":2,"bytes":"0102"}`)
    const { code, stderr, stdout } = await cli(['import', 'headers', file, ...data])
    assert.equal(code, 2)
    assert.match(stderr, /x\.jsonl, line 2/)
    assert.equal(stdout, '')
  })

  it('export into a reader that goes away ends quietly', async (t) => {
    const data = ['--data-dir', tempDir(t), ...NETWORK]
    await cli(['import', 'headers', FILE, ...data])
    const { spawnSync } = await import('node:child_process')
    const main = join(import.meta.dirname ?? '', '..', '..', 'src', 'cli', 'main.js')
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${main}" export headers ${data.join(' ')} | head -n 1`],
      {
        encoding: 'utf8'
      }
    )
    assert.equal(stdout.split('\n').length, 2)
    assert.equal(stderr, '')
  })

  it('a data directory that cannot be made: exit code 2, and says which', async (t) => {
    const file = write(t, 'file', '')
    mkdirSync(join(tempDir(t), 'x'))
    const { code, stderr } = await cli(['import', 'headers', FILE, '--data-dir', file, ...NETWORK])
    assert.equal(code, 2, stderr)
    assert.match(stderr, new RegExp(file))
  })
})
