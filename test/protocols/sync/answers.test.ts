/** What a SyncInfo is taken for and answered with: every row of `compareV1`, `compareV2` and `continuationIds` of the reference. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { toHex } from '../../../src/bytes/index.ts'
import type { Header } from '../../../src/chain/index.ts'
import { ModifierType, type SyncInfo } from '../../../src/wire/index.ts'
import { sleep, until } from '../../support/libp2p-node.ts'
import { devnet, mineHeaders } from '../../support/mine-headers.ts'
import { ScriptedPeer } from '../../support/scripted-peer.ts'
import { type SyncNode, syncNode } from '../../support/sync-node.ts'

const H = 1000
const chain = mineHeaders({ count: H })
/** Stored beside the best chain, heights 301 to 310. */
const orphans = mineHeaders({ parent: chain[299]!, count: 10, salt: 3 })
/** Never told to the node: from height 301 up to above its tip. */
const foreign = mineHeaders({ parent: chain[299]!, count: 750, salt: 4 })
const at = (height: number): Header => chain[height - 1]!
const foreignAt = (height: number): Header => foreign[height - 301]!
const PRE_GENESIS = new Uint8Array(32)

const v2 = (...headers: Header[]): SyncInfo => ({ type: 'SyncInfo', version: 2, headers: headers.map((h) => h.bytes) })
const v1 = (...ids: Array<Header | Uint8Array>): SyncInfo => ({
  type: 'SyncInfo',
  version: 1,
  headerIds: ids.map((id) => (id instanceof Uint8Array ? id : id.id))
})

interface Asked {
  readonly node: SyncNode
  readonly peer: ScriptedPeer
  clock: number
  /** Sends a SyncInfo and gives what came back for it. */
  ask(info: SyncInfo): Promise<{ status: string; inv: string[] | undefined; syncInfos: SyncInfo[] }>
}

/** A node with the chain and a peer whose first question by the node is answered, so that none is under way. */
async function scene(t: TestContext, options: { empty?: boolean } = {}): Promise<Asked> {
  const asked = { clock: 1_000_000 }
  const node = await syncNode(t, { listen: true, syncNow: () => asked.clock, limits: { periodicSyncMs: 3_600_000 } })
  if (options.empty !== true) {
    await node.processor.submit(
      [...chain, ...orphans].map((h) => h.bytes),
      'test'
    )
    assert.equal(node.chain.height, H)
    assert.ok(node.chain.has(orphans[9]!.id))
  }
  const peer = await ScriptedPeer.dial(t, node.port, { magic: devnet.magic })
  await peer.waitFor('SyncInfo')
  peer.send({ type: 'Inv', typeId: ModifierType.Header, ids: [at(1).id] })
  // Nothing is fetched from this peer, so that all it gets are answers.
  await sleep(20)
  let marker = 0
  return Object.assign(asked, {
    node,
    peer,
    ask: async (info: SyncInfo) => {
      asked.clock += 101
      const from = peer.received.length
      peer.send(info)
      // Messages of one peer are handled in order: the answer to this one comes after the other.
      peer.send({ type: 'RequestModifier', typeId: ModifierType.Header, ids: [options.empty === true ? PRE_GENESIS : at(1).id] })
      if (options.empty === true) await sleep(50)
      else await peer.waitFor('Modifiers', ++marker)
      const got = peer.received.slice(from).map((r) => r.message)
      const invs = got.filter((m) => m.type === 'Inv')
      assert.ok(invs.length <= 1)
      return {
        status: node.sync.peers()[0]!.status,
        inv: invs[0]?.ids.map(toHex),
        syncInfos: got.filter((m) => m.type === 'SyncInfo')
      }
    }
  })
}

const idsOf = (from: number, to: number): string[] => chain.slice(from - 1, to).map((h) => h.idHex)

/** Status, and the range of heights named in the Inv. */
type Row = [name: string, info: SyncInfo, status: string, inv: [from: number, to: number] | undefined]

const V2_ROWS: Row[] = [
  ['list empty: younger, the first 400 ids', v2(), 'younger', [1, 400]],
  ['our own tip: equal, nothing', v2(at(H), at(H - 16)), 'equal', undefined],
  ['our height, another tip, a header of ours behind it: fork', v2(foreignAt(H), foreignAt(400), at(250)), 'fork', [251, 649]],
  ['our height, another tip, an orphan of ours behind it: fork', v2(foreignAt(H), orphans[4]!), 'fork', [306, 704]],
  [
    'our height, another tip, nothing known behind it: unknown, nothing',
    v2(foreignAt(H), foreignAt(H - 16)),
    'unknown',
    undefined
  ],
  ['higher: older, no ids', v2(foreignAt(H + 50), at(H)), 'older', undefined],
  ['lower, on our chain: younger, 399 ids from it on', v2(at(500)), 'younger', [501, 899]],
  ['lower, not known: younger, no ids', v2(foreignAt(500)), 'younger', undefined],
  ['lower, the newest known header decides', v2(foreignAt(500), at(200), at(100)), 'younger', [201, 599]],
  ['lower, an orphan of ours: the best chain above its height', v2(orphans[9]!), 'younger', [311, 709]],
  ['400 behind: 399 ids, the tip is not among them', v2(at(H - 400)), 'younger', [H - 399, H - 1]],
  ['399 behind: 399 ids up to the tip', v2(at(H - 399)), 'younger', [H - 398, H]],
  ['one behind: one id', v2(at(H - 1)), 'younger', [H, H]],
  ['at the first header: 399 ids from the second', v2(at(1)), 'younger', [2, 400]]
]

