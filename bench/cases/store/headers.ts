import assert from 'node:assert/strict'
import { Level } from 'level'
import { Database, HeaderStore } from '../../../src/store/index.ts'
import type { MeasuredCase } from '../../harness.ts'
import { HEADER_BYTES, RandomHeaders } from '../../support/headers.ts'
import { inDirectory, TUNED } from '../../support/level.ts'
import { overRounds, type Spent, spent } from '../../support/rounds.ts'

const HEADERS = 300_000
const GETS = 100_000
/** What one answer of a peer brings. */
const BATCH = 400
const ROUNDS = 5

interface Round {
  readonly insert: Spent
  readonly get: Spent
}

function ours(headers: RandomHeaders, picks: Uint32Array): Promise<Round> {
  return inDirectory(async (path) => {
    const db = await Database.open(path)
    const store = await HeaderStore.load(db)
    const insert = await spent(async () => {
      for (let at = 0; at < HEADERS; at += BATCH) {
        const staged = store.stage({ keep: at, canonical: headers.records(at, at + BATCH) })
        await db.commit('headers', staged.changes)
        staged.apply()
      }
      await store.idle()
    })
    const get = await spent(() => {
      for (const pick of picks) assert.equal(store.get(headers.id(pick))!.bytes.length, HEADER_BYTES)
    })
    await db.close()
    return { insert, get }
  })
}

function classicLevel(headers: RandomHeaders, picks: Uint32Array): Promise<Round> {
  return inDirectory(async (path) => {
    const db = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view', ...TUNED })
    await db.open()
    const insert = await spent(async () => {
      for (let at = 0; at < HEADERS; at += BATCH) {
        const puts: Array<{ type: 'put'; key: Uint8Array; value: Uint8Array }> = []
        for (let i = at; i < at + BATCH; i++) puts.push({ type: 'put', key: headers.id(i), value: headers.bytes(i) })
        await db.batch(puts)
      }
    })
    const get = await spent(() => {
      for (const pick of picks) assert.equal(db.getSync(headers.id(pick))!.length, HEADER_BYTES)
    })
    await db.close()
    return { insert, get }
  })
}

export const bench: MeasuredCase = {
  name: 'store/headers',
  workload: `${HEADERS} headers of 220 bytes in batches of ${BATCH}, then ${GETS} of them by id in random order; *insert* and *get* by wall clock (ours also keeps the chain's index and scores), against classic-level with the id for key, no compression and buffers of 64 MiB`,
  async measure() {
    const headers = new RandomHeaders(1, HEADERS)
    // Once for the compilers, not counted.
    await ours(headers, new Uint32Array(0))
    await classicLevel(headers, new Uint32Array(0))
    const rounds: Array<{ ours: Round; theirs: Round }> = []
    for (let i = 0; i < ROUNDS; i++) {
      const picks = Uint32Array.from({ length: GETS }, () => Math.floor(Math.random() * HEADERS))
      // Who goes first changes, so that neither always runs in the wake of the other.
      const first = i % 2 === 0 ? await ours(headers, picks) : undefined
      const theirs = await classicLevel(headers, picks)
      rounds.push({ ours: first ?? (await ours(headers, picks)), theirs })
    }
    const speedUp = (step: 'insert' | 'get', clock: 'wall' | 'cpu') =>
      overRounds(
        rounds.map((r) => r.theirs[step][clock] / r.ours[step][clock]),
        'speed-up'
      )
    const perSecond = (step: 'insert' | 'get', count: number) =>
      overRounds(
        rounds.map((r) => count / r.ours[step].wall),
        'thousand/s'
      )
    return {
      insert: speedUp('insert', 'wall'),
      get: speedUp('get', 'wall'),
      'insert-cpu': speedUp('insert', 'cpu'),
      'get-cpu': speedUp('get', 'cpu'),
      'insert-rate': perSecond('insert', HEADERS),
      'get-rate': perSecond('get', GETS)
    }
  }
}
