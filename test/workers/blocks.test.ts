import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { BlockProcessor, type RejectedEvent } from '../../src/history/index.ts'
import { Ledger } from '../../src/node/index.ts'
import {
  blockOptions,
  decodeBlock,
  finishBlock,
  type PreparedBlock,
  prepareDigestBlock,
  type StateContext,
  verifyTransaction
} from '../../src/state/index.ts'
import { TransactionDecoder, type TransactionVerdict } from '../../src/transaction/index.ts'
import { PoolBlockVerifier, WorkerError, WorkerPool, type WorkerPoolInit } from '../../src/workers/index.ts'
import { packTransactionsJob, runTransactionsJob } from '../../src/workers/jobs/transactions.ts'
import {
  type AnchoredChain,
  assertAtEnd,
  blockSections,
  devnetChain,
  feedBlocks,
  mainnetBlocks,
  missingMainnetChain,
  startOf
} from '../support/anchored-chain.ts'
import { tempDir } from '../support/temp-dir.ts'

const fromSource = fileURLToPath(import.meta.url).endsWith('.ts')
const needsCompiled = fromSource && 'worker threads run compiled code only: npm test -- workers'

/** The blocks of a chain, each prepared on the state before it. */
function* prepared(chain: AnchoredChain): Generator<PreparedBlock> {
  const decoder = new TransactionDecoder()
  const options = blockOptions(chain.network)
  let context: StateContext = startOf(chain)
  for (const block of chain.blocks) {
    const decoded = decodeBlock(block.header, blockSections(block), decoder)
    assert.ok(decoded.ok)
    const result = prepareDigestBlock(context, decoded.block, decoder, options)
    assert.ok(result.ok)
    context = result.prepared.context
    yield result.prepared
  }
}

const verdictsHere = ({ jobs, validation }: PreparedBlock): TransactionVerdict[] =>
  jobs.map((job) => verifyTransaction(job, validation, 0))

async function sameInWorkers(t: TestContext, chain: AnchoredChain): Promise<void> {
  const pools = [0, 1, 2].map((size) => new WorkerPool({ size }))
  t.after(() => Promise.all(pools.map((pool) => pool.stop())))
  const verifiers = pools.map((pool) => new PoolBlockVerifier(pool))
  let transactions = 0
  for (const block of prepared(chain)) {
    const expected = verdictsHere(block)
    transactions += expected.length
    assert.ok(expected.every((verdict) => verdict.valid))
    for (const verifier of verifiers) assert.deepEqual(await verifier.verifyTransactions(block), expected)
    const application = finishBlock(block, expected, verifyTransaction)
    assert.ok(application.ok)
  }
  assert.ok(transactions >= chain.blocks.length)
}

describe('transactions of blocks in worker threads', { skip: needsCompiled }, () => {
  it('get the verdicts they get in this thread: recorded devnet blocks', (t) => sameInWorkers(t, devnetChain()))

  it('get the verdicts they get in this thread: mainnet blocks', { skip: missingMainnetChain() }, (t) =>
    sameInWorkers(t, mainnetBlocks())
  )
})

describe('jobs of transactions', () => {
  it('say the same however a block is cut, once they went through a message', () => {
    for (const block of prepared(devnetChain())) {
      const expected = verdictsHere(block)
      for (const size of [1, 2, 7]) {
        const got: TransactionVerdict[] = []
        for (let from = 0; from < block.jobs.length; from += size) {
          const job = structuredClone(packTransactionsJob(block, from, Math.min(block.jobs.length, from + size)))
          got.push(...runTransactionsJob(job))
        }
        assert.deepEqual(got, expected)
      }
    }
  })

  it('say the same of transactions that are not valid', () => {
    let before: PreparedBlock | undefined
    for (const block of prepared(devnetChain())) {
      const wrong = before?.jobs[0]?.inputs
      before = block
      if (wrong === undefined) continue
      const forged = { ...block, jobs: block.jobs.map((job) => ({ ...job, inputs: wrong })) }
      const expected = verdictsHere(forged)
      assert.ok(expected.some((verdict) => !verdict.valid))
      assert.deepEqual(runTransactionsJob(structuredClone(packTransactionsJob(forged, 0, forged.jobs.length))), expected)
    }
  })

  it('carry what they need and no more', () => {
    for (const block of prepared(devnetChain())) {
      const job = packTransactionsJob(block, 0, block.jobs.length)
      for (const part of [job.headerId, job.bytes, job.ends, job.boxes]) assert.equal(part.buffer.byteLength, part.byteLength)
      const boxes = block.jobs.flatMap(({ inputs, dataInputs }) => [...inputs, ...dataInputs])
      const most = [...block.block.transactions.map((tx) => tx.received), ...boxes.map((box) => box.bytes)]
      assert.ok(job.bytes.length <= most.reduce((sum, bytes) => sum + bytes.length, 0))
    }
  })
})

