import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compareBytes, fromHex, toHex } from '../../src/bytes/index.ts'
import {
  type AvlNode,
  type AvlOperation,
  AvlProver,
  AvlVerifier,
  internalLabel,
  labelOf,
  leafLabel
} from '../../src/crypto/avltree/index.ts'
import { blake2b256 } from '../../src/crypto/index.ts'

const ascii = new TextEncoder()
const KEYS = { keyLength: 32 }

function key(first: number): Uint8Array {
  const out = new Uint8Array(32)
  out[0] = first
  return out
}

function value(first: number): Uint8Array {
  return ascii.encode(`v${first.toString(16).padStart(2, '0')}`)
}

function must(prover: AvlProver, operation: AvlOperation): Uint8Array | undefined {
  const result = prover.perform(operation)
  assert.ok(result.ok)
  return result.value
}

/** Checks order, links, balances, inner keys and labels of a whole tree; returns its records. */
function checkTree(root: AvlNode, height: number): [string, string][] {
  const leaves: { key: Uint8Array; value: Uint8Array; nextKey: Uint8Array }[] = []
  const walk = (node: AvlNode): { height: number; min: Uint8Array } => {
    if (node.kind === 'leaf') {
      leaves.push(node)
      assert.deepEqual(labelOf(node), leafLabel(node.key, node.value, node.nextKey))
      return { height: 0, min: node.key }
    }
    assert.equal(node.kind, 'internal')
    const inner = node as Exclude<AvlNode, { kind: 'leaf' | 'stub' }>
    const left = walk(inner.left)
    const right = walk(inner.right)
    assert.equal(inner.balance, right.height - left.height)
    assert.ok(Math.abs(inner.balance) <= 1)
    assert.deepEqual(inner.key, right.min)
    assert.deepEqual(labelOf(inner), internalLabel(inner.balance, labelOf(inner.left), labelOf(inner.right)))
    return { height: 1 + Math.max(left.height, right.height), min: left.min }
  }
  assert.equal(walk(root).height, height)
  for (let i = 0; i + 1 < leaves.length; i++) {
    assert.deepEqual(leaves[i]!.nextKey, leaves[i + 1]!.key)
    assert.ok(compareBytes(leaves[i]!.key, leaves[i + 1]!.key) < 0)
  }
  return leaves.slice(1).map((leaf) => [toHex(leaf.key), toHex(leaf.value)])
}

