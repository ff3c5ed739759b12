import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import { MODIFIER_TYPES } from '../../src/chain/index.ts'
import { type DevnetBlock, DevnetKey, DevnetMiner, DevnetWallet } from '../../src/devnet/index.ts'
import type { AppliedEvent, RejectedEvent } from '../../src/history/index.ts'
import { Ledger } from '../../src/node/index.ts'
import { devnet } from '../support/mine-headers.ts'
import { tempDir } from '../support/temp-dir.ts'

const START_MS = 1_700_000_000_000

const miner = (name: string): DevnetMiner => new DevnetMiner({ network: devnet, key: DevnetKey.fromText(name), maxStates: 2000 })

/** A chain of blocks from genesis, or a branch on one of another miner's blocks. */
function mine(m: DevnetMiner, count: number, parent?: DevnetBlock): DevnetBlock[] {
  const out: DevnetBlock[] = []
  for (let i = 0; i < count; i++) {
    const on = out.at(-1) ?? parent
    out.push(m.mine({ ...(on === undefined ? { timestamp: START_MS } : { parent: on.header.id }) }))
  }
  return out
}

/** The same blocks again, on another miner's books. */
function adopt(m: DevnetMiner, blocks: readonly DevnetBlock[]): void {
  for (const { header, sections } of blocks) m.adopt(header, sections)
}

interface Env {
  ledger: Ledger
  applied: AppliedEvent[]
  rejected: RejectedEvent[]
  undone: number[]
  deepForks: number[]
  faults: unknown[]
  reopen(): Promise<void>
}

async function open(t: TestContext, options: { blocksToKeep?: number } = {}): Promise<Env> {
  const dataDir = tempDir(t)
  const env = { applied: [], rejected: [], undone: [], deepForks: [], faults: [] } as unknown as Env
  const make = async (): Promise<Ledger> => {
    const ledger = await Ledger.open({
      network: devnet,
      dataDir,
      stateType: 'digest',
      workers: 0,
      ...options,
      onBlocks: {
        onApplied: (e) => env.applied.push(e),
        onRejected: (e) => env.rejected.push(e),
        onRollback: (e) => env.undone.push(e.undone.length),
        onDeepFork: (e) => env.deepForks.push(e.depth)
      }
    })
    ledger.blocks.onFault((err) => env.faults.push(err))
    return ledger
  }
  env.ledger = await make()
  t.after(() => env.ledger.close())
  env.reopen = async () => {
    await env.ledger.close()
    env.ledger = await make()
  }
  return env
}

async function feed(env: Env, blocks: readonly DevnetBlock[]): Promise<void> {
  await env.ledger.headers.submit(
    blocks.map((b) => b.header.bytes),
    'test'
  )
  for (const block of blocks) addSections(env, block)
  env.ledger.blocks.poke()
  await env.ledger.blocks.idle()
}

function addSections(env: Env, { header, sections }: DevnetBlock): void {
  const { blocks } = env.ledger
  blocks.add(header, MODIFIER_TYPES.blockTransactions, sections.transactions, 'test')
  blocks.add(header, MODIFIER_TYPES.extension, sections.extension, 'test')
  blocks.add(header, MODIFIER_TYPES.adProofs, sections.adProofs!, 'test')
}

function assertTip(env: Env, block: DevnetBlock): void {
  const { full } = env.ledger.blocks
  assert.deepEqual(env.faults, [])
  assert.equal(full.height, block.header.height)
  assert.equal(toHex(full.tip!.id), block.header.idHex)
  assert.equal(toHex(full.stateRoot), toHex(block.header.stateRoot))
}

