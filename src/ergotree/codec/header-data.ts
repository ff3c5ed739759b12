import { bigIntFromBytes, EncodeError, Writer } from '../../bytes/index.ts'
import { blake2b256 } from '../../crypto/index.ts'
import { fitsSigned256, unsignedToBytes } from '../values/big-int-bytes.ts'
import { GroupElement } from '../values/group-element.ts'
import type { ScriptHeader } from '../values/values.ts'
import type { ScriptReader } from './script-reader.ts'

/** First block version; the only one with a version 1 solution and without the length byte of new fields. */
const INITIAL_VERSION = 1

/** Last block version whose fields are all known: new fields are read above it only. */
const LAST_KNOWN_VERSION = 4

const EMPTY = new Uint8Array(0)

/**
 * Reads a header as script data (reference: `ErgoHeader.sigmaSerializer` of the interpreter, not the node's codec: the id
 * hashes the bytes as they came, canonical or not).
 */
export function readScriptHeader(s: ScriptReader): ScriptHeader {
  const start = s.position
  const version = s.i8()
  const parentId = s.bytes(32)
  const adProofsRoot = s.bytes(32)
  const transactionsRoot = s.bytes(32)
  const stateRoot = s.bytes(33)
  const timestamp = s.ulong()
  const extensionRoot = s.bytes(32)
  const nBits = readUnsigned32(s.bytes(4))
  const height = s.uint('header height')
  const votes = s.bytes(3)
  const newFields = version > INITIAL_VERSION ? s.u8() : 0
  const unparsedBytes = newFields > 0 && version > LAST_KNOWN_VERSION ? s.bytes(newFields) : EMPTY
  const minerPk = s.groupElement()
  const isV1 = version === INITIAL_VERSION
  const powOnetimePk = isV1 ? s.groupElement() : GroupElement.generator
  const powNonce = s.bytes(8)
  const powDistance = isV1 ? bigIntFromBytes(s.bytes(s.u8())) : 0n
  if (!fitsSigned256(powDistance)) s.fail('distance of a header solution is not below 2^255')
  return {
    id: blake2b256(s.raw.buffer.subarray(start, s.position)),
    version,
    parentId,
    adProofsRoot,
    stateRoot,
    transactionsRoot,
    timestamp,
    nBits,
    height,
    extensionRoot,
    minerPk,
    powOnetimePk,
    powNonce,
    powDistance,
    votes,
    unparsedBytes
  }
}

function readUnsigned32(b: Uint8Array): number {
  return ((b[0]! << 24) | (b[1]! << 16) | (b[2]! << 8) | b[3]!) >>> 0
}

/** Writes a header from its fields. The result may differ from what it was read from. */
export function writeScriptHeader(w: Writer, h: ScriptHeader): void {
  writeScriptHeaderWithoutPow(w, h)
  w.bytes(h.minerPk.bytes)
  if (h.version !== INITIAL_VERSION) {
    w.bytes(h.powNonce)
    return
  }
  const distance = unsignedToBytes(h.powDistance)
  w.bytes(h.powOnetimePk.bytes).bytes(h.powNonce).u8(distance.length).bytes(distance)
}

/** What the proof of work signs. */
export function scriptHeaderBytesWithoutPow(h: ScriptHeader): Uint8Array {
  const w = new Writer(256)
  writeScriptHeaderWithoutPow(w, h)
  return w.toBytes()
}

function writeScriptHeaderWithoutPow(w: Writer, h: ScriptHeader): void {
  if (h.height < 0) throw new EncodeError(`negative height ${h.height} of a header`)
  w.u8(h.version).bytes(h.parentId).bytes(h.adProofsRoot).bytes(h.transactionsRoot).bytes(h.stateRoot)
  w.ulong(h.timestamp).bytes(h.extensionRoot).i32be(h.nBits).uint(h.height).bytes(h.votes)
  if (h.version > INITIAL_VERSION) w.u8(h.unparsedBytes.length).bytes(h.unparsedBytes)
}
