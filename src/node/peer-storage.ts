import type { PeerRecord, PeerStorage } from '../../protocols/peers/index.ts'
import { EncodeError, fromHex, toHex } from '../bytes/index.ts'
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

const SOURCES: ReadonlyArray<PeerRecord['source']> = ['configured', 'handshake', 'gossip']

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
  const { host, port, source, lastHandshake } = record
  const spec = specBytes(record)
  const stored: StoredPeer = {
    host,
    port,
    source,
    ...(lastHandshake === undefined ? {} : { lastHandshake }),
    ...(spec === undefined ? {} : { spec: toHex(spec) })
  }
  return new TextEncoder().encode(JSON.stringify(stored))
}

/** Names that were not UTF-8 grow when written again, maybe beyond their length byte: no reason to lose the address, or all others. */
function specBytes({ spec }: PeerRecord): Uint8Array | undefined {
  try {
    return spec === undefined ? undefined : encodePeerSpec(spec)
  } catch (err) {
    if (err instanceof EncodeError) return undefined
    throw err
  }
}

function readRecord(address: string, value: Uint8Array): PeerRecord | undefined {
  try {
    const { host, port, source, lastHandshake, spec } = JSON.parse(new TextDecoder().decode(value)) as Partial<StoredPeer>
    if (typeof host !== 'string' || typeof port !== 'number' || source === undefined || !SOURCES.includes(source))
      return undefined
    return { address, host, port, source, lastHandshake, spec: spec === undefined ? undefined : decodePeerSpec(fromHex(spec)) }
  } catch {
    return undefined
  }
}
