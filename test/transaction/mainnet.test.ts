import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, type JsonObject, type JsonValue, parseJson, toHex } from '../../src/bytes/index.ts'
import { NETWORKS, PARAMETER, Parameters, parametersAtLaunch, parseHeader, ValidationSettings } from '../../src/chain/index.ts'
import { DEFAULT_VERSIONS } from '../../src/ergotree/index.ts'
import { genesisBoxes } from '../../src/state/genesis.ts'
import {
  type Box,
  blockContext,
  boxFromJson,
  TransactionDecoder,
  type ValidationContext,
  validateTransaction
} from '../../src/transaction/index.ts'
import { missing, readBytes, readJson, readJsonLines, shared } from '../support/vectors.ts'

const LAUNCH = parametersAtLaunch(NETWORKS.mainnet.launchParameters)

function json(path: string): JsonValue {
  return parseJson(new TextDecoder().decode(readBytes(shared(path))))
}

/** Context of a block whose earlier headers are not at hand. */
function bareContext(height: number, version: number, minerPk: Uint8Array, parameters: Parameters): ValidationContext {
  return {
    block: { version, parentId: new Uint8Array(32), timestamp: 0n, nBits: 1, height, minerPk, votes: new Uint8Array(3) },
    headers: [],
    previousStateDigest: new Uint8Array(33),
    parameters,
    settings: ValidationSettings.initial
  }
}

function assertValid(what: string, verdict: ReturnType<typeof validateTransaction>): number {
  assert.ok(verdict.valid, `${what}: ${verdict.valid ? '' : `${verdict.rule} ${verdict.message}`}`)
  return verdict.cost
}

describe('transactions of mainnet', () => {
  const first = ['mainnet/transactions-1-1000.jsonl.gz', 'mainnet/headers-1-2000.jsonl.gz'] as const
  it('of blocks 1 to 1000 are valid, from genesis boxes on', { skip: missing(...first) }, () => {
    const decoder = new TransactionDecoder()
    const headers = readJsonLines<{ bytes: string }>(shared(first[1]))
      .slice(0, 1000)
      .map(({ bytes }) => parseHeader(fromHex(bytes)))
    const boxes = new Map<string, Box>(
      genesisBoxes(NETWORKS.mainnet).map((bytes) => {
        const box = decoder.decodeBox(bytes)
        return [toHex(box.id), box]
      })
    )
    readJsonLines<{ bytes: string }>(shared(first[0])).forEach(({ bytes }, i) => {
      const tx = decoder.decodeTransaction(fromHex(bytes), DEFAULT_VERSIONS)
      const inputs = tx.inputs.map(({ boxId }) => boxes.get(toHex(boxId))!)
      const context = blockContext({
        lastHeaders: headers.slice(Math.max(0, i - 9), i + 1).reverse(),
        genesisStateDigest: NETWORKS.mainnet.genesisStateDigest,
        parameters: LAUNCH,
        settings: ValidationSettings.initial
      })
      assertValid(`block ${i + 1}`, validateTransaction({ tx, inputs, dataInputs: [] }, context))
      for (const { boxId } of tx.inputs) boxes.delete(toHex(boxId))
      for (const output of tx.outputs) boxes.set(toHex(output.id), output)
    })
  })

  const era2 = ['mainnet/blocks-700000-700010.jsonl.gz', 'mainnet/input-boxes-700000-700010.json.gz'] as const
  it('of blocks 700000 to 700010 are valid', { skip: missing(...era2) }, () => {
    const decoder = new TransactionDecoder()
    const boxes = new Map<string, Box>()
    for (const item of json(era2[1]) as JsonValue[]) {
      const box = boxFromJson(item)
      assert.equal(toHex(box.id), (item as JsonObject).get('boxId'))
      boxes.set(toHex(box.id), box)
    }
    let spent = 0
    interface Block {
      height: number
      transactions: { id: string; bytes: string }[]
    }
    for (const { height, transactions } of readJsonLines<Block>(shared(era2[0]))) {
      const txs = transactions.map(({ bytes }) => decoder.decodeTransaction(fromHex(bytes), DEFAULT_VERSIONS))
      for (const tx of txs) for (const output of tx.outputs) boxes.set(toHex(output.id), output)
      // The miner is who gets the reward: second output of the first transaction, key in the reward script.
      const miner = txs[0]!.outputs[1]!.tree.bytes.subarray(7, 40)
      const parameters = LAUNCH.with(PARAMETER.blockVersion, 2).with(PARAMETER.maxBlockCost, 5_000_000)
      const bare = bareContext(height, 2, miner, parameters)
      // Some scripts look at the time, if only roughly: block 700001 was of this one.
      const timestamp = 1_646_544_822_223n + BigInt(height - 700_001) * 120_000n
      const context = { ...bare, block: { ...bare.block, timestamp } }
      let cost = 0
      for (const [i, tx] of txs.entries()) {
        assert.equal(tx.idHex, transactions[i]!.id)
        const inputs = tx.inputs.map(({ boxId }) => boxes.get(toHex(boxId))!)
        const dataInputs = tx.dataInputs.map((id) => boxes.get(toHex(id))!)
        cost = assertValid(`${height} ${tx.idHex}`, validateTransaction({ tx, inputs, dataInputs }, context, cost))
        spent += inputs.length
      }
    }
    assert.equal(spent, 158)
  })

  interface CostFile {
    headers: Record<string, { version: number; miner_pk_hex: string }>
    fixtures?: CostCase[]
    transactions?: CostCase[]
    voted_params_epoch_1499136?: Record<string, number>
  }
  interface CostCase {
    tx_id: string
    height: number
    block_cost: number
    tx_bytes: string
  }

  const costs = ['mainnet/tx-cost-700000-700001.json', 'mainnet/tx-cost-1499136.json'] as const
  it('have the costs that the reference computed', { skip: missing(...costs, era2[1]) }, () => {
    const decoder = new TransactionDecoder()
    const boxes = new Map<string, Box>()
    const learn = (item: JsonValue): void => {
      const box = boxFromJson(item)
      boxes.set(toHex(box.id), box)
    }
    for (const item of json(era2[1]) as JsonValue[]) learn(item)
    let seen = 0
    for (const path of costs) {
      const file = readJson<CostFile>(shared(path))
      const voted = file.voted_params_epoch_1499136
      const parameters =
        voted === undefined
          ? LAUNCH
          : new Parameters(0, new Map(Object.entries(voted).map(([n, v]) => [PARAMETER[n as 'inputCost'], v])))
      const list = (file.fixtures ?? file.transactions)!
      for (const item of ((json(path) as JsonObject).get('fixtures') ?? []) as JsonObject[]) {
        for (const input of item.get('input_boxes') as JsonValue[]) learn(input)
      }
      const txs = list.map(({ tx_bytes }) => decoder.decodeTransaction(fromHex(tx_bytes), DEFAULT_VERSIONS))
      for (const tx of txs) for (const output of tx.outputs) boxes.set(toHex(output.id), output)
      for (const [i, tx] of txs.entries()) {
        const { height, block_cost, tx_id } = list[i]!
        assert.equal(tx.idHex, tx_id)
        const { version, miner_pk_hex } = file.headers[height]!
        const inputs = tx.inputs.map(({ boxId }) => boxes.get(toHex(boxId))!)
        assert.ok(
          inputs.every((input) => input !== undefined),
          tx_id
        )
        const context = bareContext(height, version, fromHex(miner_pk_hex), parameters.with(PARAMETER.blockVersion, version))
        assert.equal(assertValid(tx_id, validateTransaction({ tx, inputs, dataInputs: [] }, context)), block_cost, tx_id)
        seen++
      }
    }
    assert.equal(seen, 7)
  })
})

