import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import { Database, type HeaderRecord, HeaderStore, StoreError } from '../../src/store/index.ts'
import { numberKey, TABLE, tableRange } from '../../src/store/keys.ts'
import { tempDir } from '../support/temp-dir.ts'
import { headerRecords as chain, headerRecord as record } from './header-records.ts'

/** Headers of a segment, and headers above it before it is archived. */
const SEGMENT = 16_384
const DELAY = 2_048

const main = chain(1, 2 * SEGMENT + DELAY + 500)

class Env {
  readonly dir: string
  db!: Database
  store!: HeaderStore

  private constructor(dir: string) {
    this.dir = dir
  }

  static async open(t: TestContext): Promise<Env> {
    const env = new Env(tempDir(t))
    t.after(() => env.db.close())
    await env.reopen()
    return env
  }

  get file(): string {
    return join(this.dir, 'headers')
  }

  async reopen(): Promise<void> {
    await this.db?.close()
    this.db = await Database.open(this.dir)
    this.store = await HeaderStore.load(this.db)
  }

  /** Commits, and waits for what it set going. */
  async put(keep: number, canonical: readonly HeaderRecord[]): Promise<void> {
    const staged = this.store.stage({ keep, canonical })
    await this.db.commit('headers', staged.changes)
    staged.apply()
    await this.store.idle()
  }

  async grow(headers: readonly HeaderRecord[], step = 1000): Promise<void> {
    for (let at = 0; at < headers.length; at += step) await this.put(headers[at]!.height - 1, headers.slice(at, at + step))
  }

  /** Header rows that are in the database. */
  async rows(): Promise<number> {
    let n = 0
    for await (const _ of this.db.keys(tableRange(TABLE.headers))) n++
    return n
  }

  async segments(): Promise<number[]> {
    const out: number[] = []
    for await (const key of this.db.keys(tableRange(TABLE.archive))) out.push(key[4]! + 256 * key[3]!)
    return out
  }

  assertHolds(headers: readonly HeaderRecord[]): void {
    const { store } = this
    assert.equal(store.height, headers.at(-1)!.height)
    let i = 0
    for (const found of store.range(0, 1e9)) {
      const expected = headers[i++]!
      if (i % 50 === 0 || found.height !== expected.height) {
        assert.deepEqual(
          [found.height, toHex(found.bytes), found.score],
          [expected.height, toHex(expected.bytes), expected.score]
        )
      }
    }
    assert.equal(i, headers.length)
    for (let k = 0; k < headers.length; k += 331) {
      assert.deepEqual(store.at(headers[k]!.height), headers[k])
      assert.deepEqual(store.get(headers[k]!.id), headers[k])
    }
  }
}

