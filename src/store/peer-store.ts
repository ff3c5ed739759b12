import type { Database } from './database.ts'
import { bytesKey, TABLE, tableRange } from './keys.ts'

const utf8 = new TextEncoder()
const text = new TextDecoder()

/** Remembered peers: values by address, opaque to the store. */
export class PeerStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async load(): Promise<Array<{ address: string; value: Uint8Array }>> {
    const out: Array<{ address: string; value: Uint8Array }> = []
    for await (const [key, value] of this.#db.scan(tableRange(TABLE.peers))) {
      out.push({ address: text.decode(key.subarray(1)), value })
    }
    return out
  }

  async save(changed: ReadonlyArray<{ address: string; value: Uint8Array }>, removed: readonly string[]): Promise<void> {
    await this.#db.commit('peers', [
      ...changed.map(({ address, value }) => ({ key: bytesKey(TABLE.peers, utf8.encode(address)), value })),
      ...removed.map((address) => ({ key: bytesKey(TABLE.peers, utf8.encode(address)) }))
    ])
  }
}