describe('transactions of testnet that stopped other implementations', () => {
  interface Stall {
    height: number
    preHeader: { timestamp: number | null; nBits: number | null; minerPk: string; votes: string | null; parentId: string } | null
    lastHeadersBytes: string[] | null
    parameters: Record<string, number>
    transactionBytes: string[]
    boxes: { boxId: string; bytes: string }[]
    txCosts: number[]
  }

  for (const name of [
    'atleast-degenerate-bound-184137',
    'deserialize-context-111927',
    'getvarfrominput-92847',
    'powhit-return-type-28474'
  ]) {
    const path = `testnet/v6-cases/${name}.json`
    it(`accepts ${name} at the cost of the reference`, { skip: missing(path) }, () => {
      const decoder = new TransactionDecoder()
      const stall = readJson<Stall>(shared(path))
      const txs = stall.transactionBytes.map((bytes) => decoder.decodeTransaction(fromHex(bytes), { activated: 3, tree: 3 }))
      const boxes = new Map<string, Box>(stall.boxes.map(({ boxId, bytes }) => [boxId, decoder.decodeBox(fromHex(bytes))]))
      for (const tx of txs) for (const output of tx.outputs) boxes.set(toHex(output.id), output)
      // Up to ten in the file; scripts see nine.
      const headers = (stall.lastHeadersBytes ?? []).slice(0, 9).map((bytes) => parseHeader(fromHex(bytes)))
      const parameters = new Parameters(0, new Map(Object.entries(stall.parameters).map(([id, value]) => [Number(id), value])))
      const generator = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
      const bare = bareContext(stall.height, 4, fromHex(stall.preHeader?.minerPk ?? generator), parameters)
      const context = {
        ...bare,
        block: { ...bare.block, timestamp: BigInt(stall.preHeader?.timestamp ?? 0), nBits: stall.preHeader?.nBits ?? 0 },
        headers,
        previousStateDigest: headers[0]?.stateRoot ?? bare.previousStateDigest
      }
      for (const [i, tx] of txs.entries()) {
        const inputs = tx.inputs.map(({ boxId }) => boxes.get(toHex(boxId))!)
        const dataInputs = tx.dataInputs.map((id) => boxes.get(toHex(id))!)
        assert.equal(assertValid(`transaction ${i}`, validateTransaction({ tx, inputs, dataInputs }, context)), stall.txCosts[i])
      }
    })
  }
})
