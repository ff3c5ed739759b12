import { DecodeError, EncodeError, Reader, Writer } from '../../bytes/index.ts'
import { MAX_PAYLOAD_BYTES } from '../constants.ts'
import type { PenaltyKind } from '../penalties.ts'

/** One message type: how its payload is read and written. */
export interface MessageCodec<M> {
  readonly code: number
  /** Name in the reference's documentation, e.g. `RequestModifier`. */
  readonly name: string
  /** Largest payload that the reference can accept for this code. */
  readonly maxPayloadBytes: number
  /** What a payload that does not parse earns its sender. */
  readonly penalty: PenaltyKind
  /** Reads a payload from a cursor that ends with it. Trailing bytes are ignored, as in the reference. */
  read(r: Reader): M
  /**
   * Reads a payload. Byte fields of the result are views of it.
   *
   * @throws DecodeError for anything that the reference would refuse
   */
  decode(payload: Uint8Array): M
  /**
   * Payload of a message.
   *
   * @throws EncodeError when the reference would refuse it
   */
  encode(message: M): Uint8Array
}

interface CodecInit<M> {
  readonly code: number
  readonly name: string
  readonly maxPayloadBytes?: number
  read(r: Reader): M
  write(w: Writer, message: M): void
}

/** Wraps field readers and writers with the checks that all messages share. */
export function defineMessage<M>(init: CodecInit<M>): MessageCodec<M> {
  const { code, name, maxPayloadBytes = MAX_PAYLOAD_BYTES } = init
  const read = (r: Reader): M => {
    if (r.remaining > maxPayloadBytes) {
      throw new DecodeError('LIMIT_EXCEEDED', `${name} payload of ${r.remaining} bytes`, r.position)
    }
    return init.read(r)
  }
  return {
    code,
    name,
    maxPayloadBytes,
    penalty: 'permanent',
    read,
    decode: (payload) => read(new Reader(payload)),
    encode: (message) => {
      const w = new Writer()
      init.write(w, message)
      if (w.length > maxPayloadBytes) throw new EncodeError(`${name} payload of ${w.length} bytes`)
      return w.toBytes()
    }
  }
}

/** Fails unless `id` has the length of every id on the wire. */
export function writeId(w: Writer, id: Uint8Array): void {
  if (id.length !== 32) throw new EncodeError(`id of ${id.length} bytes`)
  w.bytes(id)
}
