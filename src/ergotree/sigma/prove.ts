import { bigIntFromBytes, bigIntToBytes, Writer } from '../../bytes/index.ts'
import { blake2b256Concat, secp256k1 } from '../../crypto/index.ts'
import { GroupElement } from '../values/group-element.ts'
import { ProveDHTuple, ProveDlog, SIGMA, type SigmaBoolean, sigmaEquals } from '../values/sigma-boolean.ts'
import { CONJECTURE, writeConjecture, writeDHTupleLeaf, writeDlogLeaf } from './fiat-shamir.ts'
import { Gf192Polynomial, gf192FromBytes, gf192ToBytes } from './gf192.ts'
import { CHALLENGE_BYTES, RESPONSE_BYTES } from './verify.ts'

/** A secret number and the leaf proposition whose proof needs it. */
export interface SigmaSecret {
  /** 0 .. group order - 1. */
  readonly w: bigint
  readonly image: ProveDlog | ProveDHTuple
}

/** Source of `size` random bytes. Give a deterministic one only in tests: a repeated nonce gives the secret away. */
export type RandomBytes = (size: number) => Uint8Array

/** The secrets at hand do not suffice for a proof. */
export class SigmaProveError extends Error {
  override readonly name: string = 'SigmaProveError'
  readonly code: string = 'SIGMA_SECRETS_MISSING'
}

function element(bytes: Uint8Array): GroupElement {
  return new GroupElement(bytes)
}

/** Secret of a public key: its image is `ProveDlog(G^w)`. */
export function dlogSecret(w: bigint): SigmaSecret {
  return { w, image: new ProveDlog(element(secp256k1.multiplyBase(w).toBytes())) }
}

/** Secret of a Diffie-Hellman tuple: its image is `ProveDHTuple(g, h, g^w, h^w)`. */
export function dhTupleSecret(w: bigint, g: GroupElement, h: GroupElement): SigmaSecret {
  const power = (base: GroupElement): GroupElement => element(secp256k1.multiply(secp256k1.decode(base.bytes), w).toBytes())
  return { w, image: new ProveDHTuple(g, h, power(g), power(h)) }
}

/** A node on its way to a proof. */
interface Step {
  readonly node: SigmaBoolean
  readonly children: readonly Step[]
  readonly secret: bigint | undefined
  /** Will be proven with secrets; otherwise simulated. */
  real: boolean
  challenge: Uint8Array
  /** Nonce of a real leaf. */
  nonce: bigint
  /** Response of a leaf. */
  z: Uint8Array
  /** Higher coefficients of a threshold's polynomial. */
  polynomial: Uint8Array
}

const NONE = new Uint8Array()

class Prover {
  readonly #secrets: readonly SigmaSecret[]
  readonly #random: RandomBytes
  readonly #tree = new Writer()
  readonly #proof = new Writer()

  constructor(secrets: readonly SigmaSecret[], random: RandomBytes) {
    this.#secrets = secrets
    this.#random = random
  }

