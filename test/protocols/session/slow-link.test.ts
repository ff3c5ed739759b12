/** A large message over a slow link is no reason for libp2p to take the connection for dead. */
import assert from 'node:assert/strict'
import { createServer, connect as netConnect, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { CONNECTION_MONITOR_OPTIONS } from '../../../protocols/session/index.ts'
import { testNode, until } from '../../support/libp2p-node.ts'

/** A proxy on loopback that lets so many bytes a second pass towards whoever dials it. Returns its port. */
async function slowProxy(t: TestContext, target: number, bytesPerSecond: number): Promise<number> {
  const server = createServer((near) => {
    const far = netConnect({ port: target, host: '127.0.0.1' })
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far)
    throttle(t, far, near, bytesPerSecond)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return (server.address() as { port: number }).port
}

function throttle(t: TestContext, from: Socket, to: Socket, bytesPerSecond: number): void {
  const slices = 50
  from.pause()
  const timer = setInterval(() => {
    let left = bytesPerSecond / slices
    while (left > 0) {
      const chunk = (from.read(Math.min(left, from.readableLength)) ?? null) as Uint8Array | null
      if (chunk === null || chunk.length === 0) return
      left -= chunk.length
      to.write(chunk)
    }
  }, 1000 / slices)
  t.after(() => clearInterval(timer))
}

for (const carrier of ['yamux', 'mplex'] as const) {
  describe(`a slow link over ${carrier}`, () => {
    it('carries a large message to its end', async (t) => {
      // Asked much more often than in earnest, so that some questions certainly wait behind the message.
      const libp2p = { connectionMonitor: { ...CONNECTION_MONITOR_OPTIONS, pingInterval: 2_000 } }
      const a = await testNode(t, { carrier, listen: true, libp2p })
      const b = await testNode(t, { carrier, libp2p })
      const proxy = await slowProxy(t, a.port, 500_000)
      const sizes: number[] = []
      b.sessions.router.on('Modifiers', (_, message) => void sizes.push(message.modifiers[0]!.bytes.length))
      const session = await b.sessions.connect(multiaddr(`/ip4/127.0.0.1/tcp/${proxy}/p2p/${a.node.peerId}`))
      await until(() => a.opened.length === 1, 'in')
      const bytes = new Uint8Array(3_400_000)
      a.opened[0]!.send({ type: 'Modifiers', typeId: 102, modifiers: [{ id: new Uint8Array(32), bytes }] })
      await until(() => sizes.length === 1 || session.closed !== undefined, 'message', 40_000)
      assert.equal(session.closed, undefined)
      assert.deepEqual(sizes, [3_400_000])
    })
  })
}
