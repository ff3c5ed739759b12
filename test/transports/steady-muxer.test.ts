import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import '../../transports/polyfill.ts'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type { Connection, Libp2p, StreamMuxerFactory } from '@libp2p/interface'
import { mplex } from '@libp2p/mplex'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { steadyMuxer } from '../../transports/steady-muxer.ts'
import { sleep, until } from '../support/libp2p-node.ts'

const MUXERS: Array<[name: string, make: () => () => StreamMuxerFactory]> = [
  ['mplex', () => mplex()],
  ['yamux', () => yamux() as () => StreamMuxerFactory]
]

async function node(t: TestContext, make: () => () => StreamMuxerFactory, listen: boolean): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    addresses: { listen: listen ? ['/ip4/127.0.0.1/tcp/0'] : [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [steadyMuxer(make())],
    connectionManager: { inboundConnectionThreshold: 1_000 }
  })
  t.after(() => libp2p.stop())
  return libp2p
}

for (const [name, make] of MUXERS) {
  describe(`steady ${name}`, () => {
    it('a connection that ends while a stream is being opened on it throws where somebody listens', async (t) => {
      const a = await node(t, make, true)
      const b = await node(t, make, false)
      const failures: unknown[] = []
      let opened = 0
      // What identify does, and then a service that has no room for the peer.
      const onOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
        // So many steps later, to hit every moment of the opening.
        let steps = opened++
        connection.newStream('/nothing/1.0.0').catch((error: unknown) => failures.push(error))
        const step = (): void => {
          if (steps-- > 0) queueMicrotask(step)
          else connection.abort(new Error('no room'))
        }
        step()
      }
      a.addEventListener('connection:open', onOpen)
      for (let i = 0; i < 20; i++) {
        const connection = await b.dial(a.getMultiaddrs()[0]!, { force: true })
        await until(() => connection.status !== 'open', 'ended')
      }
      await sleep(20)
      assert.equal(opened, 20)
      assert.equal(failures.length, 20)
    })

    it('carries bytes and the end of a stream as the plain one does', async (t) => {
      const a = await node(t, make, true)
      const b = await node(t, make, false)
      let received = 0
      await a.handle('/sink/1.0.0', (stream) => {
        stream.addEventListener('message', ({ data }) => {
          received += data.byteLength
        })
      })
      const stream = await b.dialProtocol(a.getMultiaddrs()[0]!, '/sink/1.0.0')
      stream.send(new Uint8Array(100_000))
      await stream.close()
      await until(() => received === 100_000, 'bytes')
    })
  })
}
