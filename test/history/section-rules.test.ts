import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { MODIFIER_TYPES } from '../../src/chain/index.ts'
import { type DevnetBlock, DevnetKey, DevnetMiner } from '../../src/devnet/index.ts'
import type { SectionOutcome } from '../../src/history/index.ts'
import { Ledger } from '../../src/node/index.ts'
import { devnet } from '../support/mine-headers.ts'
import { tempDir } from '../support/temp-dir.ts'

const START_MS = 1_700_000_000_000
const TX = MODIFIER_TYPES.blockTransactions
const KEEP = 3

/** Six blocks that follow each other. */
const chain: readonly DevnetBlock[] = (() => {
  const miner = new DevnetMiner({ network: devnet, key: DevnetKey.fromText('sections'), maxStates: 50 })
  const out: DevnetBlock[] = []
  for (let i = 0; i < 6; i++) {
    out.push(miner.mine(i === 0 ? { timestamp: START_MS } : { parent: out[i - 1]!.header.id }))
  }
  return out
})()

async function open(t: TestContext, headersSynced = (): boolean => true): Promise<Ledger> {
  const ledger = await Ledger.open({
    headersSynced,
    network: devnet,
    dataDir: tempDir(t),
    stateType: 'digest',
    workers: 0,
    keepVersions: KEEP
  })
  t.after(() => ledger.close())
  return ledger
}

const submit = (ledger: Ledger, blocks: readonly DevnetBlock[]): Promise<unknown> =>
  ledger.headers.submit(
    blocks.map((b) => b.header.bytes),
    'test'
  )

/** The transactions of a block, under the id that they travel with. */
function transactionsOf(ledger: Ledger, block: DevnetBlock): SectionOutcome {
  return ledger.blocks.addSection(TX, block.header.transactionsId, block.sections.transactions, 'test')
}

async function apply(ledger: Ledger, blocks: readonly DevnetBlock[]): Promise<void> {
  for (const { header, sections } of blocks) {
    ledger.blocks.add(header, MODIFIER_TYPES.extension, sections.extension, 'test')
    ledger.blocks.add(header, MODIFIER_TYPES.adProofs, sections.adProofs!, 'test')
    ledger.blocks.add(header, TX, sections.transactions, 'test')
  }
  ledger.blocks.poke()
  await ledger.blocks.idle()
}

describe('rules of sections on receipt', () => {
  it('rule 300: a section that is here, or whose block is applied, is not taken again', async (t) => {
    const ledger = await open(t)
    await submit(ledger, chain)
    assert.equal(transactionsOf(ledger, chain[0]!).status, 'accepted')
    assert.equal(transactionsOf(ledger, chain[0]!).status, 'known')
    await apply(ledger, chain.slice(0, 1))
    assert.equal(ledger.blocks.full.height, 1)
    assert.equal(transactionsOf(ledger, chain[0]!).status, 'known')
  })

  it('rule 301: its header is known', async (t) => {
    const ledger = await open(t)
    assert.deepEqual(transactionsOf(ledger, chain[0]!), { status: 'unwanted', rule: 301 })
    await submit(ledger, chain.slice(0, 1))
    assert.deepEqual(transactionsOf(ledger, chain[0]!), { status: 'accepted' })
  })

  it('rule 302: it is one of the three that its header names', async (t) => {
    const ledger = await open(t)
    await submit(ledger, chain)
    const outcome = ledger.blocks.addSection(TX, chain[1]!.header.transactionsId, chain[0]!.sections.transactions, 'test')
    assert.equal(outcome.status, 'invalid')
    assert.equal(transactionsOf(ledger, chain[1]!).status, 'accepted')
  })

  it('rule 303: its header is not marked as invalid', async (t) => {
    const ledger = await open(t)
    await submit(ledger, chain)
    const { header } = chain[2]!
    await ledger.headers.invalidate(header.id, { height: header.height, rule: 119, message: 'for the test' })
    assert.equal(transactionsOf(ledger, chain[1]!).status, 'accepted')
    // The descendants of what is invalid are invalid, too.
    for (const block of chain.slice(2)) assert.deepEqual(transactionsOf(ledger, block), { status: 'unwanted', rule: 303 })
  })

  it('rule 304: the header chain is synced; until then no section is asked for or taken, and the same one is taken later', async (t) => {
    let synced = false
    const ledger = await open(t, () => synced)
    // What needs a header to be said of comes first.
    assert.deepEqual(transactionsOf(ledger, chain[0]!), { status: 'unwanted', rule: 301 })
    await submit(ledger, chain)
    assert.deepEqual(ledger.blocks.needed(100), [])
    assert.deepEqual(transactionsOf(ledger, chain[0]!), { status: 'unwanted', rule: 304 })
    synced = true
    assert.equal(ledger.blocks.needed(100).length, 3 * chain.length)
    assert.equal(transactionsOf(ledger, chain[0]!).status, 'accepted')
    assert.equal(ledger.blocks.needed(100).length, 3 * chain.length - 1)
  })

  it('rule 305: its block is not older than what can be undone', async (t) => {
    const ledger = await open(t)
    const other = new DevnetMiner({ network: devnet, key: DevnetKey.fromText('late'), maxStates: 50 })
    const late = other.mine({ timestamp: START_MS })
    await submit(ledger, [...chain, late])
    await apply(ledger, chain.slice(0, KEEP))
    // At height 3 the state before block 1 can still be reached, and another block 1 may matter.
    assert.equal(transactionsOf(ledger, late).status, 'accepted')
    await apply(ledger, chain.slice(KEEP))
    assert.equal(ledger.blocks.full.height, chain.length)
    assert.deepEqual(transactionsOf(ledger, late), { status: 'unwanted', rule: 305 })
  })
})
