import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { toHex } from '../../src/bytes/index.ts'
import { headerLevel, MODIFIER_TYPES, type NetworkParameters, parseNetworkFile, scanHeader } from '../../src/chain/index.ts'
import { type AppliedEvent, type BlockEvents, type RejectedEvent, SECTION_TYPES, sectionIdOf } from '../../src/history/index.ts'
import { Ledger } from '../../src/node/index.ts'
import { tempDir } from '../support/temp-dir.ts'
import { committed, missing, readJsonLines, shared } from '../support/vectors.ts'
import { type BlockHex, sectionHex } from './block-lines.ts'

const network = parseNetworkFile(readFileSync(committed('devnet/v4-network.json'), 'utf8'))
const blocks = readJsonLines<BlockHex>(committed('devnet/v4-64.jsonl.gz'))
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

interface Env {
  ledger: Ledger
  applied: AppliedEvent[]
  rejected: RejectedEvent[]
  bad: Array<{ source: string; type: number }>
  faults: unknown[]
  reopen(): Promise<void>
}

async function open(
  t: TestContext,
  options: { dir?: string; network?: NetworkParameters; workers?: number; keepVersions?: number; blocksToKeep?: number } = {}
): Promise<Env> {
  const dataDir = options.dir ?? tempDir(t)
  const env = { applied: [], rejected: [], bad: [], faults: [] } as unknown as Env
  const onBlocks: BlockEvents = {
    onApplied: (e) => env.applied.push(e),
    onRejected: (e) => env.rejected.push(e),
    onBadSection: ({ source, type }) => env.bad.push({ source, type })
  }
  const { keepVersions, blocksToKeep } = options
  const make = (): Promise<Ledger> =>
    Ledger.open({
      network: options.network ?? network,
      dataDir,
      stateType: 'digest',
      workers: options.workers ?? 0,
      onBlocks,
      ...(keepVersions === undefined ? {} : { keepVersions }),
      ...(blocksToKeep === undefined ? {} : { blocksToKeep })
    })
  env.ledger = await make()
  env.ledger.blocks.onFault((err) => env.faults.push(err))
  t.after(() => env.ledger.close())
  env.reopen = async () => {
    await env.ledger.close()
    env.ledger = await make()
    env.ledger.blocks.onFault((err) => env.faults.push(err))
  }
  return env
}

async function addHeaders(env: Env, list: readonly BlockHex[]): Promise<void> {
  await env.ledger.headers.submit(
    list.map((b) => bytes(b.header)),
    'test'
  )
}

function addSections(env: Env, block: BlockHex, source = 'test'): void {
  const header = scanHeader(bytes(block.header))
  for (const type of SECTION_TYPES)
    env.ledger.blocks.addSection(type, sectionIdOf(header, type), bytes(sectionHex(block, type)), source)
}

async function settle(env: Env): Promise<void> {
  env.ledger.blocks.poke()
  await env.ledger.blocks.idle()
}

function assertTip(env: Env, block: BlockHex): void {
  const { full } = env.ledger.blocks
  assert.equal(full.height, block.height)
  assert.equal(toHex(full.tip!.id), block.id)
  assert.equal(toHex(full.stateRoot), block.stateRoot)
  assert.deepEqual(env.faults, [])
}

