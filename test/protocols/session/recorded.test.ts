/** Byte streams recorded between reference nodes of the testnet, played to a session. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MessageType } from '../../../src/wire/index.ts'
import { ergoDialAddress } from '../../../transports/ergo-tcp/index.ts'
import type { TestNode } from '../../support/libp2p-node.ts'
import { testNode, until } from '../../support/libp2p-node.ts'
import { RawPeer, rawServer } from '../../support/raw-peer.ts'
import { missing, readBytes, readJson, shared } from '../../support/vectors.ts'

const TESTNET_MAGIC = Uint8Array.of(2, 3, 2, 3)
const TYPES: MessageType[] = ['GetPeers', 'Peers', 'RequestModifier', 'Modifiers', 'Inv', 'SyncInfo']

interface Recording {
  file: string
  direction: string
  countsByCode: Record<string, number>
  strayBytes?: unknown
}

function countMessages(node: TestNode): Map<MessageType, number> {
  const counts = new Map<MessageType, number>()
  for (const type of TYPES) node.sessions.router.on(type, () => void counts.set(type, (counts.get(type) ?? 0) + 1))
  return counts
}

describe('recorded streams', { skip: missing('p2p/index.json') }, () => {
  it('what a reference server sent is read to its last byte, in chunks of any size', async (t) => {
    for (const file of ['p2p/tcp59738-server-to-client.bin', 'p2p/tcp60270-server-to-client.bin']) {
      const bytes = readBytes(shared(file))
      const server = await rawServer(t, (peer) => {
        for (let at = 0, i = 1; at < bytes.length; i++) {
          const size = (i * 397) % 1_500
          peer.send(bytes.subarray(at, at + size))
          at += size
        }
      })
      const node = await testNode(t, { session: { magic: TESTNET_MAGIC } })
      const counts = countMessages(node)
      const session = await node.sessions.connect(ergoDialAddress('test', '127.0.0.1', server.port))
      assert.equal(session.peer.agentName, 'ergoref')
      assert.equal(session.peer.nodeName, 'ergo-testnet-6.0.3')
      assert.deepEqual(session.address, { ip: '213.239.193.208', port: 9023 })
      await until(() => session.counters.messagesIn === 33, '33 frames')
      assert.deepEqual(Object.fromEntries(counts), { SyncInfo: 7, Inv: 22, Modifiers: 3, Peers: 1 })
      const handshakeBytes = 66
      assert.equal(session.counters.bytesIn, bytes.length - handshakeBytes)
      assert.equal(session.counters.unknownIn, 0)
      assert.deepEqual(node.penalties, [])
    }
  })

  it('a client that puts a checksum behind an empty payload is caught right there', async (t) => {
    const index = readJson<{ streams?: Recording[] } | Recording[]>(shared('p2p/index.json'))
    const streams = Array.isArray(index) ? index : (index.streams ?? [])
    const faulty = streams.filter((s) => s.strayBytes !== undefined)
    assert.ok(faulty.length > 0)
    for (const { file } of faulty) {
      const node = await testNode(t, { listen: true, session: { magic: TESTNET_MAGIC } })
      countMessages(node)
      const peer = await RawPeer.connect(t, node.port)
      peer.send(readBytes(shared(`p2p/${file.replace(/^p2p\//, '')}`)))
      await until(() => node.closed.length === 1, 'closed')
      assert.deepEqual(
        node.penalties.map((p) => p.kind),
        ['permanent']
      )
      assert.equal((node.closed[0]!.reason.error as { code?: string }).code, 'FRAME_MAGIC')
    }
  })
})
