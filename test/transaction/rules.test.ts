import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex } from '../../src/bytes/index.ts'
import { decodeSettingsUpdate, PARAMETER, ValidationSettings } from '../../src/chain/index.ts'
import { type ConstantNode, OP, SByteArray, ShortValue, SShort } from '../../src/ergotree/index.ts'
import {
  type Box,
  checkStateless,
  type Transaction,
  type TransactionVerdict,
  TX_RULES,
  type ValidationContext,
  validateTransaction
} from '../../src/transaction/index.ts'
import { box, type CandidateFields, candidate, contextAt, spend } from './support.ts'

const MAX_LONG = 0x7fff_ffff_ffff_ffffn
const TOKEN = new Uint8Array(32).fill(7)

function judge(tx: Transaction, inputs: readonly Box[], context = contextAt(), dataInputs: readonly Box[] = [], cost = 0) {
  return validateTransaction({ tx, inputs, dataInputs }, context, cost)
}

/** Judges a spend of boxes that anyone may take. */
function judgeSpend(
  inputs: readonly Box[],
  outputs: readonly CandidateFields[],
  context?: ValidationContext
): TransactionVerdict {
  return judge(
    spend(
      inputs,
      outputs.map((fields) => candidate(fields))
    ),
    inputs,
    context
  )
}

function assertRule(verdict: TransactionVerdict, rule: number): void {
  assert.ok(!verdict.valid, 'is valid')
  assert.equal(verdict.rule, rule, verdict.message)
  assert.equal(verdict.severity, 'fatal')
}

function assertValid(verdict: TransactionVerdict): number {
  assert.ok(verdict.valid, verdict.valid ? '' : `${verdict.rule} ${verdict.message}`)
  return verdict.cost
}

/** Rules switched off by a soft-fork. */
function without(context: ValidationContext, ...rules: number[]): ValidationContext {
  const count = rules.length.toString(16).padStart(2, '0')
  const list = rules.map((rule) => (rule < 128 ? rule.toString(16).padStart(2, '0') : '')).join('')
  return { ...context, settings: ValidationSettings.initial.updated(decodeSettingsUpdate(fromHex(`${count}${list}00`))) }
}

/** A transaction whose lists are longer than any encoding: only counts are looked at. */
function withCounts(inputs: number, dataInputs: number, outputs: number): Transaction {
  const one = spend([box()], [candidate({ value: 1n })])
  const list = <T>(item: T | undefined, length: number): T[] => new Array<T>(length).fill(item!)
  return {
    idHex: 'id',
    inputs: list(one.inputs[0], inputs),
    dataInputs: list(new Uint8Array(32), dataInputs),
    outputs: list(one.outputs[0], outputs)
  } as unknown as Transaction
}

describe('rules of a transaction by itself', () => {
  const rule = (tx: Transaction): number | null | undefined => checkStateless(tx)?.rule

  it('passes an ordinary one', () => {
    assert.equal(rule(spend([box()], [candidate()])), undefined)
  })

  it('rule 100: has an input', () => {
    assert.equal(rule(spend([], [candidate()])), 100)
    assert.equal(rule(spend([], [])), 100)
  })

  it('rule 101: has an output', () => {
    assert.equal(rule(spend([box()], [])), 101)
  })

  it('rules 102, 103, 104: has at most 32767 inputs, data inputs, outputs', () => {
    assert.equal(rule(withCounts(32_768, 0, 1)), 102)
    assert.equal(rule(withCounts(1, 32_768, 1)), 103)
    assert.equal(rule(withCounts(1, 0, 32_768)), 104)
    assert.equal(rule(withCounts(1, 32_767, 32_767)), undefined)
    assert.equal(rule(withCounts(32_767, 0, 1)), 107)
  })

  it('rule 105: has no negative output', () => {
    assert.equal(rule(spend([box()], [candidate({ value: -1n })])), 105)
    assert.equal(rule(spend([box()], [candidate({ value: 0n })])), undefined)
  })

  it('rule 106: has outputs whose sum fits 64 bits', () => {
    assert.equal(rule(spend([box()], [candidate({ value: MAX_LONG }), candidate({ value: 1n })])), 106)
    assert.equal(rule(spend([box()], [candidate({ value: MAX_LONG }), candidate({ value: 0n })])), undefined)
  })

  it('rule 107: spends no box twice, whatever the proofs', () => {
    const twice = spend([box(), box()], [candidate()])
    assert.equal(rule(twice), 107)
    assert.equal(rule(spend([box({}, 1), box({}, 2)], [candidate()])), undefined)
  })
})

