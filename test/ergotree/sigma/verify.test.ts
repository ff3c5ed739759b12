import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex } from '../../../src/bytes/index.ts'
import { blake2b256 } from '../../../src/crypto/index.ts'
import { sigmaProofCost, verifySigmaProof } from '../../../src/ergotree/sigma/index.ts'
import { GroupElement } from '../../../src/ergotree/values/group-element.ts'
import {
  CAnd,
  COr,
  CThreshold,
  ProveDHTuple,
  ProveDlog,
  type SigmaBoolean,
  TRUE_PROP
} from '../../../src/ergotree/values/sigma-boolean.ts'
import { committed, missing, readJson, readJsonLines, shared } from '../../support/vectors.ts'
import { sigmaFromHex } from './support.ts'

const EMPTY = new Uint8Array()

/** Suites of the reference whose recorded verifications end in a proof check. */
const SUITES = ['basicops', 'examples', 'interpreter', 'langspec5', 'langspec6', 'sigma']

interface RecordedVerification {
  name: string
  kind: string
  message?: string
  proof?: string
  initCost: string
  result: { ok?: boolean; reduced?: string; cost?: string; jit?: number }
}

/** Recorded verifications that got as far as a proof. */
function proofs(file: string): RecordedVerification[] {
  return readJsonLines<RecordedVerification>(shared(file)).filter(
    (l) => l.kind === 'verify' && l.result.reduced !== undefined && !/^d[23]$/.test(l.result.reduced)
  )
}

function key(hex: string): GroupElement {
  return new GroupElement(fromHex(hex))
}

interface Recorded {
  name: string
  message: string
  proof: string
  reduced: string
  ok: boolean
  jit?: number
  cost: string
}
const recorded = readJsonLines<Recorded>(committed('sigma/proofs.jsonl'))

describe('sigma proofs', () => {
  it('answers as the reference on all shapes of propositions, and on none with a bit turned', () => {
    assert.equal(recorded.length, 79)
    recorded.forEach(({ name, message, proof, reduced, ok }, i) => {
      const statement = sigmaFromHex(reduced)
      const bytes = fromHex(proof)
      assert.equal(verifySigmaProof(statement, fromHex(message), bytes), ok, name)
      if (!ok) return
      bytes[(i * 13) % bytes.length]! ^= 1 << (i & 7)
      assert.equal(verifySigmaProof(statement, fromHex(message), bytes), false, name)
    })
  })

  const mainnet = 'mainnet/schnorr-proofs-700000.json.gz'
  it('accepts the 56 P2PK proofs of mainnet block 700000, and none with a bit turned', { skip: missing(mainnet) }, () => {
    const all = readJson<{ pk: string; proof: string; bytes_to_sign: string }[]>(shared(mainnet))
    assert.equal(all.length, 56)
    all.forEach(({ pk, proof, bytes_to_sign }, i) => {
      const statement = new ProveDlog(key(pk))
      const message = fromHex(bytes_to_sign)
      const bytes = fromHex(proof)
      assert.equal(verifySigmaProof(statement, message, bytes), true)
      const bit = (i * 37) % (8 * bytes.length)
      bytes[bit >>> 3]! ^= 1 << (bit & 7)
      assert.equal(verifySigmaProof(statement, message, bytes), false)
      message[i % message.length]! ^= 1
      assert.equal(verifySigmaProof(statement, message, fromHex(proof)), false)
    })
  })

  const multisig = 'script/multisig.json'
  it('accepts distributed signatures of another implementation', { skip: missing(multisig) }, () => {
    interface Json {
      type: string
      pk: string
      g: string
      h: string
      u: string
      v: string
      k?: number
      children: Json[]
    }
    const build = (json: Json): SigmaBoolean => {
      switch (json.type) {
        case 'ProveDlog':
          return new ProveDlog(key(json.pk))
        case 'ProveDhTuple':
          return new ProveDHTuple(key(json.g), key(json.h), key(json.u), key(json.v))
        case 'Cand':
          return new CAnd(json.children.map(build))
        default:
          return new CThreshold(json.k!, json.children.map(build))
      }
    }
    const cases = readJson<{ proposition: Json; message_hex: string; proof_hex: string }[]>(shared(multisig))
    assert.equal(cases.length, 3)
    for (const { proposition, message_hex, proof_hex } of cases) {
      const statement = build(proposition)
      const proof = fromHex(proof_hex)
      assert.equal(verifySigmaProof(statement, fromHex(message_hex), proof), true)
      for (const at of [0, 23, 24, 40, proof.length - 1]) {
        const turned = proof.slice()
        turned[at]! ^= 0x10
        assert.equal(verifySigmaProof(statement, fromHex(message_hex), turned), false)
      }
    }
  })

  for (const suite of SUITES) {
    const file = `script/verify-${suite}.jsonl.gz`
    it(`answers as the reference on every recorded proof of ${suite}`, { skip: missing(file) }, () => {
      const lines = proofs(file)
      assert.ok(lines.length > 50)
      for (const line of lines) {
        const got = verifySigmaProof(sigmaFromHex(line.result.reduced!), fromHex(line.message!), fromHex(line.proof!))
        assert.equal(got, line.result.ok, line.name)
      }
    })
  }

  const fuzz = 'script/fuzz-1.jsonl.gz'
  it('answers as the reference on mutated proofs', { skip: missing(fuzz) }, () => {
    const lines = proofs(fuzz)
    assert.ok(lines.length > 300)
    for (const line of lines) {
      const got = verifySigmaProof(sigmaFromHex(line.result.reduced!), fromHex(line.message!), fromHex(line.proof!))
      assert.equal(got, line.result.ok, line.name)
    }
  })

  it('ignores bytes after the proof, refuses every beginning of it', () => {
    const { reduced, message, proof } = recorded[0]!
    const statement = sigmaFromHex(reduced)
    const bytes = fromHex(proof)
    const longer = new Uint8Array(bytes.length + 7)
    longer.set(bytes)
    assert.equal(verifySigmaProof(statement, fromHex(message), longer), true)
    for (let n = 0; n < bytes.length; n++) {
      assert.equal(verifySigmaProof(statement, fromHex(message), bytes.subarray(0, n)), false)
    }
  })

  it('spends AND() and threshold(0, []) by their bare challenge, OR() and trivial children by nothing', () => {
    // The bytes that are hashed: 00 type [k] count; then the message.
    const and = blake2b256(fromHex('00000000')).subarray(0, 24)
    assert.equal(verifySigmaProof(new CAnd([]), EMPTY, and), true)
    assert.equal(verifySigmaProof(new CAnd([]), EMPTY, EMPTY), false)
    const threshold = blake2b256(fromHex('0002000000')).subarray(0, 24)
    assert.equal(verifySigmaProof(new CThreshold(0, []), EMPTY, threshold), true)
    const or = blake2b256(fromHex('00010000')).subarray(0, 24)
    assert.equal(verifySigmaProof(new COr([]), EMPTY, or), false)
    const withTrue = new CAnd([TRUE_PROP])
    assert.equal(verifySigmaProof(withTrue, EMPTY, blake2b256(fromHex('00000001')).subarray(0, 24)), false)
    assert.equal(verifySigmaProof(TRUE_PROP, EMPTY, new Uint8Array(24)), false)
  })

  it('refuses without throwing when nesting exceeds the stack', () => {
    let deep: SigmaBoolean = new CAnd([])
    for (let i = 0; i < 200_000; i++) deep = new CAnd([deep])
    assert.equal(verifySigmaProof(deep, EMPTY, new Uint8Array(24)), false)
  })
})

