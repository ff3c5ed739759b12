import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex } from '../../src/bytes/index.ts'
import { EMPTY_SETTINGS_UPDATE, PARAMETER, parametersAtLaunch, ValidationSettings } from '../../src/chain/index.ts'
import {
  buildTransaction,
  type DevnetState,
  DevnetWallet,
  type InputPlan,
  NEW_TOKEN,
  type OutputPlan,
  planContext,
  type TransactionPlan
} from '../../src/devnet/index.ts'
import { type BoxToken, OP } from '../../src/ergotree/index.ts'
import type { Box, Transaction } from '../../src/transaction/index.ts'
import {
  afterHeight,
  alice,
  bytesConstant,
  ERG,
  intConstant,
  key,
  looseBox,
  middle,
  network,
  next,
  plainChain,
  plan,
  refusal,
  valid,
  variableIs,
  wallet
} from './support.ts'

/** Height 20, with fifteen and more mining rewards to spend. */
const state = plainChain(20)[20]!
const [coin, second] = wallet.coins(state)

const MAX_LONG = 0x7fff_ffff_ffff_ffffn

/** A transaction for the next block on a state, signed with the miner's key and that of alice. */
function tx(parts: TransactionPlan, on: DevnetState = state): Transaction {
  return buildTransaction({ secrets: [key.secret, alice.secret], ...parts }, planContext(on, plan(on)))
}

/** Spends the first coin into these outputs and the rest to the miner. */
function spend(outputs: readonly OutputPlan[], extra: Partial<TransactionPlan> = {}): Transaction {
  const left = outputs.reduce((sum, { value }) => sum - value, coin!.value)
  return tx({ inputs: [{ box: coin! }], outputs: [...outputs, { value: left, tree: key.tree }], ...extra })
}

/** Valid in the next block. */
function accepts(transaction: Transaction, on: DevnetState = state): void {
  valid(on, { transactions: [transaction] })
}

/** The rule that it breaks when it stands alone: with no box shown, one before it would break 113 first. */
function refusesAlone(transaction: Transaction, rule: number, on: DevnetState = state): void {
  assert.equal(refusal(on, { transactions: [transaction], emission: false }), rule)
}

/** The rule that it breaks there. */
function refuses(transaction: Transaction, rule: number | string, on: DevnetState = state): void {
  assert.equal(refusal(on, { transactions: [transaction] }), rule)
}

const output = (value: bigint, extra: Partial<OutputPlan> = {}): OutputPlan => ({ value, tree: alice.tree, ...extra })
const newToken = (amount: bigint): BoxToken => ({ id: coin!.id, amount })

describe('transactions of a block, by themselves', () => {
  it('rule 100: at least one input', () => {
    accepts(spend([output(ERG)]))
    refuses(tx({ inputs: [], outputs: [output(ERG)] }), 100)
  })

  it('rule 101: at least one output', () => {
    refuses(tx({ inputs: [{ box: coin! }], outputs: [] }), 101)
  })

  const roomy = parametersAtLaunch(network.launchParameters)
    .with(PARAMETER.maxBlockSize, 0x3fffffff)
    .with(PARAMETER.maxBlockCost, 100_000_000)
  const wide = middle({ height: 41, parameters: roomy, boxes: [looseBox(ERG, key.tree, 1)] })

  it('rule 102: 32,767 inputs at most', () => {
    const inputs = Array.from({ length: 32_768 }, (_, i): InputPlan => {
      const boxId = new Uint8Array(32).fill(1)
      boxId.set([i >> 8, i & 0xff])
      return { boxId, proof: new Uint8Array() }
    })
    refusesAlone(tx({ inputs, outputs: [output(ERG)] }, wide), 102, wide)
    // One less is right by itself; that the boxes are not there is another rule.
    refusesAlone(tx({ inputs: inputs.slice(1), outputs: [output(ERG)] }, wide), 113, wide)
  })

  it('rule 103: 32,767 data inputs at most', () => {
    const [box] = wallet.coins(wide)
    const of = (count: number): Transaction =>
      tx({ inputs: [{ box: box! }], dataInputs: Array.from({ length: count }, () => box!.id), outputs: [output(ERG)] }, wide)
    accepts(of(32_767), wide)
    refuses(of(32_768), 103, wide)
  })

  it('rule 104: more outputs than 32,767 cannot even be read', () => {
    const outputs = (count: number): OutputPlan[] => Array.from({ length: count }, () => output(1n))
    const [box] = wallet.coins(wide)
    refuses(tx({ inputs: [{ box: box! }], outputs: outputs(32_767) }, wide), 111, wide)
    assert.throws(() => tx({ inputs: [{ box: box! }], outputs: outputs(32_768) }, wide), { name: 'EncodeError' })
  })

  it('rule 105: no negative value', () => {
    refuses(spend([output(-1n)]), 105)
  })

  it('rule 106: the sum of values is a 64-bit number', () => {
    const value = (last: bigint): Transaction => tx({ inputs: [{ box: coin! }], outputs: [output(MAX_LONG - 5n), output(last)] })
    refuses(value(6n), 106)
    // At the limit it is dust that is found.
    refuses(value(5n), 111)
  })

  it('rule 107: no box twice', () => {
    const pair = (a: Box, b: Box): Transaction => tx({ inputs: [{ box: a }, { box: b }], outputs: [output(a.value + b.value)] })
    accepts(pair(coin!, second!))
    refusesAlone(pair(coin!, coin!), 107)
    refuses(pair(coin!, coin!), 113)
  })
})

