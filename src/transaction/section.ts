import { Reader, Writer } from '../bytes/index.ts'
import { parseVersionsOf, readTransactionsFrame, transactionsRoot, writeTransactionsFrame } from '../chain/index.ts'
import type { TransactionDecoder } from './decode.ts'
import type { Transaction } from './transaction.ts'

/** Transactions section (type 102) of a block. */
export interface BlockTransactions {
  /** 32 bytes. */
  readonly headerId: Uint8Array
  /** Block version by the section's own marker, a signed byte. Decides how transactions are read, not what the header says. */
  readonly version: number
  /** At least one. */
  readonly transactions: readonly Transaction[]
}

/** A section as it was read. */
export interface DecodedBlockTransactions extends BlockTransactions {
  /** Bytes that it took of the input: what rule 306 measures. */
  readonly size: number
}

/**
 * Reads a transactions section; bytes after it are ignored, as in the reference (`BlockTransactionsSerializer.parse`).
 *
 * @throws DecodeError
 */
export function decodeBlockTransactions(bytes: Uint8Array, decoder: TransactionDecoder): DecodedBlockTransactions {
  const reader = new Reader(bytes)
  const frame = readTransactionsFrame(reader)
  const versions = parseVersionsOf(frame)
  const transactions: Transaction[] = []
  for (let i = 0; i < frame.count; i++) transactions.push(decoder.readTransaction(reader, versions))
  return { headerId: frame.headerId, version: frame.version, transactions, size: reader.position }
}

/** The section as it travels and is stored. */
export function encodeBlockTransactions({ headerId, version, transactions }: BlockTransactions): Uint8Array {
  const w = new Writer(transactions.reduce((sum, tx) => sum + tx.size, 64))
  writeTransactionsFrame(w, { headerId, version, count: transactions.length })
  for (const tx of transactions) w.bytes(tx.bytes)
  return w.toBytes()
}

/** What the header's `transactionsRoot` must be. */
export function blockTransactionsRoot({ version, transactions }: Omit<BlockTransactions, 'headerId'>): Uint8Array {
  return transactionsRoot(
    version,
    transactions.map((tx) => tx.id),
    transactions.map((tx) => tx.witnessId)
  )
}
