import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, Reader, toHex } from '../../src/bytes/index.ts'
import { parseHeader } from '../../src/chain/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'
import {
  AvlTreeValue,
  type BoxCandidate,
  type ContextVariables,
  ErgoBox,
  GroupElement,
  parseBox,
  parseErgoTree,
  readEvaluated,
  type ScriptHeader,
  ScriptReader,
  TransactionValues,
  type Versions,
  verifyInput
} from '../../src/ergotree/index.ts'
import { missing, readBytes, readJson, shared } from '../support/vectors.ts'
import { type PlainTransaction, readTransaction, writeTransaction } from './transaction-reader.ts'

/** Voted costs, block units. */
interface CostParameters {
  readonly inputCost: number
  readonly dataInputCost: number
  readonly outputCost: number
  readonly tokenAccessCost: number
  readonly maxBlockCost: number
}

interface Circumstances {
  readonly parameters: CostParameters
  readonly activatedVersion: number
  /** Versions that the transaction was read with. */
  readonly versions: Versions
  readonly height: number
  readonly minerPk: string
  readonly timestamp: bigint
  readonly headers: readonly ScriptHeader[]
  readonly boxes: ReadonlyMap<string, ErgoBox>
}

/** Once for a transaction, before anything of it is looked at (`ErgoInterpreter.interpreterInitCost`). */
const TRANSACTION_COST = 10_000

function tokenCost(boxes: readonly BoxCandidate[], perToken: number): number {
  const ids = boxes.flatMap((box) => box.tokens.map((t) => toHex(t.id)))
  return perToken * (ids.length + new Set(ids).size)
}

/** Verifies all inputs; returns the cost of the whole transaction as the reference's node counts it, and its outputs. */
function runTransaction(bytes: Uint8Array, at: Circumstances): { cost: number; outputs: readonly ErgoBox[] } {
  const tx: PlainTransaction = readTransaction(new Reader(bytes), at.versions)
  const unsigned = { ...tx, inputs: tx.inputs.map((input) => ({ ...input, proof: new Uint8Array(0) })) }
  const message = writeTransaction(unsigned, at.versions)
  const id = blake2b256(message)
  const resolve = (boxId: Uint8Array): ErgoBox => at.boxes.get(toHex(boxId)) ?? assert.fail(`no box ${toHex(boxId)}`)
  const inputs = tx.inputs.map((input) => resolve(input.id))
  const outputs = tx.outputs.map((output, i) => new ErgoBox(output, id, i))
  const inputVariables: ContextVariables[] = tx.inputs.map((input) => new Map(input.variables))
  const transaction = new TransactionValues({
    inputs,
    dataInputs: tx.dataInputs.map(resolve),
    outputs,
    inputVariables,
    headers: at.headers,
    preHeader: {
      version: at.activatedVersion + 1,
      parentId: at.headers[0]?.id ?? new Uint8Array(32),
      timestamp: at.timestamp,
      nBits: 0n,
      height: at.height,
      minerPk: new GroupElement(fromHex(at.minerPk)),
      votes: new Uint8Array(3)
    },
    lastBlockUtxoRoot: new AvlTreeValue(at.headers[0]?.stateRoot ?? new Uint8Array(33), 7, 32, undefined),
    activatedVersion: at.activatedVersion,
    ruleStatuses: new Map()
  })
  const p = at.parameters
  let cost = TRANSACTION_COST + inputs.length * p.inputCost + tx.dataInputs.length * p.dataInputCost
  cost += outputs.length * p.outputCost + tokenCost(inputs, p.tokenAccessCost) + tokenCost(outputs, p.tokenAccessCost)
  for (const [i, box] of inputs.entries()) {
    const verdict = verifyInput({
      tree: box.tree,
      input: {
        transaction,
        selfIndex: i,
        variables: inputVariables[i]!,
        initialCost: 0,
        costLimit: p.maxBlockCost - cost
      },
      message,
      proof: tx.inputs[i]!.proof
    })
    assert.deepEqual({ input: i, ok: verdict.ok, error: verdict.error }, { input: i, ok: true, error: undefined })
    cost += verdict.cost
  }
  return { cost, outputs }
}

function scriptHeader(hex: string): ScriptHeader {
  const h = parseHeader(fromHex(hex))
  return {
    id: h.id,
    version: h.version,
    parentId: h.parentId,
    adProofsRoot: h.adProofsRoot,
    stateRoot: h.stateRoot,
    transactionsRoot: h.transactionsRoot,
    timestamp: h.timestampExact,
    nBits: h.nBits,
    height: h.height,
    extensionRoot: h.extensionRoot,
    minerPk: new GroupElement(h.minerPk),
    powOnetimePk: new GroupElement(h.powOneTimePk),
    powNonce: h.nonce,
    powDistance: h.powDistance,
    votes: h.votes,
    unparsedBytes: h.unparsedBytes
  }
}

interface V6Case {
  readonly height: number
  readonly preHeader: { readonly minerPk: string | null } | null
  readonly header: { readonly powSolutions: { readonly pk: string } } | null
  readonly lastHeadersBytes: readonly string[] | null
  readonly parameters: Readonly<Record<string, number>>
  readonly activatedScriptVersion: number
  readonly transactionBytes: readonly string[]
  readonly boxes: ReadonlyArray<{ readonly boxId: string; readonly bytes: string }>
  readonly txCosts: readonly number[]
}