describe('branches of whole blocks', () => {
  const trunk = mine(miner('trunk'), 205)

  for (const depth of [1, 10, 199]) {
    it(`a better branch replaces the last ${depth} blocks`, async (t) => {
      const env = await open(t)
      const root = trunk[204 - depth]!
      const other = miner('other')
      adopt(other, trunk.slice(0, 205 - depth))
      const branch = mine(other, depth + 1, root)
      await feed(env, trunk)
      assertTip(env, trunk[204]!)
      // Equal in score: what was there first stays.
      await feed(env, branch.slice(0, depth))
      assertTip(env, trunk[204]!)
      assert.deepEqual(env.undone, [])
      await feed(env, branch.slice(depth))
      assertTip(env, branch[depth]!)
      assert.deepEqual(env.undone, [depth])
      await env.reopen()
      assertTip(env, branch[depth]!)
    })
  }

  it('a branch that forks 201 blocks below is refused by rule 209, and the node goes on', async (t) => {
    const env = await open(t)
    const other = miner('deep')
    adopt(other, trunk.slice(0, 4))
    const branch = mine(other, 203, trunk[3]!)
    await feed(env, trunk)
    const { outcomes } = await env.ledger.headers.submit([branch[0]!.header.bytes], 'test')
    assert.equal(outcomes[0]!.status === 'invalid' && outcomes[0]!.failure.rule, 209)
    await feed(env, branch)
    assertTip(env, trunk[204]!)
    const next = mine(
      (() => {
        const m = miner('trunk')
        adopt(m, trunk)
        return m
      })(),
      1,
      trunk[204]!
    )
    await feed(env, next)
    assertTip(env, next[0]!)
  })

  for (const depth of [200, 201]) {
    it(`a better branch ${depth} blocks deep, whose headers came in time: ${depth === 200 ? 'the deepest that is undone' : 'too deep, and said so'}`, async (t) => {
      const env = await open(t)
      const other = miner('early')
      adopt(other, trunk.slice(0, 205 - depth))
      const branch = mine(other, depth + 1, trunk[204 - depth]!)
      // Rule 209 lets headers in while their parent is less than 200 blocks below the best full block.
      await feed(env, trunk.slice(0, 404 - depth))
      await env.ledger.headers.submit(
        branch.map((b) => b.header.bytes),
        'test'
      )
      for (const block of trunk.slice(404 - depth)) addSections(env, block)
      await feed(env, trunk.slice(404 - depth))
      assertTip(env, trunk[204]!)
      for (const block of branch) addSections(env, block)
      env.ledger.blocks.poke()
      await env.ledger.blocks.idle()
      assertTip(env, depth === 200 ? branch[200]! : trunk[204]!)
      assert.deepEqual(env.deepForks, depth === 200 ? [] : [201])
    })
  }

  it('an invalid block in the middle of the better branch: it is marked, and the old branch comes back', async (t) => {
    const env = await open(t)
    const other = miner('cheat')
    adopt(other, trunk.slice(0, 20))
    const good = mine(other, 3, trunk[19]!)
    const bad = other.mine({ parent: good[2]!.header.id, mutate: { proof: (bytes) => bytes.subarray(1) } })
    const onBad = mine(other, 8, bad)
    await feed(env, trunk.slice(0, 30))
    await feed(env, [...good, bad, ...onBad])
    assertTip(env, trunk[29]!)
    assert.equal(env.rejected.length, 1)
    assert.equal(env.rejected[0]!.header.idHex, bad.header.idHex)
    assert.equal(env.rejected[0]!.failure.rule, 113)
    assert.equal(env.ledger.chain.knownInvalid(onBad[7]!.header.id)?.rule, 210)
    await env.reopen()
    assertTip(env, trunk[29]!)
    // Known for good, and nothing of it is asked for again.
    const { outcomes } = await env.ledger.headers.submit([bad.header.bytes], 'test')
    assert.equal(outcomes[0]!.status, 'known')
    assert.deepEqual(env.ledger.blocks.needed(100), [])
    await feed(env, trunk.slice(30, 40))
    assertTip(env, trunk[39]!)
  })

  it('a branch that comes back after its blocks were pruned is asked for again, and taken', async (t) => {
    const env = await open(t, { blocksToKeep: 3 })
    const other = miner('other')
    adopt(other, trunk.slice(0, 20))
    const branch = mine(other, 12, trunk[19]!)
    await feed(env, trunk.slice(0, 30))
    await feed(env, branch)
    assertTip(env, branch[11]!)
    await feed(env, trunk.slice(30, 35))
    assertTip(env, branch[11]!)
    const missing = new Set(env.ledger.blocks.needed(100).map(({ header }) => header.height))
    assert.deepEqual([...missing], [21, 22, 23, 24, 25, 26, 27], 'the last three are kept')
    await feed(env, trunk.slice(20, 27))
    assertTip(env, trunk[34]!)
  })

  it('after a rollback by hand the blocks above are taken again as they come', async (t) => {
    const env = await open(t)
    await feed(env, trunk.slice(0, 30))
    assert.equal(await env.ledger.blocks.rollbackTo(20), true)
    for (const block of trunk.slice(20, 30)) addSections(env, block)
    await env.ledger.blocks.idle()
    assertTip(env, trunk[29]!)
  })

  it('a heavier header without its block does not hold up a branch whose blocks are here', async (t) => {
    const env = await open(t)
    const a = miner('withholding')
    const b = miner('open')
    adopt(a, trunk.slice(0, 10))
    adopt(b, trunk.slice(0, 10))
    const hidden = mine(a, 3, trunk[9]!)
    const shown = mine(b, 2, trunk[9]!)
    await feed(env, trunk.slice(0, 10))
    await env.ledger.headers.submit(
      hidden.map((x) => x.header.bytes),
      'test'
    )
    await feed(env, shown)
    assertTip(env, shown[1]!)
    for (const block of hidden) addSections(env, block)
    env.ledger.blocks.poke()
    await env.ledger.blocks.idle()
    assertTip(env, hidden[2]!)
    assert.deepEqual(env.undone, [2])
  })

  it('blocks with transactions of all kinds go back and forth with their branches', async (t) => {
    const env = await open(t)
    const key = DevnetKey.fromText('payer')
    const m = new DevnetMiner({ network: devnet, key })
    const wallet = new DevnetWallet(key)
    const base: DevnetBlock[] = [m.mine({ timestamp: START_MS })]
    for (let i = 0; i < 5; i++) base.push(m.mine())
    const fork = base.at(-1)!
    const grow = (name: string, count: number): DevnetBlock[] => {
      const out: DevnetBlock[] = []
      let parent = fork
      for (let i = 0; i < count; i++) {
        const state = m.stateAt(parent.header.id)
        const payment = wallet.pay(state, DevnetKey.fromText(`${name}${i}`).tree, 1_000_000_000n)
        parent = m.mine({ parent: parent.header.id, transactions: [payment] })
        out.push(parent)
      }
      return out
    }
    const left = grow('left', 4)
    const right = grow('right', 6)
    await feed(env, [...base, ...left])
    assertTip(env, left[3]!)
    await feed(env, right)
    assertTip(env, right[5]!)
    const more: DevnetBlock[] = []
    let parent = left[3]!
    for (let i = 0; i < 4; i++) more.push((parent = m.mine({ parent: parent.header.id })))
    await feed(env, more)
    assertTip(env, more[3]!)
    assert.deepEqual(env.undone, [4, 6])
  })
})