interface Applying {
  readonly ledger: Ledger
  readonly blocks: BlockProcessor
  readonly faults: unknown[]
  readonly rejected: RejectedEvent[]
}

/** A ledger whose blocks are verified by other workers than its own. */
async function applying(t: TestContext, dataDir: string, chain: AnchoredChain, init: WorkerPoolInit): Promise<Applying> {
  const ledger = await Ledger.open({ network: chain.network, dataDir, stateType: 'digest', workers: 0 })
  const pool = new WorkerPool(init)
  const rejected: RejectedEvent[] = []
  const faults: unknown[] = []
  const blocks = new BlockProcessor({
    headers: ledger.headers,
    full: ledger.blocks.full,
    verifier: new PoolBlockVerifier(pool),
    options: blockOptions(chain.network),
    maxCacheBytes: 64 << 20,
    pipelineDepth: 6,
    onRejected: (event) => rejected.push(event)
  })
  blocks.onFault((err) => faults.push(err))
  t.after(async () => {
    await blocks.stop()
    await pool.stop()
    await ledger.close()
  })
  return { ledger, blocks, faults, rejected }
}

async function feed({ ledger, blocks }: Applying, chain: AnchoredChain): Promise<void> {
  await ledger.headers.submit(
    chain.blocks.map((block) => block.header.bytes),
    'test'
  )
  for (const { sections } of chain.blocks) for (const { type, id, bytes } of sections) blocks.addSection(type, id, bytes, 'test')
  await blocks.idle()
}

/** A worker that does its jobs, but for those of one block, which it meets with some code that sees `message` and `port`. */
function workerBut(chain: AnchoredChain, height: number, code: string): URL {
  const jobs = new URL('../../src/workers/jobs/index.js', import.meta.url).href
  const id = Buffer.from(chain.blocks[height - 1]!.header.id).toString('hex')
  return new URL(
    `data:text/javascript,${encodeURIComponent(`
      import { existsSync, writeFileSync } from 'node:fs'
      import { parentPort as port } from 'node:worker_threads'
      import { runJob } from ${JSON.stringify(jobs)}
      port.on('message', (message) => {
        const { id, kind, request } = message
        if (kind === 'transactions' && Buffer.from(request.headerId).toString('hex') === ${JSON.stringify(id)}) { ${code} }
        port.postMessage({ id, result: runJob(kind, request) })
      })`)}`
  )
}

describe('a worker that fails in the middle of a block', { skip: needsCompiled }, () => {
  const chain = devnetChain()
  const HEIGHT = 30
  /** Long enough for a worker to start on a busy machine. */
  const TIMEOUT_MS = 3_000
  const failures: Array<[name: string, code: string]> = [
    ['dies', 'process.exit(1)'],
    ['throws', 'throw new Error("out of memory")'],
    ['hangs', 'return'],
    ['answers that it could not judge a script', 'port.postMessage({ id, error: "ScriptFaultError" }); return']
  ]
  for (const [name, code] of failures) {
    it(`${name}: the block is not committed, not called invalid, and applies after a restart`, async (t) => {
      const dir = tempDir(t)
      const broken = await applying(t, dir, chain, { size: 2, jobTimeoutMs: TIMEOUT_MS, entry: workerBut(chain, HEIGHT, code) })
      await feed(broken, chain)
      assert.equal(broken.faults.length, 1)
      const fault = broken.faults[0]
      assert.ok(fault instanceof WorkerError)
      assert.equal(fault.code, 'WORKER_FAULT')
      assert.deepEqual(broken.rejected, [])
      const { full } = broken.blocks
      assert.equal(full.height, HEIGHT - 1)
      assert.equal(broken.ledger.chain.height, chain.blocks.length)
      const header = chain.blocks[HEIGHT - 1]!.header
      assert.equal(broken.ledger.chain.knownInvalid(header.id), undefined)
      assert.equal(full.store.sectionById(102, header.transactionsId), undefined)
      // Nothing goes on behind its back.
      broken.blocks.poke()
      await broken.blocks.idle()
      assert.equal(full.height, HEIGHT - 1)
      await broken.blocks.stop()
      await broken.ledger.close()
      const whole = await Ledger.open({ network: chain.network, dataDir: dir, stateType: 'digest', workers: 1 })
      t.after(() => whole.close())
      assert.equal(whole.blocks.full.height, HEIGHT - 1)
      await feedBlocks(whole, chain.blocks)
      assertAtEnd(whole, chain)
    })
  }

  it('dies once: a second one judges the block, and nobody notices', async (t) => {
    const dir = tempDir(t)
    const mark = JSON.stringify(join(dir, 'died'))
    const code = `if (!existsSync(${mark})) { writeFileSync(${mark}, ''); process.exit(1) }`
    const env = await applying(t, dir, chain, { size: 2, entry: workerBut(chain, HEIGHT, code) })
    await feed(env, chain)
    assert.deepEqual(env.faults, [])
    assertAtEnd(env.ledger, chain)
  })
})
