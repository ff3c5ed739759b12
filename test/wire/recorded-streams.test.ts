import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toHex } from '../../src/bytes/index.ts'
import { decodeMessage, formatAddress, formatVersion, modeOf, sessionOf, WireError } from '../../src/wire/index.ts'
import { missing, readBytes, readJson, shared } from '../support/vectors.ts'
import { ALL_DEVNET, COMMITTED, checkFrame, DEVNET_MAGIC, devnetStreams, openStream, TESTNET_MAGIC } from './streams.ts'

interface Stream {
  readonly file: string
  readonly bytes: number
  readonly handshake: { readonly length: number; readonly time: number }
  readonly frames: readonly { readonly offset: number; readonly code: number; readonly length: number }[]
  readonly framesEnd: number
  readonly strayBytes?: unknown
}

for (const name of ALL_DEVNET) {
  const skip = COMMITTED.includes(name) ? false : missing(`devnet/v4/p2p/${name}.frames.json`)
  describe(`devnet conversation ${name}`, { skip }, () => {
    for (const direction of [0, 1]) {
      it(`decodes to the recorder's list and re-encodes byte by byte, ${['client to node', 'node to client'][direction]}`, () => {
        const { bytes, frames } = devnetStreams(name)[direction]!
        const { handshakeBytes, decoder } = openStream(bytes, DEVNET_MAGIC)
        const seen = []
        for (const frame of decoder) {
          checkFrame(frame)
          seen.push([frame.offset + handshakeBytes, frame.code, frame.payload.length])
        }
        assert.equal(decoder.buffered, 0)
        // The snapshot conversation lists only the head of its fourteen thousand frames.
        assert.ok(seen.length >= frames.length && frames.length > 0)
        const listed = new Set(frames.map((f) => `${f.at} ${f.code} ${f.length}`))
        for (const s of seen) listed.delete(s.join(' '))
        assert.deepEqual([...listed], [])
      })
    }
  })
}

describe('testnet capture', { skip: missing('p2p/index.json') }, () => {
  const streams = missing('p2p/index.json') ? [] : readJson<{ streams: Stream[] }>(shared('p2p/index.json')).streams
  for (const stream of streams) {
    it(`${stream.file}: ${stream.frames.length} frames decode and re-encode`, () => {
      const bytes = readBytes(shared(`p2p/${stream.file}`))
      const { handshake, handshakeBytes, decoder } = openStream(bytes, TESTNET_MAGIC)
      assert.equal(handshakeBytes, stream.handshake.length)
      assert.equal(handshake.time, BigInt(stream.handshake.time))
      const seen: number[][] = []
      const drain = (): void => {
        for (const frame of decoder) {
          checkFrame(frame)
          seen.push([frame.offset + handshakeBytes, frame.code, frame.payload.length])
        }
      }
      if (stream.strayBytes === undefined) drain()
      else {
        // The client of the capture writes a checksum after an empty payload: the stream is lost from there on.
        assert.throws(drain, (error: unknown) => {
          assert.ok(error instanceof WireError)
          assert.equal(error.code, 'FRAME_MAGIC')
          assert.equal(error.penalty, 'permanent')
          assert.equal(error.offset! + handshakeBytes, stream.framesEnd)
          return true
        })
      }
      assert.deepEqual(
        seen,
        stream.frames.map((f) => [f.offset, f.code, f.length])
      )
    })
  }
})

describe('what the reference node on the devnet says of itself', () => {
  it('is read from its handshake and from Peers', () => {
    const [, server] = devnetStreams('peers')
    const { handshake, decoder } = openStream(server!.bytes, DEVNET_MAGIC)
    assert.equal(handshake.peer.agentName, 'ergoref')
    assert.equal(formatVersion(handshake.peer.version), '6.0.4')
    assert.equal(modeOf(handshake.peer)?.blocksToKeep, -1)
    assert.equal(toHex(sessionOf(handshake.peer)!.magic), '02020404')
    const peers = [...decoder].map((f) => decodeMessage(f.code, f.payload)).find((m) => m.type === 'Peers')
    assert.ok(peers?.type === 'Peers' && peers.peers.length <= 8)
    for (const p of peers.peers) if (p.declaredAddress) assert.match(formatAddress(p.declaredAddress), /:\d+$/)
  })
})
