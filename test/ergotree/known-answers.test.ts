import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, toHex } from '../../src/bytes/index.ts'
import { AvlVerifier } from '../../src/crypto/avltree/index.ts'
import {
  ArrayColl,
  AvlTreeValue,
  BigIntValue,
  collOf,
  findMethod,
  type MethodCallNode,
  type Node,
  OP,
  OptionValue,
  PairColl,
  pairOf,
  parseErgoTree,
  reduceTree,
  SAvlTree,
  SByteArray,
  ScriptError,
  type SType,
  scriptContext,
  sigmaProofCost,
  TransactionValues,
  type UnsignedBigIntValue,
  type Value,
  verifyInput
} from '../../src/ergotree/index.ts'
import { missing, readJson, shared } from '../support/vectors.ts'
import { evaluateHex, evaluateNode, plainBox, V2, V3 } from './evaluate.ts'

/** Evaluates a SigmaProp tree with nothing but a box and a height. */
function reduceHex(treeHex: string): { cost: number; code: number } {
  const box = plainBox(treeHex)
  const transaction = new TransactionValues(scriptContext({ inputs: [box], height: 100 }))
  const input = { transaction, selfIndex: 0, variables: new Map(), initialCost: 0, costLimit: 1_000_000 }
  const { cost, proposition } = reduceTree(box.tree, input)
  return { cost, code: proposition.code }
}

describe('known costs', () => {
  it('a key costs 5, its proof 398', () => {
    const key = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
    assert.deepEqual(reduceHex(`0008cd${key}`), { cost: 5, code: 0xcd })
    const { proposition } = ((): { proposition: Parameters<typeof sigmaProofCost>[0] } => {
      const box = plainBox(`0008cd${key}`)
      const transaction = new TransactionValues(scriptContext({ inputs: [box], height: 1 }))
      return reduceTree(box.tree, { transaction, selfIndex: 0, variables: new Map(), initialCost: 0, costLimit: 10 })
    })()
    assert.equal(Math.trunc(sigmaProofCost(proposition) / 10), 398)
  })

  it('sigmaProp(true) costs 5', () => assert.deepEqual(reduceHex('0008d3'), { cost: 5, code: 0xd3 }))

  // Expressions with their JIT units, tree version 2: LanguageSpecification cases of the reference.
  const costs: ReadonlyArray<readonly [string, string, number]> = [
    ['and(empty)', '96 0d00', 20],
    ['blake2b256(empty)', 'cb 0e00', 32],
    ['a packed collection of three booleans', '85 03 05', 35],
    ['1 + 2L, upcast by the parser', '9a 0402 0504', 35],
    ['equality of two equal trivial propositions', '93 08d3 08d3', 12],
    ['a conjunction is not a leaf: leaf on the left, bare', '93 08d3 089602d3d3', 12]
  ]
  for (const [name, hex, jit] of costs) it(`${name}: ${jit}`, () => assert.equal(evaluateHex(hex).jit, jit))

  it('a conjunction on the left of another proposition fails', () => {
    assert.throws(() => evaluateHex('93 089602d3d3 08d3'), ScriptError)
  })

  it('no items cost one chunk when a chunk holds several, none when it holds one', () => {
    // Slice of nothing: 5 + 5 + 5 + 10 + 2.
    assert.equal(evaluateHex('b4 0e00 0400 0400').jit, 27)
  })
})

