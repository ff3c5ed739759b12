import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex } from '../../src/bytes/index.ts'
import { decodeSettingsUpdate, NETWORKS, parseHeader, ValidationSettings } from '../../src/chain/index.ts'
import {
  type Box,
  decodeBlockTransactions,
  emissionTree,
  NANO_ERG,
  payToReemissionTree,
  reemissionViolation,
  TransactionDecoder,
  validateTransaction
} from '../../src/transaction/index.ts'
import { committed, missing, readJsonLines, shared } from '../support/vectors.ts'
import { box, type CandidateFields, contextAt, readCases, spend } from './support.ts'

const MAINNET = NETWORKS.mainnet
const { emissionNftId, reemissionTokenId, activationHeight } = MAINNET.reemission
const NFT = { id: emissionNftId!, amount: 1n }
const token = (amount: bigint) => ({ id: reemissionTokenId!, amount })
const HEIGHT = 800_000
const CHARGE = 12n * NANO_ERG

function violation(inputs: readonly CandidateFields[], outputs: readonly CandidateFields[], height = HEIGHT, network = MAINNET) {
  return reemissionViolation(
    inputs.map((fields, i) => box(fields, i + 1)),
    outputs.map((fields, i) => box(fields, i + 100)),
    height,
    network
  )
}

