/** What a node says of itself, by whom it says it to. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { localAddressFor } from '../../src/node/stack-settings.ts'
import { localAddressOf, modeOf, restApiUrlOf, sessionOf } from '../../src/wire/index.ts'
import { ergoMultiaddr } from '../../transports/ergo-tcp/index.ts'
import { until } from '../support/libp2p-node.ts'
import { loopbackNode } from '../support/loopback-node.ts'
import { devnet } from '../support/mine-headers.ts'
import { rawServer } from '../support/raw-peer.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

describe('our handshake', () => {
  it('to a peer on this machine has mode, session and the local address, in the order of the reference', async (t) => {
    const { port } = await loopbackNode(t)
    const peer = await ScriptedPeer.dial(t, port, { magic: devnet.magic, localAddress: '127.0.0.9' })
    const spec = peer.handshake!.peer
    assert.deepEqual(
      spec.features.map((f) => f.kind),
      ['mode', 'session', 'localAddress']
    )
    assert.deepEqual(localAddressOf(spec)?.address, { ip: '127.0.0.1', port })
    assert.deepEqual(sessionOf(spec)?.magic, devnet.magic)
    assert.equal(modeOf(spec)?.blocksToKeep, -1)
    assert.equal(spec.declaredAddress, undefined)
    assert.equal(restApiUrlOf(spec), undefined)
  })

  it('tells the declared address when there is one', async (t) => {
    const { port } = await loopbackNode(t, { flags: { announce: '203.0.113.7:9030' } })
    const peer = await ScriptedPeer.dial(t, port, { magic: devnet.magic })
    assert.deepEqual(peer.handshake!.peer.declaredAddress, { ip: '203.0.113.7', port: 9030 })
  })

  it('has no local address where no native peer can dial us', async (t) => {
    const server = await rawServer(t)
    await loopbackNode(t, { flags: { listen: [], 'only-peer': [`127.0.0.1:${server.port}`] } })
    await until(() => (server.peers[0]?.chunks.length ?? 0) > 0, 'our handshake')
    assert.deepEqual(
      server.peers[0]!.read()!.handshake.peer.features.map((f) => f.kind),
      ['mode', 'session']
    )
  })
})

describe('the local address for a peer', () => {
  const listening = ['127.0.0.1', '10.1.2.3', '192.168.7.5', '192.168.1.5', '8.8.4.4', 'fd00::1'].map((ip) =>
    ergoMultiaddr(ip, 9030)
  )
  const cases: Array<[remote: string, local: string | undefined]> = [
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.77', '127.0.0.1'],
    ['192.168.1.77', '192.168.1.5'],
    ['192.168.7.200', '192.168.7.5'],
    ['10.200.0.1', '10.1.2.3'],
    ['169.254.1.1', undefined],
    ['::1', undefined]
  ]
  for (const [remote, local] of cases) {
    it(`at ${remote}: ${local ?? 'none'}`, () => {
      assert.deepEqual(localAddressFor(remote, listening), local === undefined ? undefined : { ip: local, port: 9030 })
    })
  }
  it('is that of an interface of its own network only', () => {
    assert.equal(localAddressFor('127.0.0.1', [ergoMultiaddr('10.1.2.3', 1)]), undefined)
    assert.equal(localAddressFor('10.0.0.1', []), undefined)
  })
})
