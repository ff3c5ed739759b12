/** The parts of a session on their own, against fakes of the stream. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import '../../../transports/polyfill.ts'
import { addressIsBorneOut, type Identity, judgeHandshake, peerAddress } from '../../../protocols/session/acceptance.ts'
import { HalfOpen } from '../../../protocols/session/half-open.ts'
import type { Remote } from '../../../protocols/session/index.ts'
import { ownPeerSpec } from '../../../protocols/session/own-peer-spec.ts'
import { type Inlet, ReceivePump } from '../../../protocols/session/receive-pump.ts'
import { Router } from '../../../protocols/session/router.ts'
import { type Outlet, SendQueue } from '../../../protocols/session/send-queue.ts'
import { concatBytes, Reader } from '../../../src/bytes/index.ts'
import {
  type EncodedFrame,
  encodeFrame,
  encodeHandshake,
  frameParts,
  modeOf,
  type PeerSpec,
  readHandshake,
  restApiUrlOf,
  sessionOf,
  type WireError
} from '../../../src/wire/index.ts'
import { TEST_MAGIC } from '../../support/libp2p-node.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A stream that takes `window` bytes, then wants to be drained. */
class FakeOutlet implements Outlet {
  writableNeedsDrain = false
  writeBufferLength = 0
  readonly sends: Uint8Array[] = []
  #room: number
  readonly #window: number

  constructor(window = Number.POSITIVE_INFINITY) {
    this.#window = window
    this.#room = window
  }

  send: Outlet['send'] = (data) => {
    assert.equal(this.writableNeedsDrain, false, 'nothing is sent to a full stream')
    const bytes = data.subarray()
    this.sends.push(bytes.slice())
    this.#room -= bytes.length
    if (this.#room > 0) return true
    this.writableNeedsDrain = true
    return false
  }

  drain(): void {
    this.writableNeedsDrain = false
    this.#room = this.#window
  }

  get bytes(): Uint8Array {
    return concatBytes(...this.sends)
  }
}

function queueOf(stream: Outlet, limits: { maxBytes?: number; dropBytes?: number; lowBytes?: number } = {}): SendQueue {
  return new SendQueue({ stream, maxBytes: 1 << 30, dropBytes: 1 << 30, lowBytes: 1 << 18, onError: assert.fail, ...limits })
}

const frame = (size: number, fill = 1): EncodedFrame => frameParts(TEST_MAGIC, 33, new Uint8Array(size).fill(fill))
const whole = (f: EncodedFrame): Uint8Array => concatBytes(f.head, f.payload)

describe('send queue', () => {
  it('frames of one turn leave in one send', async () => {
    const out = new FakeOutlet()
    const queue = queueOf(out)
    for (let i = 0; i < 100; i++) queue.push(frame(100, i), false)
    assert.equal(out.sends.length, 0)
    await turn()
    assert.equal(out.sends.length, 1)
    assert.equal(queue.bytes, 0)
    assert.equal(queue.taken, 100 * 113)
  })

  it('any sizes and any windows: the same bytes in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 8_000, max: 9_000 }), fc.integer({ min: 250_000, max: 600_000 })), {
          maxLength: 20
        }),
        fc.integer({ min: 1, max: 700_000 }),
        async (sizes, window) => {
          const out = new FakeOutlet(window)
          const queue = queueOf(out)
          const frames = sizes.map((size, i) => frame(size, i))
          for (const f of frames) queue.push(f, false)
          const expected = concatBytes(...frames.map(whole))
          for (let i = 0; i < 1000 && queue.waiting; i++) {
            await turn()
            out.drain()
            queue.onDrain()
          }
          assert.equal(Buffer.compare(out.bytes, expected), 0)
          assert.equal(queue.bytes, 0)
          assert.equal(queue.taken, expected.length)
          for (const sent of out.sends) assert.ok(sent.length < (1 << 18) + 8_192)
        }
      ),
      { numRuns: 40 }
    )
  })

  it('nothing leaves while it is held', async () => {
    const out = new FakeOutlet()
    const queue = queueOf(out)
    queue.hold()
    queue.push(frame(10), false)
    queue.flush()
    await turn()
    assert.equal(out.sends.length, 0)
    queue.release()
    await turn()
    assert.equal(out.sends.length, 1)
  })

  it('announcements give way first; answers fill it to the brim; one frame always fits', () => {
    const queue = queueOf(new FakeOutlet(1), { maxBytes: 1_000, dropBytes: 300, lowBytes: 100 })
    assert.equal(queue.push(frame(200), true), 'queued')
    assert.equal(queue.push(frame(200), true), 'dropped')
    assert.equal(queue.push(frame(700), false), 'queued')
    assert.equal(queue.push(frame(200), false), 'overflow')
    assert.equal(queueOf(new FakeOutlet(), { maxBytes: 10 }).push(frame(5_000_000), false), 'queued')
  })

  it('drained() waits for the low mark, and for nothing once closed', async () => {
    const out = new FakeOutlet(500)
    const queue = queueOf(out, { lowBytes: 100 })
    queue.push(frame(300_000), false)
    queue.push(frame(300_000), false)
    let woken = 0
    void queue.drained().then(() => woken++)
    await turn()
    assert.equal(woken, 0)
    for (let i = 0; i < 5; i++) {
      out.drain()
      queue.onDrain()
      await turn()
    }
    assert.equal(woken, 1)
    await queue.drained()
    queue.push(frame(300_000), false)
    out.writableNeedsDrain = true
    const last = queue.drained()
    queue.close()
    await last
    assert.equal(queue.push(frame(1), false), 'dropped')
  })

  it('waits while the stream has bytes of its own to write', async () => {
    const out = new FakeOutlet()
    const queue = queueOf(out)
    out.writeBufferLength = 5
    queue.push(frame(10), false)
    await turn()
    assert.equal(out.sends.length, 0)
    assert.equal(queue.waiting, true)
    out.writeBufferLength = 0
    queue.onDrain()
    await turn()
    assert.equal(out.sends.length, 1)
  })

  it('a stream that throws is reported once', async () => {
    const errors: Error[] = []
    const stream: Outlet = {
      writableNeedsDrain: false,
      writeBufferLength: 0,
      send: () => {
        throw new Error('gone')
      }
    }
    const queue = new SendQueue({ stream, maxBytes: 100, dropBytes: 100, lowBytes: 10, onError: (error) => errors.push(error) })
    queue.push(frame(10), false)
    queue.push(frame(10), false)
    await turn()
    queue.flush()
    assert.deepEqual(
      errors.map((e) => e.message),
      ['gone']
    )
  })
})

