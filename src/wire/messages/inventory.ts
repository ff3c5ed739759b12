import { DecodeError, EncodeError, type Reader, type Writer } from '../../bytes/index.ts'
import { ID_BYTES, MAX_INV_IDS } from '../constants.ts'
import { writeId } from './codec.ts'

/** What `Inv` and `RequestModifier` both carry: ids of objects of one type. */
export interface Inventory {
  /** Unsigned type byte, see `ModifierType`; any value is legal. */
  readonly typeId: number
  /** 1 .. 400 ids of 32 bytes. */
  readonly ids: readonly Uint8Array[]
}

export function readInventory(r: Reader): Inventory {
  const typeId = r.u8()
  const at = r.position
  const count = r.checkCount(r.uintExact('id count'), MAX_INV_IDS, ID_BYTES, 'id count')
  if (count === 0) throw new DecodeError('OUT_OF_RANGE', 'no ids', at)
  const ids = new Array<Uint8Array>(count)
  for (let i = 0; i < count; i++) ids[i] = r.bytes(ID_BYTES)
  return { typeId, ids }
}

export function writeInventory(w: Writer, { typeId, ids }: Inventory): void {
  if (ids.length === 0 || ids.length > MAX_INV_IDS) throw new EncodeError(`${ids.length} ids`)
  w.u8(typeId).uint(ids.length)
  for (const id of ids) writeId(w, id)
}
