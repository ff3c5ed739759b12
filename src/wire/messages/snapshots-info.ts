import { ID_BYTES, MAX_SNAPSHOTS_INFO_BYTES } from '../constants.ts'
import { defineMessage, writeId } from './codec.ts'

/** A snapshot on offer: the UTXO set after block `height`. */
export interface SnapshotOffer {
  readonly height: number
  /** Label of the tree's root: the first 32 bytes of the state root at that height. */
  readonly manifestId: Uint8Array
}

/** Code 77: answers `GetSnapshotsInfo`. The reference keeps the last of two offers for one height. */
export interface SnapshotsInfo {
  readonly type: 'SnapshotsInfo'
  readonly snapshots: readonly SnapshotOffer[]
}

/** Height of one byte and an id: no payload within the limit holds more offers than these. */
const MIN_OFFER_BYTES = 1 + ID_BYTES
const MAX_OFFERS = Math.floor(MAX_SNAPSHOTS_INFO_BYTES / MIN_OFFER_BYTES)

export const snapshotsInfo = defineMessage<SnapshotsInfo>({
  code: 77,
  name: 'SnapshotsInfo',
  maxPayloadBytes: MAX_SNAPSHOTS_INFO_BYTES,
  read: (r) => {
    const count = r.checkCount(r.uintExact('snapshot count'), MAX_OFFERS, MIN_OFFER_BYTES, 'snapshot count')
    const snapshots: SnapshotOffer[] = []
    for (let i = 0; i < count; i++) snapshots.push({ height: r.int(), manifestId: r.bytes(ID_BYTES) })
    return { type: 'SnapshotsInfo', snapshots }
  },
  write: (w, message) => {
    w.uint(message.snapshots.length)
    for (const { height, manifestId } of message.snapshots) {
      w.int(height)
      writeId(w, manifestId)
    }
  }
})
