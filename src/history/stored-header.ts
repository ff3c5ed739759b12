import { toHex } from '../bytes/index.ts'
import { type Header, scanHeader } from '../chain/index.ts'
import { type HeaderRecord, readStored } from '../store/index.ts'

/**
 * A header as it is stored.
 *
 * @throws StoreError STORE_CORRUPT
 */
export function storedHeader({ id, bytes }: HeaderRecord): Header {
  return readStored(`the stored header ${toHex(id)}`, () => scanHeader(bytes))
}
