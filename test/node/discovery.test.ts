/** Whole nodes find each other through one that all of them know. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { until } from '../support/libp2p-node.ts'
import { type LoopbackNode, loopbackNode } from '../support/loopback-node.ts'
import { devnet } from '../support/mine-headers.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A node that says where it can be dialled. */
async function declared(t: TestContext, flags: Readonly<Record<string, string | boolean | string[]>>): Promise<LoopbackNode> {
  const port = await freePort()
  return await loopbackNode(t, { flags: { listen: `127.0.0.1:${port}`, announce: `127.0.0.1:${port}`, ...flags } })
}

const known = ({ node }: LoopbackNode): number[] =>
  node.services.peers
    .known()
    .map((r) => r.port)
    .sort()

describe('discovery', () => {
  it('two nodes that know a third only end up with a session between them', async (t) => {
    const seed = await declared(t, {})
    const peer = [`127.0.0.1:${seed.port}`]
    const first = await declared(t, { peer })
    await until(() => seed.node.services.session.all().length === 1, 'first at the seed')
    const second = await declared(t, { peer })
    // The seed dialled neither of them: that it tells one of the other rests on where they came from.
    await until(() => second.node.services.session.all().length === 2, 'second with the seed and the first', 10_000)
    assert.deepEqual(known(second), [seed.port, first.port].sort())
    assert.deepEqual(seed.faults.concat(first.faults, second.faults), [])
  })

  it('where private addresses are not allowed none is told, kept or dialled', async (t) => {
    const seed = await declared(t, { 'allow-local': false })
    const visitor = await declared(t, { peer: [`127.0.0.1:${seed.port}`] })
    await until(() => seed.node.services.session.all().length === 1, 'session')
    const asker = await ScriptedPeer.dial(t, seed.port, { magic: devnet.magic, localAddress: '127.0.0.2' })
    const told = { agentName: 'x', version: { major: 6, minor: 0, patch: 4 }, nodeName: '', features: [] }
    asker.send({
      type: 'Peers',
      peers: ['192.168.7.7', '10.1.1.1', '127.0.0.9', '169.254.1.1'].map((ip) => ({
        ...told,
        declaredAddress: { ip, port: 9030 }
      }))
    })
    asker.send({ type: 'GetPeers' })
    assert.deepEqual((await asker.waitFor('Peers')).peers, [])
    assert.deepEqual(known(seed), [])
    assert.equal(seed.node.services.peers.snapshot().dialing, 0)
    assert.deepEqual(seed.node.services.peers.bans(), [])
    assert.equal(visitor.node.services.session.all().length, 1)
  })
})
