import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bigIntFromBytes, bigIntToBytes, fromHex } from '../../../src/bytes/index.ts'
import { blake2b256Concat, secp256k1 } from '../../../src/crypto/index.ts'
import {
  dhTupleSecret,
  dlogSecret,
  proveSigma,
  type RandomBytes,
  SigmaProveError,
  type SigmaSecret,
  verifySigmaProof
} from '../../../src/ergotree/sigma/index.ts'
import { GroupElement } from '../../../src/ergotree/values/group-element.ts'
import { CAnd, COr, CThreshold, SIGMA, type SigmaBoolean, TRUE_PROP } from '../../../src/ergotree/values/sigma-boolean.ts'

/** Deterministic bytes: hashes of a counter. */
function randomFrom(seed: number): RandomBytes {
  let counter = 0
  return (size) => {
    const out = new Uint8Array(size)
    for (let at = 0; at < size; at += 32) {
      const block = blake2b256Concat(Uint8Array.of(seed, seed >>> 8, counter++))
      out.set(block.subarray(0, Math.min(32, size - at)), at)
    }
    return out
  }
}

const G = new GroupElement(secp256k1.generator.toBytes())
const H = new GroupElement(secp256k1.multiplyBase(0xabcdefn).toBytes())

const INFINITY = dlogSecret(0n)

/** Secrets of leaves; even ones are known to the prover. */
const SECRETS: readonly SigmaSecret[] = [
  dlogSecret(0x1111n),
  dlogSecret(0x2222n),
  dhTupleSecret(0x3333n, G, H),
  dhTupleSecret(0x4444n, G, H),
  dlogSecret(secp256k1.order - 1n),
  INFINITY
]
const KNOWN = SECRETS.filter((_, i) => i % 2 === 0)

const { tree } = fc.letrec<{ tree: SigmaBoolean }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.nat(SECRETS.length - 1).map((i): SigmaBoolean => SECRETS[i]!.image),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((c) => new CAnd(c)),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((c) => new COr(c)),
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }).chain((c) => fc.nat(c.length).map((k) => new CThreshold(k, c)))
  )
}))

/** Do the known secrets satisfy the proposition? */
function provable(node: SigmaBoolean): boolean {
  if ('children' in node) {
    const real = node.children.filter(provable).length
    const needed = node.code === SIGMA.And ? node.children.length : node.code === SIGMA.Or ? 1 : node.k
    return real >= needed
  }
  return KNOWN.some((s) => s.image === node)
}

/**
 * Is there a key at infinity? What a verifier computes for it does not depend on its challenge, so that a proof may have other bits
 * where only such challenges come from.
 */
function hasKeyAtInfinity(node: SigmaBoolean): boolean {
  return 'children' in node ? node.children.some(hasKeyAtInfinity) : node === INFINITY.image
}

describe('sigma prover', () => {
  it('proves exactly what its secrets satisfy, and no proof survives a turned bit', () => {
    fc.assert(
      fc.property(tree, fc.uint8Array({ maxLength: 40 }), fc.nat(0xffff), fc.nat(), (statement, message, seed, flip) => {
        if (!provable(statement)) {
          assert.throws(() => proveSigma(statement, message, KNOWN, randomFrom(seed)), SigmaProveError)
          return
        }
        const proof = proveSigma(statement, message, KNOWN, randomFrom(seed))
        assert.equal(verifySigmaProof(statement, message, proof), true)
        assert.deepEqual(proveSigma(statement, message, KNOWN, randomFrom(seed)), proof)
        if (hasKeyAtInfinity(statement)) return
        const bit = flip % (8 * proof.length)
        proof[bit >>> 3]! ^= 1 << (bit & 7)
        assert.equal(verifySigmaProof(statement, message, proof), false)
      }),
      { numRuns: 60 }
    )
  })

  it('makes proofs that do not tell which child was known', () => {
    const statement = new COr([SECRETS[0]!.image, SECRETS[1]!.image])
    const message = fromHex('00')
    const first = proveSigma(statement, message, [SECRETS[0]!], randomFrom(1))
    const second = proveSigma(statement, message, [SECRETS[1]!], randomFrom(1))
    assert.equal(first.length, second.length)
    assert.equal(verifySigmaProof(statement, message, first), true)
    assert.equal(verifySigmaProof(statement, message, second), true)
  })

  it('refuses trivial propositions, and conjectures with a trivial child', () => {
    assert.throws(() => proveSigma(TRUE_PROP, new Uint8Array(), KNOWN, randomFrom(1)), { code: 'SIGMA_SECRETS_MISSING' })
    assert.throws(
      () => proveSigma(new COr([TRUE_PROP, KNOWN[0]!.image]), new Uint8Array(), KNOWN, randomFrom(1)),
      SigmaProveError
    )
  })

  it('leaves responses at or above the group order acceptable', () => {
    // The response of a simulated child is free to choose: take a small one, then add the order.
    const statement = new COr([KNOWN[0]!.image, SECRETS[1]!.image])
    const message = fromHex('beef')
    const random = randomFrom(7)
    const proof = proveSigma(statement, message, KNOWN, (size) => {
      const bytes = random(size)
      return size === 32 ? bigIntToBytes(bigIntFromBytes(bytes) >> 160n, 32) : bytes
    })
    const z = bigIntFromBytes(proof.subarray(proof.length - 32))
    assert.ok(z < 1n << 96n)
    proof.set(bigIntToBytes(z + secp256k1.order, 32), proof.length - 32)
    assert.equal(verifySigmaProof(statement, message, proof), true)
  })
})
