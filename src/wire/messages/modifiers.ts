import { DecodeError, EncodeError } from '../../bytes/index.ts'
import { ID_BYTES, MAX_MODIFIERS_BYTES, MODIFIERS_HEADER_BYTES } from '../constants.ts'
import { defineMessage, writeId } from './codec.ts'

/** An object and the id that the sender claims for it. */
export interface Modifier {
  readonly id: Uint8Array
  readonly bytes: Uint8Array
}

/**
 * Code 33: objects of one type, in answer to `RequestModifier`. The reference sends them in hash-map order, over
 * several messages when they are large, and collapses entries of equal id when it receives (the last one stays).
 */
export interface Modifiers {
  readonly type: 'Modifiers'
  /** Unsigned type byte, see `ModifierType`. */
  readonly typeId: number
  readonly modifiers: readonly Modifier[]
}

export const modifiers = defineMessage<Modifiers>({
  code: 33,
  name: 'Modifiers',
  read: (r) => {
    const typeId = r.u8()
    const at = r.position
    const count = r.checkCount(r.uintExact('modifier count'), MAX_MODIFIERS_BYTES, ID_BYTES + 1, 'modifier count')
    if (count === 0) throw new DecodeError('OUT_OF_RANGE', 'no modifiers', at)
    const list = new Array<Modifier>(count)
    // The reference counts 32 bytes and the object, not the length prefix, and stops at its limit.
    let size = MODIFIERS_HEADER_BYTES
    for (let i = 0; i < count; i++) {
      const id = r.bytes(ID_BYTES)
      const length = r.uintExact('modifier length')
      size += ID_BYTES + length
      if (size > MAX_MODIFIERS_BYTES) throw new DecodeError('LIMIT_EXCEEDED', `modifiers of ${size} bytes or more`, r.position)
      list[i] = { id, bytes: r.bytes(length) }
    }
    return { type: 'Modifiers', typeId, modifiers: list }
  },
  write: (w, message) => {
    if (message.modifiers.length === 0) throw new EncodeError('no modifiers')
    w.u8(message.typeId).uint(message.modifiers.length)
    let size = MODIFIERS_HEADER_BYTES
    for (const { id, bytes } of message.modifiers) {
      size += ID_BYTES + bytes.length
      if (size > MAX_MODIFIERS_BYTES) throw new EncodeError(`modifiers of ${size} bytes or more`)
      writeId(w, id)
      w.uint(bytes.length).bytes(bytes)
    }
  }
})
