import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import { adProofsRoot, DEFAULT_PARSE_VERSIONS, DEVNET, DEVNET60, MAINNET, parseHeader, TESTNET } from '../../src/chain/index.ts'
import { AvlProver } from '../../src/crypto/avltree/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'
import { decodeBlock, genesisBoxes, genesisProver, stateChanges } from '../../src/state/index.ts'
import { TransactionDecoder } from '../../src/transaction/index.ts'
import { devnetBlocks, devnetOf } from '../support/devnet.ts'
import { missing, readJsonLines, shared } from '../support/vectors.ts'

const ids = (network: Parameters<typeof genesisBoxes>[0]): string[] => genesisBoxes(network).map((box) => toHex(blake2b256(box)))

describe('genesis state', () => {
  it('has the three boxes of mainnet', () => {
    assert.deepEqual(ids(MAINNET), [
      'b69575e11c5c43400bfead5976ee0d6245a1168396b2e2a4f384691f275d501c',
      'b8ce8cfe331e5eadfb0783bdc375c94413433f65e1e45857d71550d42e4d83bd',
      '5527430474b673e4aafb08e0079c639de23e6a17e87edd00f78662b43c88aeda'
    ])
  })

  it('differs on testnet in the proof of no premine, on the recorded devnets in the emission box too', () => {
    const noPremine = '3bfaf76c824df668822dfce71abaf688d0281f91c3ac2a271f92fa28c3efaac7'
    assert.deepEqual(ids(TESTNET), [ids(MAINNET)[0], noPremine, ids(MAINNET)[2]])
    const emission = 'a18dc1f812aa156037c47db5bd7fc9ef85646c97a1abb76b30045b8e5f7e31e2'
    assert.deepEqual(ids(devnetOf('v4')), [emission, noPremine, ids(MAINNET)[2]])
  })

  it('has the digest that the network names, whatever the order of its boxes', () => {
    for (const network of [MAINNET, TESTNET, DEVNET, DEVNET60, devnetOf('v4'), devnetOf('vote')]) {
      assert.equal(toHex(genesisProver(network).digest()), toHex(network.genesisStateDigest), network.name)
    }
    const prover = new AvlProver({ keyLength: 32 })
    for (const value of genesisBoxes(MAINNET).toReversed()) prover.perform({ kind: 'insert', key: blake2b256(value), value })
    assert.deepEqual(prover.digest(), MAINNET.genesisStateDigest)
  })

  it('may be given as boxes', () => {
    const boxes = [Uint8Array.of(1)]
    assert.equal(genesisBoxes({ ...MAINNET, genesisBoxes: boxes }), boxes)
  })

  for (const name of ['v4', 'vote'] as const) {
    it(`grows into the recorded state of devnet ${name}: every root, and every proof to the byte`, () => {
      const prover = genesisProver(devnetOf(name))
      const decoder = new TransactionDecoder()
      for (const line of devnetBlocks(name)) {
        const header = parseHeader(line.header)
        const decoded = decodeBlock(header, line, decoder)
        assert.ok(decoded.ok)
        const changes = stateChanges(decoded.block.transactions)
        assert.ok(changes.ok)
        for (const operation of changes.operations) assert.ok(prover.perform(operation).ok)
        assert.deepEqual(prover.prove(), decoded.block.proof)
        assert.deepEqual(prover.digest(), header.stateRoot)
      }
    })
  }

  const FILES = ['mainnet/headers-1-2000.jsonl.gz', 'mainnet/transactions-1-1000.jsonl.gz'] as const
  it('grows into the first 1000 states of mainnet', { skip: missing(...FILES) }, () => {
    const headers = readJsonLines<{ bytes: string }>(shared(FILES[0]))
    const prover = genesisProver(MAINNET)
    const decoder = new TransactionDecoder()
    for (const [i, { bytes }] of readJsonLines<{ bytes: string }>(shared(FILES[1])).entries()) {
      const header = parseHeader(fromHex(headers[i]!.bytes))
      const changes = stateChanges([decoder.decodeTransaction(fromHex(bytes), DEFAULT_PARSE_VERSIONS)])
      assert.ok(changes.ok)
      for (const operation of changes.operations) assert.ok(prover.perform(operation).ok)
      assert.deepEqual(adProofsRoot(prover.prove()), header.adProofsRoot)
      assert.deepEqual(prover.digest(), header.stateRoot)
    }
  })
})
