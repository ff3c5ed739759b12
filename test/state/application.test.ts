import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesEqual, EncodeError } from '../../src/bytes/index.ts'
import { PARAMETER, Parameters, parametersAtLaunch, parseHeader } from '../../src/chain/index.ts'
import type { AvlOperation } from '../../src/crypto/avltree/index.ts'
import { AvlProver } from '../../src/crypto/avltree/index.ts'
import {
  applyDigestBlock,
  type Block,
  type BlockOptions,
  type BoxEffects,
  decodeBlock,
  finishBlock,
  type PreparedBlock,
  prepareDigestBlock,
  prepareTransactions,
  type StateContext,
  stateChanges,
  type VerifyTransaction,
  verifyAdProof,
  verifyTransaction
} from '../../src/state/index.ts'
import {
  type Box,
  refuse,
  type Transaction,
  TransactionDecoder,
  type TransactionVerdict,
  TX_RULES
} from '../../src/transaction/index.ts'
import { devnetBlocks, devnetOf, genesisOf } from '../support/devnet.ts'

const network = devnetOf('v4')
const options: BlockOptions = { voting: network.voting, checkpointHeight: 0 }
const decoder = new TransactionDecoder()
const lines = devnetBlocks('v4')

function block(height: number): Block {
  const line = lines[height - 1]!
  const decoded = decodeBlock(parseHeader(line.header), line, decoder)
  assert.ok(decoded.ok)
  return decoded.block
}

/** State below a height. */
function stateBelow(height: number): StateContext {
  let state = genesisOf(network)
  for (let h = 1; h < height; h++) {
    const result = applyDigestBlock(state, block(h), decoder, options, verifyTransaction)
    assert.ok(result.ok)
    state = result.applied.context
  }
  return state
}

const id = (n: number): Uint8Array => new Uint8Array(32).fill(n)
function tx(inputs: number[], outputs: number[], dataInputs: number[] = []): BoxEffects {
  return {
    inputs: inputs.map((n) => ({ boxId: id(n) })),
    dataInputs: dataInputs.map(id),
    outputs: outputs.map((n) => ({ id: id(n), bytes: Uint8Array.of(n) }))
  }
}
/** Operations in short: `?` looks up, `-` removes, `+` inserts. */
function short(...transactions: BoxEffects[]): string {
  const changes = stateChanges(transactions)
  if (!changes.ok) return `twice ${changes.doubleSpent[0]}`
  const sign = { lookup: '?', remove: '-', insert: '+', update: '=', insertOrUpdate: '=' }
  return changes.operations.map(({ kind, key }: AvlOperation) => `${sign[kind]}${key[0]}`).join(' ')
}

describe('changes of the state tree', () => {
  it('are lookups as they come, then removals, then insertions, each by id', () => {
    assert.equal(short(tx([9, 3], [8, 2], [7, 1, 7]), tx([5], [4], [1])), '?7 ?1 ?7 ?1 -3 -5 -9 +2 +4 +8')
  })

  it('leave out what is made and then spent', () => {
    assert.equal(short(tx([1], [2]), tx([2], [3])), '-1 +3')
    assert.equal(short(tx([1], [2]), tx([3], [4], [2])), '?2 -1 -3 +2 +4')
  })

  it('keep both when a box is spent before it is made', () => {
    assert.equal(short(tx([2], [3]), tx([1], [2])), '-1 -2 +2 +3')
  })

  it('know a box that is spent twice', () => {
    assert.equal(short(tx([1], [2]), tx([1], [3])), 'twice 1')
    assert.equal(short(tx([1], [2]), tx([2], [3]), tx([2], [4])), '-1 -2 +3 +4')
    assert.equal(short(tx([1], [2]), tx([2], [3]), tx([2], [4]), tx([2], [5])), 'twice 2')
  })
})

describe('AD proof of a block', () => {
  const prover = new AvlProver({ keyLength: 32 })
  for (let n = 1; n < 20; n++) prover.perform({ kind: 'insert', key: id(n), value: Uint8Array.of(n) })
  prover.prove()
  const before = prover.digest()
  const changes = stateChanges([tx([3, 5], [30], [7, 77])])
  assert.ok(changes.ok)
  for (const operation of changes.operations) prover.perform(operation)
  const proof = prover.prove()
  const after = prover.digest()

  it('shows the boxes that lookups and removals found', () => {
    assert.deepEqual(verifyAdProof(before, after, proof, changes.operations), {
      ok: true,
      values: [Uint8Array.of(7), Uint8Array.of(3), Uint8Array.of(5)]
    })
  })

  it('is refused for another start, end, order or number of operations', () => {
    assert.equal(verifyAdProof(after, after, proof, changes.operations).ok, false)
    assert.equal(verifyAdProof(before, before, proof, changes.operations).ok, false)
    assert.equal(verifyAdProof(before, after, proof, changes.operations.toReversed()).ok, false)
    assert.equal(verifyAdProof(before, after, proof, changes.operations.slice(1)).ok, false)
    assert.equal(verifyAdProof(before, after, new Uint8Array(), changes.operations).ok, false)
  })
})

