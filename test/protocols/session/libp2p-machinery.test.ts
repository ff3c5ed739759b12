/** The parts of libp2p that were not made for connections like ours. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, it } from 'node:test'
import type { CounterGroup, Metrics } from '@libp2p/interface'
import { NATIVE_MULTIPLEXER } from '../../../protocols/session/index.ts'
import { ergoDialAddress, NATIVE_MUXER } from '../../../transports/ergo-tcp/index.ts'
import { sleep, TEST_CARRIERS, testNode, until } from '../../support/libp2p-node.ts'
import { RawPeer, rawHandshake, rawServer } from '../../support/raw-peer.ts'
import { projectRoot } from '../../support/vectors.ts'

/** A metrics component that counts, as a stock one would. */
function countingMetrics(): { metrics: () => Metrics; counts: Map<string, number> } {
  const counts = new Map<string, number>()
  const group = (name: string): CounterGroup => ({
    increment: (values: Record<string, number | unknown>) => {
      for (const key of Object.keys(values)) counts.set(`${name}:${key}`, (counts.get(`${name}:${key}`) ?? 0) + 1)
    },
    reset: () => {}
  })
  const metric = {
    update: () => {},
    increment: () => {},
    decrement: () => {},
    reset: () => {},
    timer: () => () => {},
    observe: () => {}
  }
  const metrics = {
    trackMultiaddrConnection: () => {},
    trackProtocolStream: () => {},
    registerCounterGroup: group,
    registerCounter: () => metric,
    registerMetric: () => metric,
    registerMetricGroup: () => metric,
    registerHistogram: () => metric,
    registerHistogramGroup: () => metric,
    registerSummary: () => metric,
    registerSummaryGroup: () => metric,
    traceFunction: (_: string, fn: unknown) => fn,
    createTrace: () => undefined
  }
  return { metrics: () => metrics as unknown as Metrics, counts }
}

describe('libp2p machinery', () => {
  it('both rooms mean the same multiplexer', () => {
    assert.equal(NATIVE_MULTIPLEXER, NATIVE_MUXER)
  })

  it('connection monitor: native connections stay open', async (t) => {
    const libp2p = { connectionMonitor: { pingInterval: 30 } }
    const a = await testNode(t, { listen: true, libp2p })
    const b = await testNode(t, { libp2p })
    const session = await b.sessions.connect(a.address)
    await sleep(400)
    assert.equal(session.closed, undefined)
    assert.equal(b.node.getConnections()[0]!.status, 'open')
    assert.ok((b.node.getConnections()[0]!.rtt ?? -1) >= 0, 'the monitor did look')
  })

  it('early handshake bytes survive a slow gater, with metrics on', async (t) => {
    const { metrics, counts } = countingMetrics()
    const a = await testNode(t, {
      listen: true,
      libp2p: {
        metrics,
        connectionGater: {
          denyInboundConnection: async () => {
            await sleep(100)
            return false
          }
        }
      }
    })
    const peer = await RawPeer.connect(t, a.port)
    peer.send(rawHandshake())
    await until(() => a.opened.length === 1, 'session')
    assert.equal(counts.get('ergo_tcp_events_total:accepted'), 1)
  })

  it('gater hooks see native connections', async (t) => {
    const a = await testNode(t, { listen: true, libp2p: { connectionGater: { denyInboundConnection: () => true } } })
    const b = await testNode(t, {})
    await assert.rejects(b.sessions.connect(a.address))
    assert.equal(a.opened.length, 0)
    const c = await testNode(t, { libp2p: { connectionGater: { denyDialMultiaddr: () => true } } })
    await assert.rejects(c.sessions.connect(a.address), { name: 'DialDeniedError' })
  })

  it('a second dial of a connected address opens no second socket', async (t) => {
    const server = await rawServer(t, (peer) => peer.send(rawHandshake()))
    const b = await testNode(t, {})
    const address = ergoDialAddress('test', '127.0.0.1', server.port)
    const [first, second] = await Promise.all([b.sessions.connect(address), b.sessions.connect(address)])
    const third = await b.sessions.connect(address)
    assert.equal(first, second)
    assert.equal(first, third)
    assert.equal(server.peers.length, 1)
  })

  it('a refused handshake is what connect() throws', async (t) => {
    const server = await rawServer(t, (peer) => peer.send(rawHandshake({ magic: Uint8Array.of(1, 0, 2, 4) })))
    const b = await testNode(t, {})
    await assert.rejects(b.sessions.connect(ergoDialAddress('test', '127.0.0.1', server.port)), {
      name: 'SessionRefusedError',
      code: 'OTHER_NETWORK'
    })
    const silent = await rawServer(t)
    const signal = AbortSignal.timeout(50)
    await assert.rejects(b.sessions.connect(ergoDialAddress('test', '127.0.0.1', silent.port), { signal }), {
      name: 'TimeoutError'
    })
    const shy = await rawServer(t, (peer) => peer.socket.end())
    await assert.rejects(b.sessions.connect(ergoDialAddress('test', '127.0.0.1', shy.port)))
  })

  for (const carrier of TEST_CARRIERS) {
    it(`dialling ourselves over ${carrier} gives no session`, async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      await assert.rejects(a.sessions.connect(a.address))
      assert.equal(a.opened.length, 0)
      if (carrier !== 'native') return
      await until(() => a.refused.length === 2, 'both ends refuse')
      assert.ok(a.refused.some((r) => r.refusal.code === 'SELF'))
    })
  }

  it('two libp2p connections of one peer: one session', async (t) => {
    const a = await testNode(t, { carrier: 'yamux', listen: true })
    const b = await testNode(t, { carrier: 'yamux' })
    await b.sessions.connect(a.address)
    await b.node.dial(a.address, { force: true })
    await until(() => a.refused.length + b.refused.length > 0, 'second refused')
    await sleep(20)
    assert.deepEqual([a.sessions.all().length, b.sessions.all().length], [1, 1])
  })

  it('a stock libp2p peer, to which our address code is unknown, can identify us', async (t) => {
    // In a process of its own: the table of address codes is one per process.
    const a = await testNode(t, { carrier: 'yamux', listen: true, libp2p: {} })
    const native = ['/ip4/127.0.0.1/tcp/0/ergo']
    await (
      a.node as unknown as { components: { transportManager: { listen(a: unknown[]): Promise<void> } } }
    ).components.transportManager.listen(
      await import('@multiformats/multiaddr').then(({ multiaddr }) => native.map((ma) => multiaddr(ma)))
    )
    const script = `
      Promise.withResolvers ??= function () { let resolve, reject; const promise = new this((a, b) => { resolve = a; reject = b }); return { promise, resolve, reject } }
      const { createLibp2p } = await import('libp2p')
      const { tcp } = await import('@libp2p/tcp')
      const { noise } = await import('@chainsafe/libp2p-noise')
      const { yamux } = await import('@chainsafe/libp2p-yamux')
      const { identify } = await import('@libp2p/identify')
      const { multiaddr } = await import('@multiformats/multiaddr')
      const node = await createLibp2p({ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()], services: { identify: identify() } })
      node.addEventListener('peer:identify', (event) => {
        console.log(JSON.stringify(event.detail.protocols))
        process.exit(0)
      })
      await node.dial(multiaddr(process.argv[1]))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, a.address.toString()], { cwd: projectRoot })
    t.after(() => child.kill())
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    const timer = setTimeout(() => child.kill(), 15_000)
    await new Promise((resolve) => child.once('close', resolve))
    clearTimeout(timer)
    assert.ok(output.includes(a.sessions.protocol), `identified: ${output} ${errors}`)
  })
})
