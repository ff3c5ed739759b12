/** A whole node on real sockets: bans, churn, two of them in one process, stalls, and an end that leaves nothing behind. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { concatBytes } from '../../src/bytes/index.ts'
import { encodeFrame, ModifierType } from '../../src/wire/index.ts'
import { ergoDialAddress } from '../../transports/ergo-tcp/index.ts'
import { EMPTY_TABLES, sleep, until } from '../support/libp2p-node.ts'
import { loopbackNode } from '../support/loopback-node.ts'
import { devnet, fieldsOf, mineHeaders, solveHeader } from '../support/mine-headers.ts'
import { rawHandshake } from '../support/raw-peer.ts'
import { PeerChain, ReferencePeer } from '../support/reference-peer/index.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { projectRoot } from '../support/vectors.ts'

const MAGIC = devnet.magic
const headers = mineHeaders({ count: 300 })
const badChecksum = concatBytes(
  encodeFrame(MAGIC, 1, new Uint8Array(0)).slice(0, 4),
  Uint8Array.of(55, 0, 0, 0, 3, 9, 9, 9, 9, 1, 2, 3)
)

describe('bans of a whole node', () => {
  it('a broken frame bans the IP at once: its sessions end, it is not let in again, others do not notice', async (t) => {
    const { node, port } = await loopbackNode(t)
    const banned: string[] = []
    node.events.addEventListener('peer:banned', ({ detail }) => banned.push(detail.detail.ip))
    const honest = await ScriptedPeer.dial(t, port, { magic: MAGIC, localAddress: '127.0.0.2' })
    const other = await ScriptedPeer.dial(t, port, { magic: MAGIC, localAddress: '127.0.0.66' })
    const hostile = await ScriptedPeer.dial(t, port, { magic: MAGIC, localAddress: '127.0.0.66' })
    await until(() => node.services.session.all().length === 3, 'sessions')
    hostile.write(badChecksum)
    await until(() => hostile.closed && other.closed, 'connections of the IP closed')
    assert.deepEqual(banned, ['127.0.0.66'])
    assert.deepEqual(
      node.services.peers.bans().map((ban) => ban.key),
      ['127.0.0.66']
    )
    assert.equal(honest.closed, false)
    const again = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.66' })
    let bytes = 0
    again.on('data', (chunk) => (bytes += chunk.length))
    again.on('error', () => {})
    again.write(rawHandshake({ magic: MAGIC }))
    await new Promise<void>((resolve) => again.once('close', () => resolve()))
    assert.equal(bytes, 0, 'not even a handshake')
    const third = await ScriptedPeer.dial(t, port, { magic: MAGIC, localAddress: '127.0.0.3' })
    assert.ok(third.handshake !== undefined)
    assert.equal(node.services.session.all().length, 2)
  })

  it('spam costs score, not the session: three messages within two minutes count once', async (t) => {
    const { node, port } = await loopbackNode(t)
    const hostile = await ScriptedPeer.dial(t, port, { magic: MAGIC, localAddress: '127.0.0.67' })
    const modifiers = headers.slice(0, 10).map(({ id, bytes }) => ({ id, bytes }))
    for (let i = 0; i < 3; i++) hostile.send({ type: 'Modifiers', typeId: ModifierType.Header, modifiers })
    await until(() => node.services.peers.penalties.spam === 3, 'penalties')
    assert.equal(node.services.peers.scoreOf('127.0.0.67'), 25)
    assert.equal(hostile.closed, false)
    assert.deepEqual(node.services.peers.bans(), [])
  })

  it('where only headers are followed nobody asks for sections: they are spam, transactions are not', async (t) => {
    const { node, port } = await loopbackNode(t)
    const hostile = await ScriptedPeer.dial(t, port, { magic: MAGIC, localAddress: '127.0.0.69' })
    const modifiers = [{ id: headers[0]!.transactionsId, bytes: new Uint8Array(100) }]
    hostile.send({ type: 'Modifiers', typeId: ModifierType.Transaction, modifiers })
    for (const typeId of [ModifierType.BlockTransactions, ModifierType.Extension, 103])
      hostile.send({ type: 'Modifiers', typeId, modifiers })
    await until(() => node.services.peers.penalties.spam === 3, 'penalties')
    assert.equal(node.services.peers.scoreOf('127.0.0.69'), 25)
  })

  it('misbehaviour every two minutes and a bit bans in the end, and the ban ends after an hour', async (t) => {
    let ahead = 0
    const { node, port } = await loopbackNode(t, { now: () => Date.now() + ahead })
    const hostile = await ScriptedPeer.dial(t, port, { magic: MAGIC, localAddress: '127.0.0.68' })
    const modifiers = headers.slice(0, 1).map(({ id, bytes }) => ({ id, bytes }))
    for (let i = 1; i <= 21; i++) {
      ahead += 121_000
      // Something in between, else it is closed for its silence.
      hostile.send({ type: 'GetPeers' })
      hostile.send({ type: 'Modifiers', typeId: ModifierType.Header, modifiers })
      await until(() => node.services.peers.penalties.spam === i, `penalty ${i}`)
      assert.equal(node.services.peers.isBanned('127.0.0.68'), i === 21, `after ${i}`)
    }
    await until(() => hostile.closed, 'connection closed')
    ahead += 3_600_001
    const back = await ScriptedPeer.dial(t, port, { magic: MAGIC, localAddress: '127.0.0.68' })
    assert.ok(back.handshake !== undefined)
    assert.equal(node.services.peers.scoreOf('127.0.0.68'), 0)
  })
})

describe('churn against a whole node', () => {
  it('1,000 connects and disconnects of every kind: every table is empty, and the next peer is served', async (t) => {
    const { node, port, faults } = await loopbackNode(t, { flags: { 'max-inbound-per-ip': '100' } })
    await node.ledger.headers.submit(
      headers.map((h) => h.bytes),
      'test'
    )
    let opened = 0
    node.events.addEventListener('peer:connected', () => void opened++)
    let count = 0
    for (let round = 0; round < 50; round++) {
      const sockets = Array.from({ length: 20 }, (_, i) => {
        // From many neighbourhoods, else the limits by address refuse most.
        const localAddress = `127.${1 + (count % 200)}.${round}.${1 + i}`
        const socket = connect({ port, host: '127.0.0.1', localAddress })
        socket.on('error', () => {})
        socket.resume()
        const kind = count++ % 6
        if (kind < 3) socket.write(rawHandshake({ magic: MAGIC }))
        if (kind === 3) socket.write(new Uint8Array(60).fill(0xee))
        if (kind === 4) socket.write(rawHandshake({ magic: MAGIC }).subarray(0, 20))
        return socket
      })
      await sleep(10)
      for (const [i, socket] of sockets.entries()) {
        if (i % 3 === 0) socket.write(encodeFrame(MAGIC, 1, new Uint8Array(0)))
        if (i % 2 === 0) socket.end()
        else socket.resetAndDestroy()
      }
      await until(() => sockets.every((s) => s.destroyed), 'sockets closed')
    }
    assert.equal(count, 1_000)
    assert.ok(opened > 100, `${opened} of them shook hands`)
    const { session, sync } = node.services
    await until(() => session.all().length === 0 && session.handshaking === 0, 'sessions gone')
    await until(() => session.tableSizes.goneRecords === 0, 'records swept')
    assert.deepEqual(session.tableSizes, EMPTY_TABLES)
    assert.equal(session.receivedBytes, 0)
    assert.deepEqual(sync.peers(), [])
    assert.deepEqual([sync.snapshot().peers, sync.snapshot().idsWaiting], [0, 0])
    assert.deepEqual(node.services.peers.bans(), [])
    assert.deepEqual(faults, [])
    const peer = await ScriptedPeer.dial(t, port, { magic: MAGIC })
    peer.send({ type: 'RequestModifier', typeId: ModifierType.Header, ids: [headers[0]!.id] })
    assert.deepEqual((await peer.waitFor('Modifiers')).modifiers[0]!.bytes, headers[0]!.bytes)
  })
})

describe('two nodes in one process', () => {
  it('sync from each other, with nothing in common but the chain', async (t) => {
    const a = await loopbackNode(t)
    const b = await loopbackNode(t)
    assert.notEqual(a.node.peerId, b.node.peerId)
    await a.node.ledger.headers.submit(
      headers.map((h) => h.bytes),
      'test'
    )
    await b.node.services.session.connect(ergoDialAddress(devnet.name, '127.0.0.1', a.port))
    await until(() => b.node.ledger.chain.height === headers.length, 'sync')
    assert.equal(b.node.ledger.chain.best!.idHex, headers.at(-1)!.idHex)
    await until(() => b.node.phase === 'synced', 'synced')
    // Each counts its own: nothing goes through a registry that both share.
    assert.notEqual(a.node.metrics.registry, b.node.metrics.registry)
    const verified = async (n: typeof a): Promise<string> =>
      /^ergo_\w*headers_verified\w*\s+(\d+)/m.exec(await n.node.metrics.registry.metrics())?.[1] ?? 'none'
    assert.deepEqual([await verified(a), await verified(b)], ['300', '300'])
    const scripted = await ScriptedPeer.dial(t, b.port, { magic: MAGIC, localAddress: '127.0.0.70' })
    scripted.write(badChecksum)
    await until(() => b.node.services.peers.bans().length === 1, 'ban')
    assert.deepEqual(a.node.services.peers.bans(), [], 'a ban of one is none of the other')
    await a.node.stop()
    await until(() => b.node.services.session.all().length === 0, 'session ended')
    assert.equal(b.node.ledger.chain.height, headers.length)
    const peer = await ScriptedPeer.dial(t, b.port, { magic: MAGIC, localAddress: '127.0.0.71' })
    assert.ok(peer.handshake !== undefined, 'the other one goes on')
  })
})

describe('a whole node that stands still', () => {
  it('says in which phase, for what, from whom, and what it does; the peer that owes goes, and it goes on with another', async (t) => {
    let ahead = 0
    const { node, port, lines } = await loopbackNode(t, { now: () => Date.now() + ahead })
    const stalls: Array<{ phase: string; waitingFor: string; sinceMs: number; action: string }> = []
    node.events.addEventListener('stall', ({ detail }) => stalls.push(detail.detail))
    const liar = await ScriptedPeer.dial(t, port, { magic: MAGIC, localAddress: '127.0.0.77' })
    const far = solveHeader({ ...fieldsOf(headers[10]!), height: 5_000, parentId: new Uint8Array(32).fill(7) })
    liar.send({ type: 'SyncInfo', version: 2, headers: [far.bytes] })
    await until(() => node.phase === 'headers', 'phase')
    await sleep(1_100)
    ahead += 21_000
    await until(() => stalls.length > 0, 'stall')
    const [stall] = stalls
    assert.equal(stall!.phase, 'headers')
    assert.match(stall!.waitingFor, /127\.0\.0\.77|one of 1 peers/)
    assert.match(stall!.action, /dropped 127\.0\.0\.77/)
    assert.ok(stall!.sinceMs >= 20_000)
    await until(() => liar.closed, 'liar dropped')
    assert.ok(lines.some((l) => /no progress for 2\d s in phase headers; waiting for .*; dropped 127\.0\.0\.77/.test(l)))
    const honest = new ReferencePeer({ magic: MAGIC, chain: PeerChain.ofHeaders(headers.map((h) => h.bytes)) })
    t.after(() => honest.close())
    await honest.dial(port)
    await until(() => node.ledger.chain.height === headers.length, 'sync with another')
    await until(() => node.phase === 'synced', 'no stall any more')
    assert.ok(lines.some((l) => /under way again/.test(l)))
    honest.assertNoFault()
  })

  it('without peers: the dialler’s reasons, again and again', async (t) => {
    let ahead = 0
    const { node, lines } = await loopbackNode(t, { now: () => Date.now() + ahead, flags: { peer: ['127.0.0.1:1'] } })
    const stalls: Array<{ phase: string; waitingFor: string; action: string }> = []
    node.events.addEventListener('stall', ({ detail }) => stalls.push(detail.detail))
    await until(() => node.services.peers.snapshot().failedSinceSuccess > 0, 'failed dial')
    for (let i = 1; i <= 2; i++) {
      await sleep(1_100)
      ahead += 31_000
      await until(() => stalls.length === i, `stall ${i}`)
    }
    assert.equal(stalls[0]!.phase, 'connecting')
    assert.match(stalls[0]!.waitingFor, /1 known peer.*127\.0\.0\.1:1.*ECONNREFUSED/)
    assert.equal(stalls[0]!.action, 'keeps dialling')
    assert.equal(node.phase, 'stalled')
    assert.match(node.readiness().reasons.join(), /no peers/)
    assert.ok(lines.some((l) => /no progress for \d+ s in phase connecting/.test(l)))
  })
})

describe('the end of a whole node', () => {
  const child = async (args: readonly string[]): Promise<{ code: number | null; out: string; err: string; ms: number }> => {
    const script = join(projectRoot, 'dist', 'test', 'support', 'stop-child.js')
    const process_ = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    let stoppedAt = 0
    process_.stdout.on('data', (chunk) => {
      out += String(chunk)
      stoppedAt = performance.now()
    })
    process_.stderr.on('data', (chunk) => (err += String(chunk)))
    const timer = setTimeout(() => process_.kill('SIGKILL'), 30_000)
    const [code] = (await once(process_, 'close')) as [number | null]
    clearTimeout(timer)
    return { code, out, err, ms: performance.now() - stoppedAt }
  }

  it('nothing keeps the process alive after stop(): with workers, sessions, and a dial that hangs', async (t) => {
    const server = createServer((socket) => socket.on('error', () => {}))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const honest = new ReferencePeer({ magic: MAGIC, chain: PeerChain.ofHeaders(headers.map((h) => h.bytes)) })
    await honest.listen()
    t.after(() => honest.close())
    const hanging = `127.0.0.1:${(server.address() as AddressInfo).port}`
    for (const args of [
      ['', '1'],
      [`${hanging},${honest.address}`, '2'],
      [`127.0.0.1:1,${honest.address}`, '0']
    ]) {
      const { code, out, err, ms } = await child(args)
      assert.equal(code, 0, `${out}${err}`)
      assert.match(out, /^stopped/)
      assert.equal(err, '')
      assert.ok(ms < 1_500, `ended ${ms} ms after stop(): ${out}`)
    }
    assert.ok(honest.counter('handshakes') >= 2)
  })
})
