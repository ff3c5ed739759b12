import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { blake2b } from '@noble/hashes/blake2.js'
import fc from 'fast-check'
import { toHex } from '../../src/bytes/index.ts'
import { Database, HeaderIndex, type HeaderRecord, HeaderStore } from '../../src/store/index.ts'
import { tempDir } from '../support/temp-dir.ts'

// The store does not look into headers: any bytes with their hashes will do. The model is a plain array and a Map.
const record = (height: number, branch: number, score = BigInt(height) * 1_000_000_007n): HeaderRecord => {
  const bytes = new Uint8Array(200 + (height % 40)).fill(height ^ branch)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, height)
  view.setUint32(4, branch)
  return { id: blake2b(bytes, { dkLen: 32 }), height, bytes, score }
}
const chain = (from: number, to: number, branch: number): HeaderRecord[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => record(from + i, branch))

interface Env {
  readonly dir: string
  readonly db: Database
  /** @param between done while the database is closed */
  reopen(between?: (dir: string) => void): Promise<HeaderStore>
}

async function open(t: TestContext): Promise<Env> {
  const dir = tempDir(t)
  let db = await Database.open(dir)
  t.after(() => db.close())
  return {
    dir,
    get db() {
      return db
    },
    reopen: async (between) => {
      await db.close()
      between?.(dir)
      db = await Database.open(dir)
      return HeaderStore.load(db)
    }
  }
}

async function commit(db: Database, store: HeaderStore, ...args: Parameters<HeaderStore['stage']>): Promise<void> {
  const staged = store.stage(...args)
  await db.commit('headers', staged.changes)
  staged.apply()
  await store.idle()
}

function assertHolds(store: HeaderStore, canonical: readonly HeaderRecord[]): void {
  const base = canonical[0]?.height ?? 1
  assert.equal(store.height, base + canonical.length - 1)
  assert.equal(store.bestScore, canonical.at(-1)?.score ?? 0n)
  assert.deepEqual(
    [...store.range(0, 1e9)].map((h) => [h.height, toHex(h.id), toHex(h.bytes), h.score]),
    canonical.map((h) => [h.height, toHex(h.id), toHex(h.bytes), h.score])
  )
  for (const h of canonical) {
    assert.equal(store.canonicalHeight(h.id), h.height)
    assert.deepEqual(store.at(h.height), h)
    assert.deepEqual(store.get(h.id), h)
  }
}