describe('rule 123: EIP-27', () => {
  const emission = (amount: bigint): CandidateFields => ({ value: 200_000n * NANO_ERG, tokens: [NFT, token(amount)] })

  it('lets the emission box give what the schedule says, and keep the rest', () => {
    assert.equal(violation([emission(100n * NANO_ERG)], [emission(88n * NANO_ERG), { tokens: [token(CHARGE)] }]), undefined)
    for (const outputs of [
      [emission(88n * NANO_ERG), {}],
      [emission(89n * NANO_ERG), { tokens: [token(CHARGE - NANO_ERG)] }],
      [emission(88n * NANO_ERG), { tokens: [token(CHARGE + 1n)] }],
      [{ ...emission(0n), tokens: [token(88n * NANO_ERG), NFT] }, { tokens: [token(CHARGE)] }],
      [{ ...emission(0n), tokens: [NFT] }, { tokens: [token(CHARGE)] }],
      [emission(88n * NANO_ERG)]
    ]) {
      assert.notEqual(violation([emission(100n * NANO_ERG)], outputs), undefined)
    }
    // Every transaction of 2026 gives 12.
    assert.equal(
      violation([emission(CHARGE)], [{ ...emission(0n), tokens: [NFT, token(0n)] }, { tokens: [token(CHARGE)] }]),
      undefined
    )
    assert.notEqual(violation([{ ...emission(0n), tokens: [NFT] }], [emission(0n), {}]), undefined)
  })

  it('demands payment of burnt tokens, one nanoERG each', () => {
    const reward = { value: 50n * NANO_ERG, tokens: [token(CHARGE)] }
    const pay = (value: bigint): CandidateFields => ({ value, tree: payToReemissionTree(MAINNET.reemission) })
    assert.equal(violation([reward], [pay(CHARGE), {}]), undefined)
    assert.equal(violation([reward, reward], [pay(CHARGE), pay(CHARGE)]), undefined)
    assert.equal(violation([reward], [pay(CHARGE - 1n), {}]), 'Burning condition violated')
    assert.equal(violation([reward], [pay(CHARGE + 1n)]), 'Burning condition violated')
    assert.equal(violation([reward], [{ value: CHARGE }]), 'Burning condition violated')
    assert.equal(violation([reward], [pay(CHARGE), { tokens: [token(1n)] }]), 'outputs contain reemission token')
  })

  it('looks at no transaction before its height, and at rewards only after it', () => {
    const reward = { value: NANO_ERG, tokens: [token(CHARGE)] }
    assert.equal(violation([reward], [{}], activationHeight - 1), undefined)
    assert.equal(violation([reward], [{}], activationHeight), undefined)
    assert.notEqual(violation([reward], [{}], activationHeight + 1), undefined)
  })

  it('takes the tokens from the injection box at its height', () => {
    const old = { value: 200_000n * NANO_ERG, tree: emissionTree(MAINNET.monetary) }
    const injection = { value: 2n * NANO_ERG, tokens: [NFT, token(100n * NANO_ERG)] }
    const outputs = [{ ...old, tokens: [NFT, token(88n * NANO_ERG)] }, { tokens: [token(CHARGE)] }]
    assert.equal(violation([old, injection], outputs, activationHeight), undefined)
    assert.equal(violation([old], outputs, activationHeight), 'there is no injection box')
    assert.notEqual(violation([old, injection], [{ ...old }, { tokens: [token(CHARGE)] }], activationHeight), undefined)
  })

  it('keeps the old emission contract from being spent without the tokens', () => {
    const old = { value: 200_000n * NANO_ERG, tree: emissionTree(MAINNET.monetary) }
    assert.notEqual(violation([old], [old, {}]), undefined)
    assert.equal(violation([old], [{ ...old, tokens: [NFT, token(1n)] }, {}]), undefined)
    assert.equal(violation([{ value: 200_000n * NANO_ERG }], [{}]), undefined)
  })

  it('compares trees on mainnet, propositions elsewhere', () => {
    const reward = { value: NANO_ERG, tokens: [token(5n)] }
    const version1 = payToReemissionTree(MAINNET.reemission)
    // The same contract as a tree of version 0 without size.
    const version0 = Uint8Array.from([0x10, ...version1.subarray(2)])
    const elsewhere = { ...MAINNET, addressPrefix: 16 }
    assert.equal(violation([reward], [{ value: 5n, tree: version1 }]), undefined)
    assert.notEqual(violation([reward], [{ value: 5n, tree: version0 }]), undefined)
    assert.equal(violation([reward], [{ value: 5n, tree: version0 }], HEIGHT, elsewhere), undefined)
    assert.notEqual(violation([reward], [{ value: 5n, tree: fromHex('0802d1fd') }], HEIGHT, elsewhere), undefined)
  })

  it('is checked where the context says so, unless a soft-fork switched it off', () => {
    const input = box({ value: NANO_ERG, tokens: [token(5n)] })
    const tx = spend([input], [{ ...box({ value: NANO_ERG }).ergoBox }])
    const base = contextAt(HEIGHT)
    const judge = (context: typeof base) => validateTransaction({ tx, inputs: [input], dataInputs: [] }, context)
    assert.equal(judge(base).valid, true)
    const verdict = judge({ ...base, reemission: MAINNET })
    assert.ok(!verdict.valid)
    assert.equal(verdict.rule, 123)
    const settings = ValidationSettings.initial.updated(decodeSettingsUpdate(fromHex('017b00')))
    assert.equal(judge({ ...base, reemission: MAINNET, settings }).valid, true)
  })

  it('holds for every recorded transaction of mainnet', () => {
    const decoder = new TransactionDecoder()
    let seen = 0
    for (const recorded of readCases(committed('transaction/cases.jsonl.gz'))) {
      if (!recorded.context.startsWith('mainnet') || recorded.mutation !== 'none') continue
      const tx = decoder.decodeTransaction(recorded.tx, { activated: 3, tree: 3 })
      const inputs = recorded.inputBoxes.map((bytes) => decoder.decodeBox(bytes))
      assert.equal(reemissionViolation(inputs, tx.outputs, Number(recorded.context.split('-')[1]), MAINNET), undefined)
      seen++
    }
    assert.ok(seen > 0)
  })

  const blocks = 'mainnet/blocks-1795968-1796087.jsonl.gz'
  it('holds for what 120 blocks of mainnet spend of their own outputs', { skip: missing(blocks) }, () => {
    const decoder = new TransactionDecoder()
    const known = new Map<string, Box>()
    let burns = 0
    for (const line of readJsonLines<{ header: string; transactions: string }>(shared(blocks))) {
      const { height } = parseHeader(fromHex(line.header))
      const { transactions } = decodeBlockTransactions(fromHex(line.transactions), decoder)
      for (const tx of transactions) {
        const inputs = tx.inputs.map(({ boxId }) => known.get(boxId.join()))
        for (const output of tx.outputs) known.set(output.id.join(), output)
        if (inputs.some((input) => input === undefined)) continue
        if (inputs.some((input) => input!.tokens.some(({ id }) => id.join() === reemissionTokenId!.join()))) burns++
        assert.equal(reemissionViolation(inputs as Box[], tx.outputs, height, MAINNET), undefined, tx.idHex)
      }
    }
    assert.ok(burns > 100, String(burns))
  })
})
