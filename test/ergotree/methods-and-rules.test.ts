import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex } from '../../src/bytes/index.ts'
import {
  findMethod,
  hasMethods,
  isSoftFork,
  METHODS,
  OP,
  parseErgoTree,
  type RuleStatus,
  typeToString,
  ValidationRuleError,
  type Versions
} from '../../src/ergotree/index.ts'
import { missing, readBytes, readJson, shared } from '../support/vectors.ts'

const V2: Versions = { activated: 3, tree: 2 }
const V3: Versions = { activated: 3, tree: 3 }

function textOf(path: string): string[] {
  return new TextDecoder().decode(readBytes(shared(path))).split('\n')
}

describe('method table', () => {
  it('has the 96 methods of version 5 and the 103 more of version 6', () => {
    assert.equal(METHODS.filter((m) => m.since === 0).length, 96)
    assert.equal(METHODS.filter((m) => m.since === 3).length, 103)
    assert.equal(new Set(METHODS.map((m) => m.typeId * 256 + m.methodId)).size, 199)
  })

  it('types without methods are told from methods that are not there', () => {
    assert.equal(hasMethods(9, V2), false)
    assert.equal(hasMethods(9, V3), true)
    for (const id of [1, 96, 97, 98, 102]) assert.equal(hasMethods(id, V2), true, `${id}`)
    for (const id of [0, 10, 11, 103, 107, 112, 255]) assert.equal(hasMethods(id, V3), false, `${id}`)
  })

  const registry = 'script/method-registry-v5-v6.txt'
  it('resolves every pair of ids as the reference does', { skip: missing(registry) }, () => {
    const known = new Map<number, [boolean, boolean]>()
    for (const line of textOf(registry)) {
      const [type, method, v5, v6] = line.split(' ').map(Number)
      if (line.startsWith('#') || v6 === undefined) continue
      known.set(type! * 256 + method!, [v5 === 1, v6 === 1])
    }
    assert.equal(known.size, 199)
    for (let key = 0; key < 65536; key++) {
      const [v5, v6] = known.get(key) ?? [false, false]
      assert.equal(findMethod(key >> 8, key & 255, V2) !== undefined, v5, `${key >> 8}.${key & 255}`)
      assert.equal(findMethod(key >> 8, key & 255, V3) !== undefined, v6, `${key >> 8}.${key & 255}`)
    }
  })

  const results = 'script/method-result-types.tsv'
  it('has names, result types and explicit type arguments of the reference', { skip: missing(results) }, () => {
    let checked = 0
    for (const line of textOf(results).slice(1)) {
      const [type, method, name, result, , , arity, explicit] = line.split('\t')
      if (explicit === undefined) continue
      const m = findMethod(Number(type), Number(method), V3)!
      // Case objects of numeric types print with a dollar sign there, all predefined types with an S.
      const ours = typeToString(m.signature.range)
      assert.equal(ours, result!.replaceAll('$', '').replaceAll(/\bS([A-Z])/g, '$1'), `${type}.${method}`)
      assert.deepEqual([m.name, m.signature.args.length, m.explicitTypeArgs.length], [name, Number(arity), Number(explicit)])
      checked++
    }
    assert.equal(checked, 199)
  })

  const calls = 'script/v6-methodcall-typeargs.json'
  it('methods of version 6 parse in version 3 trees only', { skip: missing(calls) }, () => {
    const { vectors } = readJson<{ vectors: { call: string; type_id: number; tree_hex: string }[] }>(shared(calls))
    assert.ok(vectors.length > 3)
    for (const v of vectors) {
      const bytes = fromHex(v.tree_hex)
      if (v.type_id === 0) {
        assert.equal(parseErgoTree(bytes, V3).kind, 'parsed')
        continue
      }
      // The trees carry a version 0 header without a size.
      assert.throws(() => parseErgoTree(bytes, V3), { name: 'DecodeError' })
      const size = bytes.length - 1
      const v3 = Uint8Array.of(0x1b, ...(size < 128 ? [size] : [(size & 127) | 128, size >> 7]), ...bytes.subarray(1))
      assert.equal(parseErgoTree(v3, V3).kind, 'parsed', v.tree_hex)
    }
  })
})

