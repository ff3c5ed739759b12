import { ID_BYTES, MAX_SNAPSHOT_REQUEST_BYTES } from '../constants.ts'
import { defineMessage, writeId } from './codec.ts'

/** Code 80: asks for one subtree below a manifest. */
export interface GetUtxoSnapshotChunk {
  readonly type: 'GetUtxoSnapshotChunk'
  /** Label of the subtree's root. */
  readonly subtreeId: Uint8Array
}

export const getUtxoSnapshotChunk = defineMessage<GetUtxoSnapshotChunk>({
  code: 80,
  name: 'GetUtxoSnapshotChunk',
  maxPayloadBytes: MAX_SNAPSHOT_REQUEST_BYTES,
  read: (r) => ({ type: 'GetUtxoSnapshotChunk', subtreeId: r.bytes(ID_BYTES) }),
  write: (w, message) => writeId(w, message.subtreeId)
})
