import { DecodeError, EncodeError, Reader, Writer } from '../bytes/index.ts'
import { readDeclaredAddress, type SocketAddress, writeDeclaredAddress } from './address.ts'
import { MAX_FEATURES } from './constants.ts'
import {
  type LocalAddressFeature,
  type ModeFeature,
  type PeerFeature,
  type RestApiUrlFeature,
  readFeature,
  type SessionFeature,
  writeFeature
} from './features/index.ts'
import { readVersion, type Version, writeVersion } from './version.ts'

/** What a peer says about itself in its handshake, and what others repeat about it in `Peers` messages. */
export interface PeerSpec {
  /** Software, never empty, by convention `/Name:Version(comments)/…/`. */
  readonly agentName: string
  readonly version: Version
  /** Name given by the operator; may be empty. */
  readonly nodeName: string
  /** Where it says it can be dialled. Nobody checks it against the address it comes from. */
  readonly declaredAddress?: SocketAddress
  readonly features: readonly PeerFeature[]
}

/** Reads what `PeerSpecSerializer` of the reference reads. Unknown features are kept as such. */
export function readPeerSpec(r: Reader): PeerSpec {
  const at = r.position
  const agentName = r.shortString()
  if (agentName === '') throw new DecodeError('MALFORMED', 'agent name is empty', at)
  const version = readVersion(r)
  const nodeName = r.shortString()
  const declaredAddress = r.option(() => readDeclaredAddress(r))
  const countAt = r.position
  const count = r.i8()
  if (count < 0) throw new DecodeError('OUT_OF_RANGE', `feature count ${count} is negative`, countAt)
  const features: PeerFeature[] = []
  for (let i = 0; i < count; i++) features.push(readFeature(r))
  return { agentName, version, nodeName, ...(declaredAddress === undefined ? {} : { declaredAddress }), features }
}

/** @throws EncodeError when a field does not fit; never writes what the reference would refuse. */
export function writePeerSpec(w: Writer, spec: PeerSpec): void {
  if (spec.agentName === '') throw new EncodeError('agent name is empty')
  if (spec.features.length > MAX_FEATURES) throw new EncodeError(`${spec.features.length} features`)
  w.shortString(spec.agentName)
  writeVersion(w, spec.version)
  w.shortString(spec.nodeName)
  w.option(spec.declaredAddress, (address) => writeDeclaredAddress(w, address))
  w.u8(spec.features.length)
  for (const f of spec.features) writeFeature(w, f)
}

export function decodePeerSpec(bytes: Uint8Array): PeerSpec {
  return readPeerSpec(new Reader(bytes))
}

export function encodePeerSpec(spec: PeerSpec): Uint8Array {
  const w = new Writer()
  writePeerSpec(w, spec)
  return w.toBytes()
}

/**
 * The form of a peer spec that may be repeated to others: unknown features dropped, as the reference drops them.
 * Undefined when no form of it is safe. One bad entry in `Peers` bans the relayer, not its author: names that were
 * not UTF-8 grow when written again and may no longer fit their length byte.
 */
export function relayablePeerSpec(spec: PeerSpec): PeerSpec | undefined {
  if (spec.declaredAddress === undefined || spec.declaredAddress.port === 0) return undefined
  const relayed = { ...spec, features: spec.features.filter((f) => f.kind !== 'unknown') }
  try {
    encodePeerSpec(relayed)
    return relayed
  } catch (error) {
    if (error instanceof EncodeError) return undefined
    throw error
  }
}

const first = <K extends PeerFeature['kind']>(spec: PeerSpec, kind: K): Extract<PeerFeature, { kind: K }> | undefined =>
  spec.features.find((f): f is Extract<PeerFeature, { kind: K }> => f.kind === kind)

export const modeOf = (spec: PeerSpec): ModeFeature | undefined => first(spec, 'mode')
export const sessionOf = (spec: PeerSpec): SessionFeature | undefined => first(spec, 'session')
export const localAddressOf = (spec: PeerSpec): LocalAddressFeature | undefined => first(spec, 'localAddress')
export const restApiUrlOf = (spec: PeerSpec): RestApiUrlFeature | undefined => first(spec, 'restApiUrl')
