import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { bytesEqual, toHex } from '../../src/bytes/index.ts'
import {
  decodeExtension,
  EMPTY_SETTINGS_UPDATE,
  type NetworkParameters,
  parseHeader,
  parseNetworkFile,
  parseParameters,
  startsVotingEpoch
} from '../../src/chain/index.ts'
import {
  buildBlock,
  changeBoxes,
  type DevnetState,
  emissionTransaction,
  feeTransaction,
  genesisState,
  sectionVersions
} from '../../src/devnet/index.ts'
import type { BlockLine } from '../../src/state/index.ts'
import { decodeBlockTransactions, TransactionDecoder } from '../../src/transaction/index.ts'
import { blockLines, type DevnetName, devnetBlocks, devnetOf } from '../support/devnet.ts'
import { missing, shared } from '../support/vectors.ts'

/** What of a recorded chain was made anew. */
interface Rebuilt {
  readonly state: DevnetState
  readonly feeTransactions: number
}

/**
 * Makes every recorded block from what its miner chose: time, votes, other people's transactions and the nonce. Emission, fees,
 * extension, difficulty, state and proof are ours.
 */
function rebuild(network: NetworkParameters, lines: readonly BlockLine[]): Rebuilt {
  const decoder = new TransactionDecoder()
  let state = genesisState(network)
  let feeTransactions = 0
  for (const line of lines) {
    const header = parseHeader(line.header)
    const { version, transactions } = decodeBlockTransactions(line.transactions, decoder)
    const versions = sectionVersions(version)
    const emission = emissionTransaction(state, header.minerPk, versions)
    assert.equal(emission && toHex(emission.bytes), toHex(transactions[0]!.bytes), `emission at ${header.height}`)
    const fees = feeTransaction(state, transactions.slice(0, -1), header.minerPk, versions)
    if (fees !== undefined) {
      feeTransactions++
      assert.equal(toHex(fees.bytes), toHex(transactions.at(-1)!.bytes), `fees at ${header.height}`)
    }
    const block = buildBlock(state, {
      miner: { publicKey: header.minerPk },
      timestamp: header.timestampExact,
      transactions: transactions.slice(1, fees === undefined ? undefined : -1),
      votes: [...header.votes],
      proposedUpdate: startsVotingEpoch(header.height, network.voting)
        ? parseParameters(header.height, decodeExtension(line.extension).fields).proposedUpdate
        : EMPTY_SETTINGS_UPDATE,
      solution: header.powSolution
    })
    assert.equal(toHex(block.header.bytes), toHex(line.header), `header at ${header.height}`)
    for (const section of ['transactions', 'extension', 'adProofs'] as const) {
      assert.ok(bytesEqual(block.sections[section]!, line[section]!), `${section} at ${header.height}`)
    }
    state = block.state
  }
  return { state, feeTransactions }
}

describe('recorded devnets made anew', () => {
  for (const name of ['v4', 'vote'] as const) {
    it(`starts ${name} from the boxes that its digest commits to`, () => {
      const network = devnetOf(name)
      assert.equal(toHex(changeBoxes(genesisState(network), []).digest), toHex(network.genesisStateDigest))
    })

    it(`makes the first blocks of ${name}, byte for byte`, () => {
      const lines = devnetBlocks(name)
      const { state } = rebuild(devnetOf(name), lines)
      assert.equal(state.height, lines.length)
    })
  }

  const CHAINS: [string, DevnetName, number, number, string][] = [
    ['v4', 'v4', 1541, 129, '05bd632045237c4b4687f43b7bf001f4a666ad69e01bd614b2d475af108541a812'],
    ['vote', 'vote', 420, 0, 'ef5650095f401146454571eb74bd3e548caab6ffdf290c7f66f052456ed29c110b'],
    ['params', 'v4', 330, 0, 'c8d2a83fa41c690dc7213cd1ba9d13608570af97dc6aa0b960409e2c88d154040a']
  ]
  for (const [name, base, height, fees, root] of CHAINS) {
    const files = [`devnet/${name}/chain.jsonl.gz`, `devnet/${base}/network.json`] as const
    it(`makes all ${height} blocks of ${name}, byte for byte`, { skip: missing(...files) }, () => {
      const network = parseNetworkFile(readFileSync(shared(files[1]), 'utf8'))
      const { state, feeTransactions } = rebuild(network, blockLines(shared(files[0])))
      assert.equal(state.height, height)
      assert.equal(feeTransactions, fees)
      assert.equal(toHex(state.header!.stateRoot), root)
    })
  }
})
