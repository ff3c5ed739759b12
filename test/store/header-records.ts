import { blake2b256 } from '../../src/crypto/index.ts'
import type { HeaderRecord } from '../../src/store/index.ts'

/** A record whose bytes tell its height and branch. The store does not look into headers, only its ids must be their hashes. */
export function headerRecord(height: number, branch: number): HeaderRecord {
  const bytes = new Uint8Array(40 + (height % 7)).fill(branch)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, height)
  view.setUint32(4, branch)
  return { id: blake2b256(bytes), height, bytes, score: BigInt(height) * 1_000_000_007n + BigInt(branch) }
}

/** Heights `from..to` of one branch. */
export const headerRecords = (from: number, to: number, branch = 0): HeaderRecord[] =>
  Array.from({ length: to - from + 1 }, (_, i) => headerRecord(from + i, branch))

/** Height and branch of a record. */
export function readHeaderRecord(bytes: Uint8Array): { height: number; branch: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return { height: view.getUint32(0), branch: view.getUint32(4) }
}
