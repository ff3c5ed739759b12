/** Wrong use of the program: one line that names what and where, exit code 2, no stack trace; and outputs that go away. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseCommand } from '../../src/cli/command.ts'
import { COMMANDS } from '../../src/cli/commands/index.ts'
import { UsageError } from '../../src/cli/errors.ts'
import { cli, MAIN, NodeProcess } from '../support/cli.ts'
import { until } from '../support/libp2p-node.ts'
import { tempDir } from '../support/temp-dir.ts'
import { committed } from '../support/vectors.ts'

const NETWORK = ['--network-file', committed('chain/devnet-v4-network.json')]

describe('wrong use', () => {
  it('is one line, and exit code 2', async () => {
    for (const [args, says] of [
      [['runn'], /there is no command "runn"\. Did you mean run\?/],
      [['verify'], /there is no command "verify"\. There are: verify headers, verify blocks, verify transactions\./],
      [['verify', 'header', 'x'], /there is no command "verify header"\. Did you mean verify headers\?/],
      [['help', 'rnu'], /there is no command "rnu"/],
      // Flags before the command would make it an argument of `run`.
      [['--testnet', 'verify', 'headers', 'x'], /run: it takes no arguments, but was given "verify"/]
    ] as Array<[string[], RegExp]>) {
      const { code, stdout, stderr } = await cli(args)
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.match(stderr, says)
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    }
  })

  const flags: Array<[line: string, says: RegExp]> = [
    ['run --tesnet', /^run: there is no flag --tesnet\. Did you mean --testnet\? See: ergo-libp2p run --help$/],
    ['run --no-max-peers', /^run: there is no flag --no-max-peers\./],
    ['verify headers --max-pears=3 x', /there is no flag --max-pears\. Did you mean --max-peers\?/],
    ['run -x', /there is no flag -x\./],
    ['run --peer', /--peer needs a value: --peer=VALUE\./],
    ['run --max-peers --dry-run', /--max-peers needs a value: --max-peers=VALUE\./],
    ['run --dry-run=yes', /--dry-run takes no value\./],
    ['run -c', /--config needs a value/],
    ['db check x', /^db check: it takes no arguments, but was given "x"\./],
    ['export headers x', /^export headers: it takes no arguments/],
    ['export blocks x', /^export blocks: it takes no arguments/],
    ['import anchor x', /^import anchor: it takes no arguments/],
    ['config print x', /^config print: it takes no arguments/],
    ['demo x', /^demo: it takes no arguments/]
  ]
  for (const [line, says] of flags) {
    it(`${line}`, () => {
      const command = COMMANDS.find(({ name }) => line.startsWith(`${name} `))!
      const args = line.slice(command.name.length + 1).split(' ')
      assert.throws(
        () => parseCommand(command, args, {}),
        (err) => {
          assert.ok(err instanceof UsageError)
          assert.match(err.message, says)
          return true
        }
      )
    })
  }

  it('script verify names file, line and field of what is no case', async (t) => {
    const file = join(tempDir(t), 'cases.jsonl')
    const good = { name: 'a', kind: 'verify', tree: '00', selfIndex: 0, boxes: [], dataBoxes: [] }
    for (const [line, says] of [
      ['{"name":"a"}', /cases\.jsonl, line 1: field kind must be verify or reduce/],
      [JSON.stringify({ ...good, tree: 'zz' }), /line 1: field tree must be a hex string/],
      [JSON.stringify({ ...good, boxes: ['0'] }), /line 1: field boxes must be a list of hex strings/],
      [JSON.stringify(good), /line 1: field tx\.id must be a hex string/],
      ['[]', /line 1: not a JSON object/]
    ] as const) {
      writeFileSync(file, `${line}\n`)
      const { code, stdout, stderr } = await cli(['script', 'verify', file])
      assert.deepEqual([code, stdout], [2, ''], line)
      assert.match(stderr, says)
    }
  })
})

describe('asked for help', () => {
  it('help COMMAND is COMMAND --help; --version says which this is', async () => {
    const [a, b] = [await cli(['help', 'db', 'check']), await cli(['db', 'check', '--help'])]
    assert.deepEqual([a.code, a.stdout], [0, b.stdout])
    const { code, stdout } = await cli(['--version'])
    assert.equal(code, 0)
    assert.match(stdout, /^ergo-libp2p \d+\.\d+\.\d+ on Node\.js \d+/)
  })
})

describe('outputs', () => {
  it('a disk that takes no results: exit code 2, and says so', { skip: !existsSync('/dev/full') }, async () => {
    const full = openSync('/dev/full', 'w')
    for (const args of [['config', 'print'], ['--help'], ['decode', 'message', '01']]) {
      const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', full, 'pipe'] })
      let stderr = ''
      child.stderr!.on('data', (chunk) => (stderr += String(chunk)))
      const [code] = (await once(child, 'close')) as [number]
      assert.equal(code, 2, stderr)
      assert.match(stderr, /^ergo-libp2p: standard output: ENOSPC.*\n$/)
    }
  })

  it('a node whose log nobody reads any more goes on, and stops in order', async (t) => {
    const data = ['--data-dir', tempDir(t), ...NETWORK]
    const node = NodeProcess.start(t, [
      ...data,
      ...['--peer', '127.0.0.1:1', '--listen', '127.0.0.1:0', '--progress-interval', '100ms', '--metrics'],
      ...['--metrics-listen', '127.0.0.1:0']
    ])
    const [, port] = await node.says(/metrics and health on http:\/\/127\.0\.0\.1:(\d+)/)
    node.child.stderr!.destroy()
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.equal((await fetch(`http://127.0.0.1:${port}/health/live`)).status, 200)
    node.child.kill('SIGTERM')
    await until(() => node.child.exitCode !== null, 'the end')
    assert.equal(node.child.exitCode, 0)
  })
})