describe('archive of headers', () => {
  it('takes the rows that lie deep enough, a segment at a time, and the database lets go of them', async (t) => {
    const env = await Env.open(t)
    await env.grow(main.slice(0, SEGMENT + DELAY - 1))
    assert.ok(!existsSync(env.file))
    await env.grow(main.slice(SEGMENT + DELAY - 1))
    // The commit after the one that set a segment going tells the database of it.
    await env.grow(chain(main.length + 1, main.length + 40), 1)
    const now = [...main, ...chain(main.length + 1, main.length + 40)]
    assert.deepEqual(await env.segments(), [0, 1])
    // Of the 1,024 rows in them, 40 commits have dropped some.
    assert.ok((await env.rows()) < 1024)
    env.assertHolds(now)
    await env.reopen()
    env.assertHolds(now)
    // Every commit drops a few, until none is left.
    for (let h = now.length + 1; h <= now.length + 30; h++) await env.put(h - 1, [record(h, 0)])
    assert.equal(await env.rows(), Math.ceil((now.length + 30 - 2 * SEGMENT) / 32))
  })

  it('gives way to a reorganisation that reaches into it, whichever commit is the last', async (t) => {
    const env = await Env.open(t)
    await env.grow(main)
    await env.put(main.length, [record(main.length + 1, 0)])
    const old = [...main, record(main.length + 1, 0)]
    const bytes = readFileSync(env.file)
    const keep = SEGMENT - 77
    const branch = chain(keep + 1, old.length + 5, 3)

    env.store.stage({ keep, canonical: branch })
    await env.reopen()
    env.assertHolds(old)

    const staged = env.store.stage({ keep, canonical: branch })
    await env.db.commit('headers', staged.changes)
    // As if the process had ended here.
    await env.reopen()
    const now = [...main.slice(0, keep), ...branch]
    env.assertHolds(now)
    assert.deepEqual(await env.segments(), [])
    assert.deepEqual(env.store.get(main[SEGMENT]!.id), main[SEGMENT])

    // The branch is archived in its turn.
    await env.grow(chain(now.length + 1, now.length + 10, 3), 1)
    assert.deepEqual(await env.segments(), [0, 1])
    await env.reopen()
    env.assertHolds([...now, ...chain(now.length + 1, now.length + 10, 3)])
    assert.ok(statSync(env.file).size > bytes.length / 2)
  })

  it('never writes where an older commit still looks, while the process lives', async (t) => {
    const env = await Env.open(t)
    await env.grow(main)
    await env.put(main.length, [record(main.length + 1, 0)])
    const before = readFileSync(env.file)
    const keep = 2 * SEGMENT - 9
    await env.put(keep, chain(keep + 1, main.length + 20, 4))
    await env.grow(chain(main.length + 21, main.length + 24, 4), 1)
    const after = readFileSync(env.file)
    assert.ok(after.length > before.length)
    assert.ok(after.subarray(0, before.length).equals(before))
    env.assertHolds([...main.slice(0, keep), ...chain(keep + 1, main.length + 24, 4)])
  })

  it('a segment that was written and not told of is written again', async (t) => {
    const env = await Env.open(t)
    await env.grow(main.slice(0, SEGMENT + DELAY + 10))
    assert.ok(existsSync(env.file))
    assert.deepEqual(await env.segments(), [])
    await env.reopen()
    env.assertHolds(main.slice(0, SEGMENT + DELAY + 10))
    await env.grow(main.slice(SEGMENT + DELAY + 10, SEGMENT + DELAY + 14), 1)
    assert.deepEqual(await env.segments(), [0])
    env.assertHolds(main.slice(0, SEGMENT + DELAY + 14))
  })

  it('starts in the middle of a segment when the chain does', async (t) => {
    const env = await Env.open(t)
    const base = 5 * SEGMENT + 1234
    env.store.startAt(base)
    const headers = chain(base, 6 * SEGMENT + DELAY + 100)
    await env.grow(headers)
    await env.put(headers.at(-1)!.height, [record(headers.at(-1)!.height + 1, 0)])
    assert.deepEqual(await env.segments(), [5])
    await env.reopen()
    env.assertHolds([...headers, record(headers.at(-1)!.height + 1, 0)])
  })

  const isCorrupt = (err: unknown): boolean => err instanceof StoreError && err.code === 'STORE_CORRUPT'

  it('tells of damage instead of serving it', async (t) => {
    const env = await Env.open(t)
    await env.grow(main)
    await env.put(main.length, [record(main.length + 1, 0)])
    await env.reopen()
    const bytes = readFileSync(env.file)
    const at = bytes.indexOf(main[4999]!.bytes)
    bytes[at + 9]! ^= 1
    writeFileSync(env.file, bytes)
    await env.reopen()
    assert.throws(() => env.store.at(5000), isCorrupt)
    assert.deepEqual(env.store.at(4999), main[4998])
    truncateSync(env.file, bytes.length >> 1)
    await env.reopen()
    assert.throws(() => env.store.at(2 * SEGMENT - 5), isCorrupt)
    assert.deepEqual(env.store.at(main.length), main.at(-1))
  })

  it('a row that is nowhere is damage, too', async (t) => {
    const env = await Env.open(t)
    await env.grow(main.slice(0, 100))
    await env.db.commit('harm', [{ key: numberKey(TABLE.headers, 2) }])
    await assert.rejects(env.reopen(), isCorrupt)
  })
})