describe('AVL+ prover', () => {
  it('has the known digest of the empty tree', () => {
    assert.equal(toHex(new AvlProver(KEYS).digest()), '4ec61f485b98eb87153f7c57db4f5ecd75556fddbc403b41acf8441fde8e160900')
  })

  it('gives the known digest and proof of one insert', () => {
    const prover = new AvlProver(KEYS)
    must(prover, { kind: 'insert', key: new Uint8Array(32).fill(0x42), value: fromHex('01020304') })
    assert.equal(toHex(prover.digest()), '12a83992f8707b2d9d135fcc6b62d6707f77ea6193a8f0e0adb1751474f3df8101')
    assert.equal(toHex(prover.prove()), `02${'00'.repeat(32)}${'ff'.repeat(32)}0000000004`)
  })

  it('gives the known digests and proofs of a batch of inserts and a mixed batch', () => {
    const prover = new AvlProver(KEYS)
    const digests = [
      '4fcdc710a78ed7895ff7fbeec148e4c6d888bf3efe602ecc67df737ca4465e0c01',
      '589b8b0a49f2551c680c4eb7e8d1301741a5c87ca2a5e65aabdbb5d12e6be6e002',
      'b54f3fac2fb0c7155c7c40027b8b65be5be2ca3f0d106ee1a5d231b132c860b402',
      '1fd45a38de06c7e22d022d4800540d687f66a438681b0f30ed237b75d97e539903',
      '5dae15b42d4e723b5f7f4a6e65d6491a1427813793b5f7acf7a3ff8c2ceb10e903',
      'fd94d78b9fafe77cb2a7d680ba294383c5790a5672339b5e192b1c843aeac49a03',
      'f44aa3e0fc1818aeb233df8644f0630dd583783f185dac1347f6756886f7743b03'
    ]
    digests.forEach((digest, i) => {
      must(prover, { kind: 'insert', key: key((i + 1) * 16), value: value((i + 1) * 16) })
      assert.equal(toHex(prover.digest()), digest)
    })
    assert.equal(toHex(prover.prove()), `02${'00'.repeat(32)}${'ff'.repeat(32)}00000000040000`)

    assert.equal(must(prover, { kind: 'lookup', key: key(0x35) }), undefined)
    assert.deepEqual(must(prover, { kind: 'lookup', key: key(0x20) }), value(0x20))
    must(prover, { kind: 'remove', key: key(0x40) })
    assert.equal(toHex(prover.digest()), '64c28ab8e480d9201f433cb50878ea559daffaf6d35ed2f3b697601128854a4403')
    must(prover, { kind: 'remove', key: key(0x10) })
    assert.equal(toHex(prover.digest()), '81c7a65d0e801ba08be78db0b2f398243aa9dbc4e2c2c3b9ef1a1bf12401b65703')
    must(prover, { kind: 'insert', key: key(0x45), value: ascii.encode('new') })
    assert.equal(toHex(prover.digest()), '333cea2fb0d9a92a1e6718d841fdc456c6ec5ff70d38af48b1cc5f56ce10fbe503')
    const proof = prover.prove()
    assert.equal(proof.length, 304)
    assert.equal(toHex(proof.subarray(301)), '04a967')
    assert.equal(toHex(blake2b256(proof)), '313416a1e8e9f05a85b5a4183f70b672f7442f318c92f0eb59865d9c1b85f002')
  })

  it('leaves tree and proof as they were when an operation fails', () => {
    const honest = new AvlProver(KEYS)
    const tried = new AvlProver(KEYS)
    for (const prover of [honest, tried]) {
      for (let i = 1; i < 40; i++) must(prover, { kind: 'insert', key: key(i), value: value(i) })
      prover.prove()
    }
    const refused: [AvlOperation, string][] = [
      [{ kind: 'insert', key: key(7), value: value(1) }, 'AVL_KEY_EXISTS'],
      [{ kind: 'remove', key: key(99) }, 'AVL_KEY_ABSENT'],
      [{ kind: 'update', key: key(99), value: value(1) }, 'AVL_KEY_ABSENT'],
      [{ kind: 'lookup', key: new Uint8Array(32) }, 'AVL_KEY_INVALID'],
      [{ kind: 'lookup', key: new Uint8Array(32).fill(0xff) }, 'AVL_KEY_INVALID'],
      [{ kind: 'lookup', key: new Uint8Array(31).fill(1) }, 'AVL_KEY_INVALID']
    ]
    const refuseAll = (): void => {
      for (const [operation, code] of refused) {
        const result = tried.perform(operation)
        assert.equal(result.ok ? '' : result.error.code, code)
      }
    }
    for (const operation of [
      { kind: 'remove', key: key(9) },
      { kind: 'insert', key: key(77), value: value(77) }
    ] as const) {
      must(honest, operation)
      refuseAll()
      must(tried, operation)
      refuseAll()
      assert.deepEqual(tried.digest(), honest.digest())
    }
    assert.deepEqual(tried.prove(), honest.prove())
  })

  it('keeps old versions whole, so that two provers can share one', () => {
    const prover = new AvlProver(KEYS)
    for (let i = 1; i < 60; i++) must(prover, { kind: 'insert', key: key(i), value: value(i) })
    prover.prove()
    const before = prover.version
    const digest = prover.digest()
    const candidate = new AvlProver(KEYS, before)
    for (let i = 1; i < 60; i += 2) {
      must(prover, { kind: 'remove', key: key(i) })
      must(candidate, { kind: 'remove', key: key(i) })
    }
    assert.deepEqual(candidate.digest(), prover.digest())
    candidate.prove()
    prover.prove()
    checkTree(before.root, before.height)
    assert.deepEqual(new AvlProver(KEYS, before).digest(), digest)
  })

  it('agrees with a dictionary and with the verifier over random batches', () => {
    const step = fc.record({
      kind: fc.constantFrom('lookup', 'insert', 'update', 'insertOrUpdate', 'remove', 'remove', 'insert'),
      at: fc.integer({ min: 1, max: 60 }),
      value: fc.uint8Array({ maxLength: 12 })
    })
    const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 12 })
    const shape = fc.record({ keyLength: fc.constantFrom(1, 4, 32), fixed: fc.boolean() })
    fc.assert(
      fc.property(shape, batches, ({ keyLength, fixed }, all) => {
        const parameters = { keyLength, valueLength: fixed ? 4 : undefined }
        const prover = new AvlProver(parameters)
        const model = new Map<string, string>()
        for (const batch of all) {
          const start = prover.digest()
          const done: { operation: AvlOperation; value: Uint8Array | undefined }[] = []
          for (const s of batch) {
            const k = new Uint8Array(keyLength)
            k[0] = s.at
            const v = fixed ? Uint8Array.from({ length: 4 }, (_, i) => s.value[i] ?? 0) : s.value
            const operation = { kind: s.kind, key: k, value: v } as AvlOperation
            const old = model.get(toHex(k))
            const fails =
              s.kind === 'insert' ? old !== undefined : old === undefined && (s.kind === 'update' || s.kind === 'remove')
            const result = prover.perform(operation)
            assert.equal(result.ok, !fails)
            if (!result.ok) continue
            assert.equal(result.value === undefined ? undefined : toHex(result.value), old)
            if (s.kind === 'remove') model.delete(toHex(k))
            else if (s.kind !== 'lookup') model.set(toHex(k), toHex(v))
            done.push({ operation, value: result.value })
          }
          const { root, height } = prover.version
          assert.deepEqual(
            checkTree(root, height),
            [...model].sort(([a], [b]) => (a < b ? -1 : 1))
          )
          const proof = prover.prove()
          const verifier = new AvlVerifier(start, proof, { ...parameters, maxOperations: done.length })
          for (const { operation, value } of done) assert.deepEqual(verifier.perform(operation), { ok: true, value })
          assert.deepEqual(verifier.digest(), prover.digest())
        }
      }),
      { numRuns: 120 }
    )
  })
})
