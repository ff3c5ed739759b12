import type { Database } from './database.ts'
import { damage, StoreError } from './errors.ts'
import { metaKey } from './keys.ts'

/** Raised by one with every change of the layout that an older program cannot read, or that this one cannot read any more. */
export const SCHEMA_VERSION = 1

/** What a data directory is bound to when it is made. */
export interface StoreIdentity {
  /** Name of the network. */
  readonly network: string
  /** Magic bytes, hex. */
  readonly magic: string
  /** Digest of the state before block 1, hex: tells private networks of one name apart. */
  readonly genesisStateDigest: string
  readonly stateType: 'utxo' | 'digest'
}

const KEY = metaKey('identity')

/**
 * Binds a new store to a network and state type, or checks that an existing one is of the same.
 *
 * @throws StoreError STORE_SCHEMA or STORE_MISMATCH, each with what to do
 */
export async function checkIdentity(db: Database, identity: StoreIdentity): Promise<void> {
  const stored = readIdentity(db)
  if (stored === undefined) {
    const value = new TextEncoder().encode(JSON.stringify({ schema: SCHEMA_VERSION, ...identity }))
    await db.commit('identity', [{ key: KEY, value }], { durable: true })
    return
  }
  if (stored.schema !== SCHEMA_VERSION) {
    const older = stored.schema < SCHEMA_VERSION
    throw new StoreError(
      'STORE_SCHEMA',
      `${db.path} has layout ${stored.schema}, this program reads layout ${SCHEMA_VERSION}. ${
        older ? 'Export with the version that wrote it and import here, or use' : 'Use a newer version of this program, or'
      } another --data-dir`
    )
  }
  for (const key of ['network', 'magic', 'genesisStateDigest', 'stateType'] as const) {
    if (stored[key] === identity[key]) continue
    throw new StoreError(
      'STORE_MISMATCH',
      `${db.path} was made for ${key} ${stored[key]}, not ${identity[key]}. Start with the setting it was made for, or use another --data-dir`
    )
  }
}

/** What a store says of itself; undefined when it is new. */
export function readIdentity(db: Database): (StoreIdentity & { schema: number }) | undefined {
  const value = db.get(KEY)
  if (value === undefined) return undefined
  let identity: Partial<StoreIdentity & { schema: number }> | null
  try {
    identity = JSON.parse(new TextDecoder().decode(value))
  } catch (cause) {
    throw damage(`the identity record of ${db.path} is unreadable`, cause)
  }
  if (!Number.isSafeInteger(identity?.schema)) throw damage(`the identity record of ${db.path} names no layout`)
  return identity as StoreIdentity & { schema: number }
}
