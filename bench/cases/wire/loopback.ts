/** What the cases of this folder share. */
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { encodeMessage, frameParts, ModifierType, messageCode } from '../../../src/wire/index.ts'
import { TEST_MAGIC, type TestCarrier, testNode } from '../../../test/support/libp2p-node.ts'

/** A block section of usual size in a message of its own: next to nothing to parse, so that it is the frame that is measured. */
const SECTION_BYTES = 88_000

export const SECTION_FRAME = frameParts(
  TEST_MAGIC,
  messageCode('Modifiers'),
  encodeMessage({
    type: 'Modifiers',
    typeId: ModifierType.BlockTransactions,
    modifiers: [{ id: new Uint8Array(32).fill(1), bytes: new Uint8Array(SECTION_BYTES).map((_, i) => i * i) }]
  })
)

/** Collects what test helpers want to run at the end of a test. */
export interface Cleanup {
  readonly context: TestContext
  close(): Promise<void>
}

export function cleanup(): Cleanup {
  const tasks: Array<() => unknown> = []
  return {
    context: { after: (task: () => unknown) => void tasks.push(task) } as unknown as TestContext,
    async close() {
      for (const task of tasks.reverse()) await task()
    }
  }
}

/**
 * A session that sends the frame `n` times. The last of each run is a `GetPeers`, which tells the receiver that it has them all.
 *
 * @param address multiaddr of the receiver
 */
export async function frameSender(carrier: TestCarrier, address: string, done: Cleanup): Promise<(n: number) => Promise<void>> {
  const node = await testNode(done.context, { carrier })
  const peer = await node.sessions.connect(multiaddr(address))
  return async (n) => {
    for (let i = 0; i < n; i++) {
      peer.sendFrame(SECTION_FRAME)
      if (peer.sendQueueBytes > 1 << 20) await peer.drained()
    }
    peer.send({ type: 'GetPeers' })
  }
}

/** The floor of everything: two plain sockets. Sends the chunk `n` times and waits until all bytes are there. */
export async function plainSockets(chunk: Uint8Array, done: Cleanup): Promise<(n: number) => Promise<number>> {
  let receiver: Socket | undefined
  let received = 0
  let target = 0
  let finish: () => void = () => {}
  const server = createServer({ noDelay: true }, (socket) => {
    receiver = socket
    socket.on('data', (data) => {
      received += data.length
      if (received >= target) finish()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sender = connect({ port: (server.address() as { port: number }).port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve) => sender.once('connect', resolve))
  done.context.after(() => {
    sender.destroy()
    receiver?.destroy()
    server.close()
  })
  return async (n) => {
    received = 0
    target = n * chunk.length
    const all = new Promise<void>((resolve) => {
      finish = resolve
    })
    let left = n
    const pump = (): void => {
      while (left > 0) {
        left--
        if (!sender.write(chunk)) return
      }
    }
    sender.on('drain', pump)
    pump()
    await all
    sender.off('drain', pump)
    return received
  }
}
