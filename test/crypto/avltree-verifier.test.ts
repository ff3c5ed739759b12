import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { concatBytes, fromHex, toHex } from '../../src/bytes/index.ts'
import {
  type AvlOperation,
  AvlProver,
  AvlVerifier,
  internalLabel,
  leafLabel,
  maxProofNodes
} from '../../src/crypto/avltree/index.ts'
import { missing, readJson, shared } from '../support/vectors.ts'

interface ParityCase {
  readonly name: string
  readonly keyLength: number
  readonly valueLength: number | null
  readonly startDigestHex: string
  readonly proofHex: string
  readonly op: {
    readonly kind: 'lookup' | 'insert' | 'update' | 'remove'
    readonly keyHex: string
    readonly valueHex: string | null
  }
  readonly expect: { readonly success: boolean; readonly digestHex: string | null }
}

const PARITY = 'script/avl-proof-parity.json.gz'

function operation(op: ParityCase['op']): AvlOperation {
  const key = fromHex(op.keyHex)
  return op.kind === 'lookup' || op.kind === 'remove'
    ? { kind: op.kind, key }
    : { kind: op.kind, key, value: fromHex(op.valueHex!) }
}

const KEYS = { keyLength: 32 }

function key(first: number): Uint8Array {
  const out = new Uint8Array(32)
  out[0] = first
  return out
}

/** A proved batch on a tree of the keys 1..40, even ones removed, odd ones looked up, a few inserted. */
function provedBatch(): { start: Uint8Array; proof: Uint8Array; operations: AvlOperation[]; end: Uint8Array } {
  const prover = new AvlProver(KEYS)
  for (let i = 1; i <= 40; i++) prover.perform({ kind: 'insert', key: key(i), value: new Uint8Array(i).fill(i) })
  prover.prove()
  const start = prover.digest()
  const operations: AvlOperation[] = []
  for (let i = 1; i <= 12; i++) operations.push({ kind: i % 2 === 0 ? 'remove' : 'lookup', key: key(3 * i) })
  for (let i = 50; i < 54; i++) operations.push({ kind: 'insert', key: key(i), value: Uint8Array.of(i) })
  for (const operation of operations) assert.ok(prover.perform(operation).ok)
  return { start, proof: prover.prove(), operations, end: prover.digest() }
}

/** Leaf item of a packed tree with its key written. */
function leafItem(k: Uint8Array, next: Uint8Array, value: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(2), k, next, Uint8Array.of(0, 0, 0, value.length), value)
}

