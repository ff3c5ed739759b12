/** Peers that lie, flood or stop while the node syncs from an honest one: it gets there all the same, and the right one pays. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { concatBytes, fromHex, toHex } from '../../../src/bytes/index.ts'
import { encodeCompact, headerFromFields } from '../../../src/chain/index.ts'
import { encodeFrame, encodeMessage, ModifierType, messageCode, type SyncInfo } from '../../../src/wire/index.ts'
import { KNOWN_HEADERS } from '../../chain/known-headers.ts'
import { flood, HeaderShop, type HostileScene, hostileScene, repeatedly } from '../../support/hostile-scene.ts'
import { sleep, until } from '../../support/libp2p-node.ts'
import { devnet, fieldsOf, mineHeaders, solveHeader } from '../../support/mine-headers.ts'
import { rawHandshake } from '../../support/raw-peer.ts'

const headers = mineHeaders({ count: 1500 })
const randomId = (): Uint8Array => new Uint8Array(randomBytes(32))
const randomIds = (count: number): Uint8Array[] => Array.from({ length: count }, randomId)

/** What one peer may have us hold: two answers of ids, a share of the orphans, a megabyte of unread frames. */
function assertBounded({ node }: HostileScene): void {
  const { idsWaiting, headersInFlight, headersVerifying } = node.sync.snapshot()
  assert.ok(
    idsWaiting + headersInFlight + headersVerifying <= 2_000,
    `${idsWaiting} + ${headersInFlight} + ${headersVerifying} ids`
  )
  assert.ok(node.processor.orphans.bytes <= 8 << 20, `${node.processor.orphans.bytes} bytes of orphans`)
  assert.ok(node.sessions.receivedBytes <= 4 << 20, `${node.sessions.receivedBytes} bytes received`)
  for (const session of node.sessions.all())
    assert.ok(session.sendQueueBytes <= 4 << 20, `${session.sendQueueBytes} bytes to send`)
}

let salt = 0
/** Different each time, in a field that no header rule looks at. */
const freshVotes = (): Uint8Array => Uint8Array.of(++salt >> 16, salt >> 8, salt)