describe('block on a digest', () => {
  /** Stands in for a transaction that makes and names boxes by one-byte ids. */
  function named(effects: BoxEffects): Transaction {
    const outputs = effects.outputs.map((box) => ({ ...box, value: 1n }))
    return { ...effects, outputs, idHex: 'named' } as unknown as Transaction
  }

  it('rule 302 wants sections of the header, with its roots', () => {
    const line = lines[4]!
    const other = lines[5]!
    const header = parseHeader(line.header)
    assert.equal(decodeBlock(header, line, decoder).ok, true)
    for (const sections of [
      { ...line, transactions: other.transactions },
      { ...line, extension: other.extension },
      { ...line, adProofs: other.adProofs }
    ]) {
      const decoded = decodeBlock(header, sections, decoder)
      assert.equal(decoded.ok ? undefined : decoded.failure.rule, 302)
    }
    const wrong = line.extension.slice()
    wrong[wrong.length - 1]! ^= 1
    const decoded = decodeBlock(header, { ...line, extension: wrong }, decoder)
    assert.equal(decoded.ok ? undefined : decoded.failure.rule, 302)
  })

  it('rule 113 fails when the proof does not fit the state', () => {
    const state = stateBelow(3)
    assert.equal(applyDigestBlock(state, block(3), decoder, options, verifyTransaction).ok, true)
    const forged = { ...block(3), proof: block(3).proof!.slice(0, -1) }
    const result = applyDigestBlock(state, forged, decoder, options, verifyTransaction)
    assert.equal(result.ok ? undefined : result.failure.rule, 113)
    assert.equal(result.ok ? undefined : result.failure.stage, 'transactions')
    assert.equal(result.ok ? undefined : result.failure.transactionId, forged.transactions[0]!.idHex)
  })

  it('rule 113 fails, too, when two inputs spend a box or an output cannot be written', () => {
    const state = stateBelow(3)
    const rule = (transactions: readonly Transaction[]): number | null | undefined => {
      const result = applyDigestBlock(state, { ...block(3), transactions }, decoder, options, verifyTransaction)
      return result.ok ? undefined : result.failure.rule
    }
    const [real] = block(3).transactions
    assert.equal(rule([real!]), undefined)
    assert.equal(rule([real!, real!]), 113)
    const unwritable = {
      value: 1n,
      get id(): Uint8Array {
        throw new EncodeError('no encoding')
      }
    }
    const odd = { ...named(tx([1], [])), outputs: [unwritable] } as unknown as Transaction
    assert.equal(rule([odd]), 113)
  })

  it('below a checkpoint is not verified but its state root is: rule 501', () => {
    const state = stateBelow(3)
    const never: VerifyTransaction = () => assert.fail('a transaction below a checkpoint')
    const below = { ...options, checkpointHeight: 3 }
    const result = applyDigestBlock(state, block(3), decoder, below, never)
    assert.equal(result.ok && result.applied.cost, 0)
    const forged = { ...block(3), proof: block(3).proof!.slice(0, -1) }
    const refused = applyDigestBlock(state, forged, decoder, below, never)
    assert.equal(refused.ok ? undefined : refused.failure.rule, 501)
  })

  it('finds boxes made anywhere in it, later or spent there too, and those of the state', () => {
    const state = stateBelow(3)
    const there: Box = { id: id(1), value: 1n } as unknown as Box
    const transactions = [named(tx([1, 4], [2], [3, 2])), named(tx([2], [3, 4], [1]))]
    const prepared = prepareTransactions(
      { ...block(2), transactions },
      state,
      (boxId) => (bytesEqual(boxId, id(1)) ? there : undefined),
      options
    )
    assert.equal(prepared.failure, undefined)
    const ids = prepared.jobs.map(({ inputs, dataInputs }) => [inputs, dataInputs].map((boxes) => boxes.map((box) => box.id[0])))
    assert.deepEqual(ids, [
      [
        [1, 4],
        [3, 2]
      ],
      [[2], [1]]
    ])
  })

  it('rules 113 and 114 fail for boxes that are nowhere, after what the transaction breaks by itself', () => {
    const state = stateBelow(3)
    const rules = (...transactions: BoxEffects[]): (number | null | undefined)[] => {
      const { jobs, failure } = prepareTransactions(
        { ...block(2), transactions: transactions.map(named) },
        state,
        (boxId) => (boxId[0] === 1 ? ({ id: boxId, value: 1n } as unknown as Box) : undefined),
        options
      )
      return [jobs.length, failure?.rule]
    }
    assert.deepEqual(rules(tx([1], [2])), [1, undefined])
    assert.deepEqual(rules(tx([1], [2]), tx([9], [3])), [1, 113])
    assert.deepEqual(rules(tx([1], [2], [9])), [0, 114])
    assert.deepEqual(rules(tx([9, 9], [2])), [0, 107])
    assert.deepEqual(rules(tx([], [2], [9])), [0, 100])
  })

  it('fails without a rule where a parameter that a transaction needs is missing', () => {
    const state = stateBelow(3)
    for (const missing of [PARAMETER.inputCost, PARAMETER.outputCost, PARAMETER.minValuePerByte, PARAMETER.maxBlockCost]) {
      const launch = parametersAtLaunch(network.launchParameters)
      const table = new Map(launch.table)
      table.delete(missing)
      const poor = { ...state, parameters: new Parameters(0, table) }
      const result = applyDigestBlock(poor, block(3), decoder, options, verifyTransaction)
      assert.equal(result.ok ? undefined : result.failure.code, 'PARAMETER_MISSING')
      assert.equal(result.ok ? undefined : result.failure.rule, null)
    }
  })
})

