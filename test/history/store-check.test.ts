/** Damage to the tables of a node's database: `db check` tells each kind, and never stumbles over it. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { Level } from 'level'
import { concatBytes, fromHex, toHex } from '../../src/bytes/index.ts'
import { MODIFIER_TYPES, scanHeader } from '../../src/chain/index.ts'
import { storeInspector } from '../../src/history/index.ts'
import { Ledger } from '../../src/node/index.ts'
import { type CheckReport, checkStore, Database, PeerStore, StoreError } from '../../src/store/index.ts'
import { metaKey, TABLE, type Table, tableRange } from '../../src/store/keys.ts'
import { devnet, mineHeaders } from '../support/mine-headers.ts'
import { tempDir } from '../support/temp-dir.ts'
import { committed, readJsonLines } from '../support/vectors.ts'

const HEIGHT = 16

const blocks = readJsonLines<Record<'header' | 'transactions' | 'extension' | 'adProofs', string>>(
  committed('devnet/v4-64.jsonl.gz')
).slice(0, HEIGHT)

const open = (dir: string): Promise<Ledger> =>
  Ledger.open({ network: devnet, dataDir: dir, stateType: 'digest', workers: 0, keepVersions: 200 })

const dbOf = (dir: string): string => join(dir, devnet.name, 'db')

/** A data directory with blocks, a branch beside them, a header marked invalid and a peer; each case works on a copy. */
let template: string

before(async () => {
  template = mkdtempSync(join(tmpdir(), 'ergo-libp2p-test-'))
  const ledger = await open(template)
  const headers = blocks.map((b) => scanHeader(fromHex(b.header)))
  await ledger.headers.submit(
    headers.map((h) => h.bytes),
    'test'
  )
  const [side, bad] = [7, 8].map((salt) => mineHeaders({ parent: headers[HEIGHT - 6]!, count: 3, salt }))
  await ledger.headers.submit(
    [...side!, ...bad!].map((h) => h.bytes),
    'test'
  )
  await ledger.headers.invalidate(bad![1]!.id, { height: HEIGHT - 3, rule: 119, message: 'for the test' })
  for (const [i, header] of headers.entries()) {
    ledger.blocks.add(header, MODIFIER_TYPES.extension, fromHex(blocks[i]!.extension), 'test')
    ledger.blocks.add(header, MODIFIER_TYPES.adProofs, fromHex(blocks[i]!.adProofs), 'test')
    ledger.blocks.add(header, MODIFIER_TYPES.blockTransactions, fromHex(blocks[i]!.transactions), 'test')
  }
  ledger.blocks.poke()
  await ledger.blocks.idle()
  assert.equal(ledger.blocks.full.height, HEIGHT)
  await new PeerStore(ledger.db).save([{ address: '127.0.0.1:9030', value: new TextEncoder().encode('{}') }], [])
  await ledger.close()
})
after(() => rmSync(template, { recursive: true, force: true }))

function copy(t: TestContext): string {
  const dir = tempDir(t)
  cpSync(template, dir, { recursive: true })
  return dir
}

/** What the check says; undefined instead of counts when the directory does not open, which must be said in the same way. */
async function look(dir: string): Promise<Pick<CheckReport, 'problems'> & Partial<CheckReport>> {
  let ledger: Ledger
  try {
    ledger = await open(dir)
  } catch (err) {
    assert.ok(err instanceof StoreError && err.code === 'STORE_CORRUPT', `${err}`)
    assert.match(err.message, /Restore the data directory from a copy, or remove it and sync again|Restore it from a copy/)
    return { problems: [err.message] }
  }
  try {
    const { db, chain, blocks: processor } = ledger
    return await checkStore({ db, headers: chain.store, blocks: processor.full.store, inspector: storeInspector(devnet) })
  } finally {
    await ledger.close()
  }
}

type Row = readonly [key: Uint8Array, value: Uint8Array | undefined]

async function change(dir: string, rows: readonly Row[]): Promise<void> {
  const db = await Database.open(dbOf(dir))
  await db.commit(
    'harm',
    rows.map(([key, value]) => (value === undefined ? { key } : { key, value }))
  )
  await db.close()
}

/** First and last row of a table. */
async function rowsOf(dir: string, table: Table): Promise<Array<[key: Uint8Array, value: Uint8Array]>> {
  const db = await Database.open(dbOf(dir))
  const rows: Array<[Uint8Array, Uint8Array]> = []
  for await (const [key, value] of db.scan(tableRange(table))) rows.push([key.slice(), value.slice()])
  await db.close()
  return rows.length < 3 ? rows : [rows[0]!, rows.at(-1)!]
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const out = bytes.slice()
  out[at]! ^= 1
  return out
}

