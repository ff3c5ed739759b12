import { DecodeError, Reader, toHex, Writer } from '../bytes/index.ts'
import { blake2b256, merkleRoot } from '../crypto/index.ts'
import { DIGEST_BYTES, INITIAL_VERSION, INTERPRETER_60_VERSION } from './constants.ts'

/** AD-proofs section (type 104) of a block. */
export interface AdProofs {
  readonly headerId: Uint8Array
  readonly proof: Uint8Array
}

/**
 * Reads an AD-proofs section. Bytes behind it are ignored, as in the reference (`ADProofsSerializer`).
 *
 * @throws DecodeError
 */
export function decodeAdProofs(bytes: Uint8Array): AdProofs {
  const r = new Reader(bytes)
  const headerId = r.bytes(DIGEST_BYTES)
  return { headerId, proof: r.bytes(r.uintExact('proof size')) }
}

/** The section as it travels and is stored. */
export function encodeAdProofs({ headerId, proof }: AdProofs): Uint8Array {
  return new Writer(proof.length + 40).bytes(headerId).uint(proof.length).bytes(proof).toBytes()
}

/** What a header's `adProofsRoot` must be. */
export function adProofsRoot(proof: Uint8Array): Uint8Array {
  return blake2b256(proof)
}

/** What stands before the transactions in their section (type 102). */
export interface TransactionsFrame {
  readonly headerId: Uint8Array
  /** Block version by the section's own marker, a signed byte; nobody compares it with the header's. */
  readonly version: number
  readonly count: number
}

/** Numbers above this are a version marker, others a count (`BlockTransactionsSerializer.MaxTransactionsInBlock`). */
const VERSION_MARKER = 10_000_000

/**
 * Reads the front of a transactions section; the reader then stands before the first transaction.
 *
 * @throws DecodeError also when there is no transaction
 */
export function readTransactionsFrame(r: Reader): TransactionsFrame {
  const headerId = r.bytes(DIGEST_BYTES)
  let count = r.uintExact('transaction count')
  let version = INITIAL_VERSION
  if (count > VERSION_MARKER) {
    version = ((count - VERSION_MARKER) << 24) >> 24
    count = r.uintExact('transaction count')
  }
  if (count === 0) throw new DecodeError('MALFORMED', 'a block has at least one transaction', r.position)
  return { headerId, version, count }
}

/** Writes the front of a transactions section. */
export function writeTransactionsFrame(w: Writer, { headerId, version, count }: TransactionsFrame): void {
  w.bytes(headerId)
  if (version > INITIAL_VERSION) w.uint(VERSION_MARKER + version)
  w.uint(count)
}

/** Script versions that transactions are read with. */
export interface ParseVersions {
  readonly activated: number
  readonly tree: number
}

/** What the reference reads by default, i.e. below block version 4. */
export const DEFAULT_PARSE_VERSIONS: ParseVersions = { activated: 1, tree: 1 }

/** A block of the public testnet with a tree of version 7, which reference nodes read with the default versions. */
const TESTNET_EXCEPTION = '3f5a4acbdfd76a97f2fdf387559c2a67b4ea5f9e9bcf66ef079cde766c6e9398'

/** Script versions by the section's marker (`BlockTransactionsSerializer.parse`). */
export function parseVersionsOf({ headerId, version }: TransactionsFrame): ParseVersions {
  if (version < INTERPRETER_60_VERSION || toHex(headerId) === TESTNET_EXCEPTION) return DEFAULT_PARSE_VERSIONS
  return { activated: version - 1, tree: version - 1 }
}

/**
 * What a header's `transactionsRoot` must be.
 *
 * @param version the section's marker; witness ids count for every version but 1
 */
export function transactionsRoot(
  version: number,
  transactionIds: readonly Uint8Array[],
  witnessIds: readonly Uint8Array[]
): Uint8Array {
  return merkleRoot(version === INITIAL_VERSION ? transactionIds : [...transactionIds, ...witnessIds])
}
