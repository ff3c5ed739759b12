import { bytesEqual, toHex } from '../../bytes/index.ts'
import { type BoxToken, DEFAULT_VERSIONS, type ParsedErgoTree, parseErgoTree } from '../../ergotree/index.ts'
import type { Box } from '../box.ts'
import type { ReemissionNetwork } from '../context.ts'
import { emissionTree, payToReemissionTree } from '../contracts.ts'
import { NANO_ERG, reemissionForHeight } from '../emission.ts'
import { propositionsEqual, treesEqual } from '../tree-equality.ts'
import { addExact } from './amounts.ts'

/** Boxes of more than this many nanoERG are taken for the emission box (`ErgoTransaction.verifyReemissionSpending`). */
const EMISSION_BOX_MIN = 100_000n * NANO_ERG

/** Network part of mainnet's addresses. */
const MAINNET_PREFIX = 0

/** EIP-27 is violated; says how. */
class Violation extends Error {
  override readonly name: string = 'Violation'
}

function demand(condition: boolean, message: string): void {
  if (!condition) throw new Violation(message)
}

/** Amount of a token in a box, all its entries together; undefined when it is not there. */
function amountOf(box: Box, id: Uint8Array | null): bigint | undefined {
  if (id === null) return undefined
  let sum: bigint | undefined
  for (const token of box.tokens) {
    if (!bytesEqual(token.id, id)) continue
    sum = addExact(sum ?? 0n, token.amount)
    if (sum === undefined) throw new Violation(`amounts of token ${toHex(id)} overflow`)
  }
  return sum
}

function isToken(token: BoxToken | undefined, id: Uint8Array | null): boolean {
  return token !== undefined && id !== null && bytesEqual(token.id, id)
}

function parsed(bytes: Uint8Array): ParsedErgoTree {
  return parseErgoTree(bytes, DEFAULT_VERSIONS) as ParsedErgoTree
}

/**
 * Rule 123: what EIP-27 demands of whoever spends the emission box, or boxes with re-emission tokens.
 *
 * @param height of the block
 * @returns what is wrong; undefined when nothing is
 */
export function reemissionViolation(
  inputs: readonly Box[],
  outputs: readonly Box[],
  height: number,
  network: ReemissionNetwork
): string | undefined {
  if (height < network.reemission.activationHeight) return undefined
  try {
    new ReemissionCheck(inputs, outputs, height, network).run()
    return undefined
  } catch (error) {
    if (error instanceof Violation) return error.message
    throw error
  }
}

class ReemissionCheck {
  readonly #inputs: readonly Box[]
  readonly #outputs: readonly Box[]
  readonly #height: number
  readonly #network: ReemissionNetwork
  readonly #atActivation: boolean

  constructor(inputs: readonly Box[], outputs: readonly Box[], height: number, network: ReemissionNetwork) {
    this.#inputs = inputs
    this.#outputs = outputs
    this.#height = height
    this.#network = network
    this.#atActivation = height === network.reemission.activationHeight
  }

  /** @throws Violation */
  run(): void {
    const { reemissionTokenId } = this.#network.reemission
    let spending = false
    for (const box of this.#inputs) {
      if (box.value > EMISSION_BOX_MIN) this.#checkEmissionSpend(box)
      else if (!this.#atActivation && amountOf(box, reemissionTokenId) !== undefined) spending = true
    }
    if (spending) this.#checkBurning()
  }

  /** At the activation height the tokens still are in the injection box, whose contract demands to be the second input. */
  #injection(): Box {
    const box = this.#inputs[1]
    if (box === undefined) throw new Violation('there is no injection box')
    return box
  }

  #output(index: number): Box {
    const box = this.#outputs[index]
    if (box === undefined) throw new Violation(`there is no output ${index}`)
    return box
  }

  #checkEmissionSpend(box: Box): void {
    const { monetary, reemission } = this.#network
    const { emissionNftId, reemissionTokenId } = reemission
    const holdsNft =
      amountOf(box, emissionNftId) !== undefined ||
      (this.#atActivation && amountOf(this.#injection(), emissionNftId) !== undefined)
    if (holdsNft) {
      this.#checkEmissionOutputs(amountOf(this.#atActivation ? this.#injection() : box, reemissionTokenId) ?? 0n)
    } else if (treesEqual(box.tree, parsed(emissionTree(monetary)))) {
      const emission = this.#output(0)
      demand(amountOf(emission, emissionNftId) !== undefined, 'the emission output has no emission NFT')
      demand(amountOf(emission, reemissionTokenId) !== undefined, 'the emission output has no re-emission tokens')
    }
  }

  #checkEmissionOutputs(tokensIn: bigint): void {
    const { monetary, reemission } = this.#network
    const { emissionNftId, reemissionTokenId, activationHeight } = reemission
    demand(tokensIn > 0n, 'No re-emission tokens in the emission or injection box')
    const emission = this.#output(0)
    const rewards = this.#output(1)
    demand(isToken(emission.tokens[0], emissionNftId), 'No emission box NFT in the emission box')
    demand(isToken(emission.tokens[1], reemissionTokenId), 'No re-emission token in the emission box')
    const paid = amountOf(rewards, reemissionTokenId) ?? 0n
    const kept = amountOf(emission, reemissionTokenId) ?? 0n
    demand(tokensIn === BigInt.asIntN(64, kept + paid), 'Reemission tokens not preserved')
    demand(paid === reemissionForHeight(monetary, activationHeight, this.#height), 'Rewards out condition violated')
  }

  /** The tokens are gone, and their worth - one nanoERG each - went to re-emission. */
  #checkBurning(): void {
    const { reemissionTokenId } = this.#network.reemission
    const payTo = parsed(payToReemissionTree(this.#network.reemission))
    let toBurn = 0n
    for (const box of this.#inputs) toBurn += amountOf(box, reemissionTokenId) ?? 0n
    let sent = 0n
    for (const box of this.#outputs) {
      demand(amountOf(box, reemissionTokenId) === undefined, 'outputs contain reemission token')
      if (this.#paysTo(box, payTo)) sent += box.value
    }
    demand(BigInt.asIntN(64, sent) === BigInt.asIntN(64, toBurn), 'Burning condition violated')
  }

  /** Equal trees on mainnet; elsewhere equal propositions, for trees of versions 0 and 1 were paid to there. */
  #paysTo({ tree }: Box, payTo: ParsedErgoTree): boolean {
    if (this.#network.addressPrefix === MAINNET_PREFIX) return treesEqual(tree, payTo)
    if (tree.kind === 'unparsed') throw new Violation('an output has a tree that is not understood')
    return propositionsEqual(tree, payTo)
  }
}
