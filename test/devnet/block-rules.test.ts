import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes } from '../../src/bytes/index.ts'
import {
  checkPow,
  EMPTY_SETTINGS_UPDATE,
  type ExtensionField,
  encodeSettingsUpdate,
  type HeaderFieldsWithoutPow,
  PARAMETER,
  Parameters,
  type PowSolution,
  parametersAtLaunch,
  ValidationSettings
} from '../../src/chain/index.ts'
import { type BlockPlan, buildTransaction, type DevnetState, genesisState, planContext } from '../../src/devnet/index.ts'
import { applyDigestBlock, BlockFileVerifier, decodeBlock, verifyTransaction } from '../../src/state/index.ts'
import { TransactionDecoder } from '../../src/transaction/index.ts'
import { devnetOf, genesisOf } from '../support/devnet.ts'
import { alice, ERG, key, lineOf, middle, network, next, plainChain, plan, refusal, START_MS, valid, wallet } from './support.ts'

/** Height 63: the next block starts the second voting epoch, whose parameters must match what we compute. */
const chain = plainChain(63)
const beforeEpoch = chain[63]!
const inside = chain[40]!

const launch = parametersAtLaunch(network.launchParameters)
const NO_409 = ValidationSettings.initial.updated({ ...EMPTY_SETTINGS_UPDATE, rulesToDisable: [409] })

const field = (prefix: number, id: number, value: Uint8Array): ExtensionField => ({ key: Uint8Array.of(prefix, id), value })
const isParameter = (id: number) => (f: ExtensionField) => f.key[0] === 0 && f.key[1] === id

type Fields = readonly ExtensionField[]
/** What a block with a changed extension is refused for; the root follows. */
function withFields(state: DevnetState, extension: (fields: Fields) => Fields, version?: number): number | string | undefined {
  return refusal(state, { version, mutate: { extension } })
}

describe('votes of a block', () => {
  it('rule 212: two votes for parameters and one for a soft-fork are all it may have', () => {
    valid(inside, { votes: [1, 2, PARAMETER.softFork] })
    assert.equal(refusal(inside, { votes: [1, 2, 3] }), 212)
  })

  it('rule 213: no vote twice', () => {
    valid(inside, { votes: [1, 2] })
    assert.equal(refusal(inside, { votes: [1, 1] }), 213)
  })

  it('rule 214: no vote together with its opposite', () => {
    valid(inside, { votes: [1, -2] })
    assert.equal(refusal(inside, { votes: [1, -1] }), 214)
    assert.equal(refusal(inside, { votes: [-128] }), 214)
  })

  it('rule 215: the first block of an epoch votes for what is known', () => {
    valid(beforeEpoch, { votes: [8, 4, PARAMETER.softFork] })
    for (const vote of [-1, 9, 77]) {
      assert.equal(refusal(beforeEpoch, { votes: [vote] }), 215)
      valid(inside, { votes: [vote] })
    }
    const switchedOff = ValidationSettings.initial.updated({ ...EMPTY_SETTINGS_UPDATE, rulesToDisable: [215] })
    valid(middle({ height: 95, settings: switchedOff }), { votes: [-1] })
  })

  it('rule 407: no soft-fork vote while an ended one is not over', () => {
    const voting = (height: number, collected: number): DevnetState =>
      middle({
        height,
        parameters: launch.with(PARAMETER.softForkStartingHeight, 320).with(PARAMETER.softForkVotesCollected, collected)
      })
    const votes = [PARAMETER.softFork]
    // Voting lasts two epochs of 32 from 320 on; not approved, it blocks one more.
    valid(voting(382, 3), { votes })
    assert.equal(refusal(voting(383, 3), { votes }), 407)
    valid(voting(383, 3))
    assert.equal(refusal(voting(414, 3), { votes }), 407)
    valid(voting(415, 3), { votes })
    // 58 of 64 votes approve it, 57 do not: then activation blocks it as well.
    valid(voting(415, 57), { votes })
    assert.equal(refusal(voting(415, 58), { votes }), 407)
    assert.equal(refusal(voting(478, 58), { votes }), 407)
    valid(voting(479, 58), { votes })
  })
})

