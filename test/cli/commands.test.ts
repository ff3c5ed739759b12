/** Commands around the node: decode, config, hash-key, help. What they print, what they say about mistakes, how they end. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import { encodeFrame, encodeHandshake, encodeMessage, messageCode } from '../../src/wire/index.ts'
import { KNOWN_HEADERS } from '../chain/known-headers.ts'
import { cli, interrupted } from '../support/cli.ts'
import { rawHandshake } from '../support/raw-peer.ts'
import { tempDir } from '../support/temp-dir.ts'
import { committed } from '../support/vectors.ts'

const MAINNET_MAGIC = Uint8Array.of(1, 0, 2, 4)

describe('decode', () => {
  const header = KNOWN_HEADERS.find((h) => h.height === 417_791)!

  it('a header: its JSON as the REST API has it', async () => {
    const { code, last } = await cli(['decode', 'header', header.bytes])
    assert.equal(code, 0)
    assert.deepEqual([last().height, last().id], [header.height, header.id])
  })

  it('hex from standard input, with line breaks and upper case', async () => {
    const stdin = `${header.bytes.slice(0, 80).toUpperCase()}\n${header.bytes.slice(80)}\n`
    const { code, last } = await cli(['decode', 'header'], { stdin })
    assert.deepEqual([code, last().id], [0, header.id])
  })

  it('a tree, with its address on the network asked for', async () => {
    const tree = '100104c801d191a37300'
    const mainnet = (await cli(['decode', 'tree', tree])).last().address as string
    const testnet = (await cli(['decode', 'tree', tree, '--testnet'])).last().address as string
    // The first byte of an address holds its network: 0 or 16, and 3 for a script.
    assert.notEqual(mainnet, testnet)
    assert.equal(mainnet.length, testnet.length)
  })

  it('a frame, a message, a handshake', async () => {
    const sync = encodeMessage({ type: 'SyncInfo', version: 2, headers: [] })
    const frame = await cli(['decode', 'frame', toHex(encodeFrame(MAINNET_MAGIC, messageCode('SyncInfo'), sync))])
    assert.equal(frame.code, 0, frame.stderr)
    // The known answer for an empty version 2 SyncInfo on mainnet.
    const known = await cli(['decode', 'frame', '010002044100000003' + '45a14b86' + '00ff00'])
    assert.equal(known.stdout, frame.stdout)
    assert.match(frame.stdout, /SyncInfo/)
    const message = await cli(['decode', 'message', `41${toHex(sync)}`])
    assert.equal(message.code, 0, message.stderr)
    assert.match(message.stdout, /SyncInfo/)
    const handshake = await cli(['decode', 'handshake', toHex(rawHandshake({ agentName: 'ergoref' }))])
    assert.equal(handshake.code, 0)
    assert.match(handshake.stdout, /ergoref/)
    // The recorded handshake of a testnet node, which declares its address.
    const recorded =
      'ebbff2d5d433076572676f7265660600031265' +
      '72676f2d746573746e65742d362e302e330108d5efc1d0bf46021004000100010' +
      '30d02030203f1b1fb97c0e190eb76'
    const real = await cli(['decode', 'handshake', recorded])
    assert.equal(real.code, 0, real.stderr)
    assert.match(real.stdout, /213\.239\.193\.208/)
    assert.ok(encodeHandshake.length > 0)
  })

  const broken: Array<[kind: string, hex: string, says: RegExp]> = [
    ['header', header.bytes.slice(0, 100), /at byte \d+/],
    ['frame', '0100020441', /at byte \d+/],
    ['frame', '010002044100000003000000000000ff', /checksum/],
    ['message', '41', /at byte \d+/],
    ['handshake', 'ebbff2d5d43300', /at byte \d+/],
    ['transaction', '0001', /at byte \d+/],
    ['box', '00', /at byte \d+/],
    ['tree', '10', /at byte \d+/]
  ]
  for (const [kind, hex, says] of broken) {
    it(`a ${kind} that is cut off or wrong (${hex.slice(0, 20)}…): exit code 2, with the offset`, async () => {
      const { code, stdout, stderr } = await cli(['decode', kind, hex])
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, new RegExp(`decode ${kind}: `))
      assert.match(stderr, says)
    })
  }

  it('no hex, odd hex, no kind, too many arguments: exit code 2', async () => {
    assert.match((await cli(['decode', 'header', 'xyz'])).stderr, /decode header: /)
    assert.match((await cli(['decode', 'header', 'abc'])).stderr, /decode header: /)
    const kinds = /frame, handshake, message, header, transaction, box, tree/
    for (const [args, says] of [
      [['decode'], kinds],
      [['decode', 'sausage', '00'], kinds],
      [['decode', 'header', '00', '11'], /give the hex in one piece/]
    ] as const) {
      const { code, stderr } = await cli(args)
      assert.equal(code, 2)
      assert.match(stderr, says)
    }
  })
})

describe('config', () => {
  it('print: every setting with its origin, secrets hidden; what it prints is a configuration file', async (t) => {
    const dir = tempDir(t)
    const file = join(dir, 'ergo.toml')
    writeFileSync(file, `network = "testnet"\n[p2p]\nmaxConnections = 50\n[api]\napiKeyHash = "${'ab'.repeat(32)}"\n`)
    const { code, stdout } = await cli(['config', 'print', '--config', file, '--node-name', 'mine'], {
      env: { ERGO_LOG_LEVEL: 'debug' }
    })
    assert.equal(code, 0)
    assert.match(stdout, /network = "testnet".*ergo\.toml:1/)
    assert.match(stdout, /maxConnections = 50.*ergo\.toml:3/)
    assert.match(stdout, /nodeName = "mine".*--node-name/)
    assert.match(stdout, /level = "debug".*ERGO_LOG_LEVEL/)
    assert.doesNotMatch(stdout, /abab/)
    const printed = join(dir, 'printed.toml')
    writeFileSync(printed, stdout)
    const again = await cli(['config', 'check', '--config', printed])
    assert.equal(again.code, 0, again.stderr)
    assert.equal(again.last().network, 'testnet')
  })

  it('check: all that is wrong at once, with file and line, and what was meant', async (t) => {
    const file = join(tempDir(t), 'ergo.toml')
    writeFileSync(file, 'netwrok = "mainnet"\n\n[p2p]\nmaxConnections = "many"\nlistenn = []\n')
    const { code, stdout, stderr } = await cli(['config', 'check', '--config', file])
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /ergo\.toml:1: netwrok: no such setting\. Did you mean network\?/)
    assert.match(stderr, /ergo\.toml:4: p2p\.maxConnections: /)
    assert.match(stderr, /ergo\.toml:5: p2p\.listenn: no such setting/)
  })

  it('check: a syntax error with line and column, a file that is not there, a value of a flag', async (t) => {
    const dir = tempDir(t)
    const file = join(dir, 'ergo.toml')
    writeFileSync(file, 'network = mainnet\n')
    assert.match((await cli(['config', 'check', '--config', file])).stderr, /ergo\.toml:1:\d+/)
    const absent = await cli(['config', 'check', '--config', join(dir, 'no.toml')])
    assert.deepEqual([absent.code, /no\.toml/.test(absent.stderr)], [2, true])
    const flag = await cli(['config', 'check', '--max-peers', '0'])
    assert.deepEqual([flag.code, /--max-peers/.test(flag.stderr)], [2, true])
    const network = await cli(['config', 'check', '--network', 'moonnet'])
    assert.deepEqual([network.code, /mainnet/.test(network.stderr)], [2, true])
  })

  it('check: a network file that is not one, with file and field', async (t) => {
    const file = join(tempDir(t), 'network.json')
    for (const [content, says] of [
      ['{', /network\.json/],
      ['{"magic": "02020404"}', /network\.json: base: must be given/],
      ['{"base": "devnet", "magic": "xx"}', /network\.json: .*magic/],
      ['[]', /network\.json/]
    ] as const) {
      writeFileSync(file, content)
      const { code, stderr } = await cli(['config', 'check', '--network-file', file])
      assert.equal(code, 2, content)
      assert.match(stderr, says)
      assert.doesNotMatch(stderr, /\n\s+at /)
    }
    const absent = await cli(['config', 'check', '--network-file', '/nowhere.json'])
    assert.deepEqual([absent.code, /\/nowhere\.json/.test(absent.stderr)], [2, true])
  })

  it('run --dry-run says what would be done and touches nothing', async (t) => {
    const dir = join(tempDir(t), 'data')
    const { code, last } = await cli(['run', '--dry-run', '--data-dir', dir, '--only-peer', '127.0.0.1:1'])
    assert.equal(code, 0)
    assert.deepEqual([last().network, last().dataDir, last().onlyPeers], ['mainnet', dir, 1])
    const { existsSync } = await import('node:fs')
    assert.equal(existsSync(dir), false)
  })
})

describe('hash-key', () => {
  it('blake2b-256 of the key: the known answer of "hello"', async () => {
    for (const stdin of ['hello', 'hello\n', 'hello\r\n']) {
      const { code, last } = await cli(['hash-key'], { stdin })
      assert.equal(code, 0)
      assert.deepEqual(last(), { apiKeyHash: '324dcf027dd4a30a932c441f365a25e86b173defa4b8e58948253471b81b72cf' })
    }
  })

  it('never from the command line, and never an empty one', async () => {
    const argument = await cli(['hash-key', 'hello'])
    assert.deepEqual([argument.code, argument.stdout, /standard input/.test(argument.stderr)], [2, '', true])
    assert.equal((await cli(['hash-key'], { stdin: '\n' })).code, 2)
  })
})

describe('help', () => {
  it('of the program names every command, of a command its flags; exit code 0', async () => {
    const { COMMANDS } = await import('../../src/cli/commands/index.ts')
    const { code, stdout } = await cli(['--help'])
    assert.equal(code, 0)
    for (const command of COMMANDS) {
      assert.match(stdout, new RegExp(`^  ${command.name} `, 'm'))
      const help = await cli([...command.name.split(' '), '--help'])
      assert.equal(help.code, 0, command.name)
      assert.match(help.stdout, new RegExp(command.summary.slice(0, 20).replace(/[^\w ]/g, '.')))
      for (const flag of Object.keys(command.options ?? {})) assert.match(help.stdout, new RegExp(`--${flag}`))
    }
  })
})

describe('Ctrl-C', () => {
  it('ends a command that waits for its input at once, with exit code 130 and without a word', async (t) => {
    const data = ['--data-dir', tempDir(t), '--network-file', committed('chain/devnet-v4-network.json')]
    for (const args of [
      ['import', 'headers', '-', ...data],
      ['verify', 'headers', '-', ...data],
      ['decode', 'header'],
      ['hash-key']
    ]) {
      // Long enough for the process to be there.
      const { code, stdout, stderr, tookMs } = await interrupted(args, 2_000)
      assert.deepEqual([code, stderr], [130, ''], args.join(' '))
      assert.ok(tookMs < 3_000, `${tookMs} ms`)
      assert.equal(stdout, '')
    }
    const check = await cli(['db', 'check', ...data])
    assert.equal(check.code, 0, check.stderr)
  })
})
