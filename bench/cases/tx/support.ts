import { Reader } from '../../../src/bytes/index.ts'
import { readTransactionsFrame } from '../../../src/chain/index.ts'
import { DEFAULT_VERSIONS, type Versions } from '../../../src/ergotree/index.ts'
import { decodeBlockTransactions, TransactionDecoder } from '../../../src/transaction/index.ts'
import { missing, readJsonLines, shared } from '../../../test/support/vectors.ts'
import { BenchUnavailable } from '../../harness.ts'

const FIRST = 'mainnet/transactions-1-1000.jsonl.gz'
const MIDDLE = 'mainnet/blocks-700000-700010.jsonl.gz'
const RECENT = 'mainnet/blocks-1795968-1796087.jsonl.gz'

export interface RawTransaction {
  readonly bytes: Uint8Array
  readonly versions: Versions
}

function fromHexOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

/** Transactions of mainnet: of blocks 1 to 1000, 700000 to 700010, and 120 blocks of 2026. */
export function mainnetTransactions(): {
  readonly first: RawTransaction[]
  readonly middle: RawTransaction[]
  readonly recent: RawTransaction[]
} {
  const absent = missing(FIRST, MIDDLE, RECENT)
  if (absent !== false) throw new BenchUnavailable(absent)
  const raw = (hex: string): RawTransaction => ({ bytes: fromHexOf(hex), versions: DEFAULT_VERSIONS })
  const first = readJsonLines<{ bytes: string }>(shared(FIRST)).map(({ bytes }) => raw(bytes))
  const middle = readJsonLines<{ transactions: { bytes: string }[] }>(shared(MIDDLE)).flatMap(({ transactions }) =>
    transactions.map(({ bytes }) => raw(bytes))
  )
  const decoder = new TransactionDecoder()
  const recent = readJsonLines<{ transactions: string }>(shared(RECENT)).flatMap(({ transactions }) => {
    const section = fromHexOf(transactions)
    const { version } = readTransactionsFrame(new Reader(section))
    return decodeBlockTransactions(section, decoder).transactions.map(({ received }) => ({
      bytes: received.slice(),
      versions: { activated: version - 1, tree: version - 1 }
    }))
  })
  return { first, middle, recent }
}