const V1_ROWS: Row[] = [
  ['ids empty: younger, the first 400 ids', v1(), 'younger', [1, 400]],
  ['our own tip last: equal, nothing', v1(at(H - 1), at(H)), 'equal', undefined],
  ['our tip, and more behind it: older, nothing', v1(at(H), foreignAt(H)), 'older', undefined],
  ['one of our headers: fork, never younger, 400 ids, itself the first', v1(at(500)), 'fork', [500, 899]],
  ['the last known id is where the branches part', v1(at(100), at(200), foreignAt(301)), 'fork', [200, 599]],
  ['an orphan of ours alone: fork, but nothing to tell', v1(orphans[3]!), 'fork', undefined],
  ['an orphan of ours behind a header of the best chain', v1(at(299), orphans[3]!), 'fork', [299, 698]],
  ['only the one before the first: fork, the first 400', v1(PRE_GENESIS, foreignAt(301)), 'fork', [1, 400]],
  ['nothing known: older, nothing', v1(foreignAt(400), foreignAt(401)), 'older', undefined],
  ['399 behind: 400 ids up to the tip', v1(at(H - 399)), 'fork', [H - 399, H]],
  ['400 behind: 400 ids, the tip is not among them', v1(at(H - 400)), 'fork', [H - 400, H - 1]],
  ['one behind: two ids', v1(at(H - 1)), 'fork', [H - 1, H]]
]

