import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import type { TestCarrier } from '../../../test/support/libp2p-node.ts'
import { testNode } from '../../../test/support/libp2p-node.ts'
import { BenchUnavailable, type TimedCase } from '../../harness.ts'
import type { Cleanup } from './loopback.ts'
import { cleanup, plainSockets } from './loopback.ts'

const PROTOCOL = '/bench/1.0.0'
/** A `Modifiers` message of 400 headers. */
const CHUNK_BYTES = 88_000

/** Sends the chunk `n` times over a libp2p stream and waits until all bytes are there. */
async function stream(carrier: TestCarrier, chunk: Uint8Array, done: Cleanup): Promise<(n: number) => Promise<number>> {
  const options = { carrier, transport: { streamProtocol: PROTOCOL } } as const
  const a = await testNode(done.context, { ...options, listen: true })
  const b = await testNode(done.context, options)
  let received = 0
  let target = 0
  let finish: () => void = () => {}
  await a.node.handle(PROTOCOL, (inbound) => {
    inbound.addEventListener('message', (event) => {
      received += event.data.byteLength
      if (received >= target) finish()
    })
  })
  const connection = await b.node.dial(a.address)
  const outbound: Stream | undefined = await connection.newStream(PROTOCOL)
  if (outbound === undefined) throw new BenchUnavailable('no stream')
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
        if (!outbound.send(chunk)) return
      }
    }
    outbound.addEventListener('drain', pump)
    pump()
    await all
    outbound.removeEventListener('drain', pump)
    return received
  }
}

export const bench: TimedCase = {
  name: 'wire/transport',
  workload: `${CHUNK_BYTES} bytes from socket to socket on loopback, both ends in one process, no frames and no checksum`,
  async setup() {
    const done = cleanup()
    const chunk = new Uint8Array(CHUNK_BYTES).map((_, i) => i)
    const candidates = {
      ours: await stream('native', chunk, done),
      'plain socket': await plainSockets(chunk, done),
      'libp2p noise+yamux': await stream('yamux', chunk, done)
    }
    return {
      async verify() {
        for (const candidate of Object.values(candidates)) assert.equal(await candidate(3), 3 * CHUNK_BYTES)
      },
      candidates,
      comparisons: {
        'share-of-socket': { of: 'ours', against: 'plain socket', as: 'speed-up' },
        'vs-noise-yamux': { of: 'ours', against: 'libp2p noise+yamux', as: 'speed-up' }
      },
      close: () => done.close()
    }
  }
}
