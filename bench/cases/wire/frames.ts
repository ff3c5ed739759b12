import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { encodeMessage } from '../../../src/wire/index.ts'
import { type TestCarrier, testNode } from '../../../test/support/libp2p-node.ts'
import type { TimedCase } from '../../harness.ts'
import { type Cleanup, cleanup, HEADERS_MESSAGE } from './loopback.ts'
import type { SenderArgs } from './sender.ts'

const PAYLOAD_BYTES = encodeMessage(HEADERS_MESSAGE).length
const FRAME_BYTES = PAYLOAD_BYTES + 13

async function sender(done: Cleanup, ...args: SenderArgs): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('./sender.js', import.meta.url)), args)
  done.context.after(() => child.disconnect())
  await new Promise<void>((resolve) => child.once('message', () => resolve()))
  return child
}

/** A session that receives `n` frames: magic, length and checksum of each verified. */
async function receiveFrames(carrier: TestCarrier, done: Cleanup): Promise<(n: number) => Promise<number>> {
  const node = await testNode(done.context, { carrier, listen: true })
  let finish: () => void = () => {}
  node.sessions.router.on('GetPeers', () => finish())
  const child = await sender(done, carrier, node.address.toString())
  return async (n) => {
    const before = node.opened[0]?.counters.messagesIn ?? 0
    const all = new Promise<void>((resolve) => {
      finish = resolve
    })
    child.send(n)
    await all
    return node.opened[0]!.counters.messagesIn - before - 1
  }
}

/** A plain socket that receives the bytes of `n` frames. */
async function receiveBytes(done: Cleanup): Promise<(n: number) => Promise<number>> {
  let accepted: Socket | undefined
  let received = 0
  let target = 0
  let finish: () => void = () => {}
  const server = createServer({ noDelay: true }, (socket) => {
    accepted = socket
    socket.on('data', (data) => {
      received += data.length
      if (received >= target) finish()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  done.context.after(() => {
    accepted?.destroy()
    server.close()
  })
  const child = await sender(done, 'plain', String((server.address() as { port: number }).port))
  return async (n) => {
    received = 0
    target = n * FRAME_BYTES
    const all = new Promise<void>((resolve) => {
      finish = resolve
    })
    child.send(n)
    await all
    return received / FRAME_BYTES
  }
}

export const bench: TimedCase = {
  name: 'wire/frames',
  workload: `Modifiers of 400 headers (${PAYLOAD_BYTES} bytes) on loopback, encoded once by a sender in a process of its own; the receiving session verifies magic, length and checksum`,
  clock: 'wall',
  async setup() {
    const done = cleanup()
    const native = await receiveFrames('native', done)
    const yamux = await receiveFrames('yamux', done)
    const plain = await receiveBytes(done)
    return {
      async verify() {
        for (const candidate of [native, yamux, plain]) assert.equal(await candidate(3), 3)
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