class FakeInlet implements Inlet {
  readStatus: Inlet['readStatus'] = 'readable'
  readonly calls: string[] = []
  pause = (): void => {
    this.readStatus = 'paused'
    this.calls.push('pause')
  }
  resume = (): void => {
    this.readStatus = 'readable'
    this.calls.push('resume')
  }
}

interface PumpParts {
  pump: ReceivePump
  inlet: FakeInlet
  codes: number[]
  faults: Error[]
  held(): number
}

function pumpOf(deliver: () => Promise<void> | undefined = () => undefined, perTurn = 1_000): PumpParts {
  const inlet = new FakeInlet()
  const codes: number[] = []
  const faults: Error[] = []
  let held = 0
  const pump = new ReceivePump({
    stream: inlet,
    magic: TEST_MAGIC,
    highBytes: 1_000,
    lowBytes: 200,
    framesPerTurn: perTurn,
    bytesPerTurn: 1 << 20,
    deliver: (f) => {
      codes.push(f.code)
      return deliver()
    },
    onFault: (error) => faults.push(error),
    onHeld: (delta) => {
      held += delta
    }
  })
  return { pump, inlet, codes, faults, held: () => held }
}

describe('receive pump', () => {
  it('any chunks, any mix of sync and async handlers: every frame once, in order, and nothing held at the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(2_000), { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 30 }),
        fc.infiniteStream(fc.boolean()),
        async (sizes, cuts, async_) => {
          const { pump, codes, faults, held } = pumpOf(() => (async_.next().value === true ? turn() : undefined), 5)
          const bytes = concatBytes(...sizes.map((size, i) => encodeFrame(TEST_MAGIC, 100 + (i % 20), new Uint8Array(size))))
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = cuts[i % cuts.length]!
            pump.push(bytes.slice(at, at + size))
            at += size
            if (i % 3 === 0) await turn()
          }
          for (let i = 0; i < 200 && codes.length < sizes.length; i++) await turn()
          await turn()
          assert.deepEqual(
            codes,
            sizes.map((_, i) => 100 + (i % 20))
          )
          assert.deepEqual(faults, [])
          assert.equal(held(), 0)
        }
      ),
      { numRuns: 60 }
    )
  })

  it('pauses in a microtask when a handler works and much waits, resumes when it is done', async () => {
    let finish: () => void = () => {}
    const { pump, inlet, codes, held } = pumpOf(
      () =>
        new Promise((resolve) => {
          finish = resolve
        })
    )
    pump.push(encodeFrame(TEST_MAGIC, 1, new Uint8Array(0)))
    pump.push(encodeFrame(TEST_MAGIC, 2, new Uint8Array(2_000)))
    assert.deepEqual(inlet.calls, [], 'not inside the event')
    await Promise.resolve()
    assert.deepEqual(inlet.calls, ['pause'])
    assert.equal(held(), 2_013)
    finish()
    await turn()
    assert.deepEqual(codes, [1, 2])
    assert.deepEqual(inlet.calls, ['pause', 'resume'])
    finish()
  })

  it('a large partial frame is never a reason to pause', async () => {
    const { pump, inlet, held } = pumpOf()
    const bytes = encodeFrame(TEST_MAGIC, 33, new Uint8Array(100_000))
    pump.push(bytes.subarray(0, 90_000))
    await turn()
    assert.deepEqual(inlet.calls, [])
    assert.equal(held(), 90_000 - 9)
    pump.push(bytes.subarray(90_000))
    assert.equal(held(), 0)
  })

  it('a turn handles a bounded number of frames', async () => {
    const { pump, codes } = pumpOf(() => undefined, 10)
    pump.push(concatBytes(...Array.from({ length: 25 }, () => encodeFrame(TEST_MAGIC, 1, new Uint8Array(0)))))
    assert.equal(codes.length, 10)
    await turn()
    assert.equal(codes.length, 20)
    await turn()
    assert.equal(codes.length, 25)
  })

  it('a fault ends it: reported once, nothing delivered or held afterwards', async () => {
    const { pump, codes, faults, held } = pumpOf()
    const good = encodeFrame(TEST_MAGIC, 1, new Uint8Array(0))
    pump.push(concatBytes(good, new Uint8Array(9), good))
    pump.push(good)
    await turn()
    assert.deepEqual(codes, [1])
    assert.deepEqual(
      faults.map((f) => [(f as WireError).code, (f as WireError).penalty]),
      [['FRAME_MAGIC', 'permanent']]
    )
    assert.equal(held(), 0)
  })

  it('a fault of ours while delivering is reported, not thrown', () => {
    const { pump, faults, held } = pumpOf(() => {
      throw new TypeError('bug')
    })
    pump.push(encodeFrame(TEST_MAGIC, 1, new Uint8Array(0)))
    assert.deepEqual(
      faults.map((f) => f.message),
      ['bug']
    )
    assert.equal(held(), 0)
  })

  it('closed in the middle of a delivery: stops there', () => {
    const parts: PumpParts = pumpOf(() => {
      parts.pump.close()
      return undefined
    })
    const good = encodeFrame(TEST_MAGIC, 1, new Uint8Array(0))
    parts.pump.push(concatBytes(good, good, good))
    assert.deepEqual(parts.codes, [1])
    assert.equal(parts.held(), 0)
  })
})

