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

/**
 * Transactions of one block, to be judged each as if it stood first in it. A few arrays of their own: a view would be sent with all of
 * what it looks into.
 */
export interface TransactionsJob {
  readonly headerId: Uint8Array
  /** Version by the marker of the transactions section. */
  readonly version: number
  /** State after the block, as `encodeContext` writes it. */
  readonly context: Uint8Array
  readonly reemission: ReemissionNetwork | undefined
  /** Transactions, then boxes of the state, one after the other. */
  readonly bytes: Uint8Array
  /** Where each of them ends. */
  readonly ends: Uint32Array
  /** How many of them are transactions: those to judge, then those whose outputs they spend. */
  readonly transactions: number
  /**
   * For each transaction to judge the number of its inputs, that of its data inputs, then a pair for each box: which of the byte strings
   * it is in, and which output of it, where that is a transaction.
   */
  readonly boxes: Uint32Array
}

/**
 * A part of a prepared block as a job. Outputs of the block itself travel with their transaction, not as boxes: scripts see them as
 * they were received, which re-encoded bytes need not show.
 */
export function packTransactionsJob(prepared: PreparedBlock, from: number, to: number): TransactionsJob {
  const { block, jobs } = prepared
  const places = outputPlaces(prepared)
  const part = jobs.slice(from, to)
  const transactions: Transaction[] = part.map((job) => job.tx)
  const indexOf = new Map<Transaction, number>(transactions.map((tx, i) => [tx, i]))
  const add = (tx: Transaction): void => {
    if (!indexOf.has(tx)) indexOf.set(tx, transactions.push(tx) - 1)
  }
  const boxesOf = (job: PreparedBlock['jobs'][number]): Box[] => [...job.inputs, ...job.dataInputs]
  for (const job of part) {
    for (const box of boxesOf(job)) {
      const place = places.get(box)
      if (place !== undefined) add(place.tx)
    }
  }
  const parts = transactions.map((tx) => tx.received)
  const refs: number[] = []
  for (const job of part) {
    refs.push(job.inputs.length, job.dataInputs.length)
    for (const box of boxesOf(job)) {
      const place = places.get(box)
      if (place === undefined) refs.push(parts.push(box.bytes) - 1, 0)
      else refs.push(indexOf.get(place.tx)!, place.output)
    }
  }
  return {
    headerId: block.header.id.slice(),
    version: block.transactionsVersion,
    context: encodeContext(prepared.context),
    reemission: prepared.validation.reemission,
    ...joined(parts),
    transactions: transactions.length,
    boxes: Uint32Array.from(refs)
  }
}

type Places = ReadonlyMap<Box, { readonly tx: Transaction; readonly output: number }>

/** By block, since a large one is sent in many parts. */
const knownPlaces = new WeakMap<PreparedBlock, Places>()

function outputPlaces(prepared: PreparedBlock): Places {
  const known = knownPlaces.get(prepared)
  if (known !== undefined) return known
  const places = new Map<Box, { tx: Transaction; output: number }>()
  for (const tx of prepared.block.transactions) for (const [output, box] of tx.outputs.entries()) places.set(box, { tx, output })
  knownPlaces.set(prepared, places)
  return places
}

function joined(parts: readonly Uint8Array[]): Pick<TransactionsJob, 'bytes' | 'ends'> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  const ends = new Uint32Array(parts.length)
  let at = 0
  for (const [i, part] of parts.entries()) {
    bytes.set(part, at)
    at += part.length
    ends[i] = at
  }
  return { bytes, ends }
}

/** Keeps parsed trees from job to job; one a thread. */
const decoder = new TransactionDecoder()

/** @throws ScriptFaultError when a script could not be judged */
export function runTransactionsJob(job: TransactionsJob): TransactionVerdict[] {
  const { bytes, ends, boxes: refs } = job
  const versions = parseVersionsOf({ headerId: job.headerId, version: job.version, count: job.transactions })
  const context = blockContext(decodeContext(job.context), job.reemission)
  const slice = (i: number): Uint8Array => bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i])
  const transactions: Transaction[] = []
  for (let i = 0; i < job.transactions; i++) transactions.push(decoder.decodeTransaction(slice(i), versions))
  const verdicts: TransactionVerdict[] = []
  for (let at = 0; at < refs.length; ) {
    const inputs = refs[at++]!
    const count = inputs + refs[at++]!
    const boxes: Box[] = []
    for (let i = 0; i < count; i++, at += 2) {
      const tx = transactions[refs[at]!]
      boxes.push(tx === undefined ? decoder.decodeBox(slice(refs[at]!)) : tx.outputs[refs[at + 1]!]!)
    }
    const subject = { tx: transactions[verdicts.length]!, inputs: boxes.slice(0, inputs), dataInputs: boxes.slice(inputs) }
    verdicts.push(verifyTransaction(subject, context, 0))
  }
  return verdicts
}
