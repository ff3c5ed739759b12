/** A data directory that is of another kind, damaged, or in use: said in words, with what to do. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Level } from 'level'
import { fromHex } from '../../src/bytes/index.ts'
import { scanHeader } from '../../src/chain/index.ts'
import { Ledger } from '../../src/node/index.ts'
import { Database } from '../../src/store/index.ts'
import { metaKey, numberRange, TABLE } from '../../src/store/keys.ts'
import { cli, NodeProcess } from '../support/cli.ts'
import { devnet } from '../support/mine-headers.ts'
import { tempDir } from '../support/temp-dir.ts'
import { committed, readJsonLines } from '../support/vectors.ts'

const FILE = committed('chain/devnet-v4-headers.jsonl.gz')
const NETWORK_FILE = committed('chain/devnet-v4-network.json')
const NETWORK = ['--network-file', NETWORK_FILE]

/** A data directory with the recorded headers in it. */
async function filled(t: TestContext): Promise<{ dir: string; db: string; args: string[] }> {
  const dir = tempDir(t)
  const args = ['--data-dir', dir, ...NETWORK]
  const { code, stderr } = await cli(['import', 'headers', FILE, ...args])
  assert.equal(code, 0, stderr)
  return { dir, db: join(dir, devnet.name, 'db'), args }
}

describe('data directory', () => {
  it('of another state type, network or layout: exit code 2, with the fix', async (t) => {
    const { dir, db, args } = await filled(t)
    const made = await Database.open(db)
    const identity = JSON.parse(new TextDecoder().decode(made.get(metaKey('identity'))!))
    await made.close()
    const claim = async (change: Record<string, unknown>): Promise<void> => {
      const store = await Database.open(db)
      const value = new TextEncoder().encode(JSON.stringify({ ...identity, ...change }))
      await store.commit('test', [{ key: metaKey('identity'), value }], { durable: true })
      await store.close()
    }
    const wrong = identity.stateType === 'utxo' ? 'digest' : 'utxo'
    await claim({ stateType: wrong })
    const state = await cli(['db', 'check', ...args])
    assert.equal(state.code, 2)
    assert.match(
      state.stderr,
      new RegExp(
        `was made for stateType ${wrong}, not ${identity.stateType}\\. Start with the setting it was made for, or use another --data-dir`
      )
    )
    await claim({})

    const other = { ...JSON.parse(readFileSync(NETWORK_FILE, 'utf8')), magic: '09090909' }
    const otherFile = join(tempDir(t), 'other.json')
    writeFileSync(otherFile, JSON.stringify(other))
    const network = await cli(['db', 'check', '--data-dir', dir, '--network-file', otherFile])
    assert.equal(network.code, 2, network.stderr)
    assert.match(network.stderr, /was made for magic 02020404, not 09090909.*another --data-dir/)

    for (const [schema, says] of [
      [identity.schema + 1, /newer version of this program/],
      [0, /Export with the version that wrote it/]
    ] as const) {
      await claim({ schema })
      const layout = await cli(['db', 'check', ...args])
      assert.equal(layout.code, 2)
      assert.match(layout.stderr, says)
    }
  })

  it('that is not there is named, not made: a mistyped name is no empty chain', async (t) => {
    const dir = join(tempDir(t), 'typo')
    for (const command of [
      ['db', 'check'],
      ['db', 'rollback', '1'],
      ['export', 'headers'],
      ['export', 'blocks']
    ]) {
      const { code, stdout, stderr } = await cli([...command, '--data-dir', dir, ...NETWORK])
      assert.deepEqual([code, stdout], [2, ''], command.join(' '))
      assert.match(stderr, new RegExp(`typo/${devnet.name}/db: there is no database`))
    }
    assert.equal(existsSync(dir), false)
  })

  it('in use by another process: exit code 2, and says so; the other is not disturbed', async (t) => {
    const { db, args } = await filled(t)
    const store = await Database.open(db)
    t.after(() => store.close())
    for (const command of [
      ['db', 'check'],
      ['run', '--peer', '127.0.0.1:1', '--listen', '127.0.0.1:0'],
      ['export', 'headers']
    ]) {
      const { code, stdout, stderr } = await cli([...command, ...args])
      assert.deepEqual([code, stdout], [2, ''], command.join(' '))
      assert.match(stderr, /is open in another process; stop that node, or use another data directory/)
    }
    assert.ok(store.get(metaKey('identity')) !== undefined)
  })

  it('with files of LevelDB cut off or gone: exit code 2, what is damaged and what to do', async (t) => {
    const { db, args } = await filled(t)
    const manifest = readdirSync(db).find((f) => f.startsWith('MANIFEST'))!
    writeFileSync(join(db, manifest), readFileSync(join(db, manifest)).subarray(0, 10))
    const { code, stderr } = await cli(['db', 'check', ...args])
    assert.equal(code, 2, stderr)
    assert.match(stderr, /is damaged: .*Restore it from a copy, or remove it and sync again/)
    assert.doesNotMatch(stderr, /\n\s+at /)
  })

  it('with a row that contradicts the others: db check ends with 1 and names height and fault', async (t) => {
    const { db, args } = await filled(t)
    const store = await Database.open(db)
    const rows: Array<[Uint8Array, Uint8Array]> = []
    for await (const row of store.scan(numberRange(TABLE.headers, 0, 0xffffffff))) rows.push(row)
    const [key, value] = rows[0]!
    const bad = value.slice()
    bad[bad.length >> 1]! ^= 1
    await store.commit('test', [{ key, value: bad }], { durable: true })
    await store.close()
    const { code, stdout, stderr, last } = await cli(['db', 'check', ...args])
    assert.equal(code, 1, `${stdout}${stderr}`)
    assert.equal(last().ok, false)
    const problems = last().problems as string[]
    assert.ok(problems.length >= 1)
    assert.match(problems[0]!, /height \d+/)
  })

  for (const [what, compacted] of [
    ['the log of LevelDB', false],
    ['a table of LevelDB', true]
  ] as const) {
    it(`with a byte of ${what} flipped: the damage is told, or what is left is a tip from before it`, async (t) => {
      const source = readJsonLines<{ id: string; bytes: string }>(FILE)
      for (const place of [0.1, 0.35, 0.6, 0.85]) {
        const dir = tempDir(t)
        const args = ['--data-dir', dir, ...NETWORK]
        const ledger = await Ledger.open({ network: devnet, dataDir: dir, stateType: 'digest', workers: 0 })
        for (let i = 0; i < source.length; i += 25) {
          await ledger.headers.submit(
            source.slice(i, i + 25).map((l) => fromHex(l.bytes)),
            'test'
          )
        }
        await ledger.close()
        const db = join(dir, devnet.name, 'db')
        if (compacted) await compact(db)
        const [largest] = readdirSync(db)
          .filter((f) => /\.(log|ldb)$/.test(f))
          .map((f) => join(db, f))
          .sort((a, b) => readFileSync(b).length - readFileSync(a).length)
        const bytes = readFileSync(largest!)
        bytes[Math.floor(bytes.length * place)]! ^= 0xff
        writeFileSync(largest!, bytes)
        const check = await cli(['db', 'check', ...args, '--state', 'digest'])
        assert.doesNotMatch(check.stderr, /\n\s+at /)
        if (check.code === 0) {
          const out = await cli(['export', 'headers', ...args, '--state', 'digest'])
          assert.deepEqual(
            out.json().map((l) => l.id),
            source.slice(0, out.json().length).map((l) => l.id),
            `flipped at ${place}: db check said all is well`
          )
        } else {
          assert.ok(check.code === 1 || check.code === 2)
          assert.match(check.stdout + check.stderr, /damaged|corrupt|checksum|height/i)
        }
      }
    })
  }
})