describe('blocks on their way into the chain', () => {
  for (const workers of [0, 1, 2]) {
    it(`recorded blocks end at the recorded state root, with ${workers} worker threads`, async (t) => {
      const env = await open(t, { workers })
      await addHeaders(env, blocks)
      for (const block of blocks) addSections(env, block)
      await settle(env)
      assertTip(env, blocks.at(-1)!)
      assert.deepEqual(
        env.applied.map((e) => e.header.height),
        blocks.map((b) => b.height)
      )
      await env.reopen()
      assertTip(env, blocks.at(-1)!)
    })
  }

  it('sections in any order, before or after their neighbours, over restarts', async (t) => {
    const env = await open(t)
    await addHeaders(env, blocks)
    const all = blocks.flatMap((block) => SECTION_TYPES.map((type) => ({ block, type })))
    const shuffled = [...all].sort(
      (a, b) => a.block.id.charCodeAt(a.type % 60) - b.block.id.charCodeAt(b.type % 60) || b.block.height - a.block.height
    )
    for (const [i, { block, type }] of shuffled.entries()) {
      const header = scanHeader(bytes(block.header))
      env.ledger.blocks.addSection(type, sectionIdOf(header, type), bytes(sectionHex(block, type)), 'test')
      if (i % 50 === 49) await settle(env)
    }
    await settle(env)
    assertTip(env, blocks.at(-1)!)
    assert.equal(env.ledger.blocks.cache.size, 0)
    assert.equal(env.ledger.blocks.cache.bytes, 0)
  })

  it('says what is missing, lowest first, and nothing that is here', async (t) => {
    const env = await open(t)
    await addHeaders(env, blocks)
    for (const block of blocks.slice(0, 10)) addSections(env, block)
    await settle(env)
    const header = scanHeader(bytes(blocks[11]!.header))
    env.ledger.blocks.addSection(MODIFIER_TYPES.extension, header.extensionId, bytes(blocks[11]!.extension), 'test')
    const needed = env.ledger.blocks.needed(2).map((n) => [n.header.height, n.type])
    assert.deepEqual(needed, [
      [11, 102],
      [11, 108],
      [11, 104],
      [12, 102],
      [12, 104]
    ])
  })

  it('a section that is not its header’s is dropped, its sender named, and the right one is still taken', async (t) => {
    const env = await open(t)
    await addHeaders(env, blocks)
    const block = blocks[0]!
    const header = scanHeader(bytes(block.header))
    const wrong = bytes(block.transactions)
    wrong[wrong.length - 3]! ^= 1
    env.ledger.blocks.addSection(MODIFIER_TYPES.blockTransactions, header.transactionsId, wrong, 'liar')
    env.ledger.blocks.addSection(MODIFIER_TYPES.extension, header.extensionId, bytes(block.extension), 'honest')
    const last = env.ledger.blocks.addSection(MODIFIER_TYPES.adProofs, header.adProofsId, bytes(block.adProofs), 'honest')
    assert.equal(last.status, 'accepted', 'whoever completes the block does not pay for the liar')
    assert.deepEqual(env.bad, [{ source: 'liar', type: MODIFIER_TYPES.blockTransactions }])
    env.ledger.blocks.addSection(MODIFIER_TYPES.blockTransactions, header.transactionsId, bytes(block.transactions), 'honest')
    await settle(env)
    assertTip(env, block)
    assert.equal(env.rejected.length, 0)
    const other = env.ledger.blocks.addSection(
      MODIFIER_TYPES.extension,
      header.transactionsId,
      bytes(blocks[1]!.extension),
      'liar'
    )
    assert.equal(other.status, 'invalid')
  })

  it('keeps the last blocks only when told so, and serves none that was pruned', async (t) => {
    const env = await open(t, { blocksToKeep: 10, keepVersions: 5 })
    await addHeaders(env, blocks)
    for (const block of blocks) addSections(env, block)
    await settle(env)
    assertTip(env, blocks.at(-1)!)
    const { store } = env.ledger.blocks.full
    for (const block of blocks) {
      const header = scanHeader(bytes(block.header))
      const served = store.sectionById(MODIFIER_TYPES.blockTransactions, header.transactionsId)
      assert.equal(served === undefined, block.height <= blocks.length - 10, `height ${block.height}`)
    }
    assert.equal(await store.lowestContext(), blocks.length - 5)
    assert.equal(await env.ledger.blocks.rollbackTo(blocks.length - 6), false)
    assert.equal(await env.ledger.blocks.rollbackTo(blocks.length - 5), true)
    assertTip(env, blocks.at(-6)!)
  })

  it('a rollback goes to the recorded state of that height, and the same blocks apply again', async (t) => {
    const env = await open(t)
    await addHeaders(env, blocks)
    for (const block of blocks) addSections(env, block)
    await settle(env)
    for (const height of [63, 40, 1, 0]) {
      assert.equal(await env.ledger.blocks.rollbackTo(height), true)
      if (height > 0) assertTip(env, blocks[height - 1]!)
      else assert.equal(toHex(env.ledger.blocks.full.stateRoot), toHex(network.genesisStateDigest))
    }
    await env.reopen()
    for (const block of blocks) addSections(env, block)
    await settle(env)
    assertTip(env, blocks.at(-1)!)
  })

  for (const [atATime, points] of [
    [1, 14],
    [20, 10]
  ] as const) {
    it(`holds some whole block after kill -9 at every step of applying, ${atATime} at a time, and finishes the same`, async (t) => {
      const child = fileURLToPath(new URL(`./kill-child.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url))
      const loader = import.meta.url.endsWith('.ts') ? ['--import', 'tsx'] : []
      const dir = tempDir(t)
      // Every commit has a point before and one after it: headers, then blocks, several in one commit when there are more to come.
      for (let point = 1; point <= points; point++) {
        const args = [...loader, child, dir, String(point), String(atATime)]
        const run = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
        const [, signal] = (await once(run, 'exit')) as [number | null, string | null]
        if (signal !== 'SIGKILL') break
        const env = await open(t, { dir })
        const { full } = env.ledger.blocks
        const expected = full.height === 0 ? toHex(network.genesisStateDigest) : blocks[full.height - 1]!.stateRoot
        assert.equal(toHex(full.stateRoot), expected, `kill at point ${point}`)
        assert.ok(full.height <= env.ledger.chain.height)
        for (let h = 1; h <= full.height; h++) assert.ok(full.hasSections(env.ledger.chain.headerAt(h)!), `sections of ${h}`)
        await env.ledger.close()
      }
      const env = await open(t, { dir })
      await addHeaders(env, blocks)
      for (const block of blocks) addSections(env, block)
      await settle(env)
      assertTip(env, blocks.at(-1)!)
    })
  }

  it('has the levels of headers found in another thread before their blocks need them', async (t) => {
    const env = await open(t, { workers: 1 })
    await addHeaders(env, blocks)
    await env.reopen()
    const header = (height: number) => env.ledger.chain.headerAt(height)!
    assert.equal(header(40).knownLevel, undefined, 'read from disk')
    env.ledger.blocks.needed(100)
    for (let i = 0; i < 1000 && header(blocks.length).knownLevel === undefined; i++) await sleep(10)
    for (let height = 2; height <= blocks.length; height++) {
      assert.equal(header(height).knownLevel, headerLevel(scanHeader(bytes(blocks[height - 1]!.header))), `height ${height}`)
    }
    for (const block of blocks) addSections(env, block)
    await settle(env)
    assertTip(env, blocks.at(-1)!)
  })

  const MAINNET = ['mainnet/blocks-1795968-1796087.jsonl.gz', 'devnet/v4/chain.jsonl.gz']
  it('all of the recorded devnet, through worker threads', { skip: missing(MAINNET[1]!) }, async (t) => {
    const env = await open(t, { workers: 1 })
    const all = readJsonLines<BlockHex>(shared(MAINNET[1]!))
    for (let at = 0; at < all.length; at += 200) {
      const part = all.slice(at, at + 200)
      await addHeaders(env, part)
      for (const block of part) addSections(env, block)
      await settle(env)
    }
    assertTip(env, all.at(-1)!)
  })
})
