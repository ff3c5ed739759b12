import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AvlArena, type AvlOperation, AvlProver, AvlVerifier, type LabelHash } from '../../src/crypto/avltree/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'
import { ObjectAvlVerifier } from '../support/object-avl-verifier.ts'

const KEY = 100
const kinds = fc.constantFrom<AvlOperation['kind']>('lookup', 'insert', 'update', 'insertOrUpdate', 'remove', 'remove')
const byte = fc.nat(255)

/** All labels of a proof are equal, so that any tree has the right root; what operations make of it is hashed in earnest. */
function laxHash(): { hash: LabelHash; begin: () => void } {
  let strict = false
  return { hash: (data) => (strict ? blake2b256(data) : new Uint8Array(32)), begin: () => void (strict = true) }
}

interface Batch {
  readonly digest: Uint8Array
  readonly proof: Uint8Array
  readonly keyLength: number
  readonly operations: readonly AvlOperation[]
  readonly maxOperations?: number
  readonly arena?: AvlArena
}

/** Runs both verifiers over a batch and compares all that they say. */
function compare({ digest, proof, keyLength, operations, maxOperations, arena }: Batch): void {
  const a = laxHash()
  const b = laxHash()
  const init = { keyLength, maxOperations }
  const ours = new AvlVerifier(digest, proof, { ...init, hash: a.hash, arena })
  const other = new ObjectAvlVerifier(digest, proof, { ...init, hash: b.hash })
  assert.equal(ours.proofError === undefined, other.proofError === undefined, ours.proofError?.message ?? other.proofError)
  a.begin()
  b.begin()
  for (const operation of operations) {
    const got = ours.perform(operation)
    const expected = other.perform(operation)
    assert.equal(got.ok, expected.ok, operation.kind)
    if (got.ok && expected.ok) assert.deepEqual(got.value, expected.value)
    if (!got.ok && !expected.ok) assert.equal(got.error.code, expected.error.code)
    assert.equal(ours.height, other.height)
    assert.deepEqual(digestOf(ours), digestOf(other))
  }
}

function digestOf(verifier: { digest(): Uint8Array | undefined }): unknown {
  try {
    return verifier.digest()
  } catch (error) {
    return (error as { code: string }).code
  }
}

/** Any full binary tree with a leaf for the key at every turn, balances out of all bounds, and some nodes that are labels only. */
function anyTree(choices: readonly number[]): Uint8Array {
  const out: number[] = []
  let trees = 0
  let afterLeaf = false
  const pop = (c: number): void => {
    out.push([0, 1, 255, 0, 1, 255, 254, 127, 128, 5][c % 10]!)
    trees--
  }
  for (const c of choices) {
    if (trees >= 2 && c % 5 < 2) {
      pop(c >> 3)
    } else if (c % 11 === 0) {
      out.push(3, ...new Uint8Array(32))
      trees++
      afterLeaf = false
    } else {
      out.push(2)
      if (!afterLeaf) out.push(c % 7 === 0 ? c % KEY : KEY)
      out.push(c % 3 === 0 ? KEY : c % 13 === 0 ? c % KEY : 255, 0, 0, 0, 1, c)
      trees++
      afterLeaf = true
    }
  }
  for (let c = choices.length; trees > 1; c++) pop(c)
  return Uint8Array.from([...out, 4])
}

describe('AVL+ verifier on arrays against one on objects', () => {
  const arena = new AvlArena()

  it('trees that no honest prover makes', () => {
    const operations = fc.array(
      fc.record({ kind: kinds, value: byte }).map(({ kind, value }) => ({
        kind,
        key: Uint8Array.of(KEY),
        value: Uint8Array.of(value)
      })),
      { minLength: 1, maxLength: 5 }
    )
    const tree = fc.array(byte, { minLength: 1, maxLength: 40 })
    const directions = fc.uint8Array({ minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(tree, directions, fc.nat(12), operations, (choices, bits, height, list) => {
        const proof = Uint8Array.from([...anyTree(choices), ...bits])
        const digest = new Uint8Array(33)
        digest[32] = height === 12 ? 255 : height
        compare({ digest, proof, keyLength: 1, operations: list, arena })
      }),
      { numRuns: 15_000 }
    )
  })

  it('honest proofs with bytes changed, operations left out, swapped or added', () => {
    const key = fc.tuple(fc.nat(40), byte).map(([a, b]) => Uint8Array.of(1 + a, b & 1))
    const value = fc.uint8Array({ maxLength: 6 })
    const operation = fc.record({ kind: kinds, key, value })
    const changes = fc.array(fc.record({ at: fc.nat(), to: fc.constantFrom(0, 1, 2, 3, 4, 127, 128, 255) }), { maxLength: 3 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, value), { maxLength: 40 }),
        fc.array(operation, { maxLength: 20 }),
        changes,
        fc.option(fc.nat(19)),
        (records, operations, changed, dropped) => {
          const hash: LabelHash = () => new Uint8Array(32)
          const prover = new AvlProver({ keyLength: 2, hash })
          for (const [k, v] of records) prover.perform({ kind: 'insert', key: k, value: v })
          prover.prove()
          const digest = prover.digest()
          for (const one of operations) prover.perform(one)
          const proof = prover.prove()
          for (const { at, to } of changed) proof[at % proof.length] = to
          const list = operations.filter((_, i) => i !== dropped)
          compare({ digest, proof, keyLength: 2, operations: list, maxOperations: operations.length, arena })
        }
      ),
      { numRuns: 4000 }
    )
  })
})
