/** The native transport under libp2p, without the session service: sockets, streams, limits, failures. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import '../../transports/polyfill.ts'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { multiaddr } from '@multiformats/multiaddr'
import type { Libp2pOptions } from 'libp2p'
import { createLibp2p } from 'libp2p'
import {
  ErgoTcp,
  type ErgoTcpInit,
  ergoDialAddress,
  ergoMultiaddr,
  ergoTcp,
  isErgoAddress
} from '../../transports/ergo-tcp/index.ts'
import { sleep, until } from '../support/libp2p-node.ts'
import { RawPeer, rawServer } from '../support/raw-peer.ts'

const PROTOCOL = '/ergo/test/1.0.0'
const BIG = 100_000

interface Node {
  libp2p: Libp2p
  transport: ErgoTcp
  streams: Stream[]
  received: Uint8Array[]
  addrs(): Multiaddr[]
  port(): number
}

async function node(
  t: TestContext,
  listen: string[] = [],
  init: Partial<ErgoTcpInit> = {},
  options: Partial<Libp2pOptions> = {}
): Promise<Node> {
  let transport!: ErgoTcp
  const factory = ergoTcp({ network: 'test', limits: { total: BIG, perIp: BIG, perSubnet: BIG, pending: BIG }, ...init })
  const libp2p = await createLibp2p({
    transports: [(components) => (transport = factory(components))],
    addresses: { listen, announceFilter: (addrs) => addrs.filter((ma) => !isErgoAddress(ma)) },
    connectionManager: { inboundConnectionThreshold: BIG, maxIncomingPendingConnections: BIG },
    ...options
  })
  t.after(() => libp2p.stop())
  const streams: Stream[] = []
  const received: Uint8Array[] = []
  await libp2p.handle(PROTOCOL, (stream) => {
    streams.push(stream)
    stream.addEventListener('message', (event) => received.push(event.data.subarray()))
  })
  const { transportManager } = (libp2p as unknown as { components: { transportManager: { getAddrs(): Multiaddr[] } } }).components
  const addrs = (): Multiaddr[] => transportManager.getAddrs()
  return {
    libp2p,
    transport,
    streams,
    received,
    addrs,
    port: () =>
      Number(
        addrs()[0]!
          .getComponents()
          .find((c) => c.name === 'tcp')!.value
      )
  }
}

const LISTEN = ['/ip4/127.0.0.1/tcp/0/ergo']
const total = (chunks: readonly Uint8Array[]): number => chunks.reduce((n, c) => n + c.length, 0)
const closeError = (connection: Connection): Promise<Error | undefined> =>
  new Promise((resolve) => connection.addEventListener('close', (event) => resolve(event.error)))

describe('dialling', () => {
  it('gives a connection without encryption whose one stream has its protocol', async (t) => {
    const a = await node(t, LISTEN)
    const b = await node(t)
    const connection = await b.libp2p.dial(ergoDialAddress('test', '127.0.0.1', a.port()))
    assert.equal(connection.encryption, 'native')
    assert.equal(connection.multiplexer, '/ergo-native/1')
    const stream = await connection.newStream(PROTOCOL)
    stream.send(new Uint8Array(17))
    await until(() => a.received.length === 1, 'bytes')
    assert.deepEqual(
      a.streams.map((s) => s.protocol),
      [PROTOCOL]
    )
    await assert.rejects(connection.newStream(PROTOCOL), { name: 'UnsupportedProtocolError' })
    await assert.rejects(connection.newStream('/ipfs/ping/1.0.0'), { name: 'UnsupportedProtocolError' })
    await assert.rejects(connection.newStream([PROTOCOL, '/other']), { name: 'UnsupportedProtocolError' })
    assert.equal(connection.status, 'open')
  })

  it('puts nothing on the wire but what the stream sends, one chunk a send', async (t) => {
    const server = await rawServer(t)
    const b = await node(t)
    const connection = await b.libp2p.dial(ergoDialAddress('test', '127.0.0.1', server.port))
    const stream = await connection.newStream(PROTOCOL)
    await connection.newStream('/ipfs/id/1.0.0').catch(() => {})
    await sleep(30)
    const raw = server.peers[0]!
    assert.equal(raw.chunks.length, 0)
    stream.send(Uint8Array.from({ length: 17 }, (_, i) => i))
    await until(() => raw.chunks.length === 1, 'first')
    const { Uint8ArrayList } = await import('uint8arraylist')
    stream.send(new Uint8ArrayList(new Uint8Array(13).fill(1), new Uint8Array(100).fill(2)))
    await until(() => total(raw.chunks) === 130, 'second')
    assert.deepEqual(
      raw.chunks.map((c) => c.length),
      [17, 113]
    )
  })

  it('a refused port, a wrong peer id and a banned IP each say so', async (t) => {
    const a = await node(t, LISTEN)
    const b = await node(t, [], { deny: (ip) => ip === '127.0.0.9' })
    const port = a.port()
    const dial = (ma: Multiaddr): Promise<Connection> => b.libp2p.dial(ma)
    await assert.rejects(dial(ergoMultiaddr('127.0.0.1', 1)), { name: 'ErgoTcpError', code: 'CONNECT_FAILED' })
    const wrongId = ergoMultiaddr('127.0.0.1', port).encapsulate(
      `/p2p/${ergoDialAddress('test', '127.0.0.1', 1).getComponents()[3]!.value}`
    )
    await assert.rejects(dial(wrongId), { name: 'ErgoTcpError', code: 'PEER_ID_MISMATCH' })
    await assert.rejects(dial(ergoMultiaddr('127.0.0.9', port)), { name: 'ErgoTcpError', code: 'IP_DENIED' })
    assert.equal(a.transport.inbound.total, 0)
  })

  it('an address that does not answer ends with the timeout or the signal', async (t) => {
    const b = await node(t, [], { connectTimeoutMs: 80 })
    // A server that never accepts: once its queue is full the kernel drops what asks to be let in.
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
       const server = require('node:net').createServer()
       server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
         parentPort.postMessage(server.address().port)
         setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 20)
       })`,
      { eval: true }
    )
    t.after(() => worker.terminate())
    const port = await new Promise<number>((resolve) => worker.once('message', resolve))
    await sleep(60)
    for (let i = 0; i < 4; i++) {
      const filler = connect({ port, host: '127.0.0.1' })
      filler.on('error', () => {})
      t.after(() => filler.destroy())
    }
    await sleep(20)
    const started = Date.now()
    await assert.rejects(b.libp2p.dial(ergoMultiaddr('127.0.0.1', port)), { name: 'ErgoTcpError', code: 'CONNECT_FAILED' })
    const took = Date.now() - started
    assert.ok(took >= 75 && took < 1_000, `${took} ms`)
    const c = await node(t)
    await assert.rejects(c.libp2p.dial(ergoMultiaddr('127.0.0.1', port), { signal: AbortSignal.timeout(50) }))
    assert.ok(Date.now() - started < 2_000)
  })

  it('names are resolved before the peer id is derived', async (t) => {
    const a = await node(t, LISTEN)
    const asked: Array<[string, number]> = []
    const b = await node(t, [], {
      lookup: async (host, family) => {
        asked.push([host, family])
        return host === 'seed.example' ? ['::ffff:127.0.0.1', '127.0.0.1'] : []
      }
    })
    const byName = await b.libp2p.dial(multiaddr(`/dns4/seed.example/tcp/${a.port()}/ergo`))
    const { value } = ergoDialAddress('test', '127.0.0.1', a.port()).getComponents()[3]!
    assert.equal(byName.remotePeer.toString(), value)
    assert.equal(byName.remoteAddr.toString(), ergoDialAddress('test', '127.0.0.1', a.port()).toString())
    assert.deepEqual(asked, [['seed.example', 4]])
    const byIp = await b.libp2p.dial(ergoDialAddress('test', '127.0.0.1', a.port()))
    assert.equal(byIp.id, byName.id)
    await assert.rejects(b.libp2p.dial(multiaddr('/dns6/nowhere.example/tcp/9030/ergo')), { code: 'NAME_NOT_RESOLVED' })
  })

  it('the next IP of a name is tried when the first does not answer', async (t) => {
    const a = await node(t, LISTEN)
    const b = await node(t, [], { lookup: async () => ['127.0.0.77', '127.0.0.1'] })
    const connection = await b.libp2p.dial(multiaddr(`/dns/seed.example/tcp/${a.port()}/ergo`))
    assert.ok(connection.remoteAddr.toString().startsWith('/ip4/127.0.0.1/'))
  })

  it('dnsaddr entries are resolved by libp2p and dialled by us', async (t) => {
    const a = await node(t, LISTEN)
    const b = await node(
      t,
      [],
      {},
      {
        connectionManager: {
          resolvers: {
            dnsaddr: {
              canResolve: (ma: Multiaddr) => ma.toString().startsWith('/dnsaddr/'),
              resolve: async () => [ergoMultiaddr('127.0.0.1', a.port())]
            }
          }
        }
      }
    )
    const connection = await b.libp2p.dial(multiaddr('/dnsaddr/seeds.example'))
    assert.equal(connection.remoteAddr.toString(), ergoDialAddress('test', '127.0.0.1', a.port()).toString())
  })

  it('only native addresses pass the filters, and no names to listen on', () => {
    const transport = new ErgoTcp({ logger: { forComponent: () => Object.assign(() => {}, {}) } as never }, { network: 'test' })
    const all = ['/ip4/1.2.3.4/tcp/1/ergo', '/ip4/1.2.3.4/tcp/1', '/dns4/a/tcp/1/ergo', '/ip4/1.2.3.4/tcp/1/ws'].map((s) =>
      multiaddr(s)
    )
    assert.deepEqual(transport.dialFilter(all).map(String), ['/ip4/1.2.3.4/tcp/1/ergo', '/dns4/a/tcp/1/ergo'])
    assert.deepEqual(transport.listenFilter(all).map(String), ['/ip4/1.2.3.4/tcp/1/ergo'])
  })
})

describe('listening', () => {
  it('addresses have the real port and our suffix; wildcards become interfaces', async (t) => {
    const a = await node(t, ['/ip4/127.0.0.1/tcp/0/ergo', '/ip4/0.0.0.0/tcp/0/ergo'])
    const addrs = a.addrs().map(String)
    assert.ok(addrs.length >= 2)
    for (const text of addrs) {
      assert.match(text, /^\/ip4\/[0-9.]+\/tcp\/[1-9][0-9]*\/ergo$/)
      assert.ok(!text.includes('0.0.0.0'))
    }
    assert.deepEqual(a.libp2p.getMultiaddrs(), [], 'native addresses are not announced')
  })

  it('IPv6, beside IPv4 on the same port', async (t) => {
    const first = await node(t, ['/ip6/::1/tcp/0/ergo'])
    const port = first.port()
    const a = await node(t, [`/ip4/127.0.0.1/tcp/${port}/ergo`])
    const b = await node(t)
    const six = await b.libp2p.dial(ergoDialAddress('test', '::1', port))
    const four = await b.libp2p.dial(ergoDialAddress('test', '127.0.0.1', port))
    assert.ok(!six.remotePeer.equals(four.remotePeer))
    await until(() => first.transport.inbound.ofIp('::1') === 1 && a.transport.inbound.ofIp('127.0.0.1') === 1, 'counted by IP')
  })

  it('limits: per IP, and the socket of a closed connection is free again', async (t) => {
    const a = await node(t, LISTEN, { limits: { perIp: 3, perSubnet: 10, total: 10, pending: 10 } })
    const peers: RawPeer[] = []
    for (let i = 0; i < 5; i++) peers.push(await RawPeer.connect(t, a.port()))
    await until(() => peers.filter((p) => p.end === 'reset').length === 2, 'two refused')
    assert.equal(a.transport.inbound.total, 3)
    peers.find((p) => p.end === undefined)!.socket.destroy()
    await until(() => a.transport.inbound.total === 2, 'freed')
    const again = await RawPeer.connect(t, a.port())
    await sleep(20)
    assert.equal(again.end, undefined)
  })

  it('a banned IP is refused before anything else', async (t) => {
    let banned = true
    const a = await node(t, LISTEN, { deny: (ip, direction) => banned && ip === '127.0.0.1' && direction === 'inbound' })
    assert.equal(await (await RawPeer.connect(t, a.port())).ended(), 'reset')
    banned = false
    const peer = await RawPeer.connect(t, a.port())
    await until(() => a.libp2p.getConnections().length === 1, 'let in')
    assert.equal(peer.end, undefined)
  })

  it('a port in use is an error; the port of a stopped node is free', async (t) => {
    const a = await node(t, LISTEN)
    const port = a.port()
    const same = [`/ip4/127.0.0.1/tcp/${port}/ergo`]
    await assert.rejects(node(t, same), /EADDRINUSE/)
    const peer = await RawPeer.connect(t, port)
    await until(() => a.libp2p.getConnections().length === 1, 'connected')
    const started = Date.now()
    await a.libp2p.stop()
    assert.ok(Date.now() - started < 2_000)
    await peer.ended()
    const b = await node(t, same)
    assert.equal(b.port(), port)
  })

  it('a listener listens once', async (t) => {
    const a = await node(t)
    const listener = a.transport.createListener({ upgrader: {} as never })
    await listener.listen(multiaddr('/ip4/127.0.0.1/tcp/0/ergo'))
    await assert.rejects(listener.listen(multiaddr('/ip4/127.0.0.1/tcp/0/ergo')), { code: 'ALREADY_LISTENING' })
    await listener.close()
    assert.deepEqual(listener.getAddrs(), [])
    await assert.rejects(a.transport.createListener({ upgrader: {} as never }).listen(multiaddr('/ip4/1.2.3.4/tcp/1')), {
      code: 'ADDRESS_INVALID'
    })
  })
})

describe('endings', () => {
  it('FIN right after bytes: bytes first, then a close without an error', async (t) => {
    const a = await node(t, LISTEN)
    const peer = await RawPeer.connect(t, a.port())
    await until(() => a.libp2p.getConnections().length === 1 && a.streams.length === 1, 'stream')
    const error = closeError(a.libp2p.getConnections()[0]!)
    peer.socket.end(new Uint8Array(50_000))
    assert.equal(await error, undefined)
    assert.equal(total(a.received), 50_000)
    assert.equal(a.streams[0]!.status, 'closed')
    await until(() => a.transport.inbound.total === 0, 'socket gone')
  })

  it('FIN while we have unsent bytes for a peer that does not read: the socket is not held for ever', async (t) => {
    const a = await node(t, LISTEN, { closeLingerMs: 50 })
    const peer = await RawPeer.connect(t, a.port())
    peer.socket.pause()
    await until(() => a.streams.length === 1, 'stream')
    a.streams[0]!.send(new Uint8Array(20_000_000))
    peer.socket.end()
    await until(() => a.transport.inbound.total === 0, 'socket gone')
  })

  it('a reset shows its code on the connection', async (t) => {
    const a = await node(t, LISTEN)
    const peer = await RawPeer.connect(t, a.port())
    await until(() => a.streams.length === 1, 'stream')
    const error = closeError(a.libp2p.getConnections()[0]!)
    peer.socket.resetAndDestroy()
    assert.equal(((await error) as { code?: string } | undefined)?.code, 'ECONNRESET')
  })

  it('closing the stream or the connection is a FIN after all bytes, aborting is a reset', async (t) => {
    const a = await node(t, LISTEN)
    const peers = [await RawPeer.connect(t, a.port()), await RawPeer.connect(t, a.port()), await RawPeer.connect(t, a.port())]
    await until(() => a.streams.length === 3, 'streams')
    const connections = a.libp2p.getConnections()
    a.streams[0]!.send(new Uint8Array(2_000_000))
    await a.streams[0]!.close()
    connections[1]!.streams[0]!.send(new Uint8Array(100))
    await connections[1]!.close()
    connections[2]!.abort(new Error('enough'))
    const ends = await Promise.all(peers.map((peer) => peer.ended()))
    assert.deepEqual(ends.sort(), ['fin', 'fin', 'reset'])
    assert.equal(
      peers.reduce((n, peer) => n + total(peer.chunks), 0),
      2_000_100
    )
    await until(() => a.libp2p.getConnections().length === 0, 'no connection left')
  })

  it('silence both ways ends the connection; while we pause, silence is ours', async (t) => {
    const a = await node(t, LISTEN, { idleTimeoutMs: 60 })
    const silent = await RawPeer.connect(t, a.port())
    await until(() => a.streams.length === 1, 'stream')
    const error = closeError(a.libp2p.getConnections()[0]!)
    assert.equal(((await error) as { code?: string } | undefined)?.code, 'IDLE_TIMEOUT')
    await silent.ended()
    const paused = await RawPeer.connect(t, a.port())
    await until(() => a.streams.length === 2, 'stream')
    a.streams[1]!.pause()
    await sleep(200)
    assert.equal(paused.end, undefined)
    a.streams[1]!.resume()
    await paused.ended()
  })

  it('bytes that nobody reads are bounded: the connection is reset', async (t) => {
    const a = await node(t, LISTEN)
    await a.libp2p.unhandle(PROTOCOL)
    await a.libp2p.handle(PROTOCOL, () => {})
    const peer = await RawPeer.connect(t, a.port())
    for (let i = 0; i < 50; i++) peer.send(new Uint8Array(100_000))
    await peer.ended()
    assert.equal(a.transport.inbound.total, 0)
  })
})

describe('back-pressure', () => {
  it('a reader that pauses stops the writer, and loses nothing', async (t) => {
    const a = await node(t, LISTEN)
    const b = await node(t)
    const connection = await b.libp2p.dial(ergoDialAddress('test', '127.0.0.1', a.port()))
    const stream = await connection.newStream(PROTOCOL)
    const chunk = new Uint8Array(65_536)
    let sent = 0
    const limit = 64 << 20
    const pump = (): void => {
      while (sent < limit && !stream.writableNeedsDrain) {
        stream.send(chunk)
        sent += chunk.length
      }
    }
    stream.addEventListener('drain', pump)
    stream.send(chunk.subarray(0, 1))
    await until(() => a.streams.length === 1 && a.received.length === 1, 'stream')
    a.streams[0]!.pause()
    pump()
    await sleep(150)
    const stopped = sent
    await sleep(100)
    assert.equal(sent, stopped, 'the writer waits')
    assert.ok(stopped < 24 << 20, `${stopped} bytes in flight`)
    assert.ok(a.streams[0]!.readBufferLength <= 1 << 20)
    assert.ok(stream.writeBufferLength <= 1 << 20)
    // Pausing from inside the handler, over and over.
    const reader = a.streams[0]!
    reader.addEventListener('message', () => {
      queueMicrotask(() => {
        if (reader.readStatus !== 'readable') return
        reader.pause()
        setImmediate(() => {
          if (reader.readStatus === 'paused') reader.resume()
        })
      })
    })
    reader.resume()
    await until(() => total(a.received) === limit + 1, 'everything', 20_000)
    assert.equal(reader.status, 'open')
  })
})
