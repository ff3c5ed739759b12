/** What a reference node said, played to a node that fetches sections. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesEqual, toHex } from '../../../src/bytes/index.ts'
import { scanHeader } from '../../../src/chain/index.ts'
import { type Message, ModifierType } from '../../../src/wire/index.ts'
import { FakeBlockSink, SECTION_TYPES, type SinkBlock, sinkBlock } from '../../support/block-sink.ts'
import { until } from '../../support/libp2p-node.ts'
import { RecordedServer } from '../../support/recorded-server.ts'
import { sectionNode } from '../../support/section-node.ts'
import { missing } from '../../support/vectors.ts'
import { DEVNET_MAGIC, devnetStreams } from '../../wire/streams.ts'

/** Blocks of which a conversation holds the header and all sections, by height. */
function blocksIn(messages: readonly Message[]): SinkBlock[] {
  const objects = new Map<string, Uint8Array>()
  const headers: Uint8Array[] = []
  for (const message of messages) {
    if (message.type !== 'Modifiers') continue
    for (const { id, bytes } of message.modifiers) {
      if (message.typeId === ModifierType.Header) headers.push(bytes)
      else objects.set(toHex(id), bytes)
    }
  }
  const blocks: SinkBlock[] = []
  for (const bytes of headers) {
    const { transactionsId, extensionId, adProofsId } = scanHeader(bytes)
    const [tx, ext, proofs] = [transactionsId, extensionId, adProofsId].map((id) => objects.get(toHex(id)))
    if (tx !== undefined && ext !== undefined && proofs !== undefined) blocks.push(sinkBlock(bytes, tx, ext, proofs))
  }
  return blocks.sort((a, b) => a.height - b.height)
}

const serverBytes = (name: string): Uint8Array => devnetStreams(name).find((s) => s.direction === 'server-to-client')!.bytes

describe('recorded conversations', () => {
  it('follow-tip-and-mempool: twelve blocks announced, fetched and complete', async (t) => {
    let onHeader: (bytes: Uint8Array) => void = () => {}
    const server = await RecordedServer.listen(t, {
      magic: DEVNET_MAGIC,
      bytes: serverBytes('follow-tip-and-mempool'),
      onRequest: SECTION_TYPES,
      // Headers and transactions are for other services: nobody here asks for them.
      leaveOut: (message) => {
        if (message.type !== 'Modifiers') return false
        if (message.typeId === ModifierType.Header) for (const { bytes } of message.modifiers) onHeader(bytes)
        return !(SECTION_TYPES as readonly number[]).includes(message.typeId)
      }
    })
    const blocks = blocksIn(server.messages)
    assert.deepEqual(
      blocks.map((b) => b.height),
      Array.from({ length: 12 }, (_, i) => 1061 + i)
    )
    const sink = new FakeBlockSink(blocks, { known: 0, from: 1061 })
    onHeader = (bytes) => {
      const { id } = scanHeader(bytes)
      sink.learn(blocks.find((b) => bytesEqual(b.header.id, id))!)
    }
    const node = await sectionNode(t, sink)
    await node.dial(server)
    await until(() => server.done && sink.height === 1072, 'the conversation to end')
    assert.deepEqual(node.penalties, [])
    assert.deepEqual(node.faults, [])
    assert.equal(sink.known, 0)
    const sections = node.sections.counters
    assert.deepEqual([sections.received, sections.duplicates, sections.unrequested], [36, 0, 0])
    for (const typeId of SECTION_TYPES) assert.equal(server.asked.get(typeId)?.size, 12)
  })

  it('headers-and-sections: heights 640 to 700, three types', {
    skip: missing('devnet/v4/p2p/headers-and-sections.frames.json')
  }, async (t) => {
    const server = await RecordedServer.listen(t, {
      magic: DEVNET_MAGIC,
      bytes: serverBytes('headers-and-sections'),
      onRequest: [],
      cut: SECTION_TYPES,
      leaveOut: (message) => message.type === 'Modifiers'
    })
    const blocks = blocksIn(server.messages)
    assert.deepEqual([blocks.length, blocks[0]!.height, blocks.at(-1)!.height], [61, 640, 700])
    const sink = new FakeBlockSink(blocks, { from: 640 })
    const node = await sectionNode(t, sink)
    await node.dial(server)
    await until(() => server.done && sink.height === 700, 'the conversation to end')
    assert.deepEqual(node.penalties, [])
    assert.deepEqual(node.faults, [])
    assert.deepEqual([node.sections.counters.received, node.sections.counters.unrequested], [183, 0])
    for (const { count } of server.requests) assert.ok(count <= 64)
  })
})