describe('numbers', () => {
  const MIN = `0620${'80'}${'00'.repeat(31)}`

  it('BigInt holds 256 bits: one more fails, but -2^255 / -1 passes below version 3', () => {
    const max = `0620${'7f'}${'ff'.repeat(31)}`
    assert.throws(() => evaluateHex(`9a ${max} 060101`), ScriptError)
    assert.throws(() => evaluateHex(`99 ${MIN} 060101`), ScriptError)
    assert.throws(() => evaluateHex(`f0 ${MIN}`), ScriptError)
    const { value } = evaluateHex(`9d ${MIN} 0601ff`)
    assert.ok(value instanceof BigIntValue && value.value === 1n << 255n)
    assert.throws(() => evaluateHex(`9d ${MIN} 0601ff`, { versions: V3 }), ScriptError)
  })

  it('Byte to Long wrap at the least number, and nowhere else', () => {
    const minInt = '04ffffffff0f'
    assert.equal(evaluateHex(`9d ${minInt} 0401`).value, -0x80000000)
    assert.equal(evaluateHex(`f0 ${minInt}`).value, -0x80000000)
    assert.throws(() => evaluateHex(`99 ${minInt} 0402`), ScriptError)
    assert.throws(() => evaluateHex('9d 0402 0400'), ScriptError)
    const minLong = '05ffffffffffffffffff01'
    assert.equal(evaluateHex(`9d ${minLong} 0501`).value, -(1n << 63n))
    assert.equal(evaluateHex(`f0 ${minLong}`).value, -(1n << 63n))
  })

  it('remainder: sign of the dividend for Long, never negative for BigInt', () => {
    assert.equal(evaluateHex('9e 0509 0504').value, -1n)
    const { value } = evaluateHex('9e 0601fb 060102')
    assert.ok(value instanceof BigIntValue && value.value === 1n)
    assert.throws(() => evaluateHex('9e 060105 0601fe'), ScriptError)
  })

  const boundsFile = 'script/sbigint-bounds.json'
  it('byteArrayToBigInt agrees with the recorded bounds', { skip: missing(boundsFile) }, () => {
    const { vectors } = readJson<{ vectors: { signed_bytes_hex: string; should_round_trip: boolean; value: string }[] }>(
      shared(boundsFile)
    )
    for (const v of vectors) {
      const size = v.signed_bytes_hex.length / 2
      const hex = `7b 0e${size.toString(16).padStart(2, '0')}${v.signed_bytes_hex}`
      if (v.should_round_trip) assert.ok(evaluateHex(hex).value instanceof BigIntValue, v.value)
      else assert.throws(() => evaluateHex(hex), ScriptError, v.value)
    }
  })

  it('UnsignedBigInt: inverse, modulus, and what is not there', () => {
    const call = (method: string, ...args: string[]): Value => {
      const n = args.length.toString(16).padStart(2, '0')
      const hex = args.length === 0 ? `db 09${method} 090107` : `dc 09${method} 090107 ${n} ${args.join('')}`
      return evaluateHex(hex, { versions: V3 }).value
    }
    const number = (v: Value): bigint => (v as UnsignedBigIntValue).value
    assert.equal(number(call('0e', '09010b')), 8n) // 7 * 8 = 1 mod 11
    assert.equal(number(call('10', '090109', '09010b')), 9n) // 7 - 9 mod 11
    assert.equal(number(call('12', '090104')), 3n)
    assert.throws(() => call('0e', '09010e'), ScriptError) // not invertible
    assert.throws(() => call('12', '0900'), ScriptError) // modulus 0
  })
})

interface AvlCase {
  readonly name: string
  readonly keyLength: number
  readonly valueLength: number | null
  readonly startDigestHex: string
  readonly proofHex: string
  readonly op: { readonly kind: string; readonly keyHex: string; readonly valueHex: string | null }
  readonly expect: { readonly success: boolean; readonly digestHex?: string | null; readonly valueHex?: string | null }
}

function constant(tpe: SType, value: Value): Node {
  return { op: OP.Constant, tpe, value }
}

function avlCall(c: AvlCase): Node {
  const tree = new AvlTreeValue(fromHex(c.startDigestHex), 7, c.keyLength, c.valueLength ?? undefined)
  const key = fromHex(c.op.keyHex)
  const keys = new ArrayColl(SByteArray, [key])
  const entries = (): Value => new PairColl(keys, new ArrayColl(SByteArray, [fromHex(c.op.valueHex!)]))
  const pairs = collOf(pairOf(SByteArray, SByteArray))
  const [id, operand] = ((): [number, Node] => {
    switch (c.op.kind) {
      case 'lookup':
        return [10, constant(SByteArray, key)]
      case 'insert':
        return [12, constant(pairs, entries())]
      case 'update':
        return [13, constant(pairs, entries())]
      case 'remove':
        return [14, constant(collOf(SByteArray), keys)]
      default:
        return [16, constant(pairs, entries())]
    }
  })()
  const method = findMethod(SAvlTree.code, id, V3)!
  return {
    op: OP.MethodCall,
    tpe: method.signature.range,
    obj: constant(SAvlTree, tree),
    method,
    signature: method.signature,
    args: [operand, constant(SByteArray, fromHex(c.proofHex))],
    typeArgs: []
  } satisfies MethodCallNode
}

