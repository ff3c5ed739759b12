import { MAX_SNAPSHOT_REQUEST_BYTES } from '../constants.ts'
import { defineMessage } from './codec.ts'

/** Code 76: asks which snapshots of the UTXO set a peer offers. */
export interface GetSnapshotsInfo {
  readonly type: 'GetSnapshotsInfo'
}

export const getSnapshotsInfo = defineMessage<GetSnapshotsInfo>({
  code: 76,
  name: 'GetSnapshotsInfo',
  maxPayloadBytes: MAX_SNAPSHOT_REQUEST_BYTES,
  read: () => ({ type: 'GetSnapshotsInfo' }),
  write: () => {}
})
