import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeFrame } from '../../src/wire/index.ts'
import { until } from '../support/libp2p-node.ts'
import { loopbackNode } from '../support/loopback-node.ts'
import { devnet } from '../support/mine-headers.ts'
import { RawPeer } from '../support/raw-peer.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

describe('metrics of a node', () => {
  it('count messages and bytes by direction and type, and sockets by what became of them', async (t) => {
    const whole = await loopbackNode(t, { flags: { 'max-inbound-per-ip': '2' } })
    const peer = await ScriptedPeer.dial(t, whole.port, { magic: devnet.magic })
    for (let i = 0; i < 3; i++) peer.write(encodeFrame(devnet.magic, 1, new Uint8Array(0)))
    for (const code of [100, 101]) peer.write(encodeFrame(devnet.magic, code, new Uint8Array(10)))
    // Nobody here speaks of snapshots yet, and the question is counted all the same.
    peer.write(encodeFrame(devnet.magic, 76, new Uint8Array(0)))
    await peer.waitFor('Peers')
    const silent = [await RawPeer.connect(t, whole.port), await RawPeer.connect(t, whole.port)]
    await until(() => silent.some((p) => p.end !== undefined), 'one too many')

    const value = async (name: string, labels: string): Promise<number | undefined> => {
      const text = await whole.node.metrics.registry.metrics()
      const line = text.split('\n').find((l) => l.startsWith(`ergo_${name}{${labels}} `))
      return line === undefined ? undefined : Number(line.split(' ').at(-1))
    }
    await until(async () => (await value('messages_total', 'direction="in",message="unknown"')) === 2, 'counted')
    assert.equal(await value('messages_total', 'direction="in",message="GetPeers"'), 3)
    assert.equal(await value('message_bytes_total', 'direction="in",message="GetPeers"'), 27)
    assert.equal(await value('message_bytes_total', 'direction="in",message="unknown"'), 46)
    assert.equal(await value('messages_total', 'direction="in",message="GetSnapshotsInfo"'), 1)
    assert.ok((await value('messages_total', 'direction="out",message="Peers"'))! >= 1)
    assert.equal(await value('sockets_total', 'carrier="native",event="accepted"'), 2)
    assert.equal(await value('sockets_total', 'carrier="native",event="refused_ip_limit"'), 1)
    assert.equal(await value('handshakes_total', 'outcome="ok"'), 1)
    // Every second look adds what is new, and nothing twice.
    peer.write(encodeFrame(devnet.magic, 1, new Uint8Array(0)))
    await until(async () => (await value('messages_total', 'direction="in",message="GetPeers"')) === 4, 'one more')
    assert.equal(await value('messages_total', 'direction="in",message="unknown"'), 2)
  })
})
