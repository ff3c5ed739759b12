import { DecodeError, type JsonInput, Reader, toHex } from '../bytes/index.ts'
import { blake2b256 } from '../crypto/index.ts'
import { formatAddress, type SocketAddress } from './address.ts'
import { CHECKSUM_BYTES, MAGIC_BYTES, MAX_HANDSHAKE_BYTES, MAX_PAYLOAD_BYTES } from './constants.ts'
import { FeatureId, type PeerFeature } from './features/index.ts'
import { readHandshake } from './handshake.ts'
import { codecOf, type Message, messageName } from './messages/index.ts'
import { modifierTypeName } from './modifier-types.ts'
import type { PeerSpec } from './peer-spec.ts'
import { formatVersion } from './version.ts'

function describeValue(value: unknown): JsonInput {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(describeValue)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, describeValue(v)]))
  }
  return value as JsonInput
}

function describeFeature(feature: PeerFeature): JsonInput {
  const { kind, ...fields } = feature
  if (feature.kind === 'unknown') return { kind, ...(describeValue(fields) as object) }
  const id = {
    mode: FeatureId.Mode,
    session: FeatureId.Session,
    localAddress: FeatureId.LocalAddress,
    restApiUrl: FeatureId.RestApiUrl
  }
  const address: SocketAddress | undefined = feature.kind === 'localAddress' ? feature.address : undefined
  return {
    kind,
    id: id[feature.kind],
    ...(describeValue(fields) as object),
    ...(address === undefined ? {} : { address: formatAddress(address) })
  }
}

/** A peer spec as JSON: bytes as lower-case hex, 64-bit numbers as `bigint`, for `stringifyJson`. */
export function describePeerSpec(spec: PeerSpec): JsonInput {
  return {
    agentName: spec.agentName,
    version: formatVersion(spec.version),
    nodeName: spec.nodeName,
    declaredAddress: spec.declaredAddress === undefined ? null : formatAddress(spec.declaredAddress),
    features: spec.features.map(describeFeature)
  }
}

function describeContent(message: Message): JsonInput {
  const { type, ...fields } = message
  if (message.type === 'Peers') return { type, peers: message.peers.map(describePeerSpec) }
  const typeName = 'typeId' in message ? { typeName: modifierTypeName(message.typeId) ?? null } : {}
  return { type, ...typeName, ...(describeValue(fields) as object) }
}

function surplus(r: Reader): { readonly [key: string]: JsonInput } {
  return r.remaining === 0 ? {} : { surplusBytes: r.remaining }
}

function readContent(r: Reader, code: number): JsonInput {
  const codec = codecOf(code)
  if (codec === undefined) return { type: null, payload: toHex(r.bytes(r.remaining)) }
  const content = describeContent(codec.read(r)) as { readonly [key: string]: JsonInput }
  return { ...content, ...surplus(r) }
}

/**
 * A handshake as JSON, with the number of bytes behind it when there are any.
 *
 * @throws DecodeError with the offset in `bytes`
 */
export function describeHandshake(bytes: Uint8Array): JsonInput {
  const r = new Reader(bytes)
  const { time, peer } = readHandshake(r)
  if (r.position > MAX_HANDSHAKE_BYTES) throw new DecodeError('LIMIT_EXCEEDED', `handshake of ${r.position} bytes`, 0)
  return { time, ...(describePeerSpec(peer) as object), ...surplus(r) }
}

/**
 * A message as JSON.
 *
 * @param bytes - payload when `code` is given, else one byte of code and the payload
 * @throws DecodeError with the offset in `bytes`
 */
export function describeMessage(bytes: Uint8Array, code?: number): JsonInput {
  const r = new Reader(bytes)
  const found = code ?? r.u8()
  return { code: found, ...(readContent(r, found) as object) }
}

/**
 * The first frame in `bytes` as JSON, of any network.
 *
 * @throws DecodeError with the offset in `bytes`, for a bad length or checksum as well
 */
export function describeFrame(bytes: Uint8Array): JsonInput {
  const r = new Reader(bytes)
  const magic = toHex(r.bytes(MAGIC_BYTES))
  const code = r.u8()
  const lengthAt = r.position
  const length = r.i32be()
  if (length < 0 || length > MAX_PAYLOAD_BYTES) {
    throw new DecodeError('LIMIT_EXCEEDED', `payload length ${length} is not within 0..${MAX_PAYLOAD_BYTES}`, lengthAt)
  }
  const head = { magic, code, name: messageName(code) ?? null, length }
  if (length === 0) return { ...head, message: readContent(new Reader(bytes, r.position, r.position), code), ...surplus(r) }
  const checksumAt = r.position
  const checksum = toHex(r.bytes(CHECKSUM_BYTES))
  const payloadAt = r.position
  const computed = toHex(blake2b256(r.bytes(length)).subarray(0, CHECKSUM_BYTES))
  if (computed !== checksum) {
    throw new DecodeError('MALFORMED', `checksum is ${checksum}, the payload's is ${computed}`, checksumAt)
  }
  return { ...head, checksum, message: readContent(new Reader(bytes, payloadAt, r.position), code), ...surplus(r) }
}