  prove(proposition: SigmaBoolean, message: Uint8Array): Uint8Array {
    const root = this.#plan(proposition)
    if (!root.real) throw new SigmaProveError('the secrets at hand do not satisfy the proposition')
    this.#commit(root)
    root.challenge = blake2b256Concat(this.#tree.toBytes(), message).subarray(0, CHALLENGE_BYTES)
    this.#respond(root)
    this.#write(root, true)
    return this.#proof.toBytes()
  }

  /** Steps 1 and 3: what can be proven, and of that no more than is asked for. */
  #plan(node: SigmaBoolean): Step {
    if (node.code === SIGMA.True || node.code === SIGMA.False) {
      throw new SigmaProveError('a trivial proposition has no proof')
    }
    const children = 'children' in node ? node.children.map((child) => this.#plan(child)) : []
    const secret = 'children' in node ? undefined : this.#secrets.find((s) => sigmaEquals(s.image, node))?.w
    const step: Step = {
      node,
      children,
      secret,
      real: secret !== undefined,
      challenge: NONE,
      nonce: 0n,
      z: NONE,
      polynomial: NONE
    }
    if ('children' in node) {
      const needed = node.code === SIGMA.And ? children.length : node.code === SIGMA.Or ? 1 : node.k
      let found = 0
      for (const child of children) if (child.real && ++found > needed) simulate(child)
      step.real = found >= needed
      if (!step.real) simulate(step)
    }
    return step
  }

  /** Steps 4 to 7: challenges of simulated nodes, commitments of all leaves, and the bytes to be hashed. */
  #commit(step: Step): void {
    const { node, children } = step
    switch (node.code) {
      case SIGMA.ProveDlog:
        this.#commitLeaf(step)
        writeDlogLeaf(this.#tree, node, this.#commitment(step, secp256k1.generator.toBytes(), node.value.bytes))
        return
      case SIGMA.ProveDHTuple:
        this.#commitLeaf(step)
        writeDHTupleLeaf(
          this.#tree,
          node,
          this.#commitment(step, node.g.bytes, node.u.bytes),
          this.#commitment(step, node.h.bytes, node.v.bytes)
        )
        return
      case SIGMA.And:
        writeConjecture(this.#tree, CONJECTURE.And, undefined, children.length)
        break
      case SIGMA.Or:
        writeConjecture(this.#tree, CONJECTURE.Or, undefined, children.length)
        break
      case SIGMA.Threshold:
        writeConjecture(this.#tree, CONJECTURE.Threshold, node.k, children.length)
        break
      default:
    }
    if (!step.real) this.#spreadChallenge(step, children)
    else for (const child of children) if (!child.real) child.challenge = this.#random(CHALLENGE_BYTES)
    for (const child of children) this.#commit(child)
  }

  #commitLeaf(step: Step): void {
    const number = bigIntFromBytes(this.#random(RESPONSE_BYTES)) % secp256k1.order
    if (step.real) step.nonce = number
    else step.z = bigIntToBytes(number, RESPONSE_BYTES)
  }

  /** `base^nonce` of a real leaf, `base^z / image^challenge` of a simulated one. */
  #commitment(step: Step, base: Uint8Array, image: Uint8Array): Uint8Array {
    if (!step.real) return secp256k1.dhCommitment(step.z, step.challenge, base, image)
    return secp256k1.multiply(secp256k1.decode(base), step.nonce).toBytes()
  }

  /** Challenges of the children of a simulated node. */
  #spreadChallenge(step: Step, children: readonly Step[]): void {
    const { node, challenge } = step
    if (node.code === SIGMA.Threshold) {
      step.polynomial = this.#random(CHALLENGE_BYTES * (children.length - node.k))
      const q = Gf192Polynomial.fromBytes(challenge, step.polynomial)
      children.forEach((child, i) => {
        child.challenge = gf192ToBytes(q.evaluate(i + 1))
      })
      return
    }
    for (const child of children) child.challenge = node.code === SIGMA.And ? challenge : this.#random(CHALLENGE_BYTES)
    if (node.code === SIGMA.Or) completeSum(challenge, children, children[children.length - 1])
  }

  /** Step 9: challenges of real nodes, responses of real leaves. */
  #respond(step: Step): void {
    if (!step.real) return
    const { node, children, challenge } = step
    if (step.secret !== undefined) {
      const z = (step.nonce + bigIntFromBytes(challenge) * step.secret) % secp256k1.order
      step.z = bigIntToBytes(z, RESPONSE_BYTES)
      return
    }
    if (node.code === SIGMA.And) for (const child of children) child.challenge = challenge
    if (node.code === SIGMA.Or)
      completeSum(
        challenge,
        children,
        children.find((child) => child.real)
      )
    if (node.code === SIGMA.Threshold) {
      const points = children.flatMap((child, i) => (child.real ? [] : [i + 1]))
      const values = points.map((x) => gf192FromBytes(children[x - 1]!.challenge))
      const q = Gf192Polynomial.interpolate(gf192FromBytes(challenge), points, values)
      step.polynomial = q.higherBytes()
      children.forEach((child, i) => {
        if (child.real) child.challenge = gf192ToBytes(q.evaluate(i + 1))
      })
    }
    for (const child of children) this.#respond(child)
  }

  /** Step 10: challenges that a verifier cannot derive, polynomials and responses, parents first. */
  #write(step: Step, withChallenge: boolean): void {
    if (withChallenge) this.#proof.bytes(step.challenge)
    this.#proof.bytes(step.polynomial).bytes(step.z)
    const isOr = step.node.code === SIGMA.Or
    step.children.forEach((child, i) => {
      this.#write(child, isOr && i < step.children.length - 1)
    })
  }
}

/** Marks a node and everything below it as simulated. */
function simulate(step: Step): void {
  step.real = false
  for (const child of step.children) simulate(child)
}

/** Gives `last` the challenge that makes the sum of all children's that of the node. */
function completeSum(challenge: Uint8Array, children: readonly Step[], last: Step | undefined): void {
  if (last === undefined) return
  const rest = challenge.slice()
  for (const child of children) {
    if (child !== last) for (let i = 0; i < rest.length; i++) rest[i] = rest[i]! ^ child.challenge[i]!
  }
  last.challenge = rest
}

/**
 * Proof of knowledge for `proposition`, bound to `message`, that {@link verifySigmaProof} accepts.
 *
 * For private networks and tests: group operations are not constant-time, so whoever can time them may learn the secret.
 *
 * @throws SigmaProveError when the secrets do not satisfy the proposition, or it is or contains a trivial one
 *
 * Source: `ProverInterpreter.prove`, ErgoScript white paper appendix A.
 */
export function proveSigma(
  proposition: SigmaBoolean,
  message: Uint8Array,
  secrets: readonly SigmaSecret[],
  random: RandomBytes
): Uint8Array {
  return new Prover(secrets, random).prove(proposition, message)
}
