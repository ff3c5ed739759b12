import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { verifyPow } from '../../src/chain/index.ts'
import { PoolPowVerifier, WorkerError, WorkerPool, type WorkerPoolInit } from '../../src/workers/index.ts'
import { packPowJob, runPowJob } from '../../src/workers/jobs/pow.ts'
import { plainHeader } from '../support/headers.ts'
import { mineHeaders } from '../support/mine-headers.ts'
import { tempDir } from '../support/temp-dir.ts'

const good = mineHeaders({ count: 60 })
// The hardest difficulty there is lets no nonce pass.
const bad = Array.from({ length: 12 }, (_, i) => plainHeader({ height: i + 2, nBits: 0x2100ffff }))
/** Good and bad ones in no regular order, so that an answer in the wrong place shows. */
const mixed = [...good, ...bad].sort((a, b) => a.idHex.localeCompare(b.idHex))
const verdicts = mixed.map((header) => verifyPow(header))

function pool(t: TestContext, init: WorkerPoolInit): WorkerPool {
  const made = new WorkerPool(init)
  t.after(() => made.stop())
  return made
}

/** A worker made of this code, which sees each message as `m` and its port as `port`. */
const worker = (onMessage: string, first = ''): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(
      `import { parentPort as port } from 'node:worker_threads'; import { existsSync, writeFileSync } from 'node:fs';
      ${first}; port.on('message', (m) => { ${onMessage} })`
    )}`
  )

const isFault =
  (code: WorkerError['code'], text: RegExp) =>
  (err: unknown): boolean => {
    assert.ok(err instanceof WorkerError)
    assert.equal(err.code, code)
    assert.match(err.message, text)
    return true
  }

const JOB = packPowJob(good.slice(0, 1))

const fromSource = fileURLToPath(import.meta.url).endsWith('.ts')

describe('worker pool', { skip: fromSource && 'worker threads run compiled code only: npm test -- workers' }, () => {
  assert.ok(verdicts.includes(true) && verdicts.includes(false))

  for (const size of [0, 1, 2]) {
    it(`of ${size}: says of each proof of work what this thread says, in order`, async (t) => {
      const verifier = new PoolPowVerifier(pool(t, { size }))
      assert.deepEqual(await verifier.verifyPow(mixed), verdicts)
      assert.deepEqual(await verifier.verifyPow([]), [])
      assert.deepEqual(await verifier.verifyPow(mixed.slice(0, 1)), verdicts.slice(0, 1))
      // More than the threads keep up with: the calling one takes a share.
      const many = Array.from({ length: 8 }, () => mixed).flat()
      assert.deepEqual(await verifier.verifyPow(many), Array.from({ length: 8 }, () => verdicts).flat())
      // Many at once, each with its own answer.
      const slices = Array.from({ length: 40 }, (_, i) => [i, i + 1 + (i % 7)] as const)
      const answers = await Promise.all(slices.map(([from, to]) => verifier.verifyPow(mixed.slice(from, to))))
      slices.forEach(([from, to], i) => {
        assert.deepEqual(answers[i], verdicts.slice(from, to))
      })
    })
  }

  it('runs as many jobs at a time as it has threads, and counts what waits', async (t) => {
    const two = pool(t, { size: 2 })
    const jobs = Array.from({ length: 7 }, () => two.run('pow', JOB))
    assert.equal(two.running, 2)
    assert.equal(two.waiting, 5)
    for (const result of await Promise.all(jobs)) assert.deepEqual(result, runPowJob(JOB))
    assert.equal(two.running, 0)
    assert.equal(two.waiting, 0)
  })

  it('turns a job that throws into a fault, not a verdict, and goes on', async (t) => {
    for (const size of [0, 1]) {
      const some = pool(t, { size })
      const broken = { bytes: new Uint8Array(5), ends: Uint32Array.of(5) }
      await assert.rejects(some.run('pow', broken), isFault('WORKER_FAULT', /pow job/))
      assert.deepEqual(await some.run('pow', JOB), runPowJob(JOB))
    }
  })

  const deaths: Array<[name: string, onMessage: string, first?: string]> = [
    ['exits', 'process.exit(3)'],
    ['throws', 'throw new Error("out of luck")'],
    ['hangs', ''],
    ['spins', 'for (;;);'],
    ['fails as it starts', '', 'throw new Error("no start")']
  ]
  for (const [name, onMessage, first] of deaths) {
    it(`a worker that ${name} costs its job a second try, then a fault: never a verdict`, async (t) => {
      const one = pool(t, { size: 1, jobTimeoutMs: 300, entry: worker(onMessage, first) })
      const verifier = new PoolPowVerifier(one)
      await assert.rejects(verifier.verifyPow(good.slice(0, 3)), isFault('WORKER_FAULT', /2 times/))
      assert.equal(one.running, 0)
    })
  }

  it('a thread that cannot be started is a fault of the job, not of the process', async (t) => {
    const one = pool(t, { size: 1, entry: new URL('http://127.0.0.1/worker.js') })
    for (let i = 0; i < 2; i++) await assert.rejects(one.run('pow', JOB), isFault('WORKER_FAULT', /no worker can be started/))
    assert.deepEqual([one.running, one.waiting], [0, 0])
  })

  it('an answer of the wrong size is a fault: a header without a result is not a good one', async (t) => {
    for (const size of [0, 2, 4]) {
      const entry = worker(`port.postMessage({ id: m.id, result: new Uint8Array(${size}).fill(1) })`)
      const verifier = new PoolPowVerifier(pool(t, { size: 1, entry }))
      await assert.rejects(verifier.verifyPow(good.slice(0, 3)), isFault('WORKER_FAULT', /results for 3 headers/))
    }
  })

  it('gives the job of a worker that died to a fresh one, and those lined up behind it', async (t) => {
    const mark = join(tempDir(t), 'died')
    const entry = worker(
      `if (!existsSync(${JSON.stringify(mark)})) { writeFileSync(${JSON.stringify(mark)}, ''); process.exit(1) }
       port.postMessage({ id: m.id, result: new Uint8Array([m.request.ends.length]) })`
    )
    const one = pool(t, { size: 1, entry })
    const sizes = [3, 1, 2, 5, 4]
    const results = await Promise.all(sizes.map((n) => one.run('pow', packPowJob(good.slice(0, n)))))
    assert.ok(existsSync(mark))
    assert.deepEqual(
      results.map((r) => r[0]),
      sizes
    )
  })

  it('a job that hangs does not take the ones behind it along', async (t) => {
    // Jobs of one header are never answered.
    const entry = worker('if (m.request.ends.length > 1) port.postMessage({ id: m.id, result: new Uint8Array([7]) })')
    const one = pool(t, { size: 1, jobTimeoutMs: 200, entry })
    const hung = assert.rejects(one.run('pow', JOB), isFault('WORKER_FAULT', /no answer for 200 ms/))
    const others = [2, 3, 4].map((n) => one.run('pow', packPowJob(good.slice(0, n))))
    assert.deepEqual(
      (await Promise.all(others)).map((r) => r[0]),
      [7, 7, 7]
    )
    await hung
  })

  it('stop: everything under way fails as stopped, nothing runs on, and nothing is taken any more', async (t) => {
    const two = pool(t, { size: 2, entry: worker('for (;;);') })
    const jobs = Array.from({ length: 6 }, () => assert.rejects(two.run('pow', JOB), isFault('WORKER_STOPPED', /stopped/)))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await two.stop()
    await Promise.all(jobs)
    assert.equal(two.running, 0)
    await assert.rejects(two.run('pow', JOB), isFault('WORKER_STOPPED', /stopped/))
    await two.stop()
  })

  it('stop: proofs of work that the calling thread has before it fail as stopped, too', async (t) => {
    for (const size of [0, 1]) {
      const some = pool(t, { size })
      const verifier = new PoolPowVerifier(some)
      const many = Array.from({ length: 40 }, () => mixed).flat()
      const failed = assert.rejects(verifier.verifyPow(many), isFault('WORKER_STOPPED', /stopped/))
      await some.stop()
      await failed
    }
  })

  for (const stops of [false, true]) {
    it(`${stops ? 'a stopped' : 'an idle'} pool does not keep the process alive`, async (t) => {
      const script = `
        import { WorkerPool } from ${JSON.stringify(new URL('../../src/workers/index.js', import.meta.url).href)}
        const pool = new WorkerPool({ size: 2 })
        const job = { bytes: new Uint8Array(0), ends: new Uint32Array(0) }
        await Promise.all([1, 2, 3].map(() => pool.run('pow', job)))
        ${stops ? 'await pool.stop()' : ''}
        console.log('done')`
      const file = join(tempDir(t), 'script.mjs')
      writeFileSync(file, script)
      const child = spawn(process.execPath, [...process.execArgv, file], { stdio: 'pipe' })
      t.after(() => child.kill())
      let out = ''
      child.stdout.on('data', (chunk) => (out += chunk))
      child.stderr.on('data', (chunk) => (out += chunk))
      const timer = setTimeout(() => child.kill(), 20_000)
      const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
        child.once('close', (...end) => resolve(end as [number | null, string | null]))
      )
      clearTimeout(timer)
      assert.deepEqual([code, signal, out.trim()], [0, null, 'done'])
    })
  }
})