describe('half-open counter', () => {
  it('caps the total and each key, and forgets empty keys', () => {
    const counter = new HalfOpen({ maxHalfOpen: 3, maxHalfOpenPerIp: 2 })
    const a = counter.take('a')
    const b = counter.take('a')
    assert.ok(a && b)
    assert.equal(counter.take('a'), undefined)
    const c = counter.take('b')
    assert.ok(c)
    assert.equal(counter.take('c'), undefined)
    a()
    a()
    assert.deepEqual([counter.total, counter.addresses], [2, 2])
    b()
    c()
    assert.deepEqual([counter.total, counter.addresses], [0, 0])
  })
})

describe('router', () => {
  it('the same handler may be added twice and is removed once a time', () => {
    const router = new Router()
    const handler = (): void => {}
    const first = router.on('Inv', handler)
    const second = router.on('Inv', handler)
    assert.equal(router.of(55)?.length, 2)
    first()
    first()
    assert.equal(router.of(55)?.length, 1)
    second()
    assert.equal(router.of(55), undefined)
    assert.equal(router.of(33), undefined)
  })
})

describe('acceptance', () => {
  const remote = (over: Partial<Remote> = {}): Remote => ({
    carrier: 'native',
    direction: 'inbound',
    peerId: undefined as never,
    multiaddr: undefined as never,
    ip: '203.0.113.5',
    port: 50_000,
    isLocal: false,
    ...over
  })
  const self: Identity = { magic: TEST_MAGIC, sessionId: 7n, ownAddresses: new Set(['203.0.113.9:9030']) }
  const spec = (over: Partial<PeerSpec> = {}): PeerSpec => ({
    agentName: 'ergoref',
    version: { major: 6, minor: 0, patch: 4 },
    nodeName: '',
    features: [{ kind: 'session', magic: TEST_MAGIC, sessionId: 8n }],
    ...over
  })

  it('a peer of our network is accepted', () => assert.equal(judgeHandshake(spec(), remote(), self), undefined))

  it('version 4.0.100 is the lowest, compared as signed bytes', () => {
    const at = (major: number, minor: number, patch: number): string | undefined =>
      judgeHandshake(spec({ version: { major, minor, patch } }), remote(), self)?.code
    assert.equal(at(4, 0, 100), undefined)
    assert.equal(at(4, 0, 99), 'VERSION_TOO_OLD')
    assert.equal(at(3, 127, 127), 'VERSION_TOO_OLD')
    assert.equal(at(-1, 0, 0), 'VERSION_TOO_OLD')
  })

  it('without a session feature only our own address is refused', () => {
    const bare = spec({ features: [] })
    assert.equal(judgeHandshake(bare, remote(), self), undefined)
    assert.equal(judgeHandshake(bare, remote({ ip: '203.0.113.9', port: 9030 }), self)?.code, 'SELF')
    assert.equal(judgeHandshake(spec(), remote({ ip: '203.0.113.9', port: 9030 }), self), undefined)
  })

  it('the address of a peer: declared, else local, else the socket', () => {
    const declaredAddress = { ip: '198.51.100.1', port: 9030 }
    const local = { kind: 'localAddress', address: { ip: '10.0.0.1', port: 9031 } } as const
    assert.deepEqual(peerAddress(spec({ declaredAddress, features: [local] }), remote()), declaredAddress)
    assert.deepEqual(peerAddress(spec({ features: [local] }), remote()), local.address)
    assert.deepEqual(peerAddress(spec(), remote()), { ip: '203.0.113.5', port: 50_000 })
    assert.equal(peerAddress(spec(), remote({ ip: undefined, port: undefined })), undefined)
    assert.equal(addressIsBorneOut({ ip: '203.0.113.5', port: 1 }, remote()), true)
    assert.equal(addressIsBorneOut(declaredAddress, remote()), false)
  })

  it('our own peer spec has the features in the order of the reference', () => {
    const peer = ownPeerSpec(
      {
        agentName: 'ergo-libp2p',
        version: { major: 6, minor: 0, patch: 4 },
        nodeName: 'n',
        declaredAddress: { ip: '198.51.100.1', port: 9030 },
        mode: { kind: 'mode', stateType: 'utxo', verifyingTransactions: true, blocksToKeep: -1 },
        localAddress: { ip: '127.0.0.1', port: 9030 },
        restApiUrl: 'http://198.51.100.1:9053'
      },
      TEST_MAGIC,
      -5n
    )
    assert.deepEqual(
      peer.features.map((f) => f.kind),
      ['mode', 'session', 'localAddress', 'restApiUrl']
    )
    const back = readHandshake(new Reader(encodeHandshake({ time: 1n, peer }))).peer
    assert.equal(sessionOf(back)?.sessionId, -5n)
    assert.equal(modeOf(back)?.blocksToKeep, -1)
    assert.equal(restApiUrlOf(back)?.url, 'http://198.51.100.1:9053')
  })
})
