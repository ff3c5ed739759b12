/** Version of the stream protocol on libp2p carriers: the native byte stream, unchanged. */
export const PROTOCOL_VERSION = '1.0.0'

/** `connection.multiplexer` of connections whose transport speaks the native protocol without negotiation. */
export const NATIVE_MULTIPLEXER = '/ergo-native/1'

/** The reference aborts a connection that did not complete its handshake in this time (`handshakeTimeout`). */
export const HANDSHAKE_TIMEOUT_MS = 30_000

/**
 * Shortest time between our handshake and our first frame on native connections. The reference parses exactly one socket read as
 * the handshake and throws away what follows in it; on a near peer both would arrive in one read. A far peer's own handshake takes
 * longer than this to come, so nothing is lost there.
 */
export const FIRST_FRAME_DELAY_MS = 100

/** Inbound connections whose handshake is not complete: each costs a socket and at most 8,096 bytes. */
export const MAX_HALF_OPEN = 48

/** The same from one IP address: a few nodes behind one NAT may start at once, more is an attack on the total. */
export const MAX_HALF_OPEN_PER_IP = 4

/**
 * When the total is reached, the oldest connection that had this long to send its handshake makes room: one that answers needs a
 * round trip, so waiting out the whole timeout in every slot must not keep others away.
 */
export const HALF_OPEN_GRACE_MS = 3_000

/** Like the reference (`inactiveConnectionDeadline`): no complete frame in this time and the session is closed. */
export const INACTIVITY_TIMEOUT_MS = 600_000

/** A peer that takes not one byte of what waits for it in this time is closed; 60 s outlasts any hiccup of a live link. */
export const STALL_TIMEOUT_MS = 60_000

/** How often deadlines are looked at: one timer for all sessions, precise enough for limits of tens of seconds. */
export const SWEEP_INTERVAL_MS = 1_000

/** Bytes waiting for our handlers above which the stream is paused. One pause a megabyte keeps fast links busy. */
export const RECEIVE_HIGH_BYTES = 1 << 20

/** Bytes waiting below which a paused stream is read again. */
export const RECEIVE_LOW_BYTES = 1 << 18

/** Received bytes held by all sessions together, partial frames included. Above it the session that holds most is closed. */
export const MAX_RECEIVE_TOTAL_BYTES = 192 << 20

/** Frames handled in one turn of the event loop before other sessions get theirs. */
export const FRAMES_PER_TURN = 128

/** Payload bytes handled in one turn. */
export const BYTES_PER_TURN = 1 << 20

/**
 * Read buffer of libp2p streams. Must be at least twice the window of {@link YAMUX_STREAM_OPTIONS}, else a paused stream is reset;
 * mplex has no flow control, and there this is all that a pause can hold.
 */
export const STREAM_READ_BUFFER_BYTES = 8 << 20

/**
 * Stream options for yamux. With its defaults the receive window grows to 16 MiB while the read buffer ends at 4 MiB, so a paused
 * fast stream is reset.
 */
export const YAMUX_STREAM_OPTIONS = { maxStreamWindowSize: 1 << 20, maxReadBufferLength: STREAM_READ_BUFFER_BYTES } as const

/**
 * Options of libp2p's connection monitor. Its question after a sign of life waits behind whatever is on its way, and with the
 * default of five seconds for the answer a large message over a slow link, or a busy machine, ends the connection. Seldom enough
 * that at most two questions are open, which is all that the ping service answers at once.
 */
export const CONNECTION_MONITOR_OPTIONS = {
  pingInterval: 60_000,
  pingTimeout: { minTimeout: 60_000, maxTimeout: 60_000 }
} as const

/**
 * Bytes queued for one peer. A reply is up to 8 MB; who asks for more before reading must wait ({@link Session.drained}), and one
 * that lets this fill up is closed.
 */
export const SEND_QUEUE_BYTES = 24 << 20

/** Queue length above which droppable frames (announcements) are dropped: a peer this far behind learns of them later anyway. */
export const SEND_DROP_BYTES = 1 << 20

/** Queue length at which {@link Session.drained} lets the next reply through. */
export const SEND_LOW_BYTES = 1 << 18

/** Handed to the stream at once: small, so that a slow peer shows progress and our queue stays the one place that counts. */
export const SEND_BATCH_BYTES = 1 << 18

/** Frames up to this size are copied together into one write; copying costs less than one more chunk in a `writev`. */
export const SEND_COPY_BYTES = 8 << 10

/** How long a graceful close may take before the connection is aborted. */
export const CLOSE_TIMEOUT_MS = 1_000

/**
 * Records of vanished native peers stay in the peer store this long: libp2p still reads them to tell topologies about the
 * disconnect.
 */
export const PEER_RECORD_LINGER_MS = 1_000

/**
 * A session older than this was not opened while the peer dialled us: a second connection is then refused. A dial takes 6 s at most,
 * and the handshake a round trip more.
 */
export const SIMULTANEOUS_DIAL_MS = 10_000

/** A peer that does not keep both of two connections ends one of them within a round trip; 2 s outlast any. */
export const CONTEST_MS = 2_000
