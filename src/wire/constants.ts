/**
 * Limits and sizes of the peer-to-peer protocol. A payload beyond any of them makes the reference ban the sender's
 * address for good, so each is checked when reading and when writing.
 */

/** Network magic at the head of every frame (reference: `MessageConstants.MagicLength`). */
export const MAGIC_BYTES = 4
/** Magic, message code and payload length. A frame with an empty payload ends here. */
export const FRAME_HEADER_BYTES = 9
/** First bytes of blake2b-256 of the payload; absent when the payload is empty. */
export const CHECKSUM_BYTES = 4
/** Head of a frame with a payload. */
export const FRAME_HEAD_BYTES = FRAME_HEADER_BYTES + CHECKSUM_BYTES

/** Size that a sender of `Modifiers` aims for (`ModifiersSpec.maxMessageSize`). */
export const MODIFIERS_TARGET_BYTES = 2_048_576
/** Largest `Modifiers` message accepted, by its own count (`ModifiersSpec.maxMsgSizeWithReserve`: room for big AD proofs). */
export const MAX_MODIFIERS_BYTES = MODIFIERS_TARGET_BYTES * 4
/** Largest payload of any frame, inclusive (`MessageConstants.MaxMessageSize`). */
export const MAX_PAYLOAD_BYTES = MAX_MODIFIERS_BYTES * 2

/** Largest handshake (`HandshakeSerializer.maxHandshakeSize`). */
export const MAX_HANDSHAKE_BYTES = 8096
/** `PeerSpec` counts its features in one signed byte. */
export const MAX_FEATURES = 127
/** A feature's length must fit a signed short (`toShortExact`). */
export const MAX_FEATURE_BYTES = 0x7fff
/** A Mode feature of this size or more is dropped (`ModeFeatureSerializer.MaxSize`). */
export const MODE_FEATURE_LIMIT_BYTES = 512
/** Address length byte counts the IP and four more; the port itself is a VLQ. */
export const ADDRESS_LENGTH_EXTRA = 4
export const MAX_PORT = 0xffff

/** All modifier ids, header ids and tree labels on the wire. */
export const ID_BYTES = 32
/** Ids in one `Inv` or `RequestModifier` (`InvSpec.maxInvObjects`). */
export const MAX_INV_IDS = 400
/** Type byte and count, as the reference counts the head of a `Modifiers` message (`ModifiersSpec.HeaderLength`). */
export const MODIFIERS_HEADER_BYTES = 5
/** Entries of `Peers` (setting `maxPeerSpecObjects` of the reference, 64 on every network). */
export const MAX_PEERS = 64
/** The shortest peer spec: agent of one byte, version, empty name, no address, no features. */
export const MIN_PEER_SPEC_BYTES = 8

/** Ids of a version 1 `SyncInfo`: the last 1000 and the pre-genesis id (`ErgoSyncInfo.MaxBlockIds` + 1). */
export const MAX_SYNC_V1_IDS = 1001
/** Headers of a version 2 `SyncInfo` (`ErgoSyncInfoSerializer.MaxHeadersAllowed`). */
export const MAX_SYNC_V2_HEADERS = 50
/** A header in `SyncInfo` must be shorter than this (`ErgoSyncInfoSerializer.MaxHeaderSize`). */
export const SYNC_HEADER_LIMIT_BYTES = 1000

/** Payload of `GetSnapshotsInfo`, `GetManifest` and `GetUtxoSnapshotChunk` must be shorter than 100 bytes. */
export const MAX_SNAPSHOT_REQUEST_BYTES = 99
/** Payload of `SnapshotsInfo` (`SnapshotsInfoSpec.SizeLimit`). */
export const MAX_SNAPSHOTS_INFO_BYTES = 20_000
/** Payload of `Manifest` and `UtxoSnapshotChunk` (`ManifestSpec.SizeLimit`). */
export const MAX_SNAPSHOT_PART_BYTES = 4_000_000
/** Payload of `GetNipopowProof` (`GetNipopowProofSpec.SizeLimit`); a longer pad length is not consumed. */
export const MAX_GET_NIPOPOW_BYTES = 1000
/** Payload of `NipopowProof` (`NipopowProofSpec.SizeLimit`); the proof itself must be shorter. */
export const MAX_NIPOPOW_BYTES = 2_000_000