const GENERATOR = toHex(GroupElement.generator.bytes)

describe('testnet transactions that other implementations got wrong', () => {
  const names = ['atleast-degenerate-bound-184137', 'deserialize-context-111927', 'getvarfrominput-92847']
  for (const name of [...names, 'powhit-return-type-28474']) {
    const file = `testnet/v6-cases/${name}.json`
    it(`${name}: all scripts hold, at the reference's cost`, { skip: missing(file) }, () => {
      const c = readJson<V6Case>(shared(file))
      const versions = { activated: c.activatedScriptVersion, tree: c.activatedScriptVersion }
      const boxes = new Map(c.boxes.map((b) => [b.boxId, parseBox(fromHex(b.bytes), versions)]))
      for (const [id, box] of boxes) assert.equal(toHex(box.id), id)
      const at: Circumstances = {
        parameters: {
          inputCost: c.parameters['6']!,
          dataInputCost: c.parameters['7']!,
          outputCost: c.parameters['8']!,
          tokenAccessCost: c.parameters['5']!,
          maxBlockCost: c.parameters['4']!
        },
        activatedVersion: c.activatedScriptVersion,
        versions,
        height: c.height,
        minerPk: c.preHeader?.minerPk ?? c.header?.powSolutions.pk ?? GENERATOR,
        timestamp: 0n,
        headers: (c.lastHeadersBytes ?? []).slice(0, 9).map(scriptHeader),
        boxes
      }
      const costs = c.transactionBytes.map((hex) => {
        const { cost, outputs } = runTransaction(fromHex(hex), at)
        for (const box of outputs) boxes.set(toHex(box.id), box)
        return cost
      })
      assert.deepEqual(costs, c.txCosts)
    })
  }
})

interface JsonBox {
  readonly boxId: string
  readonly value: number | string
  readonly ergoTree: string
  readonly creationHeight: number
  readonly transactionId: string
  readonly index: number
  readonly assets: ReadonlyArray<{ readonly tokenId: string; readonly amount: number | string }>
  readonly additionalRegisters: Readonly<Record<string, string>>
}

interface CostCase {
  readonly tx_id: string
  readonly height: number
  readonly block_cost: number
  readonly tx_bytes: string
  readonly input_boxes?: readonly JsonBox[]
}

interface CostFile {
  readonly headers: Readonly<
    Record<string, { readonly timestamp: number; readonly version: number; readonly miner_pk_hex: string }>
  >
  readonly voted_params_epoch_1499136?: CostParameters
  readonly fixtures?: readonly CostCase[]
  readonly transactions?: readonly CostCase[]
}

const OLD: Versions = { activated: 1, tree: 1 }

function jsonBox(b: JsonBox): ErgoBox {
  const registers = Object.keys(b.additionalRegisters)
    .sort()
    .map((r) => readEvaluated(new ScriptReader(new Reader(fromHex(b.additionalRegisters[r]!)), OLD)))
  const tokens = b.assets.map((a) => ({ id: fromHex(a.tokenId), amount: BigInt(a.amount) }))
  const tree = parseErgoTree(fromHex(b.ergoTree), OLD)
  const candidate = { value: BigInt(b.value), tree, creationHeight: b.creationHeight, tokens, registers }
  const box = new ErgoBox(candidate, fromHex(b.transactionId), b.index)
  assert.equal(toHex(box.id), b.boxId)
  return box
}

/** Parameters of the launch, in force until votes changed them. */
const LAUNCH: CostParameters = {
  inputCost: 2000,
  dataInputCost: 100,
  outputCost: 100,
  tokenAccessCost: 100,
  maxBlockCost: 8_000_000
}

/** JSON of boxes: values above 2^53 are kept as text. */
function readBoxes(path: string): JsonBox[] {
  const text = new TextDecoder().decode(readBytes(path))
  return JSON.parse(text.replace(/"(value|amount)": ?([0-9]{16,})/g, '"$1":"$2"')) as JsonBox[]
}

const BOXES_700000 = 'mainnet/input-boxes-700000-700010.json.gz'

describe('cost of mainnet transactions', () => {
  for (const file of ['mainnet/tx-cost-700000-700001.json', 'mainnet/tx-cost-1499136.json']) {
    it(`${file}: as the reference's node counted`, { skip: missing(file, BOXES_700000) }, () => {
      const data = readJson<CostFile>(shared(file))
      const cases = data.fixtures ?? data.transactions ?? []
      assert.ok(cases.length > 0)
      for (const c of cases) {
        const header = data.headers[c.height]!
        const boxes = (c.input_boxes ?? readBoxes(shared(BOXES_700000))).map(jsonBox)
        const { cost } = runTransaction(fromHex(c.tx_bytes), {
          parameters: data.voted_params_epoch_1499136 ?? LAUNCH,
          activatedVersion: header.version - 1,
          versions: OLD,
          height: c.height,
          minerPk: header.miner_pk_hex,
          timestamp: BigInt(header.timestamp),
          headers: [],
          boxes: new Map(boxes.map((box) => [toHex(box.id), box]))
        })
        assert.equal(cost, c.block_cost, c.tx_id)
      }
    })
  }
})
