/** Damage to the files beside the database: which of it is told, and which is made good without a word. */
import assert from 'node:assert/strict'
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { bytesEqual, concatBytes, toHex, Writer } from '../../src/bytes/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'
import { crc32c } from '../../src/store/check/crc32c.ts'
import {
  BlockStore,
  type CheckReport,
  checkStore,
  Database,
  type HeaderRecord,
  HeaderStore,
  StoreError,
  type StoreInspector
} from '../../src/store/index.ts'
import { numberKey, TABLE, type Table, tableRange } from '../../src/store/keys.ts'
import { tempDir } from '../support/temp-dir.ts'

/** One archived segment, what has to stand on it, and some. */
const COUNT = 16_384 + 2_048 + 900
const DIFFICULTY = 1_000_000_007n

/** Bytes of a made-up header: height, parent. */
const chain: readonly HeaderRecord[] = (() => {
  const out: HeaderRecord[] = []
  let parent: Uint8Array = new Uint8Array(32)
  for (let height = 1; height <= COUNT; height++) {
    const bytes = new Uint8Array(60 + (height % 9))
    new DataView(bytes.buffer).setUint32(0, height)
    bytes.set(parent, 4)
    const id = blake2b256(bytes)
    out.push({ id, height, bytes, score: BigInt(height) * DIFFICULTY })
    parent = id
  }
  return out
})()

const inspector: StoreInspector = {
  keptSections: [],
  extensionType: 108,
  header: (bytes) => {
    if (bytes.length < 60) return undefined
    const height = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
    const rest = { stateRoot: new Uint8Array(33), sectionId: () => undefined, fits: () => false }
    return { id: blake2b256(bytes), parentId: bytes.subarray(4, 36), height, difficulty: DIFFICULTY, ...rest }
  },
  state: () => undefined,
  nextState: () => undefined
}

async function commit(db: Database, store: HeaderStore, keep: number, canonical: readonly HeaderRecord[]): Promise<void> {
  const staged = store.stage({ keep, canonical })
  await db.commit('headers', staged.changes)
  staged.apply()
  await store.idle()
}

/** A directory with all of {@link chain} in it, made once: each case works on a copy. */
let template: string

async function fill(dir: string): Promise<void> {
  const db = await Database.open(dir)
  const store = await HeaderStore.load(db)
  for (let at = 0; at < COUNT - 20; at += 1000) await commit(db, store, at, chain.slice(at, Math.min(at + 1000, COUNT - 20)))
  for (let at = COUNT - 20; at < COUNT; at++) await commit(db, store, at, chain.slice(at, at + 1))
  await db.close()
}

before(async () => {
  template = mkdtempSync(join(tmpdir(), 'ergo-libp2p-test-'))
  await fill(template)
})
after(() => rmSync(template, { recursive: true, force: true }))

/** What a look at a damaged copy says; the message of the error when it does not even open. */
async function look(dir: string): Promise<Pick<CheckReport, 'problems' | 'repaired'> & { isWhole: boolean }> {
  const db = await Database.open(dir)
  try {
    const store = await HeaderStore.load(db)
    const report = await checkStore({ db, headers: store, blocks: new BlockStore(db), inspector })
    const isWhole = report.headers === COUNT && chain.every((h, i) => i % 97 !== 0 || bytesEqual(store.idAt(h.height)!, h.id))
    return { ...report, isWhole }
  } catch (err) {
    assert.ok(err instanceof StoreError, String(err))
    assert.equal(err.code, 'STORE_CORRUPT')
    assert.match(err.message, /Restore the data directory from a copy, or remove it and sync again/)
    return { problems: [err.message], repaired: [], isWhole: false }
  } finally {
    await db.close()
  }
}

/** Some rows of a table. */
async function rowsOf(dir: string, table: Table): Promise<Array<{ key: Uint8Array; value: Uint8Array }>> {
  const db = await Database.open(dir)
  const rows: Array<{ key: Uint8Array; value: Uint8Array }> = []
  for await (const [key, value] of db.scan(tableRange(table))) rows.push({ key: key.slice(), value: value.slice() })
  await db.close()
  return rows.length < 3 ? rows : [rows[0]!, rows.at(-1)!]
}

async function put(dir: string, key: Uint8Array, value: Uint8Array | undefined): Promise<void> {
  const db = await Database.open(dir)
  await db.commit('harm', [value === undefined ? { key } : { key, value }])
  await db.close()
}

function* harmsOf(value: Uint8Array): Generator<[harm: string, damaged: Uint8Array | undefined]> {
  for (const at of [0, value.length >> 2, value.length >> 1, value.length - 1]) {
    const flipped = value.slice()
    flipped[at]! ^= 1
    yield [`flipped at ${at}`, flipped]
  }
  yield ['cut', value.subarray(0, -1)]
  yield ['empty', new Uint8Array(0)]
  yield ['longer', concatBytes(value, Uint8Array.of(0))]
  yield ['gone', undefined]
}

type Harm = (file: string, size: number) => void

const flip =
  (at: (size: number) => number): Harm =>
  (file, size) => {
    const bytes = readFileSync(file)
    bytes[Math.floor(at(size))]! ^= 0x10
    writeFileSync(file, bytes)
  }

const HARMS: Readonly<Record<string, Harm>> = {
  'without its last byte': (file, size) => truncateSync(file, size - 1),
  'cut in the middle': (file, size) => truncateSync(file, size >> 1),
  empty: (file) => truncateSync(file, 0),
  missing: (file) => rmSync(file),
  'with a bit of its first byte flipped': flip(() => 0),
  'with a bit in the middle flipped': flip((size) => size / 2),
  'with a bit of its last byte flipped': flip((size) => size - 1),
  longer: (file) => appendFileSync(file, new Uint8Array(1000).fill(7))
}