describe('header store', () => {
  it('keeps a growing chain over batches and restarts', async (t) => {
    const { db, reopen } = await open(t)
    let store = await HeaderStore.load(db)
    assert.equal(store.height, 0)
    assert.equal(store.bestId, undefined)
    const all = chain(1, 1000, 0)
    for (const [from, to] of [
      [0, 1],
      [1, 7],
      [7, 8],
      [8, 256],
      [256, 300],
      [300, 999],
      [999, 1000]
    ] as const) {
      await commit(db, store, { keep: from, canonical: all.slice(from, to) })
    }
    assertHolds(store, all)
    store = await reopen()
    assertHolds(store, all)
    assert.equal(store.at(1001), undefined)
    assert.equal(store.at(0), undefined)
    assert.equal(store.get(record(5, 9).id), undefined)
  })

  it('swaps branches of any depth and keeps what left the chain', async (t) => {
    const { db, reopen } = await open(t)
    let store = await HeaderStore.load(db)
    const main = chain(1, 600, 0)
    await commit(db, store, { keep: 0, canonical: main })
    for (const [keep, to] of [
      [599, 600],
      [400, 700],
      [1, 620],
      [0, 640]
    ] as const) {
      const branch = chain(keep + 1, to, to)
      await commit(db, store, { keep, canonical: branch })
      main.splice(keep, main.length, ...branch)
      assertHolds(store, main)
    }
    store = await reopen()
    assertHolds(store, main)
    const old = record(599, 0)
    assert.equal(store.canonicalHeight(old.id), undefined)
    assert.deepEqual(store.get(old.id), old)
  })

  it('starts at an anchor above height 1', async (t) => {
    const { db, reopen } = await open(t)
    let store = await HeaderStore.load(db)
    store.startAt(1795072)
    const all = chain(1795072, 1795072 + 300, 0)
    await commit(db, store, { keep: 1795071, canonical: all.slice(0, 10) })
    await commit(db, store, { keep: 1795081, canonical: all.slice(10) })
    store = await reopen()
    assert.equal(store.base, 1795072)
    assertHolds(store, all)
  })

  it('behaves as an array and a map under random growth, forks and reorganisations', async (t) => {
    const env = await open(t)
    let store = await HeaderStore.load(env.db)
    let main: HeaderRecord[] = []
    const known = new Map<string, HeaderRecord>()
    const random = fc.sample(fc.record({ back: fc.nat(30), grow: fc.nat(40), fork: fc.nat(3) }), { numRuns: 60, seed: 7 })
    for (const [i, step] of random.entries()) {
      const keep = Math.max(0, main.length - step.back)
      const canonical = chain(keep + 1, keep + step.grow + 1, 100 + i)
      const forks = chain(keep + 1, keep + step.fork, 10_000 + i)
      await commit(env.db, store, { keep, canonical, forks })
      for (const h of [...canonical, ...forks]) known.set(toHex(h.id), h)
      main = [...main.slice(0, keep), ...canonical]
      assertHolds(store, main)
      if (i % 20 === 19) store = await env.reopen()
    }
    const onChain = new Set(main.map((h) => toHex(h.id)))
    for (const h of known.values()) assert.deepEqual(store.get(h.id), h)
    const off = []
    for await (const h of store.forks()) off.push(toHex(h.id))
    assert.deepEqual(off.sort(), [...known.keys()].filter((id) => !onChain.has(id)).sort())
  })
})

/** Ids in one piece of the file, as the layout has it. */
const SLAB = 16_384

/** What every part of the index says, on a sample: thousands of headers are too many to compare one by one. */
function assertIndex(store: HeaderStore, canonical: readonly HeaderRecord[]): void {
  assert.equal(store.height, canonical.length)
  for (let i = 0; i < canonical.length; i += 61) {
    const { id, height } = canonical[i]!
    assert.equal(toHex(store.idAt(height)!), toHex(id))
    assert.equal(store.canonicalHeight(id), height)
  }
}