describe('answers to SyncInfo', () => {
  for (const [version, rows] of [
    [2, V2_ROWS],
    [1, V1_ROWS]
  ] as const) {
    for (const [name, info, status, range] of rows) {
      it(`version ${version}: ${name}`, async (t) => {
        const s = await scene(t)
        const answer = await s.ask(info)
        assert.equal(answer.status, status)
        assert.deepEqual(answer.inv, range === undefined ? undefined : idsOf(...range))
        assert.deepEqual(s.node.penalties, [])
      })
    }

    it(`version ${version}, our chain empty: equal to an empty one, behind any other, and no answer`, async (t) => {
      const s = await scene(t, { empty: true })
      const info = version === 1 ? v1 : v2
      const empty = await s.ask(info())
      assert.deepEqual([empty.status, empty.inv, empty.syncInfos], ['equal', undefined, []])
      const other = await s.ask(info(at(5)))
      assert.deepEqual([other.status, other.inv], ['older', undefined])
      assert.equal(s.node.sync.peers()[0]!.claimedHeight, version === 1 ? 1 : 5)
      assert.deepEqual(s.node.penalties, [])
    })
  }

  it('the same question gets the same answer, in any order: nothing is remembered', async (t) => {
    const s = await scene(t)
    for (const height of [100, 500, 100, 1, 900, 100]) {
      const { inv } = await s.ask(v2(at(height)))
      assert.deepEqual(inv, idsOf(height + 1, Math.min(H, height + 399)))
    }
  })

  it('where the peer leaves our best chain is known when its best header is a stored one beside it, until it has another', async (t) => {
    const s = await scene(t)
    const forkHeight = (): number | undefined => s.node.sync.peers()[0]!.forkHeight
    assert.equal(forkHeight(), undefined)
    await s.ask(v2(orphans[9]!, orphans[8]!))
    assert.equal(forkHeight(), 300)
    // Ours may move, too.
    const longer = mineHeaders({ parent: orphans[9]!, count: H, salt: 5 })
    await s.node.processor.submit(
      longer.map((h) => h.bytes),
      'test'
    )
    assert.equal(s.node.chain.best!.idHex, longer.at(-1)!.idHex)
    assert.equal(forkHeight(), undefined)
    await s.ask(v2(at(400)))
    assert.equal(forkHeight(), undefined, 'further off than is looked')
    await s.ask(v2(at(301)))
    assert.equal(forkHeight(), 300)
    await s.ask(v2(foreignAt(301)))
    assert.equal(forkHeight(), undefined, 'not known here')
  })

  it('ours comes back when the peer’s status changed, and then again after a minute', async (t) => {
    const s = await scene(t)
    // Not before the peer would take another one from us.
    s.clock += 100
    const first = await s.ask(v2(at(500)))
    assert.equal(first.syncInfos.length, 1, 'unknown → younger')
    assert.equal(first.syncInfos[0]!.version, 2)
    const second = await s.ask(v2(at(600)))
    assert.deepEqual([second.inv?.length, second.syncInfos.length], [399, 0])
    s.clock += 60_001
    const late = await s.ask(v2(at(600)))
    assert.equal(late.syncInfos.length, 1)
    s.clock += 100
    const equal = await s.ask(v2(at(H)))
    assert.deepEqual([equal.status, equal.inv, equal.syncInfos.length], ['equal', undefined, 1])
    assert.equal((await s.ask(v2(at(H)))).syncInfos.length, 0)
  })

  it('a peer that is ahead gets ours each time, so that it names what we lack', async (t) => {
    const s = await scene(t)
    for (let i = 0; i < 3; i++) {
      // After the time for which it is left alone when it had nothing new, and that of an answer that does not come.
      s.clock += 10_000
      const { status, inv, syncInfos } = await s.ask(v2(foreignAt(H + 40 + i), at(250)))
      assert.deepEqual([status, inv], ['older', undefined])
      assert.equal(syncInfos.length, 1)
      assert.ok(syncInfos[0]!.version === 2)
      assert.equal(toHex(syncInfos[0]!.headers[0]!), toHex(at(H).bytes))
    }
    assert.deepEqual(s.node.penalties, [])
  })

  const AHEAD_V1: Array<[name: string, info: SyncInfo, claim: number]> = [
    ['our tip, and two more behind it', v1(at(H - 1), at(H), foreignAt(H + 1), foreignAt(H + 2)), H + 2],
    ['nothing that we know', v1(foreignAt(400), foreignAt(401)), H + 1]
  ]
  for (const [name, info, claim] of AHEAD_V1) {
    it(`a peer that is ahead by version 1 is asked for what follows: ${name}`, async (t) => {
      const s = await scene(t)
      s.clock += 10_000
      const { status, inv } = await s.ask(info)
      assert.deepEqual([status, inv], ['older', undefined])
      assert.equal(s.node.sync.peers()[0]!.claimedHeight, claim)
      await s.peer.waitFor('SyncInfo', 2)
      const asked = s.peer.all('SyncInfo')[1]!
      assert.ok(asked.version === 2, 'which every peer understands that may connect')
      assert.equal(toHex(asked.headers[0]!), toHex(at(H).bytes))
      assert.deepEqual(s.node.penalties, [])
    })
  }

  it('a peer on a branch gets ours each time, in the version it asked in', async (t) => {
    const s = await scene(t)
    for (let i = 0; i < 3; i++) {
      s.clock += 100
      const { syncInfos } = await s.ask(v2(foreignAt(H), at(250)))
      assert.deepEqual(
        syncInfos.map((m) => m.version),
        [2]
      )
    }
    s.clock += 100
    const { syncInfos } = await s.ask(v1(at(500)))
    const [ours] = syncInfos
    assert.ok(ours?.version === 1)
    // The last thousand ids, oldest first; the list reaches the first header, so the one before it leads.
    assert.deepEqual(ours.headerIds.map(toHex), [toHex(PRE_GENESIS), ...idsOf(1, H)])
  })

  it('one that comes 100 ms or less after the last is ignored, and starts the time anew', async (t) => {
    const s = await scene(t)
    const send = async (afterMs: number): Promise<boolean> => {
      s.clock += afterMs - 101
      return (await s.ask(v2(at(500)))).inv !== undefined
    }
    assert.equal(await send(1_000), true)
    assert.equal(await send(90), false, '90 ms')
    assert.equal(await send(90), false, '90 ms after one that was ignored')
    assert.equal(await send(100), false, '100 ms')
    assert.equal(await send(101), true, '101 ms')
    assert.deepEqual(s.node.penalties, [])
  })

  it('a header that does not parse: permanent penalty, connection closed', async (t) => {
    const s = await scene(t)
    s.clock += 200
    s.peer.send({ type: 'SyncInfo', version: 2, headers: [at(500).bytes, new Uint8Array(100)] })
    await until(() => s.peer.closed, 'connection closed')
    assert.deepEqual(
      s.node.penalties.map((p) => p.kind),
      ['permanent']
    )
  })

  it('the next header comes along in a SyncInfo, and is taken from it', async (t) => {
    const s = await scene(t)
    const [next] = mineHeaders({ parent: at(H), count: 1, salt: 8 })
    await s.ask(v2(next!, at(H)))
    await until(() => s.node.chain.height === H + 1, 'header taken')
    assert.equal(toHex(s.node.chain.store.bestId!), next!.idHex)
    assert.deepEqual(s.node.penalties, [])
  })
})
