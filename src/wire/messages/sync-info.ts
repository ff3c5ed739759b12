import { DecodeError, EncodeError, type Reader } from '../../bytes/index.ts'
import { ID_BYTES, MAX_SYNC_V1_IDS, MAX_SYNC_V2_HEADERS, SYNC_HEADER_LIMIT_BYTES } from '../constants.ts'
import { defineMessage, writeId } from './codec.ts'

/** Code 65, the form for peers below 4.0.16: ids of the last headers, oldest first. Accepted from anyone. */
export interface SyncInfoV1 {
  readonly type: 'SyncInfo'
  readonly version: 1
  /** Up to 1000 ids, preceded by the all-zero pre-genesis id when they reach height 1. */
  readonly headerIds: readonly Uint8Array[]
}

/** Code 65, the present form: some of the sender's best headers, newest first. */
export interface SyncInfoV2 {
  readonly type: 'SyncInfo'
  readonly version: 2
  /**
   * Up to 50 headers of less than 1000 bytes, as bytes. The reference also refuses the message (permanent penalty)
   * when one of them does not parse as a header: whoever parses them owes that check.
   */
  readonly headers: readonly Uint8Array[]
}

export type SyncInfo = SyncInfoV1 | SyncInfoV2

/** Marks version 2 behind a zero id count (`ErgoSyncInfoSerializer.v2HeaderMode`, -1). */
const V2_MODE = 0xff

function readV2(r: Reader): SyncInfoV2 {
  const mode = r.u8()
  if (mode !== V2_MODE) throw new DecodeError('MALFORMED', `sync version byte ${mode}`, r.position - 1)
  const count = r.checkCount(r.u8(), MAX_SYNC_V2_HEADERS, 1, 'header count')
  const headers: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const at = r.position
    const size = r.ushort('header size')
    if (size >= SYNC_HEADER_LIMIT_BYTES) throw new DecodeError('LIMIT_EXCEEDED', `header of ${size} bytes`, at)
    headers.push(r.bytes(size))
  }
  return { type: 'SyncInfo', version: 2, headers }
}

export const syncInfo = defineMessage<SyncInfo>({
  code: 65,
  name: 'SyncInfo',
  read: (r) => {
    const count = r.ushort('id count')
    // A single byte behind the zero is no version mark: the reference reads an empty version 1 there.
    if (count === 0 && r.remaining > 1) return readV2(r)
    r.checkCount(count, MAX_SYNC_V1_IDS, ID_BYTES, 'id count')
    const headerIds = new Array<Uint8Array>(count)
    for (let i = 0; i < count; i++) headerIds[i] = r.bytes(ID_BYTES)
    return { type: 'SyncInfo', version: 1, headerIds }
  },
  write: (w, message) => {
    if (message.version === 1) {
      if (message.headerIds.length > MAX_SYNC_V1_IDS) throw new EncodeError(`${message.headerIds.length} header ids`)
      w.ushort(message.headerIds.length)
      for (const id of message.headerIds) writeId(w, id)
      return
    }
    if (message.headers.length > MAX_SYNC_V2_HEADERS) throw new EncodeError(`${message.headers.length} headers`)
    w.ushort(0).u8(V2_MODE).u8(message.headers.length)
    for (const header of message.headers) {
      if (header.length >= SYNC_HEADER_LIMIT_BYTES) throw new EncodeError(`header of ${header.length} bytes`)
      w.ushort(header.length).bytes(header)
    }
  }
})
