import { parseVersionsOf } from '../../chain/index.ts'
import { decodeContext, encodeContext, type PreparedBlock, verifyTransaction } from '../../state/index.ts'
import {
  type Box,
  blockContext,
  type ReemissionNetwork,
  type Transaction,
  TransactionDecoder,
  type TransactionVerdict
} from '../../transaction/index.ts'

/** Where the worker finds a box: bytes of the state, or an output of a transaction of the block. */
type BoxRef = Uint8Array | readonly [transaction: number, output: number]

/** Transactions of one block, to be judged each as if it stood first in it. */
export interface TransactionsJob {
  readonly headerId: Uint8Array
  /** Version by the marker of the transactions section. */
  readonly version: number
  /** State after the block, as `encodeContext` writes it. */
  readonly context: Uint8Array
  readonly reemission: ReemissionNetwork | undefined
  /** The transactions to judge, then those whose outputs they spend. */
  readonly transactions: readonly Uint8Array[]
  /** Boxes of each transaction to judge, in the order of its inputs and data inputs. */
  readonly boxes: ReadonlyArray<{ readonly inputs: readonly BoxRef[]; readonly dataInputs: readonly BoxRef[] }>
}

/**
 * A part of a prepared block as a job. Outputs of the block itself travel with their transaction, not as boxes: scripts see them as
 * they were received, which re-encoded bytes need not show.
 */
export function packTransactionsJob(prepared: PreparedBlock, from: number, to: number): TransactionsJob {
  const { block, jobs } = prepared
  const places = new Map<Box, readonly [transaction: Transaction, output: number]>()
  for (const tx of block.transactions) for (const [i, box] of tx.outputs.entries()) places.set(box, [tx, i])
  const part = jobs.slice(from, to)
  const transactions: Transaction[] = part.map((job) => job.tx)
  const indexOf = new Map<Transaction, number>(transactions.map((tx, i) => [tx, i]))
  const refOf = (box: Box): BoxRef => {
    const place = places.get(box)
    if (place === undefined) return box.bytes
    const [tx, output] = place
    let index = indexOf.get(tx)
    if (index === undefined) {
      index = transactions.push(tx) - 1
      indexOf.set(tx, index)
    }
    return [index, output]
  }
  const boxes = part.map((job) => ({ inputs: job.inputs.map(refOf), dataInputs: job.dataInputs.map(refOf) }))
  return {
    headerId: block.header.id,
    version: block.transactionsVersion,
    context: encodeContext(prepared.context),
    reemission: prepared.validation.reemission,
    transactions: transactions.map((tx) => tx.received),
    boxes
  }
}

/** Keeps parsed trees from job to job; one a thread. */
const decoder = new TransactionDecoder()

/** @throws ScriptFaultError when a script could not be judged */
export function runTransactionsJob(job: TransactionsJob): TransactionVerdict[] {
  const versions = parseVersionsOf({ headerId: job.headerId, version: job.version, count: job.transactions.length })
  const context = blockContext(decodeContext(job.context), job.reemission)
  const transactions = job.transactions.map((bytes) => decoder.decodeTransaction(bytes, versions))
  const boxOf = (ref: BoxRef): Box =>
    ref instanceof Uint8Array ? decoder.decodeBox(ref) : transactions[ref[0]]!.outputs[ref[1]]!
  return job.boxes.map(({ inputs, dataInputs }, i) =>
    verifyTransaction({ tx: transactions[i]!, inputs: inputs.map(boxOf), dataInputs: dataInputs.map(boxOf) }, context, 0)
  )
}
