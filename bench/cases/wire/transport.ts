import assert from 'node:assert/strict'
import '../../../transports/polyfill.ts'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type { Libp2p } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { YAMUX_STREAM_OPTIONS } from '../../../protocols/session/index.ts'
import { ergoTcp, isErgoAddress } from '../../../transports/ergo-tcp/index.ts'
import type { TimedCase } from '../../harness.ts'
import { type Cleanup, cleanup, plainSockets } from './loopback.ts'

const PROTOCOL = '/bench/1.0.0'
/** A `Modifiers` message of 400 headers. */
const CHUNK_BYTES = 88_000

/** A libp2p node with nothing but what carries bytes. */
async function node(listen: string[], done: Cleanup): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    transports: [ergoTcp({ network: 'bench', streamProtocol: PROTOCOL }), tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { ...YAMUX_STREAM_OPTIONS } })],
    addresses: { listen, announceFilter: (addrs) => addrs.filter((ma) => !isErgoAddress(ma)) }
  })
  done.context.after(() => libp2p.stop())
  return libp2p
}

/** Sends the chunk `n` times over a libp2p stream and waits until all bytes are there. */
async function stream(address: string, chunk: Uint8Array, done: Cleanup): Promise<(n: number) => Promise<number>> {
  const a = await node([address], done)
  const b = await node([], done)
  let received = 0
  let target = 0
  let finish: () => void = () => {}
  await a.handle(PROTOCOL, (inbound) => {
    inbound.addEventListener('message', (event) => {
      received += event.data.byteLength
      if (received >= target) finish()
    })
  })
  const { transportManager } = (a as unknown as { components: { transportManager: { getAddrs(): Multiaddr[] } } }).components
  const outbound = await b.dialProtocol(transportManager.getAddrs(), PROTOCOL)
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
      ours: await stream('/ip4/127.0.0.1/tcp/0/ergo', chunk, done),
      'plain socket': await plainSockets(chunk, done),
      'libp2p noise+yamux': await stream('/ip4/127.0.0.1/tcp/0', chunk, done)
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
