import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesEqual, toHex } from '../../src/bytes/index.ts'
import { PARAMETER, parseHeader, unpackInterlinks } from '../../src/chain/index.ts'
import {
  boxesOf,
  boxOf,
  type DevnetBlock,
  DevnetError,
  DevnetKey,
  DevnetMiner,
  type DevnetState,
  DevnetWallet,
  genesisState,
  NEW_TOKEN
} from '../../src/devnet/index.ts'
import { BlockFileVerifier } from '../../src/state/index.ts'
import { type Box, STORAGE_INDEX_VARIABLE, STORAGE_PERIOD_BLOCKS, type Transaction } from '../../src/transaction/index.ts'
import { devnetOf, genesisOf } from '../support/devnet.ts'
import {
  afterHeight,
  alice,
  bytesConstant,
  ERG,
  intConstant,
  key,
  lineOf,
  looseBox,
  middle,
  network,
  next,
  plainChain,
  refusal,
  START_MS,
  shortConstant,
  threshold,
  valid,
  variableIs,
  wallet
} from './support.ts'

/** Verifies a chain from genesis by every rule of headers, blocks and transactions. */
function verifyAll(blocks: readonly DevnetBlock[], on = network): BlockFileVerifier {
  const verifier = new BlockFileVerifier({ network: on, now: Date.UTC(2030, 0), start: genesisOf(on) })
  for (const block of blocks) assert.equal(verifier.add(lineOf(block)), undefined)
  assert.deepEqual(verifier.summary().unchecked, {})
  return verifier
}

/** Builds a chain block by block, keeping the blocks. */
class Chain {
  readonly blocks: DevnetBlock[] = []
  state: DevnetState

  constructor(on = network) {
    this.state = genesisState(on)
  }

  add(...transactions: Transaction[]): DevnetBlock {
    const block = next(this.state, { transactions })
    this.blocks.push(block)
    this.state = block.state
    return block
  }

  grow(blocks: number): void {
    for (let i = 0; i < blocks; i++) this.add()
  }
}

function boxWith(state: DevnetState, tree: Uint8Array): Box {
  const found = [...boxesOf(state)].find((box) => bytesEqual(box.tree.bytes, tree))
  assert.ok(found)
  return found
}

