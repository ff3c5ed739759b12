import { ID_BYTES, MAX_MODIFIERS_BYTES, MODIFIERS_HEADER_BYTES, MODIFIERS_TARGET_BYTES } from './constants.ts'
import type { Modifier, Modifiers } from './messages/index.ts'

/** The reference's estimate of an entry's length prefix. */
const LENGTH_BYTES = 4

/**
 * Splits objects of one type over `Modifiers` messages as the reference's `sendByParts` does: as many as keep the
 * estimated size below two megabytes, one larger object alone.
 *
 * An object that no message can carry is left out: the reference would send a message without entries for it, which
 * gets the sender banned.
 */
export function packModifiers(typeId: number, objects: readonly Modifier[]): Modifiers[] {
  const messages: Modifiers[] = []
  let batch: Modifier[] = []
  let size = MODIFIERS_HEADER_BYTES
  const flush = (): void => {
    if (batch.length > 0) messages.push({ type: 'Modifiers', typeId, modifiers: batch })
    batch = []
    size = MODIFIERS_HEADER_BYTES
  }
  for (const object of objects) {
    const entry = ID_BYTES + LENGTH_BYTES + object.bytes.length
    if (MODIFIERS_HEADER_BYTES + ID_BYTES + object.bytes.length > MAX_MODIFIERS_BYTES) continue
    if (size + entry >= MODIFIERS_TARGET_BYTES) flush()
    batch.push(object)
    size += entry
    if (size >= MODIFIERS_TARGET_BYTES) flush()
  }
  flush()
  return messages
}
