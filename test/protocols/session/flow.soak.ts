/** Minutes of what the short tests do in milliseconds: nothing may grow with time. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import type { Inv } from '../../../src/wire/index.ts'
import { sleep, testNode, until } from '../../support/libp2p-node.ts'
import { rawHandshake } from '../../support/raw-peer.ts'

const MIB = 1 << 20
const PAUSE_MS = 60_000
const CHURN_ROUNDS = 400
const CHURN_WIDTH = 50

const inv: Inv = { type: 'Inv', typeId: 2, ids: Array.from({ length: 400 }, (_, i) => new Uint8Array(32).fill(i)) }

/** Heap in use after a collection, as far as this process may ask for one. */
function heapUsed(): number {
  ;(globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().heapUsed
}

for (const carrier of ['native', 'yamux'] as const) {
  describe(`a minute behind a reader that does not read, over ${carrier}`, () => {
    it('queue and memory stay where they are', async (t) => {
      const a = await testNode(t, { carrier, listen: true })
      const b = await testNode(t, { carrier, limits: { stallTimeoutMs: 10 * PAUSE_MS } })
      a.sessions.router.on('GetPeers', () => sleep(PAUSE_MS))
      let heard = 0
      a.sessions.router.on('Inv', () => void heard++)
      const session = await b.sessions.connect(a.address)
      session.send({ type: 'GetPeers' })
      const end = Date.now() + PAUSE_MS - 2_000
      let baseline = 0
      let peak = 0
      let rounds = 0
      while (Date.now() < end) {
        for (let i = 0; i < 50; i++) session.send(inv, { droppable: true })
        await sleep(5)
        if (++rounds === 400) baseline = process.memoryUsage().rss
        assert.ok(session.sendQueueBytes <= MIB, `queue of ${session.sendQueueBytes} bytes`)
        assert.ok(a.sessions.receivedBytes <= 4 * MIB, `${a.sessions.receivedBytes} bytes received`)
        if (baseline > 0) peak = Math.max(peak, process.memoryUsage().rss)
      }
      assert.ok(session.counters.droppedOut > 0)
      assert.ok(peak - baseline < 64 * MIB, `grew by ${peak - baseline} bytes`)
      const { messagesOut } = session.counters
      await until(() => heard === messagesOut - 1, 'everything that was queued is heard in the end', 30_000)
    })
  })
}

describe('20,000 connections that come and go', () => {
  it('memory and tables stay where they are', async (t) => {
    const a = await testNode(t, { listen: true })
    let baseline = 0
    for (let round = 0; round < CHURN_ROUNDS; round++) {
      const peers = Array.from({ length: CHURN_WIDTH }, () => connect({ port: a.port, host: '127.0.0.1' }))
      for (const socket of peers) socket.resume().write(rawHandshake())
      await until(() => a.sessions.all().length === CHURN_WIDTH, 'all in')
      for (const socket of peers) socket.destroy()
      await until(() => a.sessions.all().length === 0, 'all out')
      a.opened.length = 0
      a.closed.length = 0
      if (round === CHURN_ROUNDS / 4) baseline = heapUsed()
    }
    await until(() => a.sessions.tableSizes.goneRecords === 0, 'records swept')
    assert.equal((await a.node.peerStore.all()).length <= 1, true)
    const grown = heapUsed() - baseline
    assert.ok(grown < 48 * MIB, `heap grew by ${grown} bytes`)
  })
})