describe('chain made here', () => {
  it('is valid from its version 1 genesis on, across epochs, with the states it claims', () => {
    const chain = new Chain()
    chain.grow(70)
    const [first, second] = chain.blocks
    assert.equal(first!.header.version, 1)
    assert.equal(second!.header.version, 4)
    const verifier = verifyAll(chain.blocks)
    assert.equal(verifier.summary().valid, 70)
    assert.equal(verifier.summary().stateRoot, toHex(chain.state.header!.stateRoot))
    // Interlinks go back to genesis.
    assert.deepEqual(unpackInterlinks(chain.blocks.at(-1)!.fields)![0], first!.header.id)
    assert.equal(chain.state.context.parameters.height, 64)
  })

  it('pays, gives change, collects fees, and spends in the block that makes', () => {
    const chain = new Chain()
    chain.grow(4)
    const before = wallet.balance(chain.state)
    const payment = wallet.pay(chain.state, alice.tree, 5n * ERG)
    const onwards = new DevnetWallet(alice).pay(chain.state, key.tree, ERG, { pending: [payment] })
    const { transactions } = chain.add(payment, onwards)
    assert.equal(transactions.length, 4)
    const fees = transactions.at(-1)!
    assert.equal(fees.inputs.length, 2)
    assert.equal(fees.outputs[0]!.value, 2_000_000n)
    chain.grow(2)
    assert.equal(new DevnetWallet(alice).balance(chain.state), 4n * ERG - 1_000_000n)
    assert.equal(wallet.balance(chain.state), before + 3n * 67_500_000_000n - 4n * ERG - 1_000_000n + 2_000_000n)
    verifyAll(chain.blocks)
  })

  it('makes, moves and burns tokens', () => {
    const chain = new Chain()
    chain.grow(4)
    const minted = wallet.transact(chain.state, {
      outputs: [{ value: ERG, tree: key.tree, tokens: [{ id: NEW_TOKEN, amount: 1000n }] }]
    })
    const id = minted.inputs[0]!.boxId
    chain.add(minted)
    chain.add(wallet.transact(chain.state, { outputs: [{ value: ERG, tree: alice.tree, tokens: [{ id, amount: 300n }] }] }))
    chain.add(wallet.transact(chain.state, { outputs: [], burn: [{ id, amount: 50n }] }))
    const held = (owner: DevnetKey): bigint =>
      new DevnetWallet(owner).coins(chain.state).reduce((sum, { tokens }) => sum + (tokens[0]?.amount ?? 0n), 0n)
    assert.equal(held(alice), 300n)
    assert.equal(held(key), 650n)
    verifyAll(chain.blocks)
  })

  it('funds and spends contracts, with variables, registers, threshold proofs and data inputs', () => {
    const chain = new Chain()
    chain.grow(8)
    const keys = ['a', 'b', 'c'].map((name) => DevnetKey.fromText(name))
    const trees = [afterHeight(chain.state.height), variableIs(42), threshold(2, keys)]
    const registers = [intConstant(7), bytesConstant(new Uint8Array(100).fill(1))]
    const funding = wallet.transact(chain.state, { outputs: trees.map((tree) => ({ value: ERG, tree, registers })) })
    chain.add(funding)
    const [late, variable, shared] = trees.map((tree) => boxWith(chain.state, tree))
    const data = boxWith(chain.state, variableIs(42))
    const spending = wallet.transact(chain.state, {
      inputs: [{ box: late! }, { box: variable!, variables: new Map([[0, intConstant(42)]]) }, { box: shared! }],
      outputs: [],
      secrets: [keys[0]!.secret, keys[2]!.secret],
      // Spent by this very transaction, named twice, and made in this block: all of it is legal.
      dataInputs: [data, data]
    })
    const reader = wallet.transact(
      chain.state,
      { outputs: [], dataInputs: [spending.outputs[0]!, boxWith(chain.state, shared!.tree.bytes)] },
      { pending: [spending] }
    )
    assert.equal(spending.inputs.length, 3)
    assert.equal(spending.inputs[0]!.proof.length, 0)
    assert.ok(spending.inputs[2]!.proof.length > 0)
    chain.add(spending, reader)
    verifyAll(chain.blocks)
  })

  it('refuses what no secret at hand can sign, and what the wallet does not hold', () => {
    const [state] = plainChain(4).slice(-1)
    const code = (expected: string) => (error: unknown) => error instanceof DevnetError && error.code === expected
    assert.throws(() => wallet.pay(state!, alice.tree, 10_000n * ERG), code('DEVNET_FUNDS'))
    assert.throws(
      () => wallet.transact(state!, { outputs: [], burn: [{ id: new Uint8Array(32).fill(9), amount: 1n }] }),
      code('DEVNET_FUNDS')
    )
    const foreign = next(state!, { transactions: [wallet.pay(state!, alice.tree, ERG)] }).state
    const box = boxWith(foreign, alice.tree)
    assert.throws(() => wallet.transact(foreign, { inputs: [{ box }], outputs: [] }), code('DEVNET_UNSIGNABLE'))
    const funded = next(state!, { transactions: [wallet.pay(state!, afterHeight(1000), ERG)] }).state
    const early = boxWith(funded, afterHeight(1000))
    assert.throws(() => wallet.transact(funded, { inputs: [{ box: early }], outputs: [] }), code('DEVNET_UNSIGNABLE'))
  })

  it('is the same chain every time', () => {
    const run = (): string => {
      const chain = new Chain()
      chain.grow(4)
      chain.add(wallet.pay(chain.state, alice.tree, ERG))
      return chain.state.header!.idHex
    }
    assert.equal(run(), run())
  })

  it('moves parameters that a majority votes for, and no others', () => {
    const chain = new Chain()
    chain.grow(31)
    // Epoch 32..63: the first block's votes count, with those that repeat them.
    for (let h = 32; h < 64; h++) {
      const votes = h === 32 ? [1, 4] : h < 50 ? [1] : [4, 3]
      const block = next(chain.state, { votes })
      chain.blocks.push(block)
      chain.state = block.state
    }
    chain.grow(1)
    const { parameters } = chain.state.context
    assert.equal(parameters.storageFeeFactor, 1_275_000)
    assert.equal(parameters.maxBlockCost, 1_000_000)
    assert.equal(parameters.maxBlockSize, 524_288)
    verifyAll(chain.blocks)
  })

  it('activates block version 4 by a soft-fork vote, and proposes what comes with it', () => {
    const on = devnetOf('vote')
    const chain = new Chain(on)
    const proposedUpdate = {
      rulesToDisable: [215, 409],
      statusUpdates: [
        { rule: 1007, status: { kind: 'replaced', newRule: 1017 } },
        { rule: 1008, status: { kind: 'replaced', newRule: 1018 } },
        { rule: 1011, status: { kind: 'replaced', newRule: 1016 } }
      ]
    } as const
    for (let h = 1; h <= 200; h++) {
      const votes = h >= 32 && h < 96 ? [PARAMETER.softFork] : []
      const block = next(chain.state, { votes, proposedUpdate })
      chain.blocks.push(block)
      chain.state = block.state
    }
    const versions = chain.blocks.map(({ header }) => header.version)
    assert.deepEqual([versions[0], versions[1], versions[158], versions[159]], [1, 3, 3, 4])
    assert.deepEqual(chain.state.context.settings.updateFromInitial, proposedUpdate)
    verifyAll(chain.blocks, on)
  })

  it('follows difficulty: a fast pace raises it', () => {
    let state = genesisState(network)
    const blocks: DevnetBlock[] = []
    for (let h = 1; h <= 50; h++) {
      const block = next(state, { timestamp: BigInt(START_MS) + BigInt(h) * 20n })
      blocks.push(block)
      state = block.state
    }
    assert.ok(state.header!.nBits > blocks[0]!.header.nBits)
    verifyAll(blocks)
  })

  it('charges storage rent where a box is old enough', () => {
    const made = 5
    const boxes = [looseBox(ERG, alice.tree, made, 0), looseBox(10_000_000n, alice.tree, made, 1)]
    const state = middle({ height: made + STORAGE_PERIOD_BLOCKS - 1, boxes })
    const [rich, poor] = new DevnetWallet(alice).coins(state)
    const fee = 1_250_000n * BigInt(rich!.bytes.length)
    // The poor box cannot pay its fee and is taken whole; both name an output by number.
    const collect = (on: DevnetState, rest: bigint): Transaction =>
      wallet.transact(on, {
        inputs: [rich!, poor!].map((box, i) => ({
          box,
          variables: new Map([[STORAGE_INDEX_VARIABLE, shortConstant(i)]]),
          proof: new Uint8Array()
        })),
        outputs: [{ value: rest, tree: alice.tree }],
        fee: 0n
      })
    valid(state, { transactions: [collect(state, rich!.value - fee)] })
    assert.equal(refusal(state, { transactions: [collect(state, rich!.value - fee - 1n)] }), 119)
    const young = middle({ height: state.height - 1, boxes })
    assert.equal(refusal(young, { transactions: [collect(young, rich!.value - fee)] }), 119)
  })
})

