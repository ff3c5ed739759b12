import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { FIRST_FRAME_DELAY_MS } from '../../../protocols/session/constants.ts'
import { toHex } from '../../../src/bytes/index.ts'
import type { Header } from '../../../src/chain/index.ts'
import type { PowVerifier } from '../../../src/history/index.ts'
import { ergoDialAddress } from '../../../transports/ergo-tcp/index.ts'
import { TEST_NETWORK, until } from '../../support/libp2p-node.ts'
import { devnet, mineHeaders } from '../../support/mine-headers.ts'
import { PeerChain, ReferencePeer, type ReferencePeerInit } from '../../support/reference-peer/index.ts'
import { type SyncNode, type SyncNodeOptions, syncNode } from '../../support/sync-node.ts'

const headers = mineHeaders({ count: 2500 })

async function referencePeer(
  t: TestContext,
  chain: readonly Header[],
  init: Partial<ReferencePeerInit> = {}
): Promise<ReferencePeer> {
  const peer = new ReferencePeer({ magic: devnet.magic, chain: PeerChain.ofHeaders(chain.map((h) => h.bytes)), ...init })
  await peer.listen()
  t.after(() => peer.close())
  return peer
}

/** Waits with its first frame as long as a node does in earnest: the reference loses what it reads together with the handshake. */
const ourNode = (t: TestContext, options: SyncNodeOptions = {}): Promise<SyncNode> =>
  syncNode(t, { sessionLimits: { firstFrameDelayMs: FIRST_FRAME_DELAY_MS }, ...options })

const dial = (node: SyncNode, peer: ReferencePeer): Promise<unknown> =>
  node.sessions.connect(ergoDialAddress(TEST_NETWORK, '127.0.0.1', peer.port))

function assertSynced(node: SyncNode, chain: readonly Header[]): void {
  assert.equal(node.chain.height, chain.length)
  assert.equal(toHex(node.chain.store.bestId!), chain.at(-1)!.idHex)
  assert.deepEqual(node.faults, [])
}

