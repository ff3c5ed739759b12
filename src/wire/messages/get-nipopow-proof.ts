import { ID_BYTES, MAX_GET_NIPOPOW_BYTES } from '../constants.ts'
import { defineMessage, writeId } from './codec.ts'
import { skipPadding } from './padding.ts'

/** Code 90: asks for a NiPoPoW. The reference answers m = 6, k = 10 without header id, and nothing else. */
export interface GetNipopowProof {
  readonly type: 'GetNipopowProof'
  /** Wanted length of superchains. */
  readonly m: number
  /** Wanted length of the suffix. */
  readonly k: number
  /** Last header of the prefix; absent for the best chain. */
  readonly headerId?: Uint8Array
}

export const getNipopowProof = defineMessage<GetNipopowProof>({
  code: 90,
  name: 'GetNipopowProof',
  maxPayloadBytes: MAX_GET_NIPOPOW_BYTES,
  read: (r) => {
    const m = r.int()
    const k = r.int()
    // Not an option: only the value 1 means present.
    const headerId = r.u8() === 1 ? r.bytes(ID_BYTES) : undefined
    skipPadding(r, MAX_GET_NIPOPOW_BYTES)
    return { type: 'GetNipopowProof', m, k, ...(headerId === undefined ? {} : { headerId }) }
  },
  write: (w, message) => {
    w.int(message.m).int(message.k)
    w.option(message.headerId, (id) => writeId(w, id))
    w.ushort(0)
  }
})
