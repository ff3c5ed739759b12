/** A node that is killed again and again while it syncs from another: what is on disk must be a tip that was committed, each time. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import type { NetworkParameters } from '../../src/chain/index.ts'
import { storeInspector } from '../../src/history/index.ts'
import { Ledger } from '../../src/node/index.ts'
import { checkStore } from '../../src/store/index.ts'
import { cli, NodeProcess } from './cli.ts'
import { sleep } from './libp2p-node.ts'
import { tempDir } from './temp-dir.ts'

export interface KillRunsInit {
  readonly network: NetworkParameters
  /** `--network` or `--network-file` and its value. */
  readonly networkFlags: readonly string[]
  /** What the victim syncs from, in turn: `host:port`, or a multiaddr with a peer id. */
  readonly sources: readonly string[]
  /** Ids of the source by height, from 1. */
  readonly ids: readonly string[]
  readonly kills: number
  /** Whole blocks, too, and the state root after the last. */
  readonly stateRoot?: string
}

export interface KillRunsResult {
  kills: number
  /** Kills that hit between the first commit and the last. */
  midway: number
  /** Syncs that came to the end and were compared with the source. */
  finished: number
}

/** Longest time from the start of a process to a kill that is meant to hit its start. */
const START_MS = 700

/** One kill in so many hits the start. */
const START_SHARE = 4

/** Kills until enough, on as many data directories as that takes. */
export async function killRuns(t: TestContext, init: KillRunsInit): Promise<KillRunsResult> {
  const result: KillRunsResult = { kills: 0, midway: 0, finished: 1 }
  // Undisturbed once, to know how long it takes here and today.
  const syncMs = await finish(t, init, join(tempDir(t), 'data'))
  while (result.kills < init.kills) {
    const dataDir = join(tempDir(t), 'data')
    let height = 0
    while (height < init.ids.length && result.kills < init.kills) {
      await killOnce(t, init, dataDir, result.kills % START_SHARE === 0 ? undefined : syncMs)
      result.kills++
      const now = await examine(init, dataDir, height)
      if (now > height && now < init.ids.length) result.midway++
      height = now
    }
    await finish(t, init, dataDir)
    result.finished++
    const check = await cli(['db', 'check', '--data-dir', dataDir, ...init.networkFlags])
    assert.deepEqual([check.code, check.last().height], [0, init.ids.length], check.stderr)
  }
  return result
}

let turn = 0

function victim(t: TestContext, init: KillRunsInit, dataDir: string): NodeProcess {
  const source = init.sources[turn++ % init.sources.length]!
  const blocks = init.stateRoot === undefined ? ['--no-verify-transactions'] : []
  return NodeProcess.start(t, ['--data-dir', dataDir, ...init.networkFlags, '--only-peer', source, ...blocks])
}

/** Kills at a random moment: of a sync that takes `syncMs`, or of the start. */
async function killOnce(t: TestContext, init: KillRunsInit, dataDir: string, syncMs: number | undefined): Promise<void> {
  const node = victim(t, init, dataDir)
  if (syncMs === undefined) await sleep(Math.random() * START_MS)
  else {
    await node.says(/connecting -> /)
    await sleep(Math.random() * syncMs)
  }
  node.child.kill('SIGKILL')
  await node.exit()
  assert.deepEqual(node.ended, { code: null, signal: 'SIGKILL' }, node.stderr)
}

/** Opens what the victim left, without any repair, and looks through it. */
async function examine(init: KillRunsInit, dataDir: string, atLeast: number): Promise<number> {
  const ledger = await Ledger.open({ network: init.network, dataDir, stateType: 'digest', workers: 0 })
  try {
    const { chain, blocks } = ledger
    const { height } = chain
    assert.ok(height >= atLeast, `height ${height} after ${atLeast} was on disk`)
    if (height > 0) assert.equal(toHex(chain.store.bestId!), init.ids[height - 1])
    const parts = { db: ledger.db, headers: chain.store, blocks: blocks.full.store, inspector: storeInspector(init.network) }
    const report = await checkStore(parts)
    assert.deepEqual([report.problems, report.repaired], [[], []])
    assert.equal(report.headers, height)
    const { full } = blocks
    assert.ok(full.height <= height)
    if (full.tip !== undefined) assert.equal(toHex(full.tip.id), init.ids[full.height - 1])
    return init.stateRoot === undefined ? height : full.height
  } finally {
    await ledger.close()
  }
}

/** Lets the victim sync to the end and compares it with the source. Returns how long it took from the first answer on. */
async function finish(t: TestContext, init: KillRunsInit, dataDir: string): Promise<number> {
  const node = victim(t, init, dataDir)
  await node.says(/connecting -> /)
  const begin = performance.now()
  await node.says(/-> synced/, 120_000)
  const took = performance.now() - begin
  await node.stop()
  assert.deepEqual(node.ended, { code: 0, signal: null }, node.stderr)
  assert.equal(await examine(init, dataDir, init.ids.length), init.ids.length)
  const ledger = await Ledger.open({ network: init.network, dataDir, stateType: 'digest', workers: 0 })
  assert.deepEqual(
    [...ledger.chain.store.range(1, init.ids.length)].map((header) => toHex(header.id)),
    init.ids
  )
  if (init.stateRoot !== undefined) assert.equal(toHex(ledger.blocks.full.stateRoot), init.stateRoot)
  await ledger.close()
  return took
}