describe('a hostile peer beside an honest one', () => {
  const floods: Array<[name: string, ids: () => Uint8Array[]]> = [
    ['endless Inv of 400 ids that nobody has', () => randomIds(400)],
    ['endless Inv of one id that nobody has', () => randomIds(1)],
    ['endless Inv of ids from the middle of the chain', () => headers.slice(700, 1100).map((h) => h.id)]
  ]
  for (const [name, ids] of floods) {
    it(`${name}: sync goes on`, async (t) => {
      const scene = await hostileScene(t, headers)
      flood(t, scene.hostile, () => ({ type: 'Inv', typeId: ModifierType.Header, ids: ids() }))
      await sleep(300)
      assertBounded(scene)
      await scene.sync()
      assertBounded(scene)
      assert.deepEqual(scene.penalties(), {}, 'an Inv alone is no offence')
    })
  }

  const syncInfos: Array<[name: string, make: () => SyncInfo]> = [
    ['version 2, 50 headers', () => ({ type: 'SyncInfo', version: 2, headers: headers.slice(0, 50).map((h) => h.bytes) })],
    ['version 2, far ahead', () => ({ type: 'SyncInfo', version: 2, headers: [headers.at(-1)!.bytes] })],
    ['version 1, 1,001 ids', () => ({ type: 'SyncInfo', version: 1, headerIds: randomIds(1001) })]
  ]
  for (const [name, make] of syncInfos) {
    it(`endless SyncInfo, ${name}: sync goes on`, async (t) => {
      const scene = await hostileScene(t, headers)
      const from = performance.now()
      flood(t, scene.hostile, make)
      await sleep(300)
      assertBounded(scene)
      await scene.sync()
      assertBounded(scene)
      assert.deepEqual(scene.penalties(), {}, 'too many SyncInfo are ignored, not punished')
      // Only when this machine stutters is the lock of 100 ms open at all.
      const answers = scene.hostile.all('Inv').length
      assert.ok(answers <= 1 + (performance.now() - from) / 100, `${answers} answers`)
    })
  }

  it('names headers and does not deliver them: nonDelivery, once, and not believed any more', async (t) => {
    const scene = await hostileScene(t, headers, { limits: { requestTimeoutMs: 100 } })
    const { hostile } = scene
    hostile.send({ type: 'Inv', typeId: ModifierType.Header, ids: randomIds(400) })
    await scene.sync()
    await until(() => scene.penalties().nonDelivery === 1, 'penalty', 20_000)
    const asked = hostile.all('RequestModifier').length
    hostile.send({ type: 'Inv', typeId: ModifierType.Header, ids: randomIds(400) })
    await sleep(200)
    assert.equal(hostile.all('RequestModifier').length, asked, 'asked again in spite of the lie')
    assert.deepEqual(scene.penalties(), { nonDelivery: 1 })
  })

  const parent = headers[9]!
  const next = fieldsOf(headers[10]!)
  const lies: Array<[name: string, kind: 'misbehavior', make: () => { id: Uint8Array; bytes: Uint8Array }]> = [
    [
      'proof of work that does not hold (rule 207)',
      'misbehavior',
      () =>
        headerFromFields({
          ...next,
          powSolution: headers[10]!.powSolution,
          nBits: encodeCompact(2n ** 60n),
          votes: freshVotes()
        })
    ],
    [
      'the wrong difficulty (rule 208)',
      'misbehavior',
      () => solveHeader({ ...next, nBits: encodeCompact(2n), votes: freshVotes() })
    ],
    [
      'a timestamp before its parent’s (rule 205)',
      'misbehavior',
      () => solveHeader({ ...next, timestamp: parent.timestampExact, votes: freshVotes() })
    ],
    ['a height that does not follow (rule 206)', 'misbehavior', () => solveHeader({ ...next, height: 13, votes: freshVotes() })],
    ['a made-up genesis (rule 200)', 'misbehavior', () => solveHeader({ ...next, height: 1, parentId: randomId() })],
    ['bytes of another header', 'misbehavior', () => ({ id: randomId(), bytes: headers[10]!.bytes })],
    ['bytes that are no header', 'misbehavior', () => ({ id: randomId(), bytes: new Uint8Array(randomBytes(200)) })],
    ['no bytes at all', 'misbehavior', () => ({ id: randomId(), bytes: new Uint8Array(0) })]
  ]
  for (const [name, kind, make] of lies) {
    it(`a header with ${name}: ${kind}, and no more is asked of who sent it; sync goes on`, async (t) => {
      const scene = await hostileScene(t, headers)
      await scene.node.processor.submit(
        headers.slice(0, 10).map((h) => h.bytes),
        'test'
      )
      const shop = new HeaderShop(scene.hostile)
      repeatedly(t, 5, () => {
        const { id, bytes } = make()
        shop.stock(id, bytes)
        shop.announce([id])
      })
      await scene.sync()
      await until(() => (scene.penalties()[kind] ?? 0) > 0, 'penalty')
      assertBounded(scene)
      // Once the honest peer is there, nobody asks the liar for more.
      const seen = scene.penalties()
      await sleep(100)
      assert.deepEqual(scene.penalties(), seen)
      assert.deepEqual(Object.keys(seen), [kind])
    })
  }

  it('one lie, one penalty', async (t) => {
    const scene = await hostileScene(t, headers)
    const shop = new HeaderShop(scene.hostile)
    shop.stock(headers[4]!.id, headers[5]!.bytes)
    shop.announce([headers[4]!.id])
    await until(() => shop.asked > 0, 'question')
    await scene.sync()
    assert.deepEqual(scene.penalties(), { misbehavior: 1 })
  })

  it('headers whose parents do not exist: the parents are asked of nobody else, the orphans are bounded and go with the peer', async (t) => {
    const scene = await hostileScene(t, headers, { limits: { requestTimeoutMs: 200 } })
    const { node, hostile } = scene
    const shop = new HeaderShop(hostile)
    repeatedly(t, 5, () => shop.offer([solveHeader({ ...next, parentId: randomId() })]))
    await until(() => node.processor.orphans.size > 5, 'orphans')
    const asked = new Set<string>()
    scene.honest.onServe = (_, id) => asked.add(toHex(id))
    await scene.sync()
    const known = new Set(headers.map((h) => h.idHex))
    assert.deepEqual(
      [...asked].filter((id) => !known.has(id)),
      [],
      'the honest peer was asked for what the other one made up'
    )
    assertBounded(scene)
    await until(() => scene.penalties().nonDelivery === 1, 'penalty for parents that do not come')
    hostile.socket.destroy()
    await until(() => node.processor.orphans.size === 0, 'orphans gone')
    assert.equal(node.processor.orphans.bytes, 0)
  })

  it('a branch that does not link where its ids say: no harm, no blame for others', async (t) => {
    const scene = await hostileScene(t, headers, { limits: { requestTimeoutMs: 200 } })
    const shop = new HeaderShop(scene.hostile)
    // A valid branch from the genesis, of which the first 50 headers are never told.
    const branch = mineHeaders({ parent: headers[0]!, count: 120, salt: 77 })
    shop.offer(branch.slice(50))
    await scene.sync()
    assert.equal(scene.node.chain.height, headers.length)
    assertBounded(scene)
  })

  it('rule 211: a header from the future costs nothing, is not asked for all the time, and is taken when its time has come', async (t) => {
    const tip = headers.at(-1)!
    let now = tip.timestamp
    const scene = await hostileScene(t, headers, { now: () => now, limits: { laterMs: 300 } })
    // A header may be ten block intervals ahead: one second on this network.
    const early = solveHeader({
      ...fieldsOf(tip),
      parentId: tip.id,
      height: tip.height + 1,
      timestamp: BigInt(now + 5_000),
      votes: freshVotes()
    })
    const shop = new HeaderShop(scene.hostile)
    await scene.sync()
    repeatedly(t, 5, () => shop.offer([early]))
    await until(() => shop.asked > 0, 'question')
    await sleep(200)
    assert.equal(shop.asked, 1)
    assert.equal(scene.node.chain.height, tip.height)
    now += 4_001
    await until(() => scene.node.chain.height === tip.height + 1, 'header taken')
    assert.deepEqual(scene.penalties(), {})
  })

  it('rule 211: headers from the future, again and again while it syncs: asked for once, no penalty', async (t) => {
    const scene = await hostileScene(t, headers)
    await scene.node.processor.submit(
      headers.slice(0, 10).map((h) => h.bytes),
      'test'
    )
    const early = solveHeader({ ...next, timestamp: BigInt(Date.now() + 3_600_000), votes: freshVotes() })
    const shop = new HeaderShop(scene.hostile)
    repeatedly(t, 2, () => shop.offer([early]))
    await until(() => shop.asked > 0, 'question')
    await scene.sync()
    assertBounded(scene)
    assert.equal(shop.asked, 1)
    assert.deepEqual(scene.penalties(), {}, 'it may be our clock that is wrong')
  })

  it('a long valid branch with less work: the honest chain stays best, and the branch is held on disk only', async (t) => {
    const scene = await hostileScene(t, headers)
    const branch = mineHeaders({ parent: headers[9]!, count: 1200, salt: 9 })
    const shop = new HeaderShop(scene.hostile)
    for (const { id, bytes } of [...headers.slice(0, 10), ...branch]) shop.stock(id, bytes)
    scene.hostile.on('SyncInfo', (info) => {
      // As the reference answers: what follows the newest common header.
      const tip = info.version === 2 && info.headers[0] !== undefined ? info.headers : []
      const at = tip.map((bytes) => branch.findIndex((h) => Buffer.compare(h.bytes, bytes) === 0)).find((i) => i >= 0) ?? -1
      const ids = branch.slice(at + 1, at + 400).map((h) => h.id)
      if (ids.length > 0) scene.hostile.send({ type: 'Inv', typeId: ModifierType.Header, ids })
    })
    scene.hostile.send({ type: 'SyncInfo', version: 2, headers: [branch.at(-1)!.bytes] })
    shop.offer(headers.slice(0, 10))
    await until(() => scene.node.chain.height > 100, 'first part of the branch')
    await scene.sync()
    assert.equal(toHex(scene.node.chain.store.bestId!), headers.at(-1)!.idHex)
    assert.deepEqual(scene.penalties(), {}, 'a branch is no offence')
    assertBounded(scene)
  })

  it('answers that nobody asked for: spam, once a message', async (t) => {
    const scene = await hostileScene(t, headers)
    const modifiers = headers.slice(0, 400).map(({ id, bytes }) => ({ id, bytes }))
    for (let i = 0; i < 3; i++) scene.hostile.send({ type: 'Modifiers', typeId: ModifierType.Header, modifiers })
    await until(() => scene.penalties().spam === 3, 'penalties')
    assert.equal(scene.node.chain.height, 0, 'nothing is taken that was not asked for')
    await scene.sync()
    assertBounded(scene)
    assert.deepEqual(scene.penalties(), { spam: 3 })
  })

  const unasked: Array<[name: string, typeId: number]> = [
    ['headers', ModifierType.Header],
    ['objects of a type that nobody has', 103]
  ]
  for (const [name, typeId] of unasked) {
    it(`endless answers that nobody asked for, ${name}: spam, and sync goes on`, async (t) => {
      const scene = await hostileScene(t, headers)
      const modifiers = headers.slice(-400).map(({ id, bytes }) => ({ id, bytes }))
      flood(t, scene.hostile, () => ({ type: 'Modifiers', typeId, modifiers }))
      await until(() => (scene.penalties().spam ?? 0) > 3, 'penalties')
      assert.equal(scene.node.chain.height, 0, 'nothing is taken that was not asked for')
      await scene.sync()
      assertBounded(scene)
      assert.deepEqual(Object.keys(scene.penalties()), ['spam'])
    })
  }

  it('1,000 connects and disconnects while headers come in: none is late, nobody is blamed, nothing is left', async (t) => {
    const chain = headers.slice(0, 1000)
    const scene = await hostileScene(t, chain)
    const { node, honest } = scene
    await scene.sync()
    const before = node.sessions.tableSizes
    const opened = node.opened.length
    for (let round = 0; round < 50; round++) {
      const sockets = Array.from({ length: 20 }, (_, i) => {
        const socket = connect({ port: node.port, host: '127.0.0.1', localAddress: `127.1.${round}.${1 + i}` })
        socket.on('error', () => {})
        socket.resume()
        // Half of them shake hands, so that the sync gets to know them; some say how high they are, or send garbage.
        if (i % 2 === 0) socket.write(rawHandshake({ magic: devnet.magic }))
        if (i % 10 === 1) socket.write(randomBytes(40))
        return socket
      })
      await sleep(5)
      for (const [i, socket] of sockets.entries()) {
        if (i % 4 === 0) socket.write(encodeFrame(devnet.magic, messageCode('SyncInfo'), encodeMessage(syncInfos[1]![1]())))
        if (i % 3 === 0) socket.end()
        else socket.resetAndDestroy()
      }
      const header = headers[1000 + round]!
      honest.chain.append(header.bytes)
      honest.announce(ModifierType.Header, [header.id])
      await until(() => node.chain.height === header.height, `header ${header.height}`, 2_000)
      await until(() => sockets.every((s) => s.destroyed), 'sockets closed')
    }
    assert.ok(node.opened.length - opened > 150, `${node.opened.length - opened} of 500 handshakes came to a session`)
    await until(() => node.sync.peers().length === 2, 'sessions gone')
    await until(() => node.sessions.tableSizes.goneRecords === before.goneRecords, 'records swept')
    assert.deepEqual(node.sessions.tableSizes, before)
    assert.equal(node.sync.snapshot().peers, 2)
    assertBounded(scene)
    assert.deepEqual(node.penalties, [])
    honest.assertNoFault()
  })

  it('the same answer twice: the second is spam', async (t) => {
    const scene = await hostileScene(t, headers)
    scene.hostile.on('RequestModifier', ({ ids }) => {
      const modifiers = ids.map((id) => ({ id: id.slice(), bytes: headers.find((h) => h.idHex === toHex(id))!.bytes }))
      for (let i = 0; i < 2; i++) scene.hostile.send({ type: 'Modifiers', typeId: ModifierType.Header, modifiers })
    })
    scene.hostile.send({ type: 'Inv', typeId: ModifierType.Header, ids: headers.slice(0, 10).map((h) => h.id) })
    await until(() => scene.node.chain.height === 10, 'headers')
    await until(() => scene.penalties().spam === 1, 'penalty')
    await scene.sync()
    assert.deepEqual(scene.penalties(), { spam: 1 })
  })

  it('headers with a megabyte behind each: taken as the reference takes them, and the megabyte is not kept', async (t) => {
    const scene = await hostileScene(t, headers)
    const shop = new HeaderShop(scene.hostile)
    const behind = new Uint8Array(1 << 20)
    for (const { id, bytes } of headers.slice(0, 7)) shop.stock(id, concatBytes(bytes, behind))
    shop.announce(headers.slice(0, 7).map((h) => h.id))
    await until(() => scene.node.chain.height === 7, 'headers')
    for (const { id, bytes } of headers.slice(0, 7)) {
      const kept = scene.node.chain.header(id)!.bytes
      assert.deepEqual(toHex(kept), toHex(bytes))
      assert.ok(kept.buffer.byteLength < 10_000, `${kept.buffer.byteLength} bytes are held for one header`)
    }
    await scene.sync()
    assertBounded(scene)
    assert.deepEqual(scene.penalties(), {})
  })

  it('headers of another network: misbehavior', async (t) => {
    const scene = await hostileScene(t, headers)
    const shop = new HeaderShop(scene.hostile)
    for (const { id, bytes } of KNOWN_HEADERS) shop.stock(fromHex(id), fromHex(bytes))
    shop.announce(KNOWN_HEADERS.map((h) => fromHex(h.id)))
    await until(() => (scene.penalties().misbehavior ?? 0) > 0, 'penalty')
    await scene.sync()
    assert.deepEqual(Object.keys(scene.penalties()), ['misbehavior'])
  })

  it('stops in the middle of an answer: its part is asked of the other', async (t) => {
    const scene = await hostileScene(t, headers, { limits: { requestTimeoutMs: 300 } })
    scene.hostile.on('RequestModifier', ({ ids }) => {
      const modifiers = ids.map((id) => ({ id: id.slice(), bytes: headers.find((h) => h.idHex === toHex(id))!.bytes }))
      const frame = encodeFrame(
        devnet.magic,
        messageCode('Modifiers'),
        encodeMessage({ type: 'Modifiers', typeId: ModifierType.Header, modifiers })
      )
      scene.hostile.write(frame.subarray(0, frame.length >> 1))
    })
    scene.hostile.send({ type: 'Inv', typeId: ModifierType.Header, ids: headers.slice(0, 399).map((h) => h.id) })
    await scene.hostile.waitFor('RequestModifier')
    await scene.sync()
    assert.ok(scene.node.sessions.receivedBytes > 10_000, 'the half answer is still held')
    assertBounded(scene)
    scene.hostile.socket.destroy()
    await until(() => scene.node.sessions.receivedBytes === 0, 'half answer dropped')
  })

  it('claims a height that nobody can have, and says nothing more: sync goes on to the end of what there is', async (t) => {
    const scene = await hostileScene(t, headers)
    const far = solveHeader({ ...next, height: 2 ** 31 - 1, parentId: randomId() })
    scene.hostile.send({ type: 'SyncInfo', version: 2, headers: [far.bytes] })
    await sleep(50)
    await scene.sync()
    assert.equal(scene.node.sync.snapshot().claimedHeight, 2 ** 31 - 1)
    assert.deepEqual(scene.penalties(), {})
  })

  it('claims more, and has nothing to show, again and again: what it says does not count beside others any more', async (t) => {
    const scene = await hostileScene(t, headers, { limits: { futileMs: 20, scoutTimeoutMs: 50 } })
    const { hostile, node } = scene
    hostile.on('SyncInfo', () => hostile.send({ type: 'Inv', typeId: ModifierType.Header, ids: [headers[0]!.id] }))
    await scene.sync()
    const far = solveHeader({ ...next, height: 2 ** 31 - 1, parentId: randomId() })
    hostile.send({ type: 'SyncInfo', version: 2, headers: [far.bytes] })
    await until(() => node.sync.snapshot().claimedHeight === 2 ** 31 - 1, 'the claim')
    await until(() => node.sync.snapshot().claimedHeight === headers.length, 'the claim forgotten')
    assert.match(node.sync.snapshot().waitingFor, /new block|header ids/)
    await sleep(300)
    assert.equal(node.sync.snapshot().claimedHeight, headers.length)
    assert.deepEqual(scene.penalties(), {}, 'no offence')
  })

  it('takes part honestly, names headers that nobody has, and leaves: what it named is not waited for', async (t) => {
    const scene = await hostileScene(t, headers, { limits: { requestTimeoutMs: 300, scoutTimeoutMs: 100 } })
    const { node, hostile, honest } = scene
    const shop = new HeaderShop(hostile)
    for (const { id, bytes } of headers.slice(0, 399)) shop.stock(id, bytes)
    hostile.send({ type: 'Inv', typeId: ModifierType.Header, ids: headers.slice(0, 399).map((h) => h.id) })
    await until(() => node.chain.height === 399, 'honest part')
    // It has proven itself: its answers are what all go by.
    hostile.on('SyncInfo', () => hostile.send({ type: 'Inv', typeId: ModifierType.Header, ids: randomIds(399) }))
    hostile.send({ type: 'SyncInfo', version: 2, headers: [headers.at(-1)!.bytes] })
    await until(() => node.sync.snapshot().idsWaiting + node.sync.snapshot().headersInFlight >= 399, 'made-up ids')
    hostile.socket.destroy()
    await until(() => node.sync.peers().length === 0, 'gone')
    await scene.sync()
    assertBounded(scene)
    assert.equal(honest.penalties.length, 0)
  })

  it('takes part honestly, then lies: what it named is walked again by others', async (t) => {
    const scene = await hostileScene(t, headers, { limits: { requestTimeoutMs: 300 } })
    const { node, hostile } = scene
    const shop = new HeaderShop(hostile)
    for (const { id, bytes } of headers.slice(0, 400)) shop.stock(id, bytes)
    let lying = false
    const answer = (): void => {
      hostile.send({
        type: 'Inv',
        typeId: ModifierType.Header,
        ids: lying ? randomIds(399) : headers.slice(0, 399).map((h) => h.id)
      })
      lying = true
    }
    hostile.on('SyncInfo', answer)
    hostile.send({ type: 'SyncInfo', version: 2, headers: [headers.at(-1)!.bytes] })
    answer()
    await until(() => node.chain.height === 399, 'honest part')
    await scene.sync()
    assert.deepEqual(
      Object.keys(scene.penalties()).filter((k) => k !== 'nonDelivery'),
      []
    )
  })
})

