import { MAX_SNAPSHOT_PART_BYTES } from '../constants.ts'
import { defineMessage } from './codec.ts'

/** Code 81: one subtree of a snapshot, as bytes. */
export interface UtxoSnapshotChunk {
  readonly type: 'UtxoSnapshotChunk'
  readonly subtree: Uint8Array
}

export const utxoSnapshotChunk = defineMessage<UtxoSnapshotChunk>({
  code: 81,
  name: 'UtxoSnapshotChunk',
  maxPayloadBytes: MAX_SNAPSHOT_PART_BYTES,
  read: (r) => ({ type: 'UtxoSnapshotChunk', subtree: r.bytes(r.uintExact('subtree length')) }),
  write: (w, message) => {
    w.uint(message.subtree.length).bytes(message.subtree)
  }
})
