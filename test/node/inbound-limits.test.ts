/** One IP has one share of a node's connections, whatever they are carried by. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { isErgoAddress } from '../../transports/ergo-tcp/index.ts'
import { sleep, until } from '../support/libp2p-node.ts'
import { type LoopbackNode, loopbackNode } from '../support/loopback-node.ts'

interface Visitor {
  readonly socket: Socket
  refused: boolean
}

/** A socket that says nothing, and whether it was turned away. */
async function visit(t: TestContext, port: number, localAddress: string): Promise<Visitor> {
  const socket = connect({ host: '127.0.0.1', port, localAddress })
  t.after(() => socket.destroy())
  const visitor: Visitor = { socket, refused: false }
  socket.on('data', () => {})
  socket.on('error', () => {
    visitor.refused = true
  })
  socket.on('close', () => {
    visitor.refused = true
  })
  await new Promise<void>((resolve) => {
    socket.once('connect', () => resolve())
    socket.once('close', () => resolve())
  })
  return visitor
}

async function node(t: TestContext, perIp = 3): Promise<{ native: number; libp2p: number } & LoopbackNode> {
  const whole = await loopbackNode(t, {
    flags: { carrier: ['native', 'noise-yamux', 'noise-mplex'], 'max-inbound-per-ip': String(perIp) }
  })
  const other = whole.node.listenAddresses().find((ma) => !isErgoAddress(ma))!
  const libp2p = Number(other.getComponents().find((c) => c.name === 'tcp')!.value)
  return Object.assign(whole, { native: whole.port, libp2p })
}

describe('connections of one IP', () => {
  it('are counted over all carriers together, and others are still let in', async (t) => {
    const { native, libp2p } = await node(t)
    const held = [await visit(t, native, '127.0.0.1'), await visit(t, libp2p, '127.0.0.1'), await visit(t, libp2p, '127.0.0.1')]
    await sleep(50)
    assert.deepEqual(
      held.map((v) => v.refused),
      [false, false, false]
    )
    const extra = [await visit(t, libp2p, '127.0.0.1'), await visit(t, native, '127.0.0.1')]
    await until(() => extra.every((v) => v.refused), 'both turned away')
    const others = [await visit(t, libp2p, '127.0.0.2'), await visit(t, native, '127.0.0.2')]
    await sleep(50)
    assert.deepEqual(
      [...held, ...others].map((v) => v.refused),
      [false, false, false, false, false]
    )
  })

  it('give back their share when they end', async (t) => {
    const { native, libp2p } = await node(t)
    for (let round = 0; round < 5; round++) {
      const visitors = await Promise.all([libp2p, libp2p, native].map((port) => visit(t, port, '127.0.0.1')))
      await sleep(30)
      assert.deepEqual(
        visitors.map((v) => v.refused),
        [false, false, false],
        `round ${round}`
      )
      for (const { socket } of visitors) {
        if (round % 2 === 0) socket.destroy()
        else socket.resetAndDestroy()
      }
      await sleep(30)
    }
  })
})

describe('a setting above the default for a whole subnet', () => {
  it('is what counts', async (t) => {
    const { libp2p } = await node(t, 20)
    const visitors: Visitor[] = []
    for (let i = 0; i < 21; i++) visitors.push(await visit(t, libp2p, '127.0.0.1'))
    await until(() => visitors.at(-1)!.refused, 'the last is turned away')
    assert.equal(visitors.filter((v) => v.refused).length, 1)
  })
})

describe('connections of a banned IP', () => {
  it('are refused on every carrier', async (t) => {
    const whole = await loopbackNode(t, {
      flags: { carrier: ['native', 'noise-yamux'], 'banned-peer': ['127.0.0.3'] }
    })
    const ports = whole.node.listenAddresses().map((ma) => Number(ma.getComponents().find((c) => c.name === 'tcp')!.value))
    assert.equal(ports.length, 2)
    for (const port of ports) {
      const visitor = await visit(t, port, '127.0.0.3')
      await until(() => visitor.refused, 'turned away')
      const friend = await visit(t, port, '127.0.0.4')
      await sleep(30)
      assert.equal(friend.refused, false)
    }
  })
})
