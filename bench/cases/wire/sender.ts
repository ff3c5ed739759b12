/** Child process of `wire/frames`: connects as it is told, then sends the same frame as often as it is told. */
import { connect } from 'node:net'
import type { TestCarrier } from '../../../test/support/libp2p-node.ts'
import { cleanup, frameSender, SECTION_FRAME } from './loopback.ts'

/** How the parent wants to be reached: `plain` with a port, a carrier with a multiaddr. */
export type SenderArgs = [kind: 'plain' | TestCarrier, target: string]

// The runner imports every file here to look for cases: without a parent there is nothing to send.
if (process.send !== undefined) await serve(...(process.argv.slice(2) as SenderArgs))

async function serve(kind: SenderArgs[0], target: string): Promise<void> {
  const send = kind === 'plain' ? await plain(Number(target)) : await frameSender(kind, target, cleanup())
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
      socket.write(SECTION_FRAME.head)
      const more = socket.write(SECTION_FRAME.payload)
      socket.uncork()
      if (!more) await new Promise<void>((resolve) => socket.once('drain', resolve))
    }
  }
}