/** What is told of each kind of damage to each file. */
const EXPECTED = (file: string, harm: string): 'problems' | 'repaired' | 'nothing' => {
  // What hangs over the end is what a crash leaves of a write that nobody was told of.
  if (file === 'headers') return harm === 'longer' ? 'nothing' : 'problems'
  if (file === 'header-ids') return harm === 'longer' ? 'nothing' : 'repaired'
  // Written at each stop only: after a crash there may be none.
  return harm === 'missing' ? 'nothing' : 'repaired'
}

describe('db check: files beside the database', () => {
  it('finds nothing wrong with what is whole', async () => {
    const dir = template
    assert.deepEqual(await look(dir), { ...(await look(dir)), problems: [], repaired: [], isWhole: true })
    for (const file of ['headers', 'header-ids', 'header-table']) assert.ok(statSync(join(dir, file)).size > 1000)
  })

  for (const file of ['headers', 'header-ids', 'header-table']) {
    for (const [harm, damage] of Object.entries(HARMS)) {
      const expected = EXPECTED(file, harm)
      it(`${file} ${harm}: ${expected === 'nothing' ? 'harmless' : expected === 'repaired' ? 'made again, and said so' : 'told'}`, async (t) => {
        const dir = tempDir(t)
        cpSync(template, dir, { recursive: true })
        const path = join(dir, file)
        damage(path, statSync(path).size)
        const { problems, repaired, isWhole } = await look(dir)
        assert.equal(problems.length > 0, expected === 'problems', problems.join('\n'))
        assert.equal(repaired.length > 0, expected === 'repaired', repaired.join('\n'))
        if (expected === 'repaired') assert.ok(repaired[0]!.startsWith(`${file}: `))
        if (expected !== 'problems') assert.ok(isWhole)
        if (expected !== 'repaired' || file === 'header-ids') return
        // The next start finds it as good as new.
        assert.deepEqual((await look(dir)).repaired, [])
      })
    }
  }

  it('a bit flipped anywhere in the headers is told', async (t) => {
    const dir = tempDir(t)
    cpSync(template, dir, { recursive: true })
    const path = join(dir, 'headers')
    const whole = readFileSync(path)
    for (let i = 0; i < 6; i++) {
      const bytes = Buffer.from(whole)
      const at = Math.floor(((i * 7919 + 101) % 1000) * 0.001 * bytes.length)
      bytes[at]! ^= 1 << (i % 8)
      writeFileSync(path, bytes)
      assert.ok((await look(dir)).problems.length > 0, `bit ${i % 8} of byte ${at}`)
    }
  })

  const TABLES: Array<[name: string, table: Table, expected: 'problems' | 'harmless']> = [
    ['late headers', TABLE.headers, 'problems'],
    ['the archive', TABLE.archive, 'problems'],
    ['the tip', TABLE.meta, 'problems'],
    // The headers say the same.
    ['checksums of ids', TABLE.ids, 'harmless']
  ]
  for (const [name, table, expected] of TABLES) {
    it(`rows of ${name} flipped, cut, longer, gone: ${expected === 'problems' ? 'told' : 'made again'}`, async (t) => {
      const dir = tempDir(t)
      cpSync(template, dir, { recursive: true })
      for (const { key, value } of await rowsOf(dir, table)) {
        for (const [harm, damaged] of harmsOf(value)) {
          await put(dir, key, damaged)
          const { problems, isWhole } = await look(dir)
          // Without any record of a tip the store is an empty one, and what lies in it a leftover.
          assert.equal(problems.length > 0, expected === 'problems', `row ${toHex(key)} ${harm}: ${problems.join(', ')}`)
          if (expected === 'harmless') assert.ok(isWhole)
        }
        await put(dir, key, value)
      }
      assert.deepEqual((await look(dir)).problems, [])
    })
  }

  it('a record of the tip that names any other heights is told, and takes no memory for them', async (t) => {
    const dir = tempDir(t)
    cpSync(template, dir, { recursive: true })
    const [{ key, value }] = (await rowsOf(dir, TABLE.meta)) as [{ key: Uint8Array; value: Uint8Array }]
    const score = value.subarray(new Writer().uint(1).uint(COUNT).length)
    for (const [base, height] of [
      [1, COUNT - 1],
      [1, COUNT + 1],
      [1, 0xffffffff],
      [2, COUNT],
      [33, COUNT],
      [COUNT + 5, COUNT],
      [0xffffffff, 0]
    ] as const) {
      await put(dir, key, new Writer().uint(base).uint(height).bytes(score).toBytes())
      assert.ok((await look(dir)).problems.length > 0, `${base}..${height}`)
    }
    await put(dir, key, value)
    assert.deepEqual((await look(dir)).problems, [])
  })

  it('rows where none belong are told', async (t) => {
    const dir = tempDir(t)
    cpSync(template, dir, { recursive: true })
    for (const key of [
      numberKey(TABLE.headers, 5000),
      numberKey(TABLE.archive, 9),
      Uint8Array.of(2, 2),
      Uint8Array.of(0xff, 1)
    ]) {
      await put(dir, key, new Uint8Array(20))
      assert.ok((await look(dir)).problems.length > 0, toHex(key))
      await put(dir, key, undefined)
    }
    assert.deepEqual((await look(dir)).problems, [])
  })

  it('CRC-32C has its known answers', () => {
    const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
    assert.equal(crc32c(ascii('123456789')), 0xe3069283)
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa)
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
    assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e)
    assert.equal(crc32c(new Uint8Array(0)), 0)
  })
})
