import { type JsonObject, type JsonValue, parseJson, toHex } from '../../../src/bytes/index.ts'
import { NETWORKS, PARAMETER, parametersAtLaunch, ValidationSettings } from '../../../src/chain/index.ts'
import { DEFAULT_VERSIONS } from '../../../src/ergotree/index.ts'
import {
  type Box,
  boxFromJson,
  type Transaction,
  TransactionDecoder,
  type ValidationContext
} from '../../../src/transaction/index.ts'
import { missing, readBytes, readJsonLines, shared } from '../../../test/support/vectors.ts'
import { BenchUnavailable } from '../../harness.ts'

const BLOCKS = 'mainnet/blocks-700000-700010.jsonl.gz'
const BOXES = 'mainnet/input-boxes-700000-700010.json.gz'
const HEADERS = 'mainnet/rest-blocks-700000-700004.json.gz'

/** Of a miner's reward tree the key stands here. */
const MINER_KEY_AT = 7
const MINER_KEY_END = 40

/** A transaction with its boxes, and what its scripts are run in. */
export interface Spend {
  readonly tx: Transaction
  readonly inputs: readonly Box[]
  readonly dataInputs: readonly Box[]
  readonly context: ValidationContext
}

function json(path: string): JsonValue {
  return parseJson(new TextDecoder().decode(readBytes(shared(path))))
}

/**
 * All transactions of mainnet blocks 700000 to 700010 with their real boxes. Earlier headers are not at hand, and no script here
 * asks for them; the miner is who got the reward, the time that of the block but for seconds.
 */
export function spends(): readonly Spend[] {
  const absent = missing(BLOCKS, BOXES)
  if (absent !== false) throw new BenchUnavailable(absent)
  const decoder = new TransactionDecoder()
  const boxes = new Map<string, Box>()
  for (const item of json(BOXES) as readonly JsonValue[]) {
    // Through bytes, as a node finds them in its state.
    const box = decoder.decodeBox(boxFromJson(item).bytes)
    boxes.set(toHex(box.id), box)
  }
  const parameters = parametersAtLaunch(NETWORKS.mainnet.launchParameters)
    .with(PARAMETER.blockVersion, 2)
    .with(PARAMETER.maxBlockCost, 5_000_000)
  const out: Spend[] = []
  for (const { height, transactions } of readJsonLines<{ height: number; transactions: { bytes: string }[] }>(shared(BLOCKS))) {
    const txs = transactions.map(({ bytes }) =>
      decoder.decodeTransaction(new Uint8Array(Buffer.from(bytes, 'hex')), DEFAULT_VERSIONS)
    )
    for (const tx of txs) for (const output of tx.outputs) boxes.set(toHex(output.id), output)
    const context: ValidationContext = {
      block: {
        version: 2,
        parentId: new Uint8Array(32),
        timestamp: 1_646_544_822_223n + BigInt(height - 700_001) * 120_000n,
        nBits: 117_846_489,
        height,
        minerPk: txs[0]!.outputs[1]!.tree.bytes.subarray(MINER_KEY_AT, MINER_KEY_END),
        votes: new Uint8Array(3)
      },
      headers: [],
      previousStateDigest: new Uint8Array(33),
      parameters,
      settings: ValidationSettings.initial
    }
    for (const tx of txs) {
      const find = (id: Uint8Array): Box => boxes.get(toHex(id))!
      out.push({ tx, inputs: tx.inputs.map(({ boxId }) => find(boxId)), dataInputs: tx.dataInputs.map(find), context })
    }
  }
  return out
}

/** A header of that time as the REST API shows it, for libraries that must be given some. */
export function someHeader(): JsonObject {
  const absent = missing(HEADERS)
  if (absent !== false) throw new BenchUnavailable(absent)
  return (json(HEADERS) as readonly JsonObject[])[0]!.get('header') as JsonObject
}