describe('transactions of a block, with their boxes', () => {
  const nowhere = new Uint8Array(32).fill(5)

  it('rule 113: inputs exist', () => {
    refuses(tx({ inputs: [{ boxId: nowhere, proof: new Uint8Array() }], outputs: [output(ERG)] }), 113)
    const once = spend([output(ERG)])
    const after = valid(state, { transactions: [once] }).state
    refuses(once, 113, after)
  })

  it('rule 114: data inputs exist', () => {
    accepts(spend([output(ERG)], { dataInputs: [second!, coin!] }))
    refuses(spend([output(ERG)], { dataInputs: [nowhere] }), 114)
  })

  it('rule 108: amounts of tokens are positive', () => {
    accepts(spend([output(ERG, { tokens: [newToken(1n)] })]))
    refuses(spend([output(ERG, { tokens: [newToken(0n)] })]), 108)
    refuses(spend([output(ERG, { tokens: [newToken(-1n)] })]), 108)
  })

  it('rule 109: the sum of one token is a 64-bit number', () => {
    const of = (amount: bigint): Transaction =>
      spend([output(ERG, { tokens: [newToken(MAX_LONG - 1n)] }), output(ERG, { tokens: [newToken(amount)] })])
    accepts(of(1n))
    refuses(of(2n), 109)
  })

  it('rule 111: a value for each byte', () => {
    const { bytes } = spend([output(ERG)]).outputs[0]!
    // Small values take less room: 8 bytes of box less for five bytes of value.
    const size = BigInt(bytes.length) - 2n
    const least = 360n * size
    const [made] = spend([output(least)]).outputs
    assert.equal(BigInt(made!.bytes.length), size)
    accepts(spend([output(least)]))
    refuses(spend([output(least - 1n)]), 111)
  })

  it('rule 112: no creation height above that of the block', () => {
    accepts(spend([output(ERG, { creationHeight: 21 })]))
    refuses(spend([output(ERG, { creationHeight: 22 })]), 112)
  })

  it('rule 124: no creation height below that of an input', () => {
    const { creationHeight } = coin!
    accepts(spend([output(ERG, { creationHeight })]))
    refuses(spend([output(ERG, { creationHeight: creationHeight - 1 })]), 124)
    // Data inputs do not count.
    const late = wallet.coins(state).find((box) => box.creationHeight > creationHeight)
    assert.ok(late)
    accepts(spend([output(ERG, { creationHeight })], { dataInputs: [late] }))
    const settings = ValidationSettings.initial.updated({ ...EMPTY_SETTINGS_UPDATE, rulesToDisable: [124] })
    const off = { ...state, context: { ...state.context, settings } }
    accepts(spend([output(ERG, { creationHeight: 0 })]), off)
  })

  it('rule 122: a negative creation height has no encoding', () => {
    assert.throws(() => spend([output(ERG, { creationHeight: -1 })]), { name: 'EncodeError' })
  })

  it('rule 120: a box has 4,096 bytes at most', () => {
    const of = (bytes: number): Transaction => spend([output(ERG, { registers: [bytesConstant(new Uint8Array(bytes))] })])
    const room = 4096 - of(1000).outputs[0]!.bytes.length + 1000
    assert.equal(of(room).outputs[0]!.bytes.length, 4096)
    accepts(of(room))
    refuses(of(room + 1), 120)
  })

  it('rule 121: a longer proposition than 4,096 bytes cannot be read', () => {
    // Of an EQ of two constants the last read starts in time; the one behind the tree does not.
    const half = (size: number): Uint8Array => Uint8Array.of(0x0e, (size & 0x7f) | 0x80, size >> 7, ...new Uint8Array(size))
    const tree = Uint8Array.of(0x00, OP.BoolToSigmaProp, OP.EQ, ...half(2100), ...half(2100))
    refuses(spend([output(ERG, { tree })]), 'SECTION_UNREADABLE')
  })

  it('rule 115: the sum of inputs is a 64-bit number', () => {
    const of = (last: bigint): DevnetState =>
      middle({ height: 41, boxes: [looseBox(MAX_LONG - ERG, alice.tree, 1, 0), looseBox(last, alice.tree, 1, 1)] })
    const all = (on: DevnetState): Transaction => {
      const coins = new DevnetWallet(alice).coins(on)
      return tx({ inputs: coins.map((box) => ({ box })), outputs: [output(MAX_LONG)] }, on)
    }
    const fits = of(ERG)
    accepts(all(fits), fits)
    const exceeds = of(ERG + 1n)
    refuses(all(exceeds), 115, exceeds)
  })

  it('rule 116: what goes in comes out', () => {
    const of = (value: bigint): Transaction => tx({ inputs: [{ box: coin! }], outputs: [output(value)] })
    accepts(of(coin!.value))
    refuses(of(coin!.value - 1n), 116)
    refuses(of(coin!.value + 1n), 116)
  })

  it('rule 117: tokens come from inputs, or are new by the first input', () => {
    accepts(spend([output(ERG, { tokens: [newToken(7n)] }), output(ERG, { tokens: [newToken(8n)] })]))
    refuses(spend([output(ERG, { tokens: [{ id: second!.id, amount: 1n }] })]), 117)
    const minted = wallet.transact(state, {
      outputs: [{ value: ERG, tree: alice.tree, tokens: [{ id: NEW_TOKEN, amount: 10n }] }]
    })
    const above = valid(state, { transactions: [minted] }).state
    const [box] = new DevnetWallet(alice).coins(above)
    const id = box!.tokens[0]!.id
    const move = (amount: bigint): Transaction =>
      tx({ inputs: [{ box: box! }], outputs: [output(ERG, { tokens: [{ id, amount }] })] }, above)
    accepts(move(10n), above)
    accepts(move(9n), above)
    refuses(move(11n), 117, above)
  })

  it('rule 119: scripts agree and proofs hold', () => {
    const good = spend([output(ERG)])
    const { proof } = good.inputs[0]!
    const signed = (bytes: Uint8Array): Transaction => spend([output(ERG)], { inputs: [{ box: coin!, proof: bytes }] })
    accepts(signed(proof))
    refuses(signed(new Uint8Array()), 119)
    refuses(signed(proof.map((byte, i) => (i === 0 ? byte ^ 1 : byte))), 119)
    // Guarded until the height has passed.
    const funding = wallet.pay(state, afterHeight(22), ERG)
    const { state: above } = valid(state, { transactions: [funding] })
    const box = funding.outputs[0]!
    const early = tx({ inputs: [{ box, proof: new Uint8Array() }], outputs: [output(ERG)] }, above)
    refuses(early, 119, above)
    const later = next(above).state
    accepts(tx({ inputs: [{ box }], outputs: [output(ERG)] }, later), later)
  })

  it('rule 119: context variables count', () => {
    const funding = wallet.pay(state, variableIs(42), ERG)
    const { state: above } = valid(state, { transactions: [funding] })
    const answer = (value: number): Transaction =>
      tx(
        {
          inputs: [{ box: funding.outputs[0]!, variables: new Map([[0, intConstant(value)]]), proof: new Uint8Array() }],
          outputs: [output(ERG)]
        },
        above
      )
    accepts(answer(42), above)
    refuses(answer(41), 119, above)
  })

  it('rule 123: re-emission tokens are where EIP-27 wants them, when it is enforced', () => {
    const reemission = {
      ...network.reemission,
      emissionNftId: fromHex('11'.repeat(32)),
      reemissionTokenId: fromHex('22'.repeat(32)),
      reemissionNftId: fromHex('33'.repeat(32)),
      activationHeight: 30,
      reemissionStartHeight: 2_080_800
    }
    const on = (checkReemissionRules: boolean): DevnetState => {
      return middle({ height: 41, network: { ...network, reemission: { ...reemission, checkReemissionRules } } })
    }
    // The emission box holds no tokens, so the emission transaction breaks the rule.
    assert.equal(refusal(on(true), {}), 123)
    valid(on(false))
  })
})
