import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { bytesEqual } from '../../src/bytes/index.ts'
import {
  decodeMessage,
  encodeHandshake,
  encodeMessage,
  type Frame,
  FrameDecoder,
  type Handshake,
  HandshakeParser
} from '../../src/wire/index.ts'
import { committed, readBytes, readJson, shared } from '../support/vectors.ts'

export const DEVNET_MAGIC: Uint8Array = Uint8Array.of(2, 2, 4, 4)
export const TESTNET_MAGIC: Uint8Array = Uint8Array.of(2, 3, 2, 3)

/** A frame as the recorder listed it. */
export interface ListedFrame {
  readonly at: number
  readonly code: number
  readonly length: number
}

/** Conversations with a reference node on the devnet that are small enough to be committed. */
export const COMMITTED = ['peers', 'nipopow', 'follow-tip-and-mempool']
/** All recorded ones. */
export const ALL_DEVNET = [...COMMITTED, 'headers-and-sections', 'snapshot']

/** Both directions of a devnet conversation with the frames that the recorder saw. */
export function devnetStreams(name: string): { direction: string; bytes: Uint8Array; frames: ListedFrame[] }[] {
  const here = committed(`p2p/${name}.frames.json`)
  const path = (file: string): string => (existsSync(here) ? committed(`p2p/${file}`) : shared(`devnet/v4/p2p/${file}`))
  const listed = readJson<(ListedFrame & { dir: string })[]>(path(`${name}.frames.json`))
  return [
    ['out', 'client-to-server'],
    ['in', 'server-to-client']
  ].map(([dir, direction]) => ({
    direction: direction!,
    bytes: readBytes(path(`${name}.${direction}.bin.gz`)),
    frames: listed.filter((f) => f.dir === dir)
  }))
}

/** The handshake of a stream, and a decoder that holds the rest. */
export function openStream(
  bytes: Uint8Array,
  magic: Uint8Array
): { handshake: Handshake; handshakeBytes: number; decoder: FrameDecoder } {
  const parsed = new HandshakeParser().push(bytes)
  assert.ok(parsed)
  const handshakeBytes = bytes.length - parsed.surplus.length
  assert.deepEqual(encodeHandshake(parsed.handshake), bytes.slice(0, handshakeBytes))
  const decoder = new FrameDecoder({ magic })
  decoder.push(parsed.surplus)
  return { handshake: parsed.handshake, handshakeBytes, decoder }
}

/** Decodes a frame's payload and fails unless it encodes to the very same bytes. */
export function checkFrame(frame: Frame): void {
  const message = decodeMessage(frame.code, frame.payload)
  assert.ok(bytesEqual(encodeMessage(message), frame.payload), `${message.type} at ${frame.offset} re-encodes differently`)
}