describe('ids beside the database', () => {
  const long = chain(1, 2 * SLAB + 500, 0)

  async function filled(t: TestContext): Promise<{ env: Env; store: HeaderStore; file: string }> {
    const env = await open(t)
    const store = await HeaderStore.load(env.db)
    const last = long.length - 1
    for (let at = 0; at < last; at += 4000) {
      await commit(env.db, store, { keep: at, canonical: long.slice(at, Math.min(last, at + 4000)) })
    }
    // The commit after the one that filled a piece tells of it.
    await commit(env.db, store, { keep: last, canonical: long.slice(last) })
    return { env, store, file: join(env.dir, 'header-ids') }
  }

  it('hold the full pieces of the chain, and the headers tell the rest', async (t) => {
    const { env, store, file } = await filled(t)
    assertIndex(store, long)
    const bytes = readFileSync(file)
    assert.equal(bytes.length, 2 * SLAB * 32)
    for (let i = 0; i < 2 * SLAB; i += 997) assert.deepEqual(new Uint8Array(bytes.subarray(i * 32, i * 32 + 32)), long[i]!.id)
    assertIndex(await env.reopen(), long)
  })

  for (const [name, harm] of [
    ['gone', (file: string) => rmSync(file)],
    ['cut short', (file: string) => truncateSync(file, SLAB * 32 + 1000)],
    ['empty', (file: string) => truncateSync(file, 0)],
    [
      'changed in one bit',
      (file: string) => {
        const bytes = readFileSync(file)
        bytes[12_345]! ^= 4
        writeFileSync(file, bytes)
      }
    ]
  ] as const) {
    it(`are made again when the file is ${name}`, async (t) => {
      const { env, file } = await filled(t)
      const before = readFileSync(file)
      harm(file)
      const store = await env.reopen()
      assertIndex(store, long)
      // And written again as the chain goes on.
      await commit(env.db, store, { keep: long.length, canonical: [record(long.length + 1, 0)] })
      assert.ok(readFileSync(file).equals(before))
    })
  }

  it('come with a table that finds them, which is made anew when it does not fit', async (t) => {
    const { env } = await filled(t)
    const file = join(env.dir, 'header-table')
    let store = await env.reopen()
    const table = readFileSync(file)
    assertIndex(store, long)
    // Written at one stop, found at a start after a kill: what was added since is added to it.
    await commit(env.db, store, { keep: long.length, canonical: chain(long.length + 1, long.length + 300, 0) })
    const more = [...long, ...chain(long.length + 1, long.length + 300, 0)]
    store = await env.reopen((dir) => writeFileSync(join(dir, 'header-table'), table))
    assertIndex(store, more)
    assert.equal(store.canonicalHeight(record(7, 1).id), undefined)
    // Of another chain, damaged, cut, gone.
    await commit(env.db, store, { keep: 20_000, canonical: chain(20_001, long.length + 5, 6) })
    const now = [...long.slice(0, 20_000), ...chain(20_001, long.length + 5, 6)]
    const damaged = table.slice()
    damaged[table.length >> 1]! ^= 1
    for (const bytes of [table, damaged, table.subarray(0, 1000), table.subarray(0, 20), new Uint8Array(0)]) {
      store = await env.reopen((dir) => writeFileSync(join(dir, 'header-table'), bytes))
      assertIndex(store, now)
      assert.equal(store.canonicalHeight(long[20_000]!.id), undefined)
    }
    assertIndex(await env.reopen((dir) => rmSync(join(dir, 'header-table'))), now)
  })

  it('never outlive a reorganisation, wherever it stops', async (t) => {
    const { env, file } = await filled(t)
    let store = await env.reopen()
    const keep = SLAB - 100
    const branch = chain(keep + 1, 2 * SLAB + 700, 9)
    const staged = store.stage({ keep, canonical: branch })
    // A process that ends before the commit leaves the old chain.
    assertIndex(await env.reopen(), long)
    store = await env.reopen()
    await env.db.commit('headers', staged.changes)
    // One that ends after it, with the file as it was, has the new one.
    store = await env.reopen()
    const now = [...long.slice(0, keep), ...branch]
    assertIndex(store, now)
    // The file gets the new ids; an older copy of it, as a power cut may leave, is not believed.
    const old = readFileSync(file)
    const more = chain(now.length + 1, now.length + 3, 9)
    for (const header of more) await commit(env.db, store, { keep: header.height - 1, canonical: [header] })
    assert.ok(!readFileSync(file).equals(old))
    assertIndex(await env.reopen((dir) => writeFileSync(join(dir, 'header-ids'), old)), [...now, ...more])
  })
})

describe('header index', () => {
  it('finds every id and no other after growth and truncation over several slabs', () => {
    const index = new HeaderIndex()
    const ids = Array.from({ length: 140_000 }, (_, i) => new Uint8Array(createHash('sha256').update(String(i)).digest()))
    for (const id of ids) index.append(id)
    index.truncate(66_000)
    for (let i = 0; i < ids.length; i += 97) assert.equal(index.heightOf(ids[i]!), i < 66_000 ? i + 1 : undefined)
    for (const id of ids.slice(66_000, 70_000)) index.append(id)
    assert.equal(index.height, 70_000)
    assert.deepEqual(index.idAt(70_000), ids[69_999])
    assert.equal(index.idAt(70_001), undefined)
  })
})