type Harm = 'flipped' | 'cut' | 'longer' | 'gone' | 'under another key'

function* harmsOf(key: Uint8Array, value: Uint8Array): Generator<[Harm, Row[]]> {
  for (const at of [0, value.length >> 1, value.length - 1]) yield ['flipped', [[key, flipped(value, at)]]]
  yield ['cut', [[key, value.subarray(0, value.length >> 1)]]]
  yield ['longer', [[key, concatBytes(value, Uint8Array.of(0x20))]]]
  yield ['gone', [[key, undefined]]]
  yield [
    'under another key',
    [
      [key, undefined],
      [flipped(key, key.length >> 1), value]
    ]
  ]
}

/** What no look can tell of a table, and why that is no loss. */
const UNSEEN: ReadonlyMap<Table, readonly Harm[]> = new Map([
  // A branch that is not the best, or a mark, is missed by nothing here; it comes again from peers.
  [TABLE.forks, ['gone']],
  // A mark says in words what happened; whether a word is spelled right is not for us to say. It may be for any id.
  [TABLE.invalid, ['flipped', 'longer', 'gone', 'under another key']],
  // A section may travel with bytes behind its end, which nobody reads.
  [TABLE.sections, ['longer']],
  // Found again in no time.
  [TABLE.peers, ['flipped', 'cut', 'longer', 'gone', 'under another key']]
])

describe('db check: tables of the database', () => {
  it('counts what is there, and finds nothing wrong', async () => {
    const report = await look(template)
    assert.deepEqual(report, {
      headers: HEIGHT,
      forks: 6,
      invalid: 2,
      sections: 3 * HEIGHT,
      states: HEIGHT,
      problems: [],
      repaired: []
    })
  })

  for (const name of ['meta', 'headers', 'forks', 'invalid', 'sections', 'sectionIds', 'undo', 'peers'] as const) {
    const unseen = UNSEEN.get(TABLE[name]) ?? []
    it(`${name}: rows flipped, cut, longer, gone or under another key${unseen.length === 0 ? '' : `, but for ${unseen.join(', ')}`}`, async (t) => {
      const dir = copy(t)
      const rows = await rowsOf(dir, TABLE[name])
      assert.ok(rows.length > 0)
      for (const [key, value] of rows) {
        // Without its name a directory is a new one.
        if (toHex(key) === toHex(metaKey('identity'))) continue
        for (const [harm, changes] of harmsOf(key, value)) {
          await change(dir, changes)
          const { problems } = await look(dir)
          const says = `row ${toHex(key)} ${harm}`
          // The lowest state may have been pruned.
          const isPruned = name === 'undo' && harm === 'gone' && key === rows[0]![0]
          if (!unseen.includes(harm) && !isPruned) assert.ok(problems.length > 0, says)
          await change(dir, [...changes.map(([k]) => [k, undefined] as const), [key, value]])
        }
      }
      assert.deepEqual((await look(dir)).problems, [])
    })
  }

  it('a bit flipped in a table file of LevelDB is told, wherever it is', async (t) => {
    const dir = copy(t)
    const level = new Level<Uint8Array, Uint8Array>(dbOf(dir), { keyEncoding: 'view', valueEncoding: 'view', compression: false })
    await level.open()
    await (level as unknown as { compactRange(from: Uint8Array, to: Uint8Array): Promise<void> }).compactRange(
      new Uint8Array(0),
      new Uint8Array(8).fill(255)
    )
    await level.close()
    const file = readdirSync(dbOf(dir))
      .filter((f) => f.endsWith('.ldb'))
      .map((f) => join(dbOf(dir), f))
      .sort((a, b) => readFileSync(b).length - readFileSync(a).length)[0]!
    const whole = readFileSync(file)
    for (let i = 0; i < 8; i++) {
      const bytes = Buffer.from(whole)
      // The padding of the footer is the one part that nobody reads.
      const at = Math.floor(((i + 0.5) / 8) * (bytes.length - 48))
      bytes[at]! ^= 1 << i
      writeFileSync(file, bytes)
      const { problems } = await look(dir)
      assert.ok(problems.length > 0, `bit ${i} of byte ${at}`)
    }
    writeFileSync(file, whole)
    assert.deepEqual((await look(dir)).problems, [])
  })
})
