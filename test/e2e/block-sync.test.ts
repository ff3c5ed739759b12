import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import { ModifierType } from '../../src/wire/index.ts'
import {
  type AnchoredChain,
  blockSections,
  devnetChain,
  mainnetChain,
  missingMainnetChain,
  wholeDevnetChain,
  wholeDevnetFile
} from '../support/anchored-chain.ts'
import { until } from '../support/libp2p-node.ts'
import { PeerChain, ReferencePeer, type ReferencePeerInit } from '../support/reference-peer/index.ts'
import { missing } from '../support/vectors.ts'
import { type WholeNode, wholeNode } from '../support/whole-node.ts'

const TIMEOUT_MS = 60_000

/** Blocks of mainnet where they are at hand, else of the recorded devnet. */
const chain: AnchoredChain = missingMainnetChain() === false ? mainnetChain() : devnetChain()

/** All that a peer of the network holds. */
function peerChain({ before, blocks }: AnchoredChain): PeerChain {
  const out = PeerChain.ofHeaders(before.map((header) => header.bytes))
  for (const block of blocks) {
    out.append(block.header.bytes, blockSections(block))
  }
  return out
}

async function referencePeer(t: TestContext, of: AnchoredChain, init: Partial<ReferencePeerInit>): Promise<ReferencePeer> {
  const peer = new ReferencePeer({ magic: of.network.magic, chain: peerChain(of), syncIntervalMs: 1000, ...init })
  await peer.listen()
  t.after(() => peer.close())
  return peer
}

async function reachesEnd(node: WholeNode, { blocks }: AnchoredChain): Promise<void> {
  const last = blocks.at(-1)!.header
  await until(() => node.tip === last.idHex || node.faults.length > 0, `height ${last.height}`, TIMEOUT_MS).catch((cause) => {
    throw new Error(`stands at height ${node.height}, waiting for ${node.node.waitingFor()}`, { cause })
  })
  assert.deepEqual(node.faults, [])
  assert.equal(node.stateRoot, toHex(last.stateRoot))
  assert.equal(node.node.ledger.chain.best!.idHex, last.idHex)
}

/** Sections changed in one way or another, so that no two lies are alike. */
function lie(typeId: number, id: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (typeId === ModifierType.Header) return bytes
  const out = bytes.slice()
  const kind = id[0]! % 3
  if (kind === 0) return out.subarray(0, out.length >> 1)
  // Another header's section, or one with another root.
  out[kind === 1 ? 5 : out.length - 1]! ^= 0xff
  return out
}

describe('a whole node syncs blocks', () => {
  const what = chain.before.length > 0 ? 'blocks of mainnet from an anchor' : 'recorded devnet blocks'

  it(`${what}, from a peer that lies, one that is silent and one that is slow`, async (t) => {
    const a = await wholeNode(t, { chain, full: true })
    await reachesEnd(a, chain)
    const liar = await referencePeer(t, chain, { host: '127.0.0.2', garble: lie })
    const silent = await referencePeer(t, chain, { host: '127.0.0.3', silent: true })
    const slow = await referencePeer(t, chain, { host: '127.0.0.4', latencyMs: 60, bytesPerSecond: 2_000_000 })
    const b = await wholeNode(t, { chain, peers: [liar.address, silent.address, slow.address] })
    await reachesEnd(b, chain)
    assert.equal(b.tip, a.tip)
    assert.equal(b.stateRoot, a.stateRoot)
    assert.ok(liar.counter('handshakes') > 0 && silent.counter('handshakes') > 0)
    assert.ok(b.scoreOf(liar.host) > 0, 'the liar is penalised')
    assert.equal(b.scoreOf(slow.host), 0)
    slow.assertNoFault()
  })

  for (const carrier of ['native', 'libp2p'] as const) {
    it(`${what}, from a node of our own kind over ${carrier === 'native' ? 'plain TCP' : 'noise and yamux'}`, async (t) => {
      const a = await wholeNode(t, { chain, full: true })
      const b = await wholeNode(t, { chain, workers: carrier === 'native' ? 0 : 1 })
      await b.node.services.session.connect(a.address(carrier))
      await reachesEnd(b, chain)
      for (const node of [a, b]) assert.equal(node.scoreOf('127.0.0.1'), 0)
    })
  }

  const recorded = [
    ['v4', 1541, 'b8389fce69addbe9317af69e7e5c792a7450f90733933ba0417d01337df87e79'],
    ['vote', 420, '5c78f588d824f145840f8c5adf830f71a636dc77495055cb51e0ce9d539c78fa'],
    ['params', 330, '913ae2fabf59f775655eca35acdbd05815b06ba19520e98ba291bbb85d6f6c5c']
  ] as const
  for (const [name, height, tip] of recorded) {
    it(`the ${height} blocks of the recorded chain ${name} from genesis`, { skip: missing(wholeDevnetFile(name)) }, async (t) => {
      const whole = wholeDevnetChain(name)
      const peer = await referencePeer(t, whole, {})
      const node = await wholeNode(t, { chain: whole, peers: [peer.address] })
      await reachesEnd(node, whole)
      assert.equal(node.height, height)
      assert.equal(node.tip, tip)
      assert.equal(node.scoreOf(peer.host), 0)
      peer.assertNoFault()
    })
  }
})
