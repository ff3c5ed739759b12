import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concatBytes, EncodeError, toHex } from '../../src/bytes/index.ts'
import { type EncodedFrame, encodeFrame, type Frame, FrameDecoder, frameParts, MAX_PAYLOAD_BYTES } from '../../src/wire/index.ts'
import { devnetStreams, DEVNET_MAGIC as MAGIC, openStream } from './streams.ts'

const describeFrames = (frames: Iterable<Frame>): string[] =>
  [...frames].map((f) => `${f.offset} ${f.code} ${f.known} ${toHex(f.payload)}`)

/** Cuts bytes at the given places, in any order and number. */
function split(bytes: Uint8Array, cuts: number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((c) => c % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...at, bytes.length].map((end, i) => bytes.slice(i === 0 ? 0 : at[i - 1], end))
}

describe('frames in chunks', () => {
  const frame = fc.record({ code: fc.integer({ min: 200, max: 210 }), payload: fc.uint8Array({ maxLength: 1500 }) })

  it('are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 60 }),
        fc.boolean(),
        (frames, cuts, atOnce) => {
          const whole = concatBytes(...frames.map((f) => encodeFrame(MAGIC, f.code, f.payload)))
          const decoder = new FrameDecoder({ magic: MAGIC })
          const seen: Frame[] = []
          const chunks = split(whole, cuts)
          if (atOnce) decoder.push(chunks)
          for (const chunk of atOnce ? [new Uint8Array(0)] : chunks) {
            decoder.push(chunk)
            seen.push(...decoder)
          }
          assert.deepEqual(
            seen.map((f) => [f.code, toHex(f.payload)]),
            frames.map((f) => [f.code, toHex(f.payload)])
          )
          assert.equal(decoder.buffered, 0)
        }
      )
    )
  })

  it('of a recorded conversation are the same byte by byte and in chunks of a socket', () => {
    const [, server] = devnetStreams('follow-tip-and-mempool')
    const expected = describeFrames(openStream(server!.bytes, MAGIC).decoder)
    const { handshakeBytes } = openStream(server!.bytes, MAGIC)
    for (const size of [1, 7, 512, 1448, 65536]) {
      const decoder = new FrameDecoder({ magic: MAGIC })
      const seen: Frame[] = []
      for (let at = handshakeBytes; at < server!.bytes.length; at += size) {
        decoder.push(server!.bytes.slice(at, at + size))
        seen.push(...decoder)
      }
      assert.deepEqual(describeFrames(seen), expected)
    }
  })

  it('give the payload of one chunk as a view and copy only what spans chunks', () => {
    const bytes = encodeFrame(MAGIC, 33, new Uint8Array(1000).fill(7))
    const decoder = new FrameDecoder({ magic: MAGIC })
    decoder.push(bytes)
    assert.equal(decoder.read()?.payload.buffer, bytes.buffer)
    decoder.push([bytes.subarray(0, 600), bytes.subarray(600)])
    const spanning = decoder.read()!
    assert.notEqual(spanning.payload.buffer, bytes.buffer)
    assert.deepEqual(spanning.payload, new Uint8Array(1000).fill(7))
  })

  it('may share room: each payload is right until the next is read, and all memory there is one array', () => {
    const sizes = [40_000, 131_072, 20_000, 131_073, 40_001, 32_768]
    const payloads = sizes.map((size, i) => new Uint8Array(size).map((_, j) => i + j * 7))
    const bytes = concatBytes(...payloads.map((payload) => encodeFrame(MAGIC, 33, payload)))
    const decoder = new FrameDecoder({ magic: MAGIC, shareRoom: true })
    const seen: number[] = []
    const shared = new Set<ArrayBufferLike>()
    for (let at = 0; at < bytes.length; at += 9_999) {
      decoder.push(bytes.slice(at, at + 9_999))
      for (const { payload } of decoder) {
        assert.deepEqual(payload, payloads[seen.length])
        seen.push(payload.length)
        if (payload.length >= 32_768 && payload.length <= 131_072) shared.add(payload.buffer)
      }
    }
    assert.deepEqual(seen, sizes)
    assert.equal(shared.size, 1)
  })

  it('of one byte each do not cost an object each', () => {
    const payload = new Uint8Array(300_000).map((_, i) => i)
    const bytes = encodeFrame(MAGIC, 33, payload)
    const decoder = new FrameDecoder({ magic: MAGIC })
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < bytes.length - 1; i++) decoder.push(bytes.subarray(i, i + 1))
    // Gathered in blocks of eight kilobytes: what is held is close to what came.
    assert.ok(process.memoryUsage().arrayBuffers - before < 3 * payload.length)
    assert.equal(decoder.read(), undefined)
    decoder.push(bytes.subarray(bytes.length - 1))
    assert.deepEqual(decoder.read()?.payload, payload)
  })
})

