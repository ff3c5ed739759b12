/**
 * Every message of the protocol, one file each, and the table of them by code.
 *
 * @packageDocumentation
 */
import { DecodeError } from '../../bytes/index.ts'
import { MAX_PAYLOAD_BYTES } from '../constants.ts'
import { WireError } from '../errors.ts'
import type { MessageCodec } from './codec.ts'
import { type GetManifest, getManifest } from './get-manifest.ts'
import { type GetNipopowProof, getNipopowProof } from './get-nipopow-proof.ts'
import { type GetPeers, getPeers } from './get-peers.ts'
import { type GetSnapshotsInfo, getSnapshotsInfo } from './get-snapshots-info.ts'
import { type GetUtxoSnapshotChunk, getUtxoSnapshotChunk } from './get-utxo-snapshot-chunk.ts'
import { type Inv, inv } from './inv.ts'
import { type Manifest, manifest } from './manifest.ts'
import { type Modifiers, modifiers } from './modifiers.ts'
import { type NipopowProof, nipopowProof } from './nipopow-proof.ts'
import { type Peers, peers } from './peers.ts'
import { type RequestModifier, requestModifier } from './request-modifier.ts'
import { type SnapshotsInfo, snapshotsInfo } from './snapshots-info.ts'
import { type SyncInfo, syncInfo } from './sync-info.ts'
import { type UtxoSnapshotChunk, utxoSnapshotChunk } from './utxo-snapshot-chunk.ts'

/** Anything that two peers say to each other after the handshake, told apart by `type`. */
export type Message =
  | GetPeers
  | Peers
  | RequestModifier
  | Modifiers
  | Inv
  | SyncInfo
  | GetSnapshotsInfo
  | SnapshotsInfo
  | GetManifest
  | Manifest
  | GetUtxoSnapshotChunk
  | UtxoSnapshotChunk
  | GetNipopowProof
  | NipopowProof

export type MessageType = Message['type']

/** The codec of each message, by its type. */
export const codecs: { readonly [T in MessageType]: MessageCodec<Extract<Message, { type: T }>> } = {
  GetPeers: getPeers,
  Peers: peers,
  RequestModifier: requestModifier,
  Modifiers: modifiers,
  Inv: inv,
  SyncInfo: syncInfo,
  GetSnapshotsInfo: getSnapshotsInfo,
  SnapshotsInfo: snapshotsInfo,
  GetManifest: getManifest,
  Manifest: manifest,
  GetUtxoSnapshotChunk: getUtxoSnapshotChunk,
  UtxoSnapshotChunk: utxoSnapshotChunk,
  GetNipopowProof: getNipopowProof,
  NipopowProof: nipopowProof
}

const byCode = new Map<number, MessageCodec<Message>>(
  Object.values(codecs).map((codec) => [codec.code, codec as unknown as MessageCodec<Message>])
)

/** True for the fourteen codes that the protocol has; sending any other jams a reference peer for good. */
export function isKnownMessage(code: number): boolean {
  return byCode.has(code)
}

/** Name of a message code, e.g. `Inv` for 55; undefined for an unknown one. */
export function messageName(code: number): MessageType | undefined {
  return byCode.get(code)?.name as MessageType | undefined
}

/** Largest payload worth waiting for under a code; the frame limit for codes without a limit of their own. */
export function maxPayloadBytes(code: number): number {
  return byCode.get(code)?.maxPayloadBytes ?? MAX_PAYLOAD_BYTES
}

/** The codec behind a code, for callers that read from a cursor of their own. */
export function codecOf(code: number): MessageCodec<Message> | undefined {
  return byCode.get(code)
}

/** Code of a message, e.g. 55 for `Inv`. */
export function messageCode(type: MessageType): number {
  return codecs[type].code
}

/**
 * Reads the payload of a known code. Byte fields of the result are views of `payload`.
 *
 * @throws WireError PAYLOAD_INVALID with the penalty it earns; RangeError for an unknown code
 */
export function decodeMessage(code: number, payload: Uint8Array): Message {
  const codec = byCode.get(code)
  if (codec === undefined) throw new RangeError(`no message has code ${code}`)
  try {
    return codec.decode(payload)
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw new WireError('PAYLOAD_INVALID', `${codec.name}: ${cause.message}`, {
      penalty: codec.penalty,
      messageCode: code,
      offset: cause.offset,
      cause
    })
  }
}

/**
 * Payload of a message.
 *
 * @throws EncodeError when the reference would refuse it
 */
export function encodeMessage(message: Message): Uint8Array {
  return (codecs[message.type] as MessageCodec<Message>).encode(message)
}

export type { MessageCodec } from './codec.ts'
export type { Inventory } from './inventory.ts'
export type { Modifier } from './modifiers.ts'
export type { SnapshotOffer } from './snapshots-info.ts'
export type { SyncInfoV1, SyncInfoV2 } from './sync-info.ts'
export type {
  GetManifest,
  GetNipopowProof,
  GetPeers,
  GetSnapshotsInfo,
  GetUtxoSnapshotChunk,
  Inv,
  Manifest,
  Modifiers,
  NipopowProof,
  Peers,
  RequestModifier,
  SnapshotsInfo,
  SyncInfo,
  UtxoSnapshotChunk
}
