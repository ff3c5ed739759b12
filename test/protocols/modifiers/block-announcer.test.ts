import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { AppliedBlock, ModifierSource } from '../../../protocols/modifiers/index.ts'
import { toHex } from '../../../src/bytes/index.ts'
import { ModifierType } from '../../../src/wire/index.ts'
import { FakeBlockSink, type SinkBlock } from '../../support/block-sink.ts'
import { sleep, until } from '../../support/libp2p-node.ts'
import { devnet } from '../../support/mine-headers.ts'
import { committedBlocks } from '../../support/recorded-blocks.ts'
import { ReferencePeer } from '../../support/reference-peer/index.ts'
import { peerChainOf, type SectionNode, sectionNode } from '../../support/section-node.ts'

const blocks = committedBlocks()
const HOUR_MS = 3600 * 1000

function sourceOf(list: readonly SinkBlock[], types: readonly number[]): ModifierSource {
  const all = new Map<string, Uint8Array>()
  for (const { header, sections } of list) {
    all.set(`101:${header.idHex}`, header.bytes)
    for (const { typeId, id, bytes } of sections) all.set(`${typeId}:${toHex(id)}`, bytes)
  }
  return { get: (typeId, id) => (types.includes(typeId) ? all.get(`${typeId}:${toHex(id)}`) : undefined) }
}

const applied = ({ header }: SinkBlock): AppliedBlock => ({
  headerId: header.id,
  timestamp: header.timestamp,
  transactionsId: header.transactionsId,
  adProofsId: header.adProofsId,
  extensionId: header.extensionId
})

/** A node that serves the recorded blocks, a while after the given one was mined. */
async function announcingNode(t: TestContext, last: SinkBlock, ageMs = 0, types = [101, 102, 104, 108]): Promise<SectionNode> {
  return await sectionNode(t, new FakeBlockSink([]), {
    listen: true,
    source: sourceOf(blocks, types),
    now: () => last.header.timestamp + ageMs
  })
}

interface Listener {
  readonly peer: ReferencePeer
  readonly heard: Array<[number, string]>
}

async function listener(t: TestContext, node: SectionNode, have: number): Promise<Listener> {
  const peer = new ReferencePeer({ magic: devnet.magic, chain: peerChainOf(blocks, have), syncIntervalMs: 0 })
  t.after(() => peer.close())
  const heard: Array<[number, string]> = []
  peer.onInv = (typeId, ids) => {
    assert.equal(ids.length, 1, 'one id a frame')
    heard.push([typeId, toHex(ids[0]!)])
  }
  const sessions = node.sessions.all().length
  await peer.dial(node.port)
  await until(() => node.sessions.all().length === sessions + 1 && peer.counter('handshakes') === 1, 'session')
  return { peer, heard }
}

describe('announcing blocks', () => {
  it('four frames of one id each, in the order of the reference, and what they ask for is served', async (t) => {
    const block = blocks[20]!
    const node = await announcingNode(t, block)
    const peers = [await listener(t, node, 20), await listener(t, node, 20)]
    assert.equal(node.announcer.announce(applied(block)), 8)
    for (const { peer, heard } of peers) {
      await until(() => peer.counter('received:Modifiers') === 4, 'all objects')
      assert.deepEqual(heard, [
        [101, block.header.idHex],
        [104, toHex(block.header.adProofsId)],
        [102, toHex(block.header.transactionsId)],
        [108, toHex(block.header.extensionId)]
      ])
      assert.equal(peer.chain.height, 21, 'took the header')
      peer.assertNoFault()
    }
    assert.deepEqual(node.penalties, [])
  })

  it('a peer that announced a block is not told of it', async (t) => {
    const block = blocks[20]!
    const node = await announcingNode(t, block)
    const first = await listener(t, node, 21)
    const second = await listener(t, node, 20)
    first.peer.announce(101, [block.header.id])
    for (const { typeId, id } of block.sections) first.peer.announce(typeId, [id])
    await sleep(50)
    assert.equal(node.announcer.announce(applied(block)), 4)
    await until(() => second.peer.counter('received:Modifiers') === 4, 'the other')
    assert.deepEqual(first.heard, [])
    first.peer.assertNoFault()
    second.peer.assertNoFault()
  })

  it('nothing is said of what is not served', async (t) => {
    const block = blocks[20]!
    const node = await announcingNode(t, block, 0, [101, 102, 108])
    const { heard } = await listener(t, node, 20)
    assert.equal(node.announcer.announce(applied(block)), 3)
    await until(() => heard.length === 3, 'three frames')
    assert.ok(heard.every(([typeId]) => typeId !== ModifierType.AdProofs))
    const stranger = { ...applied(block), headerId: new Uint8Array(32), transactionsId: new Uint8Array(32) }
    assert.equal(node.announcer.announce(stranger), 1)
  })

  it('blocks are news for two hours', async (t) => {
    const block = blocks[20]!
    const fresh = await announcingNode(t, block, 2 * HOUR_MS)
    await listener(t, fresh, 20)
    assert.equal(fresh.announcer.announce(applied(block)), 4)
    const old = await announcingNode(t, block, 2 * HOUR_MS + 1)
    const { heard } = await listener(t, old, 20)
    assert.equal(old.announcer.announce(applied(block)), 0)
    await sleep(30)
    assert.deepEqual(heard, [])
  })

  it('a chain of our nodes passes a block on', async (t) => {
    const block = blocks[20]!
    const origin = await announcingNode(t, block)
    const sink = new FakeBlockSink(blocks, { known: 20, from: 21 })
    const middle = await sectionNode(t, sink, {
      listen: true,
      source: sourceOf(blocks, [101, 102, 104, 108]),
      now: () => block.header.timestamp
    })
    await middle.sessions.connect(origin.address)
    const { peer, heard } = await listener(t, middle, 20)
    await until(() => origin.sessions.all().length === 1, 'session')
    sink.learn(block)
    origin.announcer.announce(applied(block))
    await until(() => sink.height === 21, 'block')
    assert.equal(middle.announcer.announce(applied(block)), 4, 'not back to where it came from')
    await until(() => heard.length === 4, 'passed on')
    peer.assertNoFault()
    assert.deepEqual([origin.penalties, middle.penalties], [[], []])
  })
})
