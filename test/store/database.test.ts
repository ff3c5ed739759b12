import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { checkIdentity, Database, SCHEMA_VERSION } from '../../src/store/index.ts'
import { metaKey } from '../../src/store/keys.ts'
import { tempDir } from '../support/temp-dir.ts'

const identity = { network: 'mainnet', magic: '01000204', genesisStateDigest: 'a5df', stateType: 'digest' } as const
const key = (n: number): Uint8Array => new Uint8Array([1, n])

describe('database', () => {
  it('says which process rule was broken when opened twice', async (t) => {
    const dir = tempDir(t)
    const db = await Database.open(dir)
    await assert.rejects(Database.open(dir), { code: 'STORE_LOCKED', message: /open in another process/ })
    await db.close()
    await assert.rejects(Database.open(`${dir}/none`, { mustExist: true }), { code: 'STORE_IO', message: /no database in/ })
    assert.throws(() => db.get(key(1)), { code: 'STORE_CLOSED' })
  })

  it('is closed, and free for others, also when the last write fails', async (t) => {
    const dir = tempDir(t)
    let isFull = false
    const db = await Database.open(dir, {
      faultPoint: (label) => {
        if (isFull && label === 'before:close') throw new Error('no space left on device')
      }
    })
    await db.commit('test', [{ key: key(1), value: new Uint8Array(100) }])
    isFull = true
    await assert.rejects(Promise.all([db.close(), db.close()]), /no space left/)
    assert.equal(db.closed, true)
    const again = await Database.open(dir)
    assert.equal(again.get(key(1))?.length, 100)
    await again.close()
    await again.close()
  })

  it('refuses another network, state type or layout with the fix in the message', async (t) => {
    const db = await Database.open(tempDir(t))
    t.after(() => db.close())
    await checkIdentity(db, identity)
    await checkIdentity(db, identity)
    await assert.rejects(checkIdentity(db, { ...identity, network: 'testnet' }), {
      code: 'STORE_MISMATCH',
      message: /made for network mainnet, not testnet.*--data-dir/
    })
    await assert.rejects(checkIdentity(db, { ...identity, stateType: 'utxo' }), { code: 'STORE_MISMATCH', message: /stateType/ })
    const other = new TextEncoder().encode(JSON.stringify({ schema: SCHEMA_VERSION + 1, ...identity }))
    await db.commit('test', [{ key: metaKey('identity'), value: other }])
    await assert.rejects(checkIdentity(db, identity), { code: 'STORE_SCHEMA', message: /newer version/ })
  })

  it('names a damaged database instead of starting on it', async (t) => {
    const dir = tempDir(t)
    const db = await Database.open(dir)
    await db.commit('test', [{ key: key(1), value: new Uint8Array(100) }])
    await db.close()
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${dir}/CURRENT`, 'nonsense')
    await assert.rejects(Database.open(dir), { code: 'STORE_CORRUPT' })
  })

  it('holds some whole commit after kill -9 at any moment', async (t) => {
    const dir = tempDir(t)
    // Each commit writes the same number under two keys; a torn commit would show two numbers.
    const script = `
      import { Database } from ${JSON.stringify(new URL('../../src/store/index.ts', import.meta.url).href.replace(/\.ts$/, import.meta.url.endsWith('.ts') ? '.ts' : '.js'))}
      const db = await Database.open(${JSON.stringify(dir)})
      const value = (n) => new Uint8Array(2000).fill(n).map((_, i) => (i < 4 ? n >>> (8 * i) : n))
      for (let n = 1; ; n++) {
        await db.commit('n', [{ key: new Uint8Array([1, 1]), value: value(n) }, { key: new Uint8Array([1, 2]), value: value(n) }])
        if (n === 20) process.stdout.write('go')
      }`
    for (let round = 0; round < 3; round++) {
      const loader = import.meta.url.endsWith('.ts') ? ['--import', 'tsx'] : []
      const child = spawn(process.execPath, [...loader, '--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      await once(child.stdout, 'data')
      await new Promise((resolve) => setTimeout(resolve, 5 + round * 17))
      child.kill('SIGKILL')
      await once(child, 'exit')
      const db = await Database.open(dir)
      assert.deepEqual(db.get(key(1)), db.get(key(2)))
      assert.equal(db.get(key(1))?.length, 2000)
      await db.close()
    }
  })
})
