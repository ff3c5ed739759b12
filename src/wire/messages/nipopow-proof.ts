import { DecodeError, EncodeError } from '../../bytes/index.ts'
import { MAX_NIPOPOW_BYTES } from '../constants.ts'
import { defineMessage } from './codec.ts'
import { skipPadding } from './padding.ts'

/** Code 91: a NiPoPoW, as bytes. */
export interface NipopowProof {
  readonly type: 'NipopowProof'
  readonly proof: Uint8Array
}

export const nipopowProof = defineMessage<NipopowProof>({
  code: 91,
  name: 'NipopowProof',
  maxPayloadBytes: MAX_NIPOPOW_BYTES,
  read: (r) => {
    const at = r.position
    const length = r.uintExact('proof length')
    if (length === 0 || length >= MAX_NIPOPOW_BYTES) throw new DecodeError('OUT_OF_RANGE', `proof of ${length} bytes`, at)
    const proof = r.bytes(length)
    skipPadding(r, MAX_NIPOPOW_BYTES)
    return { type: 'NipopowProof', proof }
  },
  write: (w, message) => {
    if (message.proof.length === 0) throw new EncodeError('empty proof')
    w.uint(message.proof.length).bytes(message.proof).ushort(0)
  }
})
