import assert from 'node:assert/strict'
import { encodeFrame, encodeMessage, type Modifiers, messageCode } from '../../../src/wire/index.ts'
import { TEST_MAGIC, type TestCarrier, testNode } from '../../../test/support/libp2p-node.ts'
import type { TimedCase } from '../../harness.ts'
import { type Cleanup, cleanup, plainSockets } from './loopback.ts'

/** As many headers as one `Modifiers` message carries in header sync, of the size that headers have since version 2. */
const HEADERS = 400
const HEADER_BYTES = 219

const message: Modifiers = {
  type: 'Modifiers',
  typeId: 101,
  modifiers: Array.from({ length: HEADERS }, (_, i) => ({
    id: new Uint8Array(32).fill(i),
    bytes: new Uint8Array(HEADER_BYTES).map((_, j) => i * j)
  }))
}

/** Sends the message `n` times from session to session: encoded, hashed, framed; checked, decoded, routed. */
async function sessions(carrier: TestCarrier, done: Cleanup): Promise<(n: number) => Promise<number>> {
  const a = await testNode(done.context, { carrier, listen: true })
  const b = await testNode(done.context, { carrier })
  let received = 0
  let target = 0
  let finish: () => void = () => {}
  a.sessions.router.on('Modifiers', (_, got) => {
    received += got.modifiers.length
    if (received >= target) finish()
  })
  const session = await b.sessions.connect(a.address)
  return async (n) => {
    received = 0
    target = n * HEADERS
    const all = new Promise<void>((resolve) => {
      finish = resolve
    })
    for (let i = 0; i < n; i++) {
      session.send(message)
      if (session.sendQueueBytes > 1 << 20) await session.drained()
    }
    await all
    return received
  }
}

export const bench: TimedCase = {
  name: 'wire/frames',
  workload: `Modifiers of ${HEADERS} headers (${encodeMessage(message).length} bytes) from session to session on loopback, both ends in one process: encoded and hashed by the sender, checked and decoded by the receiver`,
  async setup() {
    const done = cleanup()
    const frame = encodeFrame(TEST_MAGIC, messageCode('Modifiers'), encodeMessage(message))
    const native = await sessions('native', done)
    const yamux = await sessions('yamux', done)
    const plain = await plainSockets(frame, done)
    return {
      async verify() {
        assert.equal(await native(3), 3 * HEADERS)
        assert.equal(await yamux(3), 3 * HEADERS)
        assert.equal(await plain(3), 3 * frame.length)
      },
      candidates: { ours: native, 'ours over noise+yamux': yamux, 'plain socket, bytes only': plain },
      comparisons: {
        'share-of-socket': { of: 'ours', against: 'plain socket, bytes only', as: 'speed-up' },
        'vs-noise-yamux': { of: 'ours', against: 'ours over noise+yamux', as: 'speed-up' }
      },
      close: () => done.close()
    }
  }
}