describe('a flood of SyncInfo', () => {
  it('is answered no more than the reference would, however long it lasts', async (t) => {
    // The lock looks at this clock, so that a machine that stutters does not open it.
    let clock = 1_000_000
    const scene = await hostileScene(t, headers, { syncNow: () => clock, limits: { periodicSyncMs: 3_600_000 } })
    const { hostile, node } = scene
    await node.processor.submit(
      headers.map((h) => h.bytes),
      'test'
    )
    const flood = { type: 'SyncInfo', version: 2, headers: [headers[99]!.bytes] } as const
    const before = hostile.all('Inv').length
    const [session] = node.sessions.all()
    for (let batch = 1; batch <= 100; batch++) {
      clock += 50
      for (let i = 0; i < 20; i++) hostile.send(flood)
      await until(() => session!.counters.messagesIn >= 20 * batch, `batch ${batch}`)
    }
    await until(() => hostile.all('Inv').length > before, 'answer to the first')
    await sleep(100)
    assert.equal(hostile.all('Inv').length - before, 1, 'each one starts the lock anew')
    clock += 101
    hostile.send(flood)
    await until(() => hostile.all('Inv').length - before === 2, 'answer after the flood')
    assert.deepEqual(scene.penalties(), {})
    assertBounded(scene)
  })
})