describe('method calls', () => {
  it('are typed for the types of object and arguments', () => {
    // sigmaProp(Coll(1, 2).map({ (x: Int) => true }).size == 2), with map as a method call
    const tree = parseErgoTree(fromHex('00d193b1dc0c0383020404020404' + '01d90101047f' + '0404'), V2)
    assert.ok(tree.kind === 'parsed' && tree.root.op === OP.BoolToSigmaProp)
    const eq = tree.root.input
    assert.ok('left' in eq && eq.left.op === OP.SizeOf && eq.left.input.op === OP.MethodCall)
    assert.equal(typeToString(eq.left.input.tpe), 'Coll[Boolean]')
    assert.equal(typeToString(eq.left.input.signature), '(Coll[Int],(Int) => Boolean) => Coll[Boolean]')
  })

  it('mark a tree as reading the chain as method calls only', () => {
    const property = parseErgoTree(fromHex('00d191b1db6502fe0400'), V2)
    assert.equal(property.kind === 'parsed' && property.usesBlockchainContext, false)
    const call = parseErgoTree(fromHex('00d191b1dc6502fe000400'), V2)
    assert.equal(call.kind === 'parsed' && call.usesBlockchainContext, true)
    const height = parseErgoTree(fromHex('00d191a30400'), V2)
    assert.equal(height.kind === 'parsed' && height.usesBlockchainContext, true)
  })
})

describe('soft-forks of script rules', () => {
  const replaced: RuleStatus = { kind: 'replaced', newRule: 1017 }
  const changed = (...bytes: number[]): RuleStatus => ({ kind: 'changed', bytes: Uint8Array.from(bytes) })

  function tolerated(rule: ValidationRuleError['rule'], args: number[], status: RuleStatus | undefined, v6 = false): boolean {
    const statuses = new Map(status === undefined ? [] : [[rule, status] as const])
    return isSoftFork(new ValidationRuleError(rule, 'test', args), statuses, v6)
  }

  it('an enabled or disabled rule is never tolerated', () => {
    for (const rule of [1000, 1001, 1002, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 1016, 1019] as const) {
      for (const status of [undefined, { kind: 'enabled' }, { kind: 'disabled' }] as const)
        assert.equal(tolerated(rule, [1, 1], status), false)
    }
  })

  it('a replaced rule is tolerated; 1007, 1008 and 1011 no longer once version 6 is activated', () => {
    for (const rule of [1000, 1001, 1002, 1009, 1010, 1012, 1014, 1019] as const) {
      assert.equal(tolerated(rule, [], replaced), true)
      assert.equal(tolerated(rule, [], replaced, true), true)
    }
    for (const rule of [1007, 1008, 1011] as const) {
      assert.equal(tolerated(rule, [], replaced), true)
      assert.equal(tolerated(rule, [], replaced, true), false)
    }
  })

  it('rules 1002, 1007, 1008 and 1010 changed: the code must be listed', () => {
    for (const rule of [1002, 1007, 1008, 1010, 1017, 1018] as const) {
      assert.equal(tolerated(rule, [-3], changed(1, 0xfd)), true)
      assert.equal(tolerated(rule, [-3], changed(1, 0xfc)), false)
    }
  })

  it('rules 1011 and 1016 changed: the pair must be listed, at an even place', () => {
    for (const rule of [1011, 1016] as const) {
      assert.equal(tolerated(rule, [99, 19], changed(1, 1, 99, 19)), true)
      assert.equal(tolerated(rule, [99, 19], changed(1, 99, 19, 1)), false)
      assert.equal(tolerated(rule, [99, 19], changed(1, 1, 99)), false)
    }
  })

  it('rules 1001, 1012, 1014 and 1019 changed: not tolerated', () => {
    for (const rule of [1000, 1001, 1009, 1012, 1014, 1019] as const) assert.equal(tolerated(rule, [1, 1], changed(1, 1)), false)
  })
})