describe('header download from reference peers', () => {
  it('one near peer: asks again as soon as it may, and earns no penalty', async (t) => {
    const peer = await referencePeer(t, headers)
    const node = await ourNode(t)
    await dial(node, peer)
    // 2,500 headers are seven answers: six waits of 110 ms. Twenty seconds a wait, as the reference has it, would be two minutes.
    await until(() => node.chain.height === headers.length, 'sync', 20_000)
    assertSynced(node, headers)
    peer.assertNoFault()
    assert.deepEqual(node.penalties, [])
    assert.equal(peer.counter('syncIgnored'), 0)
  })

  for (const count of [2, 4]) {
    it(`${count} peers, 60 ms away: shares the work, and earns no penalty`, async (t) => {
      const peers = await Promise.all(Array.from({ length: count }, () => referencePeer(t, headers, { latencyMs: 60 })))
      const node = await ourNode(t)
      await Promise.all(peers.map((peer) => dial(node, peer)))
      await until(() => node.chain.height === headers.length, 'sync', 20_000)
      assertSynced(node, headers)
      for (const peer of peers) {
        peer.assertNoFault()
        assert.ok(peer.counter('received:RequestModifier') > 0, 'every peer was asked for headers')
      }
      assert.deepEqual(node.penalties, [])
    })
  }

  it('two near peers share the work also when headers come faster than they are verified', async (t) => {
    const peers = await Promise.all([referencePeer(t, headers), referencePeer(t, headers)])
    const slow: PowVerifier = {
      verifyPow: async (batch) => {
        await new Promise((resolve) => setTimeout(resolve, 200))
        return batch.map(() => true)
      }
    }
    const node = await ourNode(t, { pow: slow })
    await Promise.all(peers.map((peer) => dial(node, peer)))
    await until(() => node.chain.height === headers.length, 'sync', 20_000)
    assertSynced(node, headers)
    for (const peer of peers) {
      peer.assertNoFault()
      assert.ok(peer.counter('received:RequestModifier') > 1, 'every peer was asked for headers')
      assert.ok(peer.counter('received:SyncInfo') > 1, 'every peer was asked for ids')
    }
  })

  it('all peers walk at once between anchors, from the first to the last stretch', async (t) => {
    const anchors = [500, 1000, 1500, 2000].map((h) => ({ height: h, id: headers[h - 1]!.id }))
    const peers = await Promise.all(Array.from({ length: 5 }, () => referencePeer(t, headers, { latencyMs: 80 })))
    const node = await ourNode(t, { anchors })
    await Promise.all(peers.map((peer) => dial(node, peer)))
    await until(() => node.chain.height === headers.length, 'sync', 20_000)
    assertSynced(node, headers)
    for (const peer of peers) peer.assertNoFault()
    // Beside the greeting. No peer but one that is late itself is left out, as one alone would be done in half a second.
    const walked = peers.filter((peer) => peer.counter('received:SyncInfo') >= 2)
    assert.ok(walked.length >= 3, `${walked.length} of 5 peers were asked for ids`)
  })

  it('goes on with the others when peers are silent, withhold what they name, or vanish', async (t) => {
    const honest = await referencePeer(t, headers, { latencyMs: 20 })
    const silent = await referencePeer(t, headers, { silent: true })
    const withholding = await referencePeer(t, headers, { withhold: () => true })
    const vanishing = await referencePeer(t, headers)
    const node = await ourNode(t, { limits: { requestTimeoutMs: 200, scoutTimeoutMs: 200 } })
    await Promise.all([silent, withholding, vanishing, honest].map((peer) => dial(node, peer)))
    setTimeout(() => void vanishing.close(), 150)
    await until(() => node.chain.height === headers.length, 'sync', 30_000)
    assertSynced(node, headers)
    honest.assertNoFault()
    withholding.assertNoFault()
  })

  it('anchors let several stretches be fetched at once, and a wrong anchor costs nothing but time', async (t) => {
    const anchors = [500, 1000, 1500, 2000].map((h) => ({ height: h, id: headers[h - 1]!.id }))
    const wrong = [{ height: 700, id: new Uint8Array(32).fill(9) }]
    for (const list of [anchors, wrong]) {
      const peers = await Promise.all(Array.from({ length: 3 }, () => referencePeer(t, headers, { latencyMs: 40 })))
      const node = await ourNode(t, { anchors: list })
      await Promise.all(peers.map((peer) => dial(node, peer)))
      await until(() => node.chain.height === headers.length, 'sync', 30_000)
      assertSynced(node, headers)
      for (const peer of peers) assert.deepEqual(peer.violations, [])
    }
  })

  // Our SyncInfo names headers in steps that double: between two of them lies more than one answer of 399 ids can bridge.
  for (const [height, fork, length] of [
    [1400, 300, 1200],
    [1000, 400, 700],
    [2500, 900, 1700]
  ] as const) {
    it(`moves from height ${height} to a heavier branch that a peer has, and that leaves ours at ${fork}`, async (t) => {
      const branch = [...headers.slice(0, fork), ...mineHeaders({ parent: headers[fork - 1]!, count: length, salt: 5 })]
      const node = await ourNode(t)
      const first = await referencePeer(t, headers.slice(0, height))
      await dial(node, first)
      await until(() => node.chain.height === height, 'first branch')
      const second = await referencePeer(t, branch)
      await dial(node, second)
      await until(() => node.chain.height === branch.length, 'second branch', 20_000)
      assertSynced(node, branch)
      first.assertNoFault()
      second.assertNoFault()
    })
  }

  it('what holds up all the rest is asked of a second peer, long before the time of the first is up', async (t) => {
    const chain = headers.slice(0, 1500)
    let withheld = 0
    const honest = await referencePeer(t, chain, { latencyMs: 20 })
    const stuck = await referencePeer(t, chain, { latencyMs: 20, withhold: () => withheld++ >= 0 })
    // Nothing is given up in this test: who is asked twice is asked for its lateness alone.
    const node = await ourNode(t, { limits: { requestTimeoutMs: 600_000 } })
    await dial(node, stuck)
    await until(() => withheld > 0, 'a request to the one that withholds')
    await dial(node, honest)
    await until(() => node.chain.height === chain.length, 'sync', 20_000)
    assertSynced(node, chain)
    for (const peer of [honest, stuck]) peer.assertNoFault()
    assert.deepEqual(node.penalties, [], 'to be slow is no offence')
  })

  it('a peer that does not say what it has is asked like any other when nobody says so', async (t) => {
    const peer = await referencePeer(t, headers, { mode: false })
    const node = await ourNode(t)
    await dial(node, peer)
    // As from a peer that does: seven answers, and no wait of a minute between two of them.
    await until(() => node.chain.height === headers.length, 'sync', 10_000)
    assertSynced(node, headers)
    peer.assertNoFault()
    assert.deepEqual(node.penalties, [])
  })

  it('follows new headers by announcement', async (t) => {
    const chain = headers.slice(0, 1000)
    const peer = await referencePeer(t, chain, { syncIntervalMs: 0 })
    const node = await ourNode(t)
    await dial(node, peer)
    await until(() => node.chain.height === chain.length, 'sync')
    for (const header of headers.slice(1000, 1010)) {
      peer.chain.append(header.bytes)
      peer.announce(101, [header.id])
      await until(() => node.chain.height === header.height, `header ${header.height}`, 2_000)
    }
    peer.assertNoFault()
    assert.deepEqual(node.penalties, [])
  })

  it('serves a reference peer that is behind', async (t) => {
    const node = await ourNode(t, { listen: true })
    await node.processor.submit(
      headers.slice(0, 1500).map((h) => h.bytes),
      'test'
    )
    const peer = new ReferencePeer({ magic: devnet.magic, syncIntervalMs: 50, minSyncIntervalMs: 150 })
    t.after(() => peer.close())
    await peer.dial(node.port)
    await until(() => peer.chain.height === 1500, 'serving', 20_000)
    peer.assertNoFault()
    assert.deepEqual(node.penalties, [])
  })
})