describe('AVL+ verifier', () => {
  it('answers as the reference does to honest and forged proofs', { skip: missing(PARITY) }, () => {
    const cases = readJson<ParityCase[]>(shared(PARITY))
    assert.equal(cases.length, 106)
    for (const c of cases) {
      const verifier = new AvlVerifier(fromHex(c.startDigestHex), fromHex(c.proofHex), {
        keyLength: c.keyLength,
        valueLength: c.valueLength ?? undefined
      })
      const result = verifier.perform(operation(c.op))
      assert.equal(result.ok, c.expect.success, c.name)
      const digest = verifier.digest()
      assert.equal(digest === undefined ? null : toHex(digest), c.expect.digestHex, c.name)
    }
  })

  it('fails all operations after the first that fails, and has no digest then', () => {
    const { start, proof, operations } = provedBatch()
    const verifier = new AvlVerifier(start, proof, KEYS)
    assert.ok(verifier.perform(operations[0]!).ok)
    const failed = verifier.perform({ kind: 'insert', key: new Uint8Array(32), value: key(1) })
    assert.equal(failed.ok ? '' : failed.error.code, 'AVL_KEY_INVALID')
    const later = verifier.perform(operations[1]!)
    assert.equal(later.ok ? '' : later.error.code, 'AVL_NO_TREE')
    assert.equal(verifier.digest(), undefined)
    assert.equal(verifier.startHeight, start[32])
  })

  it('never agrees to another outcome, whatever is changed in a proof', () => {
    const { start, proof, operations, end } = provedBatch()
    const change = fc.record({ at: fc.nat(proof.length - 1), byte: fc.nat(255), cut: fc.option(fc.nat(proof.length)) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let forged = proof.slice()
        for (const { at, byte, cut } of changes) {
          forged[at % forged.length] = byte
          if (cut !== null && cut > 0) forged = forged.slice(0, cut)
        }
        const verifier = new AvlVerifier(start, forged, KEYS)
        const ok = operations.map((operation) => verifier.perform(operation).ok)
        const digest = verifier.digest()
        if (ok.every((one) => one)) assert.deepEqual(digest, end)
        else assert.equal(digest, undefined)
      }),
      { numRuns: 400 }
    )
  })

  it('refuses a proof that is cut anywhere and accepts bytes behind it', () => {
    const { start, proof, operations, end } = provedBatch()
    const outcome = (bytes: Uint8Array): Uint8Array | undefined => {
      const verifier = new AvlVerifier(start, bytes, KEYS)
      for (const operation of operations) verifier.perform(operation)
      return verifier.digest()
    }
    for (let size = 0; size < proof.length; size++) assert.equal(outcome(proof.subarray(0, size)), undefined)
    assert.deepEqual(outcome(concatBytes(proof, Uint8Array.of(9, 9, 9))), end)
  })

  it('caps the nodes of a proof only when the number of operations is given', () => {
    // 2n(2h+1) + n*hnew + 1 with hnew = t + t/2, t = 1 + max(h, ceil(log2 n))
    assert.equal(maxProofNodes(0, 5), 1)
    assert.equal(maxProofNodes(1, 0), 2 * 1 + 1 + 1)
    assert.equal(maxProofNodes(3, 4), 6 * 9 + 3 * 7 + 1)
    assert.equal(maxProofNodes(40, 26), 80 * 53 + 40 * 40 + 1)
    const prover = new AvlProver(KEYS)
    for (let i = 1; i <= 40; i++) prover.perform({ kind: 'insert', key: key(i), value: key(i) })
    prover.prove()
    const start = prover.digest()
    for (let i = 1; i <= 40; i++) prover.perform({ kind: 'lookup', key: key(i) })
    const proof = prover.prove()
    assert.equal(new AvlVerifier(start, proof, { ...KEYS, maxOperations: 1 }).proofError?.code, 'AVL_PROOF_INVALID')
    assert.equal(new AvlVerifier(start, proof, { ...KEYS, maxOperations: 40 }).proofError, undefined)
    assert.equal(new AvlVerifier(start, proof, KEYS).proofError, undefined)
  })

  it('stands impossible digests, lengths and keys', () => {
    const { start, proof } = provedBatch()
    for (const [digest, parameters] of [
      [start.subarray(1), KEYS],
      [start, { keyLength: 0 }],
      [start, { keyLength: -5 }],
      [start, { keyLength: 32, valueLength: -1 }]
    ] as const) {
      const verifier = new AvlVerifier(digest, proof, parameters)
      assert.equal(verifier.startHeight, 0)
      assert.equal(verifier.perform({ kind: 'lookup', key: key(3) }).ok, false)
      assert.equal(verifier.digest(), undefined)
    }
    const huge = new AvlVerifier(start, proof, { keyLength: 0x7fffffff, valueLength: 0x7fffffff })
    assert.equal(huge.startHeight, start[32])
    assert.equal(huge.perform({ kind: 'lookup', key: key(3) }).ok, false)
  })

  it('ends on a value length that leads back to an earlier item', () => {
    const back = concatBytes(Uint8Array.of(2), key(1), key(2), fromHex('ffffffbb'), new Uint8Array(80))
    const again = concatBytes(Uint8Array.of(2), key(1), key(2), fromHex('ffffff9b'), new Uint8Array(80))
    for (const proof of [back, again]) {
      const verifier = new AvlVerifier(new Uint8Array(33), proof, KEYS)
      assert.equal(verifier.proofError?.code, 'AVL_PROOF_INVALID')
    }
  })

  it('throws for a digest when the height leaves its byte, as the reference does', () => {
    const label = leafLabel(key(1), key(1), key(9))
    const proof = concatBytes(leafItem(key(1), key(9), key(1)), Uint8Array.of(4, 0))
    const verifier = new AvlVerifier(concatBytes(label, Uint8Array.of(255)), proof, KEYS)
    assert.ok(verifier.perform({ kind: 'insert', key: key(5), value: key(5) }).ok)
    assert.throws(() => verifier.digest(), { code: 'AVL_HEIGHT' })
  })

  it('survives a chain of inner nodes as deep as a proof can make it', () => {
    const depth = 20_000
    const stub = new Uint8Array(32).fill(7)
    const label = leafLabel(key(1), key(1), key(9))
    let root = label
    const level = concatBytes(Uint8Array.of(3), stub, Uint8Array.of(0xff))
    const levels = new Uint8Array(depth * level.length)
    for (let i = 0; i < depth; i++) {
      levels.set(level, i * level.length)
      root = internalLabel(-1, root, stub)
    }
    const directions = new Uint8Array(depth / 8 + 1).fill(0xff)
    const proof = concatBytes(leafItem(key(1), key(9), key(1)), levels, Uint8Array.of(4), directions)
    const digest = concatBytes(root, Uint8Array.of(200))
    const lookup = new AvlVerifier(digest, proof, KEYS)
    assert.ok(lookup.perform({ kind: 'lookup', key: key(1) }).ok)
    assert.deepEqual(lookup.digest(), digest)
    const update = new AvlVerifier(digest, proof, KEYS)
    assert.ok(update.perform({ kind: 'update', key: key(1), value: key(3) }).ok)
    assert.notDeepEqual(update.digest(), digest)
    // Rebalancing needs nodes that such a proof does not have.
    assert.equal(new AvlVerifier(digest, proof, KEYS).perform({ kind: 'remove', key: key(1) }).ok, false)
  })
})