describe('verdicts of one block put together', () => {
  const limit = parametersAtLaunch(network.launchParameters).maxBlockCost
  /** A prepared block whose transactions cost what is given; `verify` adds the start cost and applies the limit. */
  function prepared(costs: number[]): {
    block: PreparedBlock
    verify: VerifyTransaction
    alone: TransactionVerdict[]
    asked: number[]
  } {
    const state = stateBelow(3)
    const one = prepareDigestBlock(state, block(3), decoder, options)
    assert.ok(one.ok)
    const [job] = one.prepared.jobs
    const jobs = costs.map(() => ({ ...job! }))
    const asked: number[] = []
    const judge = (i: number, start: number): TransactionVerdict => {
      const cost = start + costs[i]!
      if (costs[i]! < 0) return refuse('stateful', TX_RULES.scriptValidation, 'false')
      return cost > limit ? refuse('stateful', TX_RULES.blockCost, 'too much') : { valid: true, cost }
    }
    const verify: VerifyTransaction = (subject, _context, start) => {
      const i = jobs.indexOf(subject as (typeof jobs)[number])
      asked.push(i)
      return judge(i, start)
    }
    return { block: { ...one.prepared, jobs }, verify, alone: jobs.map((_, i) => judge(i, 0)), asked }
  }

  it('rule 307 limits the sum of costs', () => {
    const fits = prepared([400_000, 400_000, 200_000])
    const result = finishBlock(fits.block, fits.alone, fits.verify)
    assert.equal(result.ok && result.applied.cost, 1_000_000)
    const exceeds = prepared([400_000, 400_000, 200_001])
    const refused = finishBlock(exceeds.block, exceeds.alone, exceeds.verify)
    assert.equal(refused.ok ? undefined : refused.failure.rule, 307)
    // Only the one at the limit is judged again.
    assert.deepEqual(exceeds.asked, [2])
  })

  it('adds up without asking again when all is well', () => {
    const { block: b, verify, alone, asked } = prepared([10, 20, 30])
    const result = finishBlock(b, alone, verify)
    assert.equal(result.ok && result.applied.cost, 60)
    assert.deepEqual(asked, [])
  })

  it('names the first that fails, judged where it stands', () => {
    const { block: b, verify, alone, asked } = prepared([10, -1, -1])
    const result = finishBlock(b, alone, verify)
    assert.equal(result.ok ? undefined : result.failure.rule, 119)
    assert.deepEqual(asked, [1])
  })

  it('comes before a failure that stands behind the jobs', () => {
    const failure = { stage: 'transactions', rule: 113, code: 'X', severity: 'fatal', message: '' } as const
    const good = prepared([10])
    const result = finishBlock({ ...good.block, failure }, good.alone, good.verify)
    assert.equal(result.ok ? undefined : result.failure.rule, 113)
    const bad = prepared([-1])
    const first = finishBlock({ ...bad.block, failure }, bad.alone, bad.verify)
    assert.equal(first.ok ? undefined : first.failure.rule, 119)
  })
})