describe('sections of a block', () => {
  it('rule 302: each is of this header and hashes to its root', () => {
    const other = next(inside, { votes: [1] })
    for (const name of ['transactions', 'extension', 'adProofs'] as const) {
      assert.equal(refusal(inside, { mutate: { sections: (own) => ({ ...own, [name]: other.sections[name] }) } }), 302)
      // Within the id of the box that is spent, an interlink, and a label.
      const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 50 ? byte ^ 1 : byte))
      assert.equal(refusal(inside, { mutate: { sections: (own) => ({ ...own, [name]: flip(own[name]!) }) } }), 302)
    }
    for (const root of ['transactionsRoot', 'extensionRoot', 'adProofsRoot'] as const) {
      assert.equal(refusal(inside, { mutate: { header: (fields) => ({ ...fields, [root]: new Uint8Array(32) }) } }), 302)
    }
    valid(inside, { mutate: { sections: (own) => own } })
  })

  it('302 again: witnesses count from version 2 on, so the marker of the section matters', () => {
    valid(inside, { transactionsVersion: 2 })
    valid(inside, { transactionsVersion: 1 })
    const marked = next(inside, { transactionsVersion: 2 })
    const plain = next(inside, { transactionsVersion: 1 })
    const mixed = { ...marked.sections, transactions: plain.sections.transactions }
    assert.equal(refusal(inside, { transactionsVersion: 2, mutate: { sections: () => mixed } }), 302)
  })

  it('no rule: what cannot be read', () => {
    for (const name of ['transactions', 'extension', 'adProofs'] as const) {
      const cut = refusal(inside, { mutate: { sections: (own) => ({ ...own, [name]: own[name]!.subarray(0, 33) }) } })
      assert.equal(cut, 'SECTION_UNREADABLE')
    }
    assert.equal(refusal(inside, { mutate: { transactions: () => [] } }), 'SECTION_UNREADABLE')
  })

  it('rule 306: the transactions section has its limit, by the parameters before the block', () => {
    const of = (maxBlockSize: number): DevnetState =>
      middle({ height: 95, parameters: launch.with(PARAMETER.maxBlockSize, maxBlockSize) })
    const { length } = next(of(100_000)).sections.transactions
    valid(of(length))
    assert.equal(refusal(of(length - 1), {}), 306)
    // Off, the size is nobody's concern.
    const settings = ValidationSettings.initial.updated({ ...EMPTY_SETTINGS_UPDATE, rulesToDisable: [306] })
    valid(middle({ height: 95, parameters: launch.with(PARAMETER.maxBlockSize, 1), settings }))
  })

  it('rule 307: the costs of all transactions together have theirs', () => {
    const of = (maxBlockCost: number): DevnetState =>
      middle({ height: 41, parameters: launch.with(PARAMETER.maxBlockCost, maxBlockCost) })
    const rich = of(1_000_000)
    const block = next(rich)
    const decoder = new TransactionDecoder()
    const decoded = decodeBlock(block.header, block.sections, decoder)
    assert.ok(decoded.ok)
    const options = { voting: network.voting, checkpointHeight: 0 }
    const applied = applyDigestBlock(rich.context, decoded.block, decoder, options, verifyTransaction)
    assert.ok(applied.ok)
    // Scripts count ten times finer than blocks, so the last one needs a unit more than it is charged.
    valid(of(applied.applied.cost + 1))
    assert.equal(refusal(of(applied.applied.cost), {}), 119)
    // 10,000 to begin with, an input, two outputs.
    assert.equal(refusal(of(12_200), {}), 119)
    assert.equal(refusal(of(12_199), {}), 307)
  })

  it('rule 307 counts what earlier transactions used', () => {
    const state = chain[8]!
    const pending = [wallet.pay(state, alice.tree, ERG)]
    const transactions = [...pending, wallet.pay(state, alice.tree, ERG, { pending })]
    const of = (maxBlockCost: number): DevnetState => ({
      ...state,
      context: { ...state.context, parameters: state.context.parameters.with(PARAMETER.maxBlockCost, maxBlockCost) }
    })
    // Each of the four costs less than 20,000.
    assert.equal(refusal(of(30_000), { transactions }), 307)
    valid(of(30_000))
    valid(of(80_000), { transactions })
  })
})