describe('frame heads', () => {
  const head = (code: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(9)
    bytes.set(MAGIC)
    const view = new DataView(bytes.buffer)
    view.setUint8(4, code)
    view.setInt32(5, length)
    return bytes
  }
  const judge = (bytes: Uint8Array): Frame | undefined => {
    const decoder = new FrameDecoder({ magic: MAGIC })
    decoder.push(bytes)
    return decoder.read()
  }

  it('are judged before any payload is waited for', () => {
    assert.equal(judge(head(33, MAX_PAYLOAD_BYTES)), undefined)
    const refused = { code: 'FRAME_LENGTH', penalty: 'permanent', offset: 0 }
    assert.throws(() => judge(head(33, MAX_PAYLOAD_BYTES + 1)), { ...refused, messageCode: 33 })
    assert.throws(() => judge(head(33, -1)), refused)
    assert.throws(() => judge(head(33, -0x80000000)), refused)
    const wrongMagic = head(33, 5)
    wrongMagic[3] = 9
    assert.throws(() => judge(wrongMagic), { code: 'FRAME_MAGIC', penalty: 'permanent', offset: 0 })
  })

  it('are judged by the limit of their message: GetPeers is empty, a manifest has four million bytes at most', () => {
    assert.throws(() => judge(head(1, 1)), { code: 'FRAME_LENGTH', messageCode: 1 })
    assert.equal(judge(head(79, 4_000_000)), undefined)
    assert.throws(() => judge(head(79, 4_000_001)), { code: 'FRAME_LENGTH', messageCode: 79 })
  })

  it('wait until they are complete', () => {
    const whole = encodeFrame(MAGIC, 55, Uint8Array.of(1, 2, 3))
    for (let n = 0; n < whole.length; n++) assert.equal(judge(whole.slice(0, n)), undefined)
    assert.equal(judge(whole)?.code, 55)
  })
})

describe('unknown message codes', () => {
  it('are reported and skipped, and their checksum still counts', () => {
    const known = encodeFrame(MAGIC, 76, new Uint8Array(0))
    const unknown = encodeFrame(MAGIC, 100, Uint8Array.of(1, 2, 3))
    const decoder = new FrameDecoder({ magic: MAGIC })
    decoder.push([unknown, encodeFrame(MAGIC, 75, new Uint8Array(0)), known])
    assert.deepEqual(describeFrames(decoder), ['0 100 false 010203', '16 75 false ', '25 76 true '])
    unknown[9]! ^= 1
    decoder.push(unknown)
    assert.throws(() => decoder.read(), { code: 'FRAME_CHECKSUM', penalty: 'permanent', messageCode: 100, offset: 34 })
  })
})

describe('frames to write', () => {
  it('have head and payload apart, the payload uncopied, no checksum when it is empty', () => {
    const payload = Uint8Array.of(0)
    const parts: EncodedFrame = frameParts(MAGIC, 2, payload)
    // 03170a2e begins blake2b-256 of one zero byte (the reference's frame of an empty Peers).
    assert.equal(toHex(parts.head), '02020404020000000103170a2e')
    assert.equal(parts.payload, payload)
    assert.deepEqual([parts.code, parts.size], [2, 14])
    assert.equal(toHex(frameParts(MAGIC, 1, new Uint8Array(0)).head), '020204040100000000')
  })

  it('are refused above the limit and with a magic of another length', () => {
    assert.throws(() => frameParts(MAGIC, 33, new Uint8Array(MAX_PAYLOAD_BYTES + 1)), EncodeError)
    assert.throws(() => frameParts(new Uint8Array(3), 1, new Uint8Array(0)), EncodeError)
    assert.throws(() => new FrameDecoder({ magic: new Uint8Array(5) }), EncodeError)
  })
})
