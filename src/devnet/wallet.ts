import { bytesEqual, toHex } from '../bytes/index.ts'
import type { BoxToken, SigmaSecret } from '../ergotree/index.ts'
import { type Box, feeTree, minerRewardTree, type Transaction, type ValidationContext } from '../transaction/index.ts'
import { planContext } from './block-builder.ts'
import { DevnetError } from './errors.ts'
import type { DevnetKey } from './key.ts'
import { boxesOf, type DevnetState } from './state.ts'
import { buildTransaction, type InputPlan, type OutputPlan } from './transactions.ts'

/** Stands for the id of the token that a transaction makes: the id of its first input's box. */
export const NEW_TOKEN: Uint8Array = new Uint8Array(32)

/** 0.001 ERG, what the reference's wallet pays by default (`SessionSettings`, minimal fee). */
export const DEFAULT_FEE = 1_000_000n

/** Least value of a change box: far above what the dust rule 111 asks of one with a few tokens. */
const MIN_CHANGE = 1_000_000n

/** What a transaction is to do; coins are chosen for it, and what is left comes back. */
export interface Payment {
  readonly outputs: readonly OutputPlan[]
  /** nanoERG for the miner; default {@link DEFAULT_FEE}, 0 for none. */
  readonly fee?: bigint | undefined
  /** Tokens to destroy. */
  readonly burn?: readonly BoxToken[] | undefined
  /** Boxes to spend in any case, before coins of the wallet. */
  readonly inputs?: readonly InputPlan[] | undefined
  readonly dataInputs?: readonly (Box | Uint8Array)[] | undefined
  /** Secrets besides the wallet's own. */
  readonly secrets?: readonly SigmaSecret[] | undefined
}

export interface SpendOptions {
  /** Transactions that will stand before this one in the same block: their coins are there, what they spend is not. */
  readonly pending?: readonly Transaction[] | undefined
  /** Of the block; default: the next one, a moment after its parent. */
  readonly context?: ValidationContext | undefined
}

/** Coins of one key on any state: those sent to it, and its mining rewards once they may be spent. */
export class DevnetWallet {
  readonly key: DevnetKey

  constructor(key: DevnetKey) {
    this.key = key
  }

  /** Boxes that the next block may spend, greatest value first. */
  coins(state: DevnetState, pending: readonly Transaction[] = []): Box[] {
    const { minerRewardDelay } = state.network.monetary
    const reward = minerRewardTree(minerRewardDelay, this.key.publicKey)
    const spent = new Set(pending.flatMap(({ inputs }) => inputs.map(({ boxId }) => toHex(boxId))))
    const made = pending.flatMap(({ outputs }) => outputs)
    const isMine = ({ tree, creationHeight }: Box): boolean =>
      bytesEqual(tree.bytes, this.key.tree) ||
      (bytesEqual(tree.bytes, reward) && creationHeight + minerRewardDelay <= state.height + 1)
    return [...boxesOf(state), ...made]
      .filter((box) => isMine(box) && !spent.has(toHex(box.id)))
      .sort((a, b) => (a.value < b.value ? 1 : a.value > b.value ? -1 : 0))
  }

  /** nanoERG that the next block may spend. */
  balance(state: DevnetState, pending: readonly Transaction[] = []): bigint {
    return this.coins(state, pending).reduce((sum, { value }) => sum + value, 0n)
  }