describe('extension of a block', () => {
  it('rule 401: interlinks are packed, 33 bytes each', () => {
    assert.equal(
      withFields(inside, ([first, ...rest]) => [{ ...first!, value: first!.value.subarray(1) }, ...rest]),
      401
    )
    valid(inside)
  })

  it('rule 402: interlinks follow from those of the parent', () => {
    assert.equal(
      withFields(inside, (fields) => fields.slice(0, -1)),
      402
    )
    assert.equal(
      withFields(inside, (fields) => [...fields, field(1, 99, concatBytes(Uint8Array.of(1), inside.header!.id))]),
      402
    )
    // The index in a key is not looked at, nor what stands between.
    valid(inside, {
      mutate: { extension: (fields) => fields.flatMap((f, i) => [field(1, 200 + i, f.value), field(9, i, f.value)]) }
    })
  })

  it('rule 404: values have 64 bytes at most', () => {
    valid(inside, { extraFields: [field(9, 0, new Uint8Array(64))] })
    assert.equal(refusal(inside, { extraFields: [field(9, 0, new Uint8Array(65))] }), 404)
  })

  it('rule 405: no key twice', () => {
    const fields = [field(9, 0, new Uint8Array(1)), field(9, 1, new Uint8Array(1))]
    valid(inside, { extraFields: fields })
    assert.equal(refusal(inside, { extraFields: [...fields, fields[0]!] }), 405)
  })

  it('rule 406: it is not empty but in the first block', () => {
    // Where the parent's extension is not known, interlinks cannot be judged: rule 413 lets them pass.
    const blind = middle({ height: 41, extensionKnown: false })
    assert.equal(refusal(blind, {}), 406)
    valid(blind, { extraFields: [field(9, 0, new Uint8Array())] })
    assert.equal(valid(genesisState(network)).fields.length, 0)
  })

  it('rules 400 and 403 stay silent about what the wire can carry', () => {
    // Sizes are noted when one field is read, and keys have two bytes there.
    const many = Array.from({ length: 600 }, (_, i) => field(16 + (i >> 8), i & 0xff, new Uint8Array(60)))
    const block = valid(inside, { extraFields: many })
    assert.ok(block.sections.extension!.length > 32_768)
  })
})

describe('first block of an epoch', () => {
  it('rule 408: states parameters, of four bytes each', () => {
    valid(beforeEpoch)
    assert.equal(
      withFields(beforeEpoch, (fields) => fields.filter(({ key: [prefix] }) => prefix !== 0)),
      408
    )
    assert.equal(
      withFields(beforeEpoch, (fields) => fields.map((f) => (isParameter(3)(f) ? { ...f, value: new Uint8Array(5) } : f))),
      408
    )
  })

  it('rule 409: the parameters are those in force', () => {
    const changed = (fields: Fields): Fields =>
      fields.map((f) => (isParameter(3)(f) ? { ...f, value: Uint8Array.of(0, 8, 0, 1) } : f))
    assert.equal(withFields(beforeEpoch, changed), 409)
    assert.equal(
      withFields(beforeEpoch, (fields) => fields.filter((f) => !isParameter(3)(f))),
      409
    )
    assert.equal(
      withFields(beforeEpoch, (fields) => [...fields, field(0, 10, new Uint8Array(4))]),
      409
    )
    // Before the first epoch there is nothing to compare with.
    valid(chain[31]!, { mutate: { extension: changed } })
  })

  it('rule 409: the proposed update is free', () => {
    valid(beforeEpoch, { proposedUpdate: { rulesToDisable: [111, 215], statusUpdates: [] } })
  })

  it('rule 410: the header has the version in force', () => {
    assert.equal(refusal(beforeEpoch, { version: 3 }), 410)
    // Inside an epoch nobody compares.
    valid(inside, { version: 3, transactionsVersion: 4 })
  })

  it('rule 411: settings can be read', () => {
    // Rule 200 may not be disabled, so an update that lists it is none.
    assert.equal(refusal(beforeEpoch, { extraFields: [field(2, 0, Uint8Array.of(1, 0xc8, 0x01, 0))] }), 411)
    assert.equal(refusal(beforeEpoch, { extraFields: [field(2, 0, Uint8Array.of(9))] }), 411)
    valid(beforeEpoch, { extraFields: [field(2, 0, Uint8Array.of(0, 0))] })
  })

  it('rule 412: the settings are those in force', () => {
    const update = encodeSettingsUpdate({ rulesToDisable: [215], statusUpdates: [] })
    assert.equal(refusal(beforeEpoch, { extraFields: [field(2, 0, update)] }), 412)
    const settings = ValidationSettings.initial.updated({ rulesToDisable: [215], statusUpdates: [] })
    const relaxed = middle({ height: 95, settings, parameters: new Parameters(64, launch.table) })
    valid(relaxed)
    assert.equal(
      withFields(relaxed, (fields) => fields.filter(({ key: [prefix] }) => prefix !== 2)),
      412
    )
  })

  it('rule 414 takes the place of 409: what is stated is in force, but not all of it need be stated', () => {
    const state = { ...beforeEpoch, context: { ...beforeEpoch.context, settings: NO_409 } }
    valid(state)
    valid(state, { mutate: { extension: (fields) => fields.filter((f) => !isParameter(9)(f)) } })
    assert.equal(
      withFields(state, (fields) => fields.map((f) => (isParameter(3)(f) ? { ...f, value: new Uint8Array(4) } : f))),
      414
    )
    assert.equal(
      withFields(state, (fields) => [...fields, field(0, 10, new Uint8Array(4))]),
      414
    )
  })
})

