/** Child process of `wire/frames`: connects as it is told, then sends the same frame as often as it is told. */
import { connect } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { encodeMessage, frameParts, messageCode } from '../../../src/wire/index.ts'
import { TEST_MAGIC, type TestCarrier, testNode } from '../../../test/support/libp2p-node.ts'
import { cleanup, HEADERS_MESSAGE } from './loopback.ts'

/** How the parent wants to be reached: `plain` with a port, a carrier with a multiaddr. */
export type SenderArgs = [kind: 'plain' | TestCarrier, target: string]

const frame = frameParts(TEST_MAGIC, messageCode('Modifiers'), encodeMessage(HEADERS_MESSAGE))

// The runner imports every file here to look for cases: without a parent there is nothing to send.
if (process.send !== undefined) await serve(...(process.argv.slice(2) as SenderArgs))

async function serve(kind: SenderArgs[0], target: string): Promise<void> {
  const send = kind === 'plain' ? await plain(Number(target)) : await session(kind, target)
  process.on('message', (n) => void send(n as number))
  process.on('disconnect', () => process.exit(0))
  process.send?.('ready')
}

async function plain(port: number): Promise<(n: number) => Promise<void>> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return async (n) => {
    for (let i = 0; i < n; i++) {
      socket.cork()
      socket.write(frame.head)
      const more = socket.write(frame.payload)
      socket.uncork()
      if (!more) await new Promise<void>((resolve) => socket.once('drain', resolve))
    }
  }
}

/** The last of each run of frames is a `GetPeers`, which tells the receiver that it has them all. */
async function session(carrier: TestCarrier, address: string): Promise<(n: number) => Promise<void>> {
  const node = await testNode(cleanup().context, { carrier })
  const peer = await node.sessions.connect(multiaddr(address))
  return async (n) => {
    for (let i = 0; i < n; i++) {
      peer.sendFrame(frame)
      if (peer.sendQueueBytes > 1 << 20) await peer.drained()
    }
    peer.send({ type: 'GetPeers' })
  }
}
