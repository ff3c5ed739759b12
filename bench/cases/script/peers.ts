import ergoLib from 'ergo-lib-wasm-nodejs'
import * as sigmastate from 'sigmastate-js/main'
import { stringifyJson, toHex } from '../../../src/bytes/index.ts'
import { assetsOf, type Box } from '../../../src/transaction/index.ts'
import { type Spend, someHeader } from './support.ts'

/** Verifies one input; true when script and proof pass. */
export type VerifyInput = () => boolean

/** Every input of a transaction by ergo-lib, its objects made beforehand. */
export function byErgoLib({ tx, inputs, dataInputs, context }: Spend): VerifyInput[] {
  const { block } = context
  const header = new Map(someHeader())
  const solution = new Map(header.get('powSolutions') as ReadonlyMap<string, string>)
  solution.set('pk', toHex(block.minerPk))
  header.set('height', block.height)
  header.set('timestamp', Number(block.timestamp))
  header.set('powSolutions', solution)
  const made = ergoLib.BlockHeader.from_json(stringifyJson(header))
  const headers = new ergoLib.BlockHeaders(made)
  for (let i = 1; i < 10; i++) headers.add(made)
  const state = new ergoLib.ErgoStateContext(
    ergoLib.PreHeader.from_block_header(made),
    headers,
    ergoLib.Parameters.default_parameters()
  )
  const theirTx = ergoLib.Transaction.sigma_parse_bytes(tx.bytes)
  const list = (boxes: readonly Box[]) => {
    const all = ergoLib.ErgoBoxes.empty()
    for (const { bytes } of boxes) all.add(ergoLib.ErgoBox.sigma_parse_bytes(bytes))
    return all
  }
  const spent = list(inputs)
  const data = list(dataInputs)
  return inputs.map((_, i) => () => ergoLib.verify_tx_input_proof(i, state, theirTx, spent, data))
}

type Constructor = new (...args: unknown[]) => object

interface Prover {
  reduceTransactionInput(...args: unknown[]): { reductionResult: { value: { sigmaBoolean: Record<string, unknown> } } }
}

/** What the declarations of the package leave out, or have under another name. */
const js = sigmastate as unknown as Readonly<{
  BlockchainParameters: Constructor
  BlockchainStateContext: Constructor
  PreHeader: Constructor
  GroupElement$: { fromPointHex(hex: string): object }
  ProverBuilder$: { create(parameters: object, network: number): { withDLogSecret(secret: bigint): { build(): Prover } } }
  SigmaPropVerifier$: { create(): { verifySignature(prop: object, message: Int8Array, signature: Int8Array): boolean } }
}>

/** Where a proposition that is plainly true or false keeps which of the two. */
const TRIVIAL = 'Lsigma_data_TrivialProp__f_condition'

function boxShape(box: Box, number: (value: bigint) => unknown): object {
  return {
    boxId: toHex(box.id),
    transactionId: toHex(box.transactionId),
    index: box.index,
    value: number(box.value),
    ergoTree: toHex(box.tree.bytes),
    creationHeight: box.creationHeight,
    assets: box.tokens.map(({ id, amount }) => ({ tokenId: toHex(id), amount: number(amount) })),
    additionalRegisters: Object.fromEntries(box.registerBytes.map((bytes, i) => [`R${4 + i}`, toHex(bytes)]))
  }
}

/** Tokens that a transaction loses: its wallet rules want to be told of them. */
function burnt(inputs: readonly Box[], outputs: readonly Box[]): object[] {
  const after = assetsOf(outputs)!.amounts
  return [...assetsOf(inputs)!.amounts]
    .map(([tokenId, amount]) => ({ tokenId, amount: amount - (after.get(tokenId) ?? 0n) }))
    .filter(({ amount }) => amount > 0n)
}

/** Every input of a transaction by sigmastate-js, through its public functions, what they are given made beforehand. */
export function bySigmastateJs({ tx, inputs, dataInputs, context }: Spend): VerifyInput[] {
  const { block } = context
  const parameters = new js.BlockchainParameters(
    ...[1_250_000, 360, 524_288, 100, 2_000, 100, 100, 5_000_000],
    undefined,
    undefined,
    2
  )
  const minerPk = js.GroupElement$.fromPointHex(toHex(block.minerPk))
  const preHeader = new js.PreHeader(
    block.version,
    toHex(block.parentId),
    block.timestamp,
    BigInt(block.nBits),
    block.height,
    minerPk,
    toHex(block.votes)
  )
  const state = new js.BlockchainStateContext([], toHex(context.previousStateDigest), preHeader)
  const prover = js.ProverBuilder$.create(parameters, 0).withDLogSecret(1n).build()
  const verifier = js.SigmaPropVerifier$.create()
  const spent = inputs.map((box) => ({ ...boxShape(box, String), extension: {} }))
  const data = dataInputs.map((box) => boxShape(box, (value) => value))
  const transaction = {
    inputs: spent.map((_, i) => ({ boxId: toHex(inputs[i]!.id), extension: {} })),
    dataInputs: dataInputs.map(({ id }) => ({ boxId: toHex(id) })),
    outputs: tx.outputs.map((box) => boxShape(box, (value) => value))
  }
  const tokensToBurn = burnt(inputs, tx.outputs)
  const message = new Int8Array(tx.bytesToSign)
  return tx.inputs.map(({ proof }, i) => () => {
    const { value } = prover.reduceTransactionInput(state, transaction, spent, data, tokensToBurn, i).reductionResult
    const trivial = value.sigmaBoolean[TRIVIAL]
    return typeof trivial === 'boolean' ? trivial : verifier.verifySignature(value, message, new Int8Array(proof))
  })
}
