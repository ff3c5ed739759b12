import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BlockProcessor } from '../../src/history/index.ts'
import { Ledger } from '../../src/node/index.ts'
import { blockOptions, type PreparedBlock, verifyTransaction } from '../../src/state/index.ts'
import type { TransactionVerdict } from '../../src/transaction/index.ts'
import { assertAtEnd, devnetChain } from '../support/anchored-chain.ts'
import { tempDir } from '../support/temp-dir.ts'

const chain = devnetChain()
const first = chain.blocks[0]!.header.height

/** A verifier whose verdicts come when the test says so. */
class Held {
  /** Heights of blocks that wait for theirs, in the order they came. */
  readonly waiting: number[] = []
  readonly #answers = new Map<number, { give: () => void; fail: (err: Error) => void }>()

  async verifyTransactions({ block, jobs, validation }: PreparedBlock): Promise<TransactionVerdict[]> {
    const { height } = block.header
    this.waiting.push(height)
    return await new Promise((resolve, reject) => {
      const give = (): void => resolve(jobs.map((job) => verifyTransaction(job, validation, 0)))
      this.#answers.set(height, { give, fail: reject })
    })
  }

  give(height: number): void {
    this.#take(height).give()
  }

  fail(height: number, err: Error): void {
    this.#take(height).fail(err)
  }

  #take(height: number) {
    const answer = this.#answers.get(height)
    assert.ok(answer !== undefined, `block ${height} is not being verified`)
    this.#answers.delete(height)
    this.waiting.splice(this.waiting.indexOf(height), 1)
    return answer
  }
}

interface Env {
  readonly ledger: Ledger
  readonly blocks: BlockProcessor
  readonly held: Held
  /** Heights as they were committed. */
  readonly applied: number[]
  readonly faults: unknown[]
}

async function open(t: TestContext, pipelineDepth: number): Promise<Env> {
  const ledger = await Ledger.open({ network: chain.network, dataDir: tempDir(t), stateType: 'digest', workers: 0 })
  t.after(() => ledger.close())
  const held = new Held()
  const applied: number[] = []
  const faults: unknown[] = []
  const blocks = new BlockProcessor({
    headers: ledger.headers,
    full: ledger.blocks.full,
    verifier: held,
    options: blockOptions(chain.network),
    maxCacheBytes: 1 << 24,
    pipelineDepth,
    onApplied: ({ header }) => applied.push(header.height)
  })
  blocks.onFault((err) => faults.push(err))
  await ledger.headers.submit(
    chain.blocks.map(({ header }) => header.bytes),
    'test'
  )
  for (const { sections } of chain.blocks) for (const { type, id, bytes } of sections) blocks.addSection(type, id, bytes, 'test')
  return { ledger, blocks, held, applied, faults }
}

const MAX_WAIT_MS = 20_000

/** Waits until the verifier has so many blocks, then long enough for whatever else could go on to go on. */
async function begun(held: Held, blocks: number): Promise<number[]> {
  const deadline = Date.now() + MAX_WAIT_MS
  while (held.waiting.length < blocks && Date.now() < deadline) await sleep(2)
  await sleep(60)
  return held.waiting
}

describe('blocks under way at once', () => {
  it('are as many as the depth says, whatever order their verdicts come in, and are committed in theirs', async (t) => {
    const { ledger, blocks, held, applied, faults } = await open(t, 4)
    assert.deepEqual(await begun(held, 4), [first, first + 1, first + 2, first + 3])
    held.give(first + 2)
    held.give(first + 1)
    assert.deepEqual(await begun(held, 2), [first, first + 3], 'nothing more is begun')
    assert.deepEqual(applied, [], 'and nothing committed before the first')
    held.give(first)
    assert.deepEqual(await begun(held, 4), [first + 3, first + 4, first + 5, first + 6])
    while (applied.length < chain.blocks.length) {
      const height = held.waiting.at(-1)
      if (height !== undefined) held.give(height)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await blocks.idle()
    assert.deepEqual(faults, [])
    assert.deepEqual(
      applied,
      chain.blocks.map(({ header }) => header.height)
    )
    assertAtEnd(ledger, chain)
  })

  it('the next is begun while those before are being written', async (t) => {
    const { blocks, held, applied } = await open(t, 1)
    let begunBefore = 0
    while (applied.length < 20) {
      await new Promise((resolve) => setImmediate(resolve))
      const [height] = held.waiting
      if (height === undefined) continue
      if (height > first + applied.length) begunBefore++
      held.give(height)
    }
    assert.ok(begunBefore > 5, `${begunBefore} of 20`)
    await blocks.stop()
  })

  it('a fault in one leaves those before it on disk and nothing after', async (t) => {
    const { ledger, blocks, held, applied, faults } = await open(t, 3)
    await begun(held, 3)
    held.give(first + 2)
    held.fail(first + 1, new Error('out of memory'))
    held.give(first)
    await blocks.idle()
    assert.match(String(faults[0]), /out of memory/)
    assert.deepEqual(applied, [first])
    assert.equal(ledger.blocks.full.height, first)
  })

  it('a stop waits for no verdict and leaves a whole block', async (t) => {
    const { ledger, blocks, held, applied } = await open(t, 3)
    await begun(held, 3)
    held.give(first + 1)
    held.give(first)
    await blocks.stop()
    assert.equal(blocks.applying, undefined)
    const { height } = ledger.blocks.full
    assert.deepEqual(
      applied,
      chain.blocks.slice(0, height).map(({ header }) => header.height)
    )
    // A verdict that comes late goes nowhere.
    for (const late of [...held.waiting]) held.give(late)
    await sleep(60)
    assert.equal(ledger.blocks.full.height, height)
  })
})
