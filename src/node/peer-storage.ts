import type { PeerRecord, PeerStorage } from '../../protocols/peers/index.ts'
import { fromHex, toHex } from '../bytes/index.ts'
import { type Database, PeerStore } from '../store/index.ts'
import { decodePeerSpec, encodePeerSpec } from '../wire/index.ts'

/** Layout of a remembered peer, as JSON. */
interface StoredPeer {
  host: string
  port: number
  source: PeerRecord['source']
  lastHandshake?: number
  /** Peer spec as it travels, hex. */
  spec?: string
}

/** Keeps peers in the node's database. A record that cannot be read is left out: peers are found again. */
export function peerStorage(db: Database): PeerStorage {
  const store = new PeerStore(db)
  return {
    load: async () => {
      const out: PeerRecord[] = []
      for (const { address, value } of await store.load()) {
        const record = readRecord(address, value)
        if (record !== undefined) out.push(record)
      }
      return out
    },
    save: async (changed, removed) => {
      await store.save(
        changed.map((record) => ({ address: record.address, value: writeRecord(record) })),
        removed
      )
    }
  }
}

function writeRecord(record: PeerRecord): Uint8Array {
  const { host, port, source, lastHandshake, spec } = record
  const stored: StoredPeer = {
    host,
    port,
    source,
    ...(lastHandshake === undefined ? {} : { lastHandshake }),
    ...(spec === undefined ? {} : { spec: toHex(encodePeerSpec(spec)) })
  }
  return new TextEncoder().encode(JSON.stringify(stored))
}

function readRecord(address: string, value: Uint8Array): PeerRecord | undefined {
  try {
    const stored = JSON.parse(new TextDecoder().decode(value)) as StoredPeer
    const spec = stored.spec === undefined ? undefined : decodePeerSpec(fromHex(stored.spec))
    return { address, host: stored.host, port: stored.port, source: stored.source, lastHandshake: stored.lastHandshake, spec }
  } catch {
    return undefined
  }
}