describe('cost of sigma proofs', () => {
  const leaf = new ProveDlog(GroupElement.infinity)
  const tuple = new ProveDHTuple(GroupElement.infinity, GroupElement.infinity, GroupElement.infinity, GroupElement.infinity)

  it('has the known answers', () => {
    assert.equal(sigmaProofCost(TRUE_PROP), 0)
    assert.equal(sigmaProofCost(leaf), 3980)
    assert.equal(sigmaProofCost(tuple), 7140)
    assert.equal(sigmaProofCost(new CAnd([leaf, tuple])), 15 + 3980 + 7140)
    assert.equal(sigmaProofCost(new COr([leaf, new CAnd([leaf, TRUE_PROP])])), 15 + 3980 + 15 + 3980)
    // k of n: 10 + 10 m + n (3 + 3 m) + 15 with m = n - k
    assert.equal(sigmaProofCost(new CThreshold(2, [leaf, leaf, leaf])), 10 + 10 + 3 * (3 + 3) + 15 + 3 * 3980)
  })

  it('makes up the recorded totals', () => {
    for (const { name, reduced, jit, cost } of recorded) {
      if (jit === undefined) continue
      assert.equal(Math.floor(jit / 10) + Math.floor(sigmaProofCost(sigmaFromHex(reduced)) / 10), Number(cost), name)
    }
  })

  for (const suite of SUITES) {
    const file = `script/verify-${suite}.jsonl.gz`
    it(`makes up the recorded totals of ${suite}`, { skip: missing(file) }, () => {
      let compared = 0
      for (const { name, result } of proofs(file)) {
        if (result.jit === undefined) continue
        const total = Math.floor(result.jit / 10) + Math.floor(sigmaProofCost(sigmaFromHex(result.reduced!)) / 10)
        assert.equal(total, Number(result.cost), name)
        compared++
      }
      assert.ok(compared > 0 || suite.startsWith('langspec'), 'nothing to compare')
    })
  }

  it('stays quick on shared and deep propositions, and overflows where the reference does', () => {
    let shared: SigmaBoolean = leaf
    for (let i = 0; i < 19; i++) shared = new CAnd([shared, shared])
    assert.equal(sigmaProofCost(shared), 2 ** 19 * 3980 + (2 ** 19 - 1) * 15)
    for (let i = 0; i < 100; i++) shared = new CAnd([shared, shared])
    assert.equal(sigmaProofCost(shared), Number.POSITIVE_INFINITY)
    let deep: SigmaBoolean = leaf
    for (let i = 0; i < 100_000; i++) deep = new CAnd([deep])
    assert.equal(sigmaProofCost(deep), 3980 + 100_000 * 15)
  })
})
