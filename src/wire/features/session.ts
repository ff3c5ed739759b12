import { EncodeError, type Reader, type Writer } from '../../bytes/index.ts'
import { MAGIC_BYTES } from '../constants.ts'

/** Feature 3: tells networks apart before the first frame, and a node from itself. */
export interface SessionFeature {
  readonly kind: 'session'
  /** Four magic bytes of the peer's network. */
  readonly magic: Uint8Array
  /** Random signed 64-bit number, one per process. */
  readonly sessionId: bigint
}

export function readSession(r: Reader): SessionFeature {
  return { kind: 'session', magic: r.bytes(MAGIC_BYTES).slice(), sessionId: r.long() }
}

export function writeSession(w: Writer, f: SessionFeature): void {
  if (f.magic.length !== MAGIC_BYTES) throw new EncodeError(`network magic of ${f.magic.length} bytes`)
  w.bytes(f.magic).long(f.sessionId)
}
