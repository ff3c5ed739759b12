/**
 * Features of a peer spec: optional, extensible facts that peers tell about themselves.
 *
 * @packageDocumentation
 */
import { DecodeError, EncodeError, Reader, Writer } from '../../bytes/index.ts'
import { MAX_FEATURE_BYTES } from '../constants.ts'
import { type LocalAddressFeature, readLocalAddress, writeLocalAddress } from './local-address.ts'
import { type ModeFeature, readMode, writeMode } from './mode.ts'
import { type RestApiUrlFeature, readRestApiUrl, writeRestApiUrl } from './rest-api-url.ts'
import { readSession, type SessionFeature, writeSession } from './session.ts'

/** Ids of the features that the reference knows (`PeerFeatureDescriptors.scala`). */
export const FeatureId = { LocalAddress: 2, Session: 3, RestApiUrl: 4, Mode: 16 } as const

/**
 * A feature of another implementation, or one whose body does not parse. The reference forgets it without a word;
 * it is kept here for crawlers and must not be relayed.
 */
export interface UnknownFeature {
  readonly kind: 'unknown'
  /** Unsigned id byte. */
  readonly id: number
  readonly body: Uint8Array
}

export type PeerFeature = ModeFeature | SessionFeature | LocalAddressFeature | RestApiUrlFeature | UnknownFeature

function readBody(id: number, r: Reader): PeerFeature | undefined {
  switch (id) {
    case FeatureId.Mode:
      return readMode(r)
    case FeatureId.Session:
      return readSession(r)
    case FeatureId.LocalAddress:
      return readLocalAddress(r)
    case FeatureId.RestApiUrl:
      return readRestApiUrl(r)
    default:
      return undefined
  }
}

/** One feature: id, length, body. A bad body makes it unknown; a bad length fails the whole peer spec. */
export function readFeature(r: Reader): PeerFeature {
  const id = r.u8()
  const at = r.position
  const size = r.ushort('feature length')
  if (size > MAX_FEATURE_BYTES) throw new DecodeError('LIMIT_EXCEEDED', `feature of ${size} bytes`, at)
  const body = r.bytes(size)
  try {
    const known = readBody(id, new Reader(body))
    if (known !== undefined) return known
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
  return { kind: 'unknown', id, body: body.slice() }
}

function writeBody(w: Writer, f: PeerFeature): number {
  switch (f.kind) {
    case 'mode':
      writeMode(w, f)
      return FeatureId.Mode
    case 'session':
      writeSession(w, f)
      return FeatureId.Session
    case 'localAddress':
      writeLocalAddress(w, f)
      return FeatureId.LocalAddress
    case 'restApiUrl':
      writeRestApiUrl(w, f)
      return FeatureId.RestApiUrl
    case 'unknown':
      w.bytes(f.body)
      return f.id
  }
}

export function writeFeature(w: Writer, f: PeerFeature): void {
  const body = new Writer(16)
  const id = writeBody(body, f)
  if (body.length > MAX_FEATURE_BYTES) throw new EncodeError(`feature of ${body.length} bytes`)
  w.u8(id).ushort(body.length).bytes(body.toBytes())
}

export type { LocalAddressFeature } from './local-address.ts'
export { ALL_BLOCKS_KEPT, type ModeFeature, NIPOPOW_FLAG, UTXO_SET_BOOTSTRAPPED } from './mode.ts'
export type { RestApiUrlFeature } from './rest-api-url.ts'
export type { SessionFeature } from './session.ts'