describe('miner on branches', () => {
  it('builds on any block it knows, and takes over those of others', () => {
    const miner = new DevnetMiner({ network, key })
    assert.throws(() => miner.mine(), { code: 'DEVNET_PARENT' })
    miner.mine({ timestamp: START_MS })
    for (let i = 0; i < 5; i++) miner.mine()
    const fork = miner.last
    const ours = [miner.mine(), miner.mine()]
    const theirs = new DevnetMiner({ network, key: DevnetKey.fromText('another miner') })
    const branch = [miner.mine({ parent: fork.header!.id, votes: [1] }), miner.mine(), miner.mine()]
    assert.equal(branch.at(-1)!.state.height, ours.at(-1)!.state.height + 1)
    assert.ok(branch.at(-1)!.state.score > ours.at(-1)!.state.score)
    assert.notEqual(branch[0]!.header.idHex, ours[0]!.header.idHex)
    // Another miner that saw only blocks arrives at the same states.
    assert.throws(() => theirs.adopt(ours[0]!.header, ours[0]!.sections), { code: 'DEVNET_PARENT' })
    const whole = new Chain()
    whole.grow(3)
    for (const block of whole.blocks) theirs.adopt(block.header, block.sections)
    assert.deepEqual(theirs.last.context, whole.state.context)
    assert.deepEqual(theirs.last.epochHeaders, whole.state.epochHeaders)
    assert.deepEqual(theirs.last.emissionBoxId, whole.state.emissionBoxId)
    valid(theirs.last)
  })

  it('keeps the latest states only', () => {
    const miner = new DevnetMiner({ network, key, maxStates: 3 })
    const first = miner.mine({ timestamp: START_MS })
    for (let i = 0; i < 3; i++) miner.mine()
    assert.throws(() => miner.stateAt(first.header.id), { code: 'DEVNET_PARENT' })
    assert.equal(miner.stateAt(new Uint8Array(32)), miner.genesis)
  })

  it('leaves earlier states as they were', () => {
    const states = plainChain(6)
    const at = states[3]!
    const coins = wallet.coins(at).length
    next(states[5]!, { transactions: [wallet.pay(states[5]!, alice.tree, ERG)] })
    assert.equal(wallet.coins(at).length, coins)
    assert.equal(boxOf(at, at.emissionBoxId!)!.creationHeight, 3)
    assert.equal(parseHeader(next(at).header.bytes).height, 4)
  })
})
