import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { collectProcessMetrics, createMetrics, type Readiness, TelemetryServer } from '../../src/telemetry/index.ts'

describe('telemetry server', () => {
  const metrics = createMetrics()
  let readiness: Readiness = { ready: false, phase: 'headers', reasons: ['no peers'] }
  const init = { host: '127.0.0.1', port: 0, registry: metrics.registry, readiness: () => readiness }
  const server = new TelemetryServer(init)
  const url = (path: string): string => `http://127.0.0.1:${server.port}${path}`
  before(() => server.start())
  after(() => server.stop())

  it('serves metrics in the format of Prometheus', async () => {
    metrics.chain.height.set({ kind: 'header' }, 1_795_968)
    metrics.peers.messages.inc({ direction: 'in', message: 'Inv' })
    const response = await fetch(url('/metrics'))
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    assert.match(text, /^ergo_height\{kind="header"\} 1795968$/m)
    assert.match(text, /^ergo_messages_total\{direction="in",message="Inv"\} 1$/m)
    for (const line of text.split('\n')) assert.match(line, /^(#.*|ergo_.*|)$/)
  })

  it('tells alive from ready, and why not', async () => {
    assert.equal((await fetch(url('/health/live'))).status, 200)
    const waiting = await fetch(url('/health/ready'))
    assert.equal(waiting.status, 503)
    assert.deepEqual(await waiting.json(), readiness)
    readiness = { ready: true, phase: 'synced', reasons: [] }
    assert.equal((await fetch(url('/health/ready?x=1'))).status, 200)
  })

  it('answers nothing else', async () => {
    assert.equal((await fetch(url('/'))).status, 404)
    const post = await fetch(url('/metrics'), { method: 'POST', body: 'x' })
    assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD'])
    const head = await fetch(url('/health/live'), { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text()], [200, ''])
  })

  it('names the address that it cannot have, and stops with idle connections open', async () => {
    const second = new TelemetryServer({ ...init, port: server.port! })
    await assert.rejects(second.start(), { code: 'TELEMETRY_LISTEN', message: new RegExp(`port ${server.port}: .*EADDRINUSE`) })
    await second.stop()
    const third = new TelemetryServer(init)
    await third.start()
    const idle = connect(third.port!, '127.0.0.1')
    await new Promise((resolve) => idle.once('connect', resolve))
    const closed = new Promise((resolve) => idle.once('close', resolve))
    idle.on('error', () => {})
    await third.stop()
    await closed
    assert.equal(third.port, undefined)
  })
})

describe('metrics', () => {
  it('of two nodes in one process share nothing', async () => {
    const [a, b] = [createMetrics(), createMetrics()]
    a.chain.blocksApplied.inc(3)
    assert.match(await a.registry.metrics(), /^ergo_blocks_applied_total 3$/m)
    assert.match(await b.registry.metrics(), /^ergo_blocks_applied_total 0$/m)
  })

  it('of the process hold memory and lag, and let the process end', async () => {
    const { registry } = createMetrics()
    const stop = collectProcessMetrics(registry)
    await new Promise((resolve) => setTimeout(resolve, 80))
    const text = await registry.metrics()
    assert.match(text, /^ergo_process_memory_bytes\{kind="rss"\} \d+/m)
    assert.match(text, /^ergo_event_loop_lag_seconds\{quantile="0\.99"\} 0\.\d+/m)
    stop()
  })
})
