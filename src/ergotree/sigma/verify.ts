import { bytesEqual, Writer } from '../../bytes/index.ts'
import { blake2b256Concat, secp256k1 } from '../../crypto/index.ts'
import { type ProveDHTuple, type ProveDlog, SIGMA, type SigmaBoolean } from '../values/sigma-boolean.ts'
import { CONJECTURE, writeConjecture, writeDHTupleLeaf, writeDlogLeaf } from './fiat-shamir.ts'
import { GF192_BYTES, Gf192Polynomial, gf192ToBytes } from './gf192.ts'

/** Length of a challenge: 192 bits of soundness (`CryptoConstants.soundnessBits`). */
export const CHALLENGE_BYTES = GF192_BYTES

/** Length of a response: a number below the group order as the prover writes it, any 256-bit number to the verifier. */
export const RESPONSE_BYTES = 32

/** The proposition has a node that no proof can be written for: a trivial one inside a conjecture. */
class UnprovableError extends Error {
  override readonly name: string = 'UnprovableError'
}

/**
 * One pass over a proof: in the order of its bytes, reads or derives the challenge of every node, computes the commitments
 * of every leaf, and writes the tree that the root challenge must be the hash of.
 */
class ProofPass {
  readonly #proof: Uint8Array
  #position = 0
  readonly tree = new Writer()

  constructor(proof: Uint8Array) {
    this.#proof = proof
  }

  /**
   * The next `size` bytes, or as many as there are: the reference warns of a short proof and goes on
   * (`SigSerializer.readBytesChecked`).
   */
  read(size: number): Uint8Array {
    const from = this.#position
    this.#position = Math.min(from + size, this.#proof.length)
    return this.#proof.subarray(from, this.#position)
  }

  visit(node: SigmaBoolean, challenge: Uint8Array): void {
    switch (node.code) {
      case SIGMA.ProveDlog:
        this.#dlog(node, challenge)
        return
      case SIGMA.ProveDHTuple:
        this.#dhTuple(node, challenge)
        return
      case SIGMA.And:
        writeConjecture(this.tree, CONJECTURE.And, undefined, node.children.length)
        for (const child of node.children) this.visit(child, challenge)
        return
      case SIGMA.Or:
        this.#or(node.children, challenge)
        return
      case SIGMA.Threshold:
        this.#threshold(node.k, node.children, challenge)
        return
      default:
        throw new UnprovableError('a trivial proposition has no proof')
    }
  }

  #dlog(node: ProveDlog, e: Uint8Array): void {
    const z = this.read(RESPONSE_BYTES)
    writeDlogLeaf(this.tree, node, secp256k1.schnorrCommitment(z, e, node.value.bytes))
  }

  #dhTuple(node: ProveDHTuple, e: Uint8Array): void {
    const z = this.read(RESPONSE_BYTES)
    const a = secp256k1.dhCommitment(z, e, node.g.bytes, node.u.bytes)
    const b = secp256k1.dhCommitment(z, e, node.h.bytes, node.v.bytes)
    writeDHTupleLeaf(this.tree, node, a, b)
  }

  /** All children but the last bring their challenge; the last has what makes their sum that of the node. */
  #or(children: readonly SigmaBoolean[], challenge: Uint8Array): void {
    if (children.length === 0) throw new UnprovableError('a disjunction of nothing has no proof')
    writeConjecture(this.tree, CONJECTURE.Or, undefined, children.length)
    const rest = challenge.slice()
    for (let i = 0; i < children.length - 1; i++) {
      const own = this.read(CHALLENGE_BYTES)
      this.visit(children[i]!, own)
      if (own.length < rest.length) throw new UnprovableError('proof ends within a challenge')
      for (let j = 0; j < rest.length; j++) rest[j] = rest[j]! ^ own[j]!
    }
    this.visit(children[children.length - 1]!, rest)
  }

  /** The proof brings a polynomial of degree n - k whose constant term is the challenge; child i (from 1) has its value at i. */
  #threshold(k: number, children: readonly SigmaBoolean[], challenge: Uint8Array): void {
    const n = children.length
    writeConjecture(this.tree, CONJECTURE.Threshold, k, n)
    const polynomial = Gf192Polynomial.fromBytes(challenge, this.read(CHALLENGE_BYTES * (n - k)))
    for (let i = 0; i < n; i++) this.visit(children[i]!, gf192ToBytes(polynomial.evaluate(i + 1)))
  }
}

/**
 * Does `proof` prove knowledge of the secrets that `proposition` asks for, bound to `message`?
 *
 * Never throws: whatever goes wrong on the way - a proof that ends early, a trivial node in a conjecture, nesting beyond the
 * stack - is a refusal, as in the reference. Bytes after the proof are ignored; responses at or above the group order
 * are reduced. A trivial proposition itself has no proof: ask its `condition` instead.
 *
 * Source: `Interpreter.verifySignature`, `SigSerializer.parseAndComputeChallenges`, ErgoScript white paper appendix A.
 */
export function verifySigmaProof(proposition: SigmaBoolean, message: Uint8Array, proof: Uint8Array): boolean {
  if (proof.length === 0) return false
  try {
    const pass = new ProofPass(proof)
    const root = pass.read(CHALLENGE_BYTES)
    pass.visit(proposition, root)
    return bytesEqual(root, blake2b256Concat(pass.tree.toBytes(), message).subarray(0, CHALLENGE_BYTES))
  } catch {
    return false
  }
}
