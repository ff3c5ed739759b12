/**
 * Multiaddr code of `ergo`, from the private range of the multicodec table (0x300000 .. 0x3fffff): such an address is only ever
 * used inside one node, since one unknown code makes a stock libp2p peer reject a whole signed peer record.
 */
export const CODE_ERGO = 0x30_0e60

/** What `connection.multiplexer` says on a native connection. */
export const NATIVE_MUXER = '/ergo-native/1'

/** The reference drops a peer that was silent for 10 minutes (`inactiveConnectionDeadline`); a shorter timer would cut live links. */
export const IDLE_TIMEOUT_MS = 600_000

/** The stock libp2p dialler gives one address 6 s; the operating system alone would wait for minutes on a black hole. */
export const CONNECT_TIMEOUT_MS = 6_000

/**
 * After the remote's FIN our unsent bytes may still flow for this long; then the socket is destroyed, so that a peer which
 * closes its half and never reads cannot hold a slot.
 */
export const CLOSE_LINGER_MS = 2_000

/**
 * Bytes kept unread before a stream without a reader is reset. One kernel-sized burst of early data fits easily (a handshake has at
 * most 8,096 bytes); when a reader pauses, the socket itself is paused and nothing piles up here.
 */
export const MAX_READ_BUFFER_BYTES = 1 << 20

/** Above the largest frame of the protocol (16,388,608 bytes), so that one frame can always be handed over whole. */
export const MAX_WRITE_BUFFER_BYTES = 32 << 20

/** Inbound sockets at once. The reference accepts 22; we are a better server and still far from file-handle limits. */
export const MAX_INBOUND_TOTAL = 96

/** Inbound sockets of one IP: room for a few nodes behind one NAT, too few to fill the table. */
export const MAX_INBOUND_PER_IP = 6

/** Inbound sockets of one /24 or /64, which cost an attacker no more than one address does. */
export const MAX_INBOUND_PER_SUBNET = 16

/** Inbound sockets whose upgrade (gater hooks) is not through; libp2p itself refuses above 10 such upgrades. */
export const MAX_INBOUND_PENDING = 10
