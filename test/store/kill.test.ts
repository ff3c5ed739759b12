import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { toHex } from '../../src/bytes/index.ts'
import { Database, HeaderStore } from '../../src/store/index.ts'
import { tempDir } from '../support/temp-dir.ts'
import { headerRecord, readHeaderRecord } from './header-records.ts'

const KILLS = 6

/** Runs the child for some time and kills it. Returns the last states it said it began and finished to commit. */
async function runAndKill(dir: string, branch: number, ms: number): Promise<{ begun: string; done: string }> {
  const url = import.meta.url
  const file = fileURLToPath(new URL(`./kill-child.${url.endsWith('.ts') ? 'ts' : 'js'}`, url))
  const child = spawn(process.execPath, [...process.execArgv, file, dir, String(branch)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let out = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  const closed = new Promise((resolve) => child.once('close', resolve))
  while (!out.includes('done')) await new Promise((resolve) => setTimeout(resolve, 5))
  await new Promise((resolve) => setTimeout(resolve, ms))
  child.kill('SIGKILL')
  await closed
  const last = (word: string): string => out.split('\n').findLast((line) => line.startsWith(word)) ?? ''
  return { begun: last('begin').slice(6), done: last('done').slice(5) }
}

it('a killed process leaves some committed chain, archive and index of ids included', async (t) => {
  const dir = tempDir(t)
  let branch = 1
  for (let kill = 0; kill < KILLS; kill++) {
    const { begun, done } = await runAndKill(dir, branch, 150 + 130 * kill)
    const db = await Database.open(dir)
    const store = await HeaderStore.load(db)
    const tip = readHeaderRecord(store.at(store.height)!.bytes)
    assert.ok(
      [begun, done].includes(`${tip.height} ${tip.branch}`),
      `${tip.height} ${tip.branch} is neither ${begun} nor ${done}`
    )
    let below = 0
    for (const { height, bytes, score } of store.range(1, store.height)) {
      const found = readHeaderRecord(bytes)
      assert.equal(found.height, height)
      // A branch never goes down again as heights go up.
      assert.ok(found.branch >= below)
      below = found.branch
      assert.equal(score, headerRecord(height, found.branch).score)
      if (height % 37 !== 0) continue
      const { id } = headerRecord(height, found.branch)
      assert.equal(toHex(store.idAt(height)!), toHex(id))
      assert.equal(store.canonicalHeight(id), height)
      assert.deepEqual(store.at(height)!.bytes, bytes)
    }
    branch = tip.branch + 2
    await db.close()
  }
  assert.ok(statSync(join(dir, 'headers')).size > 0, 'nothing was archived: the kills came too early to say anything')
})