describe('authenticated trees in scripts', () => {
  const file = 'script/avl-proof-parity.json.gz'
  it('agree with the reference on every recorded proof', { skip: missing(file) }, () => {
    const cases = readJson<AvlCase[]>(shared(file))
    assert.ok(cases.length > 100)
    for (const c of cases) {
      const run = (): Value => evaluateNode(avlCall(c), { versions: V3 }).value
      if (c.op.kind === 'lookup') {
        if (c.expect.success) assert.ok(run() instanceof OptionValue, c.name)
        else assert.throws(run, ScriptError, c.name)
        continue
      }
      const after = (run() as OptionValue).value as AvlTreeValue | undefined
      assert.equal(after !== undefined, c.expect.success, c.name)
      if (c.expect.digestHex) assert.equal(toHex(after!.digest), c.expect.digestHex, c.name)
    }
  })

  it('insert of a bad proof fails below version 3 and is None from it on', () => {
    const bad: AvlCase = {
      name: 'bad',
      keyLength: 32,
      valueLength: null,
      startDigestHex: '00'.repeat(33),
      proofHex: '',
      op: { kind: 'insert', keyHex: '11'.repeat(32), valueHex: '01' },
      expect: { success: false }
    }
    assert.throws(() => evaluateNode(avlCall(bad), { versions: V2 }), ScriptError)
    const { value, jit } = evaluateNode(avlCall(bad), { versions: V3 })
    assert.equal((value as OptionValue).value, undefined)
    // Three constants and the call 19, permission 15, verifier of nothing 110 + 20, height of at least one 40 + 10.
    assert.equal(jit, 19 + 15 + 130 + 50)
    assert.equal(new AvlVerifier(new Uint8Array(33), new Uint8Array(0), { keyLength: 32 }).startHeight, 0)
  })
})

describe('real trees', () => {
  const files = ['script/trees.json', 'script/v6-methodcall-typeargs.json']
  it('run to a verdict or a clear error in a bare context', { skip: missing(...files) }, () => {
    const trees = Object.values(readJson<Record<string, unknown>>(shared(files[0]!))).flatMap((v) =>
      typeof v === 'string' ? [v] : Array.isArray(v) ? v.filter((x) => typeof x === 'string') : []
    )
    const calls = readJson<{ vectors: { tree_hex: string }[] }>(shared(files[1]!)).vectors
    // The same trees as version 3, where the methods exist: header 1b, and a size that nobody checks.
    const asVersion3 = calls.map((c) => `1b10${c.tree_hex.slice(2)}`)
    assert.ok(trees.length + asVersion3.length > 10)
    for (const hex of [...trees, ...asVersion3]) {
      const box = plainBox()
      const transaction = new TransactionValues(scriptContext({ inputs: [box], height: 1000 }))
      let tree: ReturnType<typeof parseErgoTree>
      try {
        tree = parseErgoTree(fromHex(hex), V3)
      } catch {
        continue
      }
      const verdict = verifyInput({
        tree,
        input: { transaction, selfIndex: 0, variables: new Map(), initialCost: 0, costLimit: 1_000_000 },
        message: new Uint8Array(0),
        proof: new Uint8Array(0)
      })
      assert.notEqual(verdict.error?.kind, 'internal', hex)
    }
    for (const hex of asVersion3) assert.equal(parseErgoTree(fromHex(hex), V3).kind, 'parsed', hex)
  })
})