/** Writes everything into tables, as years of use would. */
async function compact(path: string): Promise<void> {
  const level = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await level.open()
  await (level as unknown as { compactRange(start: Uint8Array, end: Uint8Array): Promise<void> }).compactRange(
    new Uint8Array(0),
    new Uint8Array(8).fill(255)
  )
  await level.close()
}

describe('the key of a node', () => {
  it('is made once, is the same after a restart, and only its owner can read it', async (t) => {
    const dir = tempDir(t)
    const args = [
      '--data-dir',
      dir,
      ...NETWORK,
      '--peer',
      '127.0.0.1:1',
      '--listen',
      '127.0.0.1:0',
      '--libp2p-listen',
      '/ip4/127.0.0.1/tcp/0'
    ]
    const ids: string[] = []
    for (let i = 0; i < 2; i++) {
      const node = NodeProcess.start(t, args)
      ids.push((await node.libp2pAddress()).split('/p2p/')[1]!)
      await node.stop()
      assert.deepEqual(node.ended, { code: 0, signal: null })
    }
    assert.equal(ids[0], ids[1])
    const { statSync } = await import('node:fs')
    assert.equal(statSync(join(dir, devnet.name, 'identity.key')).mode & 0o077, 0)
  })

  it('that is damaged: exit code 2, which file and what to do', async (t) => {
    const { dir, args } = await filled(t)
    writeFileSync(join(dir, devnet.name, 'identity.key'), 'no key')
    const { code, stderr } = await cli(['run', ...args, '--peer', '127.0.0.1:1', '--listen', '127.0.0.1:0'])
    assert.equal(code, 2, stderr)
    assert.match(stderr, /identity\.key holds no key; remove it to get a new identity/)
  })
})

describe('two ledgers', () => {
  it('in one process, of different directories, share nothing', async (t) => {
    const headers = readJsonLines<{ bytes: string }>(FILE).map((l) => fromHex(l.bytes))
    const open = (): Promise<Ledger> => Ledger.open({ network: devnet, dataDir: tempDir(t), stateType: 'digest', workers: 0 })
    const [a, b] = await Promise.all([open(), open()])
    await a.headers.submit(headers.slice(0, 60), 'test')
    await b.headers.submit(headers.slice(0, 20), 'test')
    assert.deepEqual([a.chain.height, b.chain.height], [60, 20])
    assert.equal(a.chain.best!.idHex, scanHeader(headers[59]!).idHex)
    await a.close()
    await b.headers.submit(headers.slice(20, 40), 'test')
    assert.equal(b.chain.height, 40)
    await b.close()
  })
})