describe('state of a block', () => {
  it('rule 113 for 500 and 501: proof and root lead from one state to the other', () => {
    const wrong = new Uint8Array(33).fill(1)
    assert.equal(refusal(inside, { mutate: { header: (fields) => ({ ...fields, stateRoot: wrong }) } }), 113)
    for (const proof of [
      (bytes: Uint8Array) => bytes.subarray(1),
      (bytes: Uint8Array) => bytes.subarray(0, -2),
      () => new Uint8Array(),
      () => next(chain[39]!).proof
    ]) {
      assert.equal(refusal(inside, { mutate: { proof } }), 113)
    }
    // Bytes behind a proof are not looked at.
    valid(inside, { mutate: { proof: (bytes) => concatBytes(bytes, Uint8Array.of(1, 2, 3)) } })
  })

  it('rule 113 for 500: a box is spent after it is made, and once', () => {
    const first = wallet.pay(inside, alice.tree, ERG)
    const second = wallet.pay(inside, alice.tree, ERG, { pending: [first] })
    const onwards = buildTransaction(
      { inputs: [{ box: first.outputs[0]! }], outputs: [{ value: ERG, tree: alice.tree }], secrets: [alice.secret] },
      planContext(inside, plan(inside))
    )
    valid(inside, { transactions: [first, second, onwards] })
    assert.equal(refusal(inside, { transactions: [onwards, first] }), 113)
    const twice = buildTransaction(
      { inputs: [{ box: first.outputs[0]! }], outputs: [{ value: ERG, tree: key.tree }], secrets: [alice.secret] },
      planContext(inside, plan(inside))
    )
    assert.equal(refusal(inside, { transactions: [first, onwards, twice] }), 113)
  })

  it('rule 501 where transactions are not verified, below a checkpoint', () => {
    const decoder = new TransactionDecoder()
    const rule = (block: ReturnType<typeof next>): number | null | undefined => {
      const decoded = decodeBlock(block.header, block.sections, decoder)
      assert.ok(decoded.ok)
      const options = { voting: network.voting, checkpointHeight: 100 }
      const applied = applyDigestBlock(inside.context, decoded.block, decoder, options, verifyTransaction)
      return applied.ok ? undefined : applied.failure.rule
    }
    assert.equal(rule(next(inside)), undefined)
    const header = (fields: HeaderFieldsWithoutPow) => ({ ...fields, stateRoot: new Uint8Array(33) })
    assert.equal(rule(next(inside, { mutate: { header } })), 501)
  })

  it('no rule: a height that does not follow', () => {
    const header = (height: number) => ({ header: (fields: HeaderFieldsWithoutPow) => ({ ...fields, height }) })
    assert.equal(refusal(inside, { mutate: header(43) }), 'BLOCK_OUT_OF_ORDER')
  })
})

describe('header of a block', () => {
  /** The first rule that the second block of a chain breaks. */
  function rule(extra: Partial<BlockPlan>): number | null | undefined {
    const verifier = new BlockFileVerifier({ network, now: START_MS + 10_000, start: genesisOf(network) })
    const first = next(chain[0]!)
    assert.equal(verifier.add(lineOf(first)), undefined)
    return verifier.add(lineOf(next(first.state, extra)))?.rule
  }
  const header = (change: object) => ({ mutate: { header: (fields: HeaderFieldsWithoutPow) => ({ ...fields, ...change }) } })

  it('rules 204 to 211, each broken alone', () => {
    assert.equal(rule({}), undefined)
    assert.equal(rule(header({ parentId: new Uint8Array(32) })), 204)
    assert.equal(rule({ timestamp: chain[1]!.header!.timestampExact }), 205)
    assert.equal(rule(header({ height: 3 })), 206)
    assert.equal(rule(header({ nBits: 0x01020000 })), 208)
    assert.equal(rule({ timestamp: START_MS + 11_000 }), undefined)
    assert.equal(rule({ timestamp: START_MS + 11_001 }), 211)
  })

  it('rule 207: the work is done', () => {
    const solution = (found: PowSolution): PowSolution => ({ ...found, d: found.d + 1n })
    assert.equal(checkPow(next(chain[0]!).header), null)
    assert.equal(checkPow(next(chain[0]!, { mutate: { solution } }).header), 'EQUATION_FALSE')
  })

  it('votes for version 4 do not count as one: the voted version does', () => {
    const on = devnetOf('vote')
    assert.equal(refusal(plainChain(31, on).at(-1)!, { version: 4 }), 410)
  })
})
