import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { concatBytes } from '../../../src/bytes/index.ts'
import { type TestCarrier, testNode } from '../../../test/support/libp2p-node.ts'
import type { TimedCase } from '../../harness.ts'
import { type Cleanup, cleanup, frameSender, plainSockets, SECTION_FRAME } from './loopback.ts'
import type { SenderArgs } from './sender.ts'

const PAYLOAD_BYTES = SECTION_FRAME.payload.length
const FRAME_BYTES = SECTION_FRAME.head.length + PAYLOAD_BYTES

/** Sends the frame `n` times when asked to. */
type Sender = (n: number) => void

async function senderProcess(done: Cleanup, ...args: SenderArgs): Promise<Sender> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./sender.js', import.meta.url)), args)
  done.context.after(() => child.disconnect())
  await new Promise<void>((resolve) => child.once('message', () => resolve()))
  return (n) => void child.send(n)
}

/** A session that receives `n` frames: magic, length and checksum of each verified. */
async function receiveFrames(
  carrier: TestCarrier,
  senderTo: (address: string) => Promise<Sender>,
  done: Cleanup
): Promise<(n: number) => Promise<number>> {
  const node = await testNode(done.context, { carrier, listen: true })
  let finish: () => void = () => {}
  node.sessions.router.on('GetPeers', () => finish())
  const send = await senderTo(node.address.toString())
  return async (n) => {
    const before = node.opened[0]?.counters.messagesIn ?? 0
    const all = new Promise<void>((resolve) => {
      finish = resolve
    })
    send(n)
    await all
    return node.opened[0]!.counters.messagesIn - before - 1
  }
}

/** A plain socket that receives the bytes of `n` frames from another process. */
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
  const send = await senderProcess(done, 'plain', String((server.address() as { port: number }).port))
  return async (n) => {
    received = 0
    target = n * FRAME_BYTES
    const all = new Promise<void>((resolve) => {
      finish = resolve
    })
    send(n)
    await all
    return received / FRAME_BYTES
  }
}

export const bench: TimedCase = {
  name: 'wire/frames',
  workload: `Modifiers with one section (${PAYLOAD_BYTES} bytes) on loopback, encoded once; the receiving session verifies magic, length and checksum. Both ends are in one process, as in \`wire/transport\`; *apart*: the sender is a process of its own, where a plain socket costs the receiver next to nothing and the checksum is the bound`,
  clock: 'wall',
  async setup() {
    const done = cleanup()
    const here = (carrier: TestCarrier) => async (address: string) => {
      const send = await frameSender(carrier, address, done)
      return (n: number) => void send(n)
    }
    const plain = await plainSockets(concatBytes(SECTION_FRAME.head, SECTION_FRAME.payload), done)
    const native = await receiveFrames('native', here('native'), done)
    const yamux = await receiveFrames('yamux', here('yamux'), done)
    const plainApart = await receiveBytes(done)
    const nativeApart = await receiveFrames('native', (address) => senderProcess(done, 'native', address), done)
    const frames = [native, yamux, plainApart, nativeApart]
    return {
      async verify() {
        for (const candidate of frames) assert.equal(await candidate(3), 3)
        assert.equal(await plain(3), 3 * FRAME_BYTES)
      },
      candidates: {
        ours: native,
        'ours over noise+yamux': yamux,
        'plain sockets, bytes only': plain,
        'ours apart': nativeApart,
        'plain sockets apart': plainApart
      },
      comparisons: {
        'share-of-socket': { of: 'ours', against: 'plain sockets, bytes only', as: 'speed-up' },
        'vs-noise-yamux': { of: 'ours', against: 'ours over noise+yamux', as: 'speed-up' },
        'share-of-socket-apart': { of: 'ours apart', against: 'plain sockets apart', as: 'speed-up' }
      },
      close: () => done.close()
    }
  }
}