  /**
   * Makes a signed transaction for the next block.
   *
   * @throws DevnetError DEVNET_FUNDS, DEVNET_UNSIGNABLE
   */
  transact(state: DevnetState, payment: Payment, options: SpendOptions = {}): Transaction {
    const context = options.context ?? nextContext(state, this.key)
    const fee = payment.fee ?? DEFAULT_FEE
    const given = payment.inputs ?? []
    const chosen = new Selection(given.flatMap((input) => ('box' in input ? [input.box] : [])))
    const coins = this.coins(state, options.pending).filter((box) => !chosen.has(box))
    const wanted = [...payment.outputs.flatMap(({ tokens }) => tokens ?? []), ...(payment.burn ?? [])]
    for (const token of wanted) if (token.id !== NEW_TOKEN) chosen.addToken(token.id, amountOf(wanted, token.id), coins)
    const value = payment.outputs.reduce((sum, output) => sum + output.value, fee)
    chosen.addValue(value, coins)
    const inputs: InputPlan[] = [...given, ...chosen.added.map((box) => ({ box }))]
    const outputs = [...payment.outputs.map((output) => withNewToken(output, inputs[0]))]
    if (fee > 0n) outputs.push({ value: fee, tree: feeTree(state.network.monetary.minerRewardDelay) })
    const change = chosen.value - value
    if (change > 0n) outputs.push({ value: change, tree: this.key.tree, tokens: chosen.tokensWithout(wanted) })
    const secrets = [this.key.secret, ...(payment.secrets ?? [])]
    return buildTransaction({ inputs, outputs, secrets, dataInputs: payment.dataInputs }, context)
  }

  /** {@link transact} to one tree. */
  pay(state: DevnetState, tree: Uint8Array, value: bigint, options: SpendOptions = {}): Transaction {
    return this.transact(state, { outputs: [{ tree, value }] }, options)
  }
}

function nextContext(state: DevnetState, key: DevnetKey): ValidationContext {
  return planContext(state, { miner: key, timestamp: (state.header?.timestampExact ?? 0n) + 1n })
}

function amountOf(tokens: readonly BoxToken[], id: Uint8Array): bigint {
  return tokens.reduce((sum, token) => (bytesEqual(token.id, id) ? sum + token.amount : sum), 0n)
}

function withNewToken(output: OutputPlan, first: InputPlan | undefined): OutputPlan {
  if (first === undefined || output.tokens === undefined) return output
  const newId = 'box' in first ? first.box.id : first.boxId
  return { ...output, tokens: output.tokens.map((token) => (token.id === NEW_TOKEN ? { ...token, id: newId } : token)) }
}

/** Boxes gathered for one transaction. */
class Selection {
  /** Coins taken, in order. */
  readonly added: Box[] = []
  readonly #boxes: Box[]

  constructor(given: readonly Box[]) {
    this.#boxes = [...given]
  }

  has(box: Box): boolean {
    return this.#boxes.some(({ id }) => bytesEqual(id, box.id))
  }

  get value(): bigint {
    return this.#boxes.reduce((sum, { value }) => sum + value, 0n)
  }

  #tokens(): BoxToken[] {
    return this.#boxes.flatMap(({ tokens }) => tokens)
  }

  #take(box: Box): void {
    this.added.push(box)
    this.#boxes.push(box)
  }

  addToken(id: Uint8Array, amount: bigint, coins: readonly Box[]): void {
    for (const box of coins) {
      if (amountOf(this.#tokens(), id) >= amount) return
      if (!this.has(box) && amountOf(box.tokens, id) > 0n) this.#take(box)
    }
    if (amountOf(this.#tokens(), id) < amount) throw new DevnetError('DEVNET_FUNDS', `not ${amount} of token ${toHex(id)}`)
  }

  /** Until the sum is met, with enough to spare for a change box if one is needed. */
  addValue(value: bigint, coins: readonly Box[]): void {
    const isEnough = (): boolean =>
      this.#boxes.length > 0 && (this.value >= value + MIN_CHANGE || (this.value === value && this.#tokens().length === 0))
    for (const box of coins) {
      if (isEnough()) return
      if (!this.has(box)) this.#take(box)
    }
    if (!isEnough()) throw new DevnetError('DEVNET_FUNDS', `${this.value} nanoERG cannot pay ${value} and leave change`)
  }

  /** Tokens that are left, one entry an id. */
  tokensWithout(used: readonly BoxToken[]): BoxToken[] {
    const left = new Map<string, BoxToken>()
    for (const { id } of this.#tokens()) {
      const amount = amountOf(this.#tokens(), id) - amountOf(used, id)
      if (amount > 0n) left.set(toHex(id), { id, amount })
    }
    return [...left.values()]
  }
}
