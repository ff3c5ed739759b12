import assert from 'node:assert/strict'
import { it } from 'node:test'
import { until } from '../support/libp2p-node.ts'
import { loopbackNode } from '../support/loopback-node.ts'
import { devnet } from '../support/mine-headers.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

it('half an hour without a block at the tip is told, and is no stall: the node stays synced and ready', async (t) => {
  let ahead = 0
  const { node, port, lines } = await loopbackNode(t, { now: () => Date.now() + ahead })
  const peer = await ScriptedPeer.dial(t, port, { magic: devnet.magic })
  peer.send({ type: 'SyncInfo', version: 2, headers: [] })
  await until(() => node.phase === 'synced', 'synced')
  await until(
    () => {
      // Something in between, else the connection is closed for its silence.
      peer.send({ type: 'GetPeers' })
      ahead += 20_000
      return lines.some((line) => line.includes('no-new-block'))
    },
    'the line',
    20_000
  )
  assert.match(lines.find((line) => line.includes('no-new-block'))!, /no-new-block: no new block for \d+ s; keeps listening/)
  assert.equal(node.phase, 'synced')
  assert.deepEqual(node.readiness(), { ready: true, phase: 'synced', reasons: [] })
  assert.equal(peer.closed, false)
})
