import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import { type AvlOperation, AvlVerifier } from '../../src/crypto/avltree/index.ts'
import { missing, readJson, shared } from '../support/vectors.ts'

interface ParityCase {
  readonly name: string
  readonly keyLength: number
  readonly valueLength: number | null
  readonly startDigestHex: string
  readonly proofHex: string
  readonly op: { readonly kind: 'lookup' | 'insert' | 'update' | 'remove'; readonly keyHex: string; readonly valueHex: string | null }
  readonly expect: { readonly success: boolean; readonly digestHex: string | null }
}

const PARITY = 'script/avl-proof-parity.json.gz'

function operation(op: ParityCase['op']): AvlOperation {
  const key = fromHex(op.keyHex)
  return op.kind === 'lookup' || op.kind === 'remove' ? { kind: op.kind, key } : { kind: op.kind, key, value: fromHex(op.valueHex!) }
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
})
