import { ID_BYTES, MAX_SNAPSHOT_REQUEST_BYTES } from '../constants.ts'
import { defineMessage, writeId } from './codec.ts'

/** Code 78: asks for the top of a snapshot's tree. */
export interface GetManifest {
  readonly type: 'GetManifest'
  readonly manifestId: Uint8Array
}

export const getManifest = defineMessage<GetManifest>({
  code: 78,
  name: 'GetManifest',
  maxPayloadBytes: MAX_SNAPSHOT_REQUEST_BYTES,
  read: (r) => ({ type: 'GetManifest', manifestId: r.bytes(ID_BYTES) }),
  write: (w, message) => writeId(w, message.manifestId)
})