describe('rules of a transaction on its boxes', () => {
  it('passes a transfer, at the cost of the known formula', () => {
    const cost = assertValid(judgeSpend([box()], [{}]))
    // 10000 once, 2000 an input, 100 an output, 5 for a constant script that is true.
    assert.equal(cost, 10_000 + 2_000 + 100 + 5)
  })

  it('rule 108: makes no token of amount 0', () => {
    const token = (amount: bigint): CandidateFields => ({ tokens: [{ id: TOKEN, amount }] })
    assertRule(judgeSpend([box(token(5n))], [token(0n)]), 108)
    assertRule(judgeSpend([box(token(5n))], [token(-1n)]), 108)
    assertValid(judgeSpend([box(token(5n))], [token(5n)]))
  })

  it('rule 109: has token sums that fit 64 bits', () => {
    const tokens = [
      { id: TOKEN, amount: MAX_LONG },
      { id: TOKEN, amount: 1n }
    ]
    assertRule(judgeSpend([box()], [{ tokens }]), 109)
    const max = [{ id: TOKEN, amount: MAX_LONG }]
    assertValid(judgeSpend([box({ tokens: max })], [{ tokens: max }]))
  })

  it('rule 109: has at most 255 tokens in a box', () => {
    const many = (n: number): Transaction => {
      const one = spend([box()], [candidate()])
      const output = { ...candidate(), tokens: new Array(n).fill({ id: TOKEN, amount: 1n }) } as unknown as Box
      return { ...one, idHex: 'id', outputs: [output] } as Transaction
    }
    assertRule(judge(many(256), [box()]), 109)
  })

  it('rule 111: keeps outputs above dust, by bytes as stored', () => {
    // 42 bytes: 3 of the value, 3 of the tree, 1 of the height, 1 + 1 of counts, 32 + 1 of its place.
    const atPrice = (price: number): ValidationContext => contextAt(100, { [PARAMETER.minValuePerByte]: price })
    assertValid(judgeSpend([box()], [{ value: 1_000_000n }], atPrice(23_809)))
    assertRule(judgeSpend([box()], [{ value: 1_000_000n }], atPrice(23_810)), 111)
    assertValid(judgeSpend([box()], [{ value: 1_000_000n }], without(atPrice(23_810), 111)))
  })

  it('rule 112: makes no output in the future', () => {
    assertValid(judgeSpend([box()], [{ creationHeight: 100 }]))
    assertRule(judgeSpend([box()], [{ creationHeight: 101 }]), 112)
  })

  it('rule 113: finds every input', () => {
    const inputs = [box({}, 1), box({}, 2)]
    const tx = spend(inputs, [candidate({ value: 2_000_000n })])
    assertRule(judge(tx, [inputs[0]!]), 113)
    assertRule(judge(tx, []), 113)
    assertValid(judge(tx, inputs))
  })

  it('rule 118: a vote may switch it off, to no effect: a box is looked up by the id that an input names, so 113 says all', () => {
    assert.deepEqual(decodeSettingsUpdate(fromHex('017600')).rulesToDisable, [118])
    assert.ok(!Object.values(TX_RULES).some(({ number }) => number === 118))
    const input = box({}, 1)
    const tx = spend([input], [candidate()])
    for (const context of [contextAt(), without(contextAt(), 118)]) {
      assertRule(judge(tx, [], context), 113)
      assertValid(judge(tx, [input], context))
    }
  })

  it('rule 114: finds every data input', () => {
    const input = box()
    const data = box({}, 9)
    const tx = spend([input], [candidate()], { dataInputs: [data.id, data.id] })
    assertRule(judge(tx, [input], contextAt(), [data]), 114)
    assert.equal(assertValid(judge(tx, [input], contextAt(), [data, data])), 12_105 + 200)
  })

  it('rule 115: has inputs whose sum fits 64 bits', () => {
    assertRule(judgeSpend([box({ value: MAX_LONG }, 1), box({ value: 1n }, 2)], [{}]), 115)
  })

  it('rule 116: neither makes nor loses coins', () => {
    assertRule(judgeSpend([box({ value: 1_000_000n })], [{ value: 1_000_001n }]), 116)
    assertRule(judgeSpend([box({ value: 1_000_000n })], [{ value: 999_999n }]), 116)
    assertValid(judgeSpend([box({ value: 1_000_000n })], [{ value: 400_000n }, { value: 600_000n }]))
  })

  it('rule 117: makes no token but the one named after its first input', () => {
    const token = (id: Uint8Array, amount: bigint): CandidateFields => ({ tokens: [{ id, amount }] })
    assertRule(judgeSpend([box(token(TOKEN, 5n))], [token(TOKEN, 6n)]), 117)
    assertValid(judgeSpend([box(token(TOKEN, 5n))], [token(TOKEN, 4n)]))
    assertValid(judgeSpend([box(token(TOKEN, 5n))], [{}]))
    const [first, second] = [box({ value: 500_000n }, 1), box({ value: 500_000n }, 2)]
    assertValid(judgeSpend([first, second], [{ tokens: [{ id: first.id, amount: MAX_LONG }] }]))
    assertRule(judgeSpend([first, second], [token(second.id, 1n)]), 117)
  })

  it('rule 119: runs every script to true', () => {
    const falseTree = fromHex('0008d2')
    assertRule(judgeSpend([box({ tree: falseTree })], [{}]), 119)
    assertRule(judgeSpend([box({ value: 500_000n }, 1), box({ value: 500_000n, tree: falseTree }, 2)], [{}]), 119)
    // A key without a proof, and a tree of a version that is not activated yet.
    const key = fromHex('0008cd0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
    assertRule(judgeSpend([box({ tree: key })], [{}]), 119)
    assertRule(judgeSpend([box({ tree: fromHex('0b0208d3') })], [{}], contextAt(100, { [PARAMETER.blockVersion]: 3 })), 119)
    assertValid(judgeSpend([box({ tree: fromHex('0b0208d3') })], [{}]))
  })

  it('rules 120, 121: keeps outputs and their trees within 4096 bytes', () => {
    const value = 10_000_000n
    const registers = (bytes: number): ConstantNode[] => [{ op: OP.Constant, tpe: SByteArray, value: new Uint8Array(bytes) }]
    const overhead = box({ value, registers: registers(4_000) }).bytes.length - 4_000
    assertValid(judgeSpend([box({ value })], [{ value, registers: registers(4_096 - overhead) }]))
    assertRule(judgeSpend([box({ value })], [{ value, registers: registers(4_097 - overhead) }]), 120)
    assertValid(judgeSpend([box({ value })], [{ value, registers: registers(4_097 - overhead) }], without(contextAt(), 120)))
    // A tree of the largest size makes the box too large already.
    const tree = Uint8Array.from([0x08, 0xfe, 0x1f, ...new Uint8Array(4_094).fill(0xfd)])
    assertRule(judgeSpend([box({ value })], [{ value, tree }], without(contextAt(), 120)), 121)
    assertRule(judgeSpend([box({ value })], [{ value, tree }]), 120)
  })

  it('rule 122: makes no output of negative height, but under block version 1', () => {
    const negative = (context: ValidationContext): TransactionVerdict => {
      const input = box({ creationHeight: 0 })
      const output = { ...candidate(), creationHeight: -1, bytes: new Uint8Array(40), id: TOKEN } as unknown as Box
      return judge({ ...spend([input], [candidate()]), idHex: 'id', outputs: [output] } as Transaction, [input], context)
    }
    assertRule(negative(contextAt()), 122)
    // Rule 124 is next, with 0 as the least height.
    assertRule(negative(contextAt(100, { [PARAMETER.blockVersion]: 1 })), 124)
  })

  it('rule 124: makes outputs no older than inputs, from block version 3 on', () => {
    const inputs = [box({ value: 500_000n, creationHeight: 80 }, 1), box({ value: 500_000n, creationHeight: 85 }, 2)]
    const data = box({ creationHeight: 99 }, 3)
    assertRule(judgeSpend(inputs, [{ creationHeight: 84 }]), 124)
    assertValid(judgeSpend(inputs, [{ creationHeight: 85 }]))
    assertValid(judgeSpend(inputs, [{ creationHeight: 84 }], contextAt(100, { [PARAMETER.blockVersion]: 2 })))
    assertValid(judgeSpend(inputs, [{ creationHeight: 84 }], without(contextAt(), 124)))
    // Data inputs do not count.
    const tx = spend(inputs, [candidate({ creationHeight: 85 })], { dataInputs: [data.id] })
    assertValid(judge(tx, inputs, contextAt(), [data]))
  })

  it('rule 307: stays within the cost of a block, earlier transactions included', () => {
    const input = box()
    const tx = spend([input], [candidate()])
    const limit = 1_000_000
    const at = (used: number): TransactionVerdict => judge(tx, [input], contextAt(), [], used)
    assert.equal(assertValid(at(limit - 12_105)), limit)
    // The script no longer fits: the interpreter says so. Then the initial cost does not fit.
    assertRule(at(limit - 12_104), 119)
    assertRule(at(limit - 12_100), 119)
    assertRule(at(limit - 12_099), 307)
    const token = { tokens: [{ id: TOKEN, amount: 1n }] }
    const spender = spend([box(token)], [candidate(token)])
    // 100 for each of two entries and two distinct ids.
    assert.equal(assertValid(judge(spender, [box(token)], contextAt(), [], 0)), 12_505)
    assertRule(judge(spender, [box(token)], contextAt(), [], limit - 12_499), 307)
  })

  it('reports the first failure in the order of the reference', () => {
    const token = { tokens: [{ id: TOKEN, amount: 0n }] }
    // 307 before 108, 108 before 113, 113 before 111, 111 before 112, 112 before 116.
    const tx = spend([box()], [candidate({ ...token, value: 1n, creationHeight: 200 })])
    assertRule(judge(tx, [], contextAt(), [], 990_001), 307)
    assertRule(judge(tx, []), 108)
    const plain = spend([box()], [candidate({ value: 1n, creationHeight: 200 })])
    assertRule(judge(plain, []), 113)
    assertRule(judge(plain, [box()]), 111)
    assertRule(judge(plain, [box()], without(contextAt(), 111)), 112)
    assertRule(judge(spend([box()], [candidate({ value: 999_999n })]), [box()]), 116)
  })

  it('fails without a rule when a parameter is missing', () => {
    const context = contextAt()
    const table = new Map(context.parameters.table)
    table.delete(PARAMETER.outputCost)
    const { parameters } = context
    const verdict = judgeSpend([box()], [{}], { ...context, parameters: Object.assign(Object.create(parameters), { table }) })
    assert.ok(!verdict.valid)
    assert.equal(verdict.rule, null)
    assert.equal(verdict.code, 'PARAMETER_MISSING')
  })

  it('has a stable code and the text of the reference for each rule', () => {
    const rules = Object.values(TX_RULES)
    assert.equal(new Set(rules.map(({ code }) => code)).size, rules.length)
    for (const { number, text } of rules) assert.ok((number >= 100 && number <= 124) || number === 307, text)
  })
})

describe('storage rent', () => {
  const AGE = 1_051_200
  const falseTree = fromHex('0008d2')
  const index = (value: number): ConstantNode => ({ op: OP.Constant, tpe: SShort, value: new ShortValue(value) })

  interface Rent {
    readonly age?: number
    readonly variable?: ConstantNode | null
    readonly proof?: Uint8Array
    readonly old?: CandidateFields
    readonly output?: CandidateFields
    readonly factor?: number
    /** Taken beyond the fee. */
    readonly excess?: bigint
  }

  /** Charges an old box that nobody could spend, and puts what is left in output 1. */
  function charge({
    age = AGE,
    variable = index(0),
    proof = new Uint8Array(),
    old,
    output,
    factor = 1_000,
    excess = 0n
  }: Rent = {}) {
    const height = 2_000_000
    const spent = box({ value: 1_000_000_000n, creationHeight: height - age, tree: falseTree, ...old })
    const fee = BigInt(factor * spent.bytes.length)
    const kept = candidate({ value: spent.value - fee - excess, creationHeight: height, tree: falseTree, ...old, ...output })
    const rest = candidate({ value: spent.value - kept.value, creationHeight: height })
    const variables = new Map(variable === null ? [] : [[127, variable] as const])
    const tx = spend([spent], [kept, rest], { inputs: [{ boxId: spent.id, proof, variables }] })
    const context = contextAt(height, { [PARAMETER.storageFeeFactor]: factor, [PARAMETER.minValuePerByte]: 0 })
    return judge(tx, [spent], context)
  }

  it('takes the fee of a box of four years, at a cost of 50', () => {
    assert.equal(assertValid(charge()), 10_000 + 2_000 + 200 + 50)
  })

  it('rule 119: takes none of a younger box', () => {
    assertRule(charge({ age: AGE - 1 }), 119)
    assertValid(charge({ age: AGE + 1 }))
  })

  it('rule 119: takes no more than the fee, and none of the box but its coins and height', () => {
    assertRule(charge({ excess: 1n }), 119)
    assertValid(charge({ excess: -1n }))
    assertRule(charge({ output: { creationHeight: 1_999_999 } }), 119)
    assertRule(charge({ output: { tree: fromHex('0008d3') } }), 119)
    const registers = [index(1)]
    assertValid(charge({ old: { registers } }))
    assertRule(charge({ old: { registers }, output: { registers: [] } }), 119)
    assertRule(charge({ output: { registers } }), 119)
    const [a, b] = [1, 2].map((n) => ({ id: new Uint8Array(32).fill(n), amount: 5n }))
    assertValid(charge({ old: { tokens: [a!, b!] } }))
    assertRule(charge({ old: { tokens: [a!, b!] }, output: { tokens: [b!, a!] } }), 119)
  })

  it('takes everything when the fee is not covered, whatever the output', () => {
    const old = { value: 40_000n }
    assertValid(charge({ old, output: { value: 1n, tree: fromHex('0008d3') } }))
    assertValid(charge({ old, variable: index(1), output: { value: 1n } }))
  })

  it('falls back to the script when the variable is no index of an output, or there is a proof', () => {
    const anyone = { tree: fromHex('0008d3') }
    for (const variable of [index(2), index(-1), { op: OP.Constant, tpe: SByteArray, value: new Uint8Array() } as const]) {
      assertRule(charge({ variable }), 119)
      assert.equal(assertValid(charge({ variable, old: anyone, output: anyone })), 12_205)
    }
    assertRule(charge({ proof: Uint8Array.of(1) }), 119)
    assertValid(charge({ proof: Uint8Array.of(1), old: anyone, output: anyone }))
    assertRule(charge({ variable: null }), 119)
  })

  it('does not fall back when the charge is wrong', () => {
    const anyone = { tree: fromHex('0008d3') }
    assertRule(charge({ old: anyone, output: { ...anyone, creationHeight: 1_999_999 } }), 119)
  })

  it('computes the fee in 32 bits: negative from 1718 bytes on with the factor of mainnet', () => {
    const sized = (bytes: number): CandidateFields => ({
      registers: [{ op: OP.Constant, tpe: SByteArray, value: new Uint8Array(bytes) }]
    })
    const factor = 1_250_000
    const height = 2_000_000
    const at = (size: number, gain: bigint): TransactionVerdict => {
      const base = box({ value: 5_000_000_000n, creationHeight: height - AGE, tree: falseTree, ...sized(1_000) }).bytes.length
      const old = { ...sized(1_000 + size - base), tree: falseTree }
      const spent = box({ value: 5_000_000_000n, creationHeight: height - AGE, ...old })
      assert.equal(spent.bytes.length, size)
      const helper = box({ value: 5_000_000_000n, creationHeight: height - 1 }, 2)
      const kept = candidate({ value: spent.value + gain, creationHeight: height, ...old })
      const rest = candidate({ value: spent.value + helper.value - kept.value, creationHeight: height })
      const variables = new Map([[127, index(0)]])
      const inputs = [
        { boxId: spent.id, proof: new Uint8Array(), variables },
        { boxId: helper.id, proof: new Uint8Array(), variables: new Map() }
      ]
      const context = contextAt(height, { [PARAMETER.storageFeeFactor]: factor })
      return judge(spend([], [kept, rest], { inputs }), [spent, helper], context)
    }
    assertValid(at(1_717, -1_250_000n * 1_717n))
    assertRule(at(1_717, -1_250_000n * 1_717n - 1n), 119)
    const gain = 2n ** 32n - 1_250_000n * 1_718n
    assertValid(at(1_718, gain))
    assertRule(at(1_718, gain - 1n), 119)
  })
})
