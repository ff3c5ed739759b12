/**
 * The peer-to-peer protocol of Ergo as bytes: handshake, frames, messages, and every limit on them. Pure.
 *
 * ```ts
 * const parser = new HandshakeParser()
 * const done = parser.push(chunk)                    // until it gives { handshake, surplus }
 *
 * const decoder = new FrameDecoder({ magic })
 * decoder.push(surplus)
 * for (const frame of decoder) {
 *   if (frame.known) handle(decodeMessage(frame.code, frame.payload))
 * }
 *
 * const inv = encodeMessage({ type: 'Inv', typeId: ModifierType.Header, ids: [id] })
 * const { head, payload } = frameParts(magic, messageCode('Inv'), inv)
 * ```
 *
 * What a peer sends wrong surfaces as a {@link WireError} that carries its penalty.
 *
 * @packageDocumentation
 */
export { formatAddress, parseAddress, type SocketAddress } from './address.ts'
export { type AddressScope, addressScope } from './address-scope.ts'
export * from './constants.ts'
export { describeFrame, describeHandshake, describeMessage, describePeerSpec } from './describe.ts'
export { WireError, type WireErrorCode } from './errors.ts'
export {
  ALL_BLOCKS_KEPT,
  FeatureId,
  type LocalAddressFeature,
  type ModeFeature,
  NIPOPOW_FLAG,
  type PeerFeature,
  type RestApiUrlFeature,
  type SessionFeature,
  type UnknownFeature,
  UTXO_SET_BOOTSTRAPPED
} from './features/index.ts'
export { type EncodedFrame, encodeFrame, frameParts } from './frame.ts'
export { type Frame, FrameDecoder, type FrameDecoderInit } from './frame-decoder.ts'
export { encodeHandshake, type Handshake, HandshakeParser, readHandshake } from './handshake.ts'
export { ipFromText, ipToText } from './ip.ts'
export * from './messages/index.ts'
export { isBlockSectionType, ModifierType, modifierTypeName } from './modifier-types.ts'
export { packModifiers } from './pack-modifiers.ts'
export {
  decodePeerSpec,
  encodePeerSpec,
  localAddressOf,
  modeOf,
  type PeerSpec,
  relayablePeerSpec,
  restApiUrlOf,
  sessionOf
} from './peer-spec.ts'
export { PENALTY_SCORES, type PenaltyKind } from './penalties.ts'
export {
  compareVersions,
  EIP37_VERSION,
  formatVersion,
  INITIAL_VERSION,
  INPUT_BLOCKS_VERSION,
  NIPOPOW_VERSION,
  parseVersion,
  SYNC_V2_VERSION,
  UTXO_SNAPSHOT_VERSION,
  type Version
} from './version.ts'
