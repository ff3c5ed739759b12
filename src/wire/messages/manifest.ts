import { MAX_SNAPSHOT_PART_BYTES } from '../constants.ts'
import { defineMessage } from './codec.ts'

/** Code 79: the top of a snapshot's tree, as bytes. */
export interface Manifest {
  readonly type: 'Manifest'
  readonly manifest: Uint8Array
}

export const manifest = defineMessage<Manifest>({
  code: 79,
  name: 'Manifest',
  maxPayloadBytes: MAX_SNAPSHOT_PART_BYTES,
  read: (r) => ({ type: 'Manifest', manifest: r.bytes(r.uintExact('manifest length')) }),
  write: (w, message) => {
    w.uint(message.manifest.length).bytes(message.manifest)
  }
})
